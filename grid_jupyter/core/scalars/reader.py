"""Reads what libraries write into the files of one trial's directory, as it grows."""

from __future__ import annotations

import math
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from grid_jupyter.core.metrics import STEP_NAMES, step_of
from grid_jupyter.core.store import Point

from .events import read_scalars
from .finder import EVENTS, Finder
from .lightning import Rows
from .names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

SHARE = 0.01
"""The part of a watcher's time, at most, in which it looks for files."""

AT_ONCE = 5000
"""How many values are taken at a time, about, while the trial runs."""

Frozen = tuple[int, int]
"""Size and time of a file that came with the project."""


class FileReader:
    """The metrics in the files of one attempt of a trial.

    Args:
        trial: The trial.
        attempt: Its attempt.
        root: The directory that it runs in.
        state: What ``state`` told of it, or of an earlier attempt.
        printed: The names of metrics that come from elsewhere.
        frozen: Tells what a file was that came with the project; as long as it is that, it is not the trial's.
    """

    def __init__(
        self,
        trial: int,
        attempt: int,
        root: str,
        state: Mapping[str, Any],
        printed: Container[str],
        frozen: Callable[[str], Frozen | None],
    ) -> None:
        self._trial = trial
        self._attempt = attempt
        self._root = root
        self._frozen = frozen
        self._finder = Finder(root)
        self._next_look = 0.0
        self._seen: dict[str, tuple[int, ...]] = {}
        self._names = Names(state.get("names", {}), printed)
        again = state.get("attempt") == attempt
        if not again:
            self._names.begin_attempt()
        read = state["files"] if again else {}
        self._offsets: dict[str, int] = {path: at for path, at in read.items() if isinstance(at, int)}
        self._rows = {path: Rows(*at) for path, at in read.items() if not isinstance(at, int)}

    @property
    def owners(self) -> Mapping[str, str]:
        """The names that come from these files."""
        return self._names.owners

    def state(self) -> dict[str, Any]:
        """Return as plain JSON how far it is; empty where there is nothing."""
        files: dict[str, object] = {**self._offsets}
        files |= {path: [rows.taken, rows.first] for path, rows in self._rows.items()}
        return {"attempt": self._attempt, "files": files, "names": self._names.owners} if files else {}

    def read(self, *, last: bool = False, beside: int = 1) -> Iterator[list[Point]]:
        """Yield what is new, piece by piece.

        Args:
            last: Whether the trial has ended, and all must be taken now.
            beside: How many trials share the watcher's time.
        """
        self._look(last=last, beside=beside)
        taken = 0
        for path, kind in self._finder.found.items():
            for points in self._new(path, kind):
                yield points
                taken += len(points)
                if taken >= AT_ONCE and not last:
                    return

    def _look(self, *, last: bool, beside: int) -> None:
        if not last and time.monotonic() < self._next_look:
            return
        began = time.monotonic()
        self._finder.look()
        now = time.monotonic()
        self._next_look = now + (now - began) * beside / SHARE
        for path, kind in self._finder.found.items():
            self._names.add_folder(kind, path.rpartition("/")[0])

    def _new(self, path: str, kind: str) -> Iterator[list[Point]]:
        with _opened(f"{self._root}/{path}") as file:
            if file is None:
                return
            status = os.fstat(file.fileno())
            look = (status.st_ino, status.st_size, status.st_mtime_ns)
            if look == self._seen.get(path) or look[1:] == self._frozen(path):
                return
            folder = path.rpartition("/")[0]
            yield from self._events(path, folder, file) if kind == EVENTS else self._csv(path, folder, file)
            self._seen[path] = look

    def _events(self, path: str, folder: str, file: BinaryIO) -> Iterator[list[Point]]:
        offset = self._offsets.get(path, 0)
        for end, scalars in read_scalars(file, offset if offset <= os.fstat(file.fileno()).st_size else 0):
            self._offsets[path] = end
            points = []
            for tag, step, value, when in scalars:
                if name := self._names.name(EVENTS, folder, tag):
                    points.append(Point(self._trial, name, step, value, when if math.isfinite(when) else time.time()))
            yield points

    def _csv(self, path: str, folder: str, file: BinaryIO) -> Iterator[list[Point]]:
        reader = self._rows.get(path) or Rows()
        for rows in reader.read(file):
            self._rows[path] = reader
            now = time.time()
            points = []
            for numbers in rows:
                step = step_of(numbers)
                for column, value in numbers.items():
                    if column in STEP_NAMES or step is None:
                        continue
                    if name := self._names.name("csv", folder, column):
                        points.append(Point(self._trial, name, step, value, now))
            yield points


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO | None]:
    """Open a plain file and nothing else: no link, and no pipe, which would never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    with open(descriptor, "rb") as file:  # noqa: PTH123  (it is open already)
        yield file if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
