"""Ending processes that nobody is left to wait for."""

from __future__ import annotations

import os
from contextlib import suppress


def end_orphans(group: int) -> None:
    """End the processes of a trial whose parent was killed; a group of that number that is no trial's is left alone."""
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == group and "GRID_EXPERIMENT_ID" in process.environ():
                process.kill()
