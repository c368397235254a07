"""Who is followed: trials whose log somebody looks at just now, so that what comes from afar comes sooner.

A front end that shows a trial's log says so again and again, by touching a file; a cluster whose trials are far away
looks at these files. Nothing need be taken back: what was said long ago does not count.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .home import RunFolder

LASTS = 15.0
"""Seconds for which it counts."""


def follow(folder: RunFolder, trial: int) -> None:
    """Say that somebody looks at a trial's log now."""
    path = folder.followed / str(trial)
    with suppress(OSError):  # on a full disk logs come as they would
        if not path.exists() or time.time() - path.stat().st_mtime > LASTS / 3:
            folder.followed.mkdir(exist_ok=True)
            path.touch()


def followed(folder: RunFolder) -> set[int]:
    """Return the trials whose logs somebody looks at."""
    since, found = time.time() - LASTS, set()
    with suppress(OSError):
        for path in folder.followed.iterdir():
            if path.stat().st_mtime >= since:
                found.add(int(path.name))
    return found
