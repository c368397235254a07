"""Run a notebook without a browser and print what it shows.

The runs go to a store of their own, which is removed at the end.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main() -> int:
    """Run the notebook; return 1 if one of its cells fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    path = parser.parse_args().notebook

    with tempfile.TemporaryDirectory(prefix="grid-demo-", ignore_cleanup_errors=True) as home:
        os.environ["GRID_HOME"] = home
        client = NotebookClient(
            nbformat.read(path, as_version=4),
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_execute=show_source,
            on_cell_executed=show_outputs,
        )
        with (Path(home) / "kernel.log").open("w+") as log:
            try:
                client.execute(stderr=log)
            except CellExecutionError as error:
                print(f"{path} failed: {error}", file=sys.stderr)
                return 1
            except BaseException:
                log.seek(0)
                sys.stderr.write(log.read())
                raise
    return 0


def show_source(cell: nbformat.NotebookNode, **_: object) -> None:
    """Print a cell before it runs."""
    if cell.cell_type == "code":
        print("\n" + "\n".join(f">>> {line}" for line in cell.source.splitlines()), flush=True)


def show_outputs(cell: nbformat.NotebookNode, **_: object) -> None:
    """Print what a cell showed, as text."""
    for output in cell.get("outputs", ()):
        text = output.get("text") or output.get("data", {}).get("text/plain")
        if text:
            print(text.rstrip("\n"), flush=True)


if __name__ == "__main__":
    sys.exit(main())
