"""Ending processes that nobody is left to wait for."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


def end_orphans(group: int, folder: Path) -> None:
    """End the processes of a trial whose parent was killed.

    Args:
        group: Its process group. Numbers are used again: a group that is not this trial's or run's is left alone.
        folder: The trial's folder, or its run's.
    """
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == group and _works_in(process, folder):
                process.kill()


def _works_in(process: psutil.Process, folder: Path) -> bool:
    return Path(process.environ().get("GRID_METRICS_FILE", "/")).is_relative_to(folder)
