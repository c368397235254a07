"""The results of a run as files: CSV and JSON, the same from every door."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError, StoreError

if TYPE_CHECKING:
    from .run import Run

KINDS = ("csv", "json")


def results_json(run: Run) -> list[dict[str, Any]]:
    """Return what ``grid results --format json`` prints: an object for each trial."""
    rows, launch = run.rows(), run.launch
    return [
        {
            "trial": f"{run.name}/{row.trial}",
            "index": row.trial,
            "state": str(row.state),
            "reason": row.reason,
            "params": launch.params(row.trial),
            # JSON knows neither nan nor infinity.
            "metrics": {name: value if math.isfinite(value) else None for name, value in row.metrics.items()},
            "duration": row.duration,
            "attempts": row.attempts,
        }
        for row in rows
    ]


def results_file(run: Run, kind: str) -> bytes:
    """Return the content of a file with the results of all trials."""
    text = run.results().to_csv() if kind == "csv" else json.dumps(results_json(run)) + "\n"
    return text.encode(errors="backslashreplace")  # an argument need not be UTF-8


def save_results(run: Run, path: Path, kind: str | None = None, *, asking: str = "save") -> None:
    """Write the results of all trials to a file; one that is there is replaced.

    Args:
        run: The run.
        path: The file.
        kind: ``csv`` or ``json``; what the file's name says otherwise.
        asking: Who asks for it, for the message.

    Raises:
        CommandError: The file's name does not say what to write.
        StoreError: It cannot be written.
    """
    kind = kind or path.suffix.removeprefix(".").lower()
    if kind not in KINDS:
        raise CommandError(f"{asking} {path}: name a file that ends in .csv or .json")
    write_file(path, results_file(run, kind), asking=asking)


def write_file(path: Path, content: bytes, *, asking: str) -> None:
    """Write a file; one that is there is replaced.

    Raises:
        StoreError: It cannot be written.
    """
    try:
        Path(os.path.expanduser(path)).write_bytes(content)  # noqa: PTH111  (no RuntimeError)
    except OSError as error:
        raise StoreError(f"{asking} {path}: {error.strerror or error}; name a file that can be written") from error
