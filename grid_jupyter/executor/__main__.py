"""``python -m grid_jupyter.executor --python PYTHON NOTEBOOK NAME=VALUE …``.

It is run by the Python that has papermill; the kernel is run by the trial's own, which needs nothing but ipykernel.
Its output and its exit code are those of a script that does the same.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from grid_jupyter.core.notebooks import read_notebook
from grid_jupyter.errors import GridError


def main() -> int:
    """Execute a notebook in place and return the exit code."""
    parser = argparse.ArgumentParser(prog="grid_jupyter.executor")
    parser.add_argument("--python", required=True, help="the Python that runs the kernel")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    args = parser.parse_args()
    # About cells without ids and the like: nothing that the trial's own code has to do with.
    warnings.simplefilter("ignore")
    # The grammar of international addresses, which no notebook is checked for, takes longer to load than all the rest.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from .execution import execute  # papermill takes a second to import

    try:
        texts = {name: value for name, _, value in (setting.partition("=") for setting in args.settings)}
        return execute(args.notebook, read_notebook(args.notebook).values(texts), args.python)
    except GridError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  (the trial's own stream)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
