"""The files that an attempt wrote, brought where they are kept."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .patience import PATIENCE, patiently

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .objects import Objects
    from .project import Project
    from .task import Task

MOST_LISTED = 1000
"""How many artifacts the state lists itself; a longer list has a key of its own."""

SMALL = 1 << 20
"""Bytes below which a file is read as a whole."""

LIST = "artifacts.json"

_AT_ONCE = 8


def ship(
    objects: Objects, task: Task, project: Project, until: float | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Bring the new and changed files where they are kept.

    Args:
        objects: Where they go.
        task: The attempt.
        project: Its directory; none of its processes may be alive.
        until: When the time is up, by the clock that only goes on, if it ever is; what has not begun is left out.
        tell: Takes a sentence for the user.

    Returns:
        What the state tells of them.
    """
    prefix = task.keys.artifacts(task.trial, task.attempt)
    patience = _Patience(until)

    def upload(found: tuple[Path, str]) -> tuple[str, int] | None:
        path, name = found
        name = os.fsencode(name).decode("utf-8", "backslashreplace")  # keys are text
        try:
            size = path.stat().st_size
            patiently(lambda: _upload(objects, path, size, prefix + name), patience.left())
        except Exception as error:  # noqa: BLE001  (the others are worth keeping)
            tell(f"the artifact {name} is lost: {error}")
            patience.end()
            return None
        return name, size

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        kept = [one for one in pool.map(upload, project.artifacts()) if one]
    if len(kept) <= MOST_LISTED:
        return {"artifacts": kept}
    key = f"{prefix[: -len('artifacts/')]}{LIST}"
    patiently(lambda: objects.put(key, json.dumps(kept).encode()), patience.left())
    return {"artifacts": [], "artifacts_key": key}


class _Patience:
    """How long to try: as long as there is time, but for many files no longer than for one."""

    def __init__(self, until: float | None) -> None:
        self._until = until
        self._seconds = PATIENCE

    def left(self) -> float:
        if self._until is None:
            return self._seconds
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("there was no time left")
        return min(left, self._seconds)

    def end(self) -> None:
        self._seconds = 0.0


def _upload(objects: Objects, path: Path, size: int, key: str) -> None:
    if size < SMALL:  # in one request, without the threads that parts take
        objects.put(key, path.read_bytes())
    else:
        objects.upload(str(path), key)
