"""Taking metrics from the files of running trials into the store."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from grid_jupyter.core.metrics import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence

    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.store import Point, Store, TrialRow

    from .books import Books

INTERVAL = 1.0
"""Seconds between looks at the files of a running trial."""

WATCHFUL = 0.2
"""The same where a bad trial is to end early."""

BATCH = 50_000
"""Values that are held in memory at most, about."""


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
        self._readers: dict[int, Reader] = {}
        self._next = 0.0

    def read(self, active: MutableMapping[int, TrialRow]) -> None:
        """Take in what is new, at most once in so many seconds, and renew the rows in ``active``."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._interval
        for trial, row in list(active.items()):
            active[trial], points = self._read(row, last=False)
            if points:
                self._books.add(active[trial], points)

    def finish(self, row: TrialRow) -> tuple[TrialRow, list[Point]]:
        """Return the row of an attempt that ended with its last metrics, and the values still to be stored."""
        renewed = self._read(row, last=True)
        self._readers.pop(row.trial, None)
        return renewed

    def _read(self, row: TrialRow, *, last: bool) -> tuple[TrialRow, list[Point]]:
        """Return the row renewed, and the values still to be stored: few, since many are stored on the way."""
        files = self._folder.trial(row.trial)
        reader = self._reader(row)
        output = reader.read_output(files.stdout(row.attempts), last=last)
        waiting: list[Point] = []
        for points in chain(output, reader.read_file(files.metrics, last=last)):
            waiting += points
            self._told(row.trial, points)
            metrics = dict(row.metrics) | {point.name: point.value for point in points}
            read = {path.name: offset for path, offset in reader.offsets.items()}
            row = replace(row, metrics=metrics, read=read)
            if len(waiting) > BATCH:
                self._books.add(row, waiting)
                self._books.write()
                waiting = []
        return row, waiting

    def _reader(self, row: TrialRow) -> Reader:
        if row.trial not in self._readers:
            reader = Reader(row.trial, self._store.point_counts(row.trial) if row.read else {})
            folder = self._folder.trial(row.trial).path
            for name, offset in row.read.items():
                reader.skip_to(folder / name, offset)
            self._readers[row.trial] = reader
        return self._readers[row.trial]
