"""What front ends ask of a run's watcher.

Each request is a file of its own that appears whole; the watcher takes them in the order of their names and
removes each when it is done. Front ends never write a run's database.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .home import RunFolder, unusable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Verb = Literal["stop", "pause", "resume", "preempt", "rerun"]
Only = Literal["failed", "missing"]


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        trials: The trials it is about; ``None`` for all of the run.
        only: Which of the run's trials ``rerun`` takes: those that failed, or those that hold no result of their own.
        limits: New limits, by the flag's name without dashes.
    """

    verb: Verb
    trials: tuple[int, ...] | None = None
    only: Only | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)


def send(folder: RunFolder, request: Request) -> None:
    """Put a request before the watcher.

    Raises:
        StoreError: It cannot be written.
    """
    name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
    data = asdict(request)
    draft = folder.requests / f".{name}"
    try:
        folder.requests.mkdir(exist_ok=True)
        draft.write_text(json.dumps(data), encoding="utf-8")
        draft.rename(folder.requests / f"{name}.json")
    except OSError as error:
        raise unusable(folder.requests, error) from error


def pending(folder: RunFolder) -> list[tuple[Path, Request]]:
    """Return the requests that wait, oldest first, each with its file."""
    try:
        names = os.listdir(folder.requests)  # noqa: PTH208  (a run's watcher looks here many times a second)
    except FileNotFoundError:
        return []
    paths = [folder.requests / name for name in sorted(names) if name.endswith(".json")]
    return [(path, request) for path in paths if (request := _read(path))]


def pending_verbs(folder: RunFolder) -> set[Verb]:
    """Return what was asked for and has not been done yet."""
    return {request.verb for _, request in pending(folder)}


def _read(path: Path) -> Request | None:
    """Read a request that is there still; one that nobody can have sent by ``send`` is put aside."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        trials = data["trials"]
        return Request(data["verb"], None if trials is None else tuple(trials), data["only"], dict(data["limits"]))
    except FileNotFoundError:  # the watcher has done it since
        return None
    except (ValueError, KeyError, TypeError):
        with suppress(FileNotFoundError):
            path.rename(path.with_suffix(".unreadable"))
        return None
