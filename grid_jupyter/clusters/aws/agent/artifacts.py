"""The files that an attempt wrote, brought into the bucket."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .patience import patiently

if TYPE_CHECKING:
    from pathlib import Path

    from .batch import Task
    from .bucket import Bucket
    from .project import Project

MOST_LISTED = 1000
"""How many artifacts the state lists itself; a longer list has a key of its own."""

SMALL = 1 << 20
"""Bytes below which a file is read as a whole."""

LIST = "artifacts.json"

_AT_ONCE = 8


def ship(bucket: Bucket, task: Task, project: Project, seconds: float) -> dict[str, Any]:
    """Bring the new and changed files into the bucket.

    Args:
        bucket: Where to.
        task: The attempt.
        project: Its directory; none of its processes may be alive.
        seconds: What has not begun by then is left out.

    Returns:
        What the state tells of them.
    """
    until = time.monotonic() + seconds
    prefix = task.keys.artifacts(task.trial, task.attempt)

    def upload(found: tuple[Path, str]) -> tuple[str, int] | None:
        path, name = found
        left = until - time.monotonic()
        if left <= 0:
            return None
        name = os.fsencode(name).decode("utf-8", "backslashreplace")  # keys are text
        try:
            size = path.stat().st_size
            patiently(lambda: _upload(bucket, path, size, prefix + name), left)
        except Exception as error:  # noqa: BLE001  (the others are worth keeping)
            print(f"grid: {name}: {type(error).__name__}: {error}", flush=True)  # noqa: T201
            return None
        return name, size

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        kept = [one for one in pool.map(upload, project.artifacts()) if one]
    if len(kept) <= MOST_LISTED:
        return {"artifacts": kept}
    key = f"{prefix[: -len('artifacts/')]}{LIST}"
    patiently(lambda: bucket.put(key, json.dumps(kept).encode()), max(until - time.monotonic(), 1.0))
    return {"artifacts": [], "artifacts_key": key}


def _upload(bucket: Bucket, path: Path, size: int, key: str) -> None:
    if size < SMALL:  # in one request, without the threads that parts take
        bucket.put(key, path.read_bytes())
    else:
        bucket.upload(str(path), key)
