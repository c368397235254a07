"""Taking metrics from the files of running trials into the store."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from grid_jupyter.core.metrics import Reader
from grid_jupyter.core.scalars.finder import kind_of
from grid_jupyter.core.scalars.reader import FileReader, Frozen
from grid_jupyter.core.snapshot import Snapshot
from grid_jupyter.core.states import TrialState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence

    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.store import Point, Store, TrialRow

    from .books import Books

INTERVAL = 1.0
"""Seconds between looks at the files of a running trial."""

WATCHFUL = 0.2
"""The same where a bad trial is to end early."""

BATCH = 50_000
"""Values that are held in memory at most, about."""

_WORK = "work"


@dataclass(frozen=True)
class _Readers:
    """What reads one attempt of a trial: what it says itself, and what libraries write for it."""

    said: Reader
    work: FileReader

    def read(self) -> Mapping[str, object]:
        """Return how far they are, for the trial's row."""
        offsets = {path.name: offset for path, offset in self.said.offsets.items()}
        state = self.work.state()
        return {**offsets, _WORK: state} if state else offsets


class MetricFeed:
    """Follows the metrics of all running trials of one run; whatever is new is ``told`` to whom it concerns."""

    def __init__(
        self,
        folder: RunFolder,
        store: Store,
        books: Books,
        told: Callable[[int, Sequence[Point]], None],
        interval: float = INTERVAL,
    ) -> None:
        self._folder = folder
        self._store = store
        self._books = books
        self._told = told
        self._interval = interval
        self._readers: dict[int, _Readers] = {}
        self._next = 0.0

    def read(self, active: MutableMapping[int, TrialRow]) -> None:
        """Take in what is new, at most once in so many seconds, and renew the rows in ``active``."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._interval
        for trial, row in list(active.items()):
            if row.state is TrialState.STARTING:
                continue  # its script has not begun
            work = self._reader(row).work.read(beside=len(active))
            active[trial], points = self._take(row, chain(self._said(row, last=False), work))
            if points:
                self._books.add(active[trial], points)

    def take_files(self, row: TrialRow) -> TrialRow:
        """Take the last of what lies in the directory of an attempt that ended, before that is given away.

        It is stored at once: should we be killed, the next watcher may not find the directory.
        """
        row, points = self._take(row, self._reader(row).work.read(last=True))
        if points:
            self._books.add(row, points)
            self._books.write()
        return row

    def finish(self, row: TrialRow) -> tuple[TrialRow, list[Point]]:
        """Return the row of an attempt that ended with its last metrics, and the values still to be stored."""
        renewed = self._take(row, self._said(row, last=True))
        self._readers.pop(row.trial, None)
        return renewed

    def _said(self, row: TrialRow, *, last: bool) -> Iterable[list[Point]]:
        files, reader = self._folder.trial(row.trial), self._reader(row).said
        return chain(
            reader.read_output(files.stdout(row.attempts), last=last), reader.read_file(files.metrics, last=last)
        )

    def _take(self, row: TrialRow, pieces: Iterable[list[Point]]) -> tuple[TrialRow, list[Point]]:
        """Return the row renewed, and the values still to be stored: few, since many are stored on the way."""
        readers = self._reader(row)
        waiting: list[Point] = []
        for points in pieces:
            waiting += points
            self._told(row.trial, points)
            metrics = dict(row.metrics) | {point.name: point.value for point in points}
            row = replace(row, metrics=metrics, read=readers.read())
            if len(waiting) > BATCH:
                self._books.add(row, waiting)
                self._books.write()
                waiting = []
        return row, waiting

    def _reader(self, row: TrialRow) -> _Readers:
        if row.trial not in self._readers:
            said = Reader(row.trial, self._store.point_counts(row.trial) if row.read else {})
            files = self._folder.trial(row.trial)
            for name, offset in row.read.items():
                if name != _WORK:
                    said.skip_to(files.path / name, offset)
            state = row.read.get(_WORK, {})
            work = FileReader(row.trial, row.attempts, str(files.work), state, said.counts, self._came_with)
            said.elsewhere = work.owners
            self._readers[row.trial] = _Readers(said, work)
        return self._readers[row.trial]

    def _came_with(self, path: str) -> Frozen | None:
        return self._frozen.get(path)

    @cached_property
    def _frozen(self) -> dict[str, Frozen]:
        """The files of the project that look like a trial's; read when a trial has one, and never before a build."""
        files = Snapshot.read(self._folder.code).files
        return {file.path: (file.size, file.mtime) for file in files if kind_of(file.path.rpartition("/")[2])}
