"""What a watcher still has to store, gathered for a moment: a disk is slow, and short trials are many."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.store import Point, Store, TrialRow

DELAY = 0.1
"""Seconds between two writes, where one after the other would come."""

RESERVE = 1 << 20
"""Bytes that are kept on the disk, to be given back when it is full and a result must be stored."""


class Books:
    """The newest state of trials, their metrics and artifacts, on their way into the store.

    What is lost with a watcher that is killed is found again: a start is taken over, an end is on record with the
    cluster, and metrics are read from where the stored ones end.
    """

    def __init__(self, folder: RunFolder, store: Store) -> None:
        self._store = store
        self._rows: dict[int, TrialRow] = {}
        self._points: list[Point] = []
        self._artifacts: dict[int, Sequence[tuple[str, int]]] = {}
        self._facts: dict[str, Any] = {}
        self._attempts: list[TrialRow] = []
        self._written = 0.0
        self._reserve = folder.path / "reserve"
        self._make_reserve()

    def add(self, row: TrialRow, points: Sequence[Point] = (), artifacts: Sequence[tuple[str, int]] = ()) -> None:
        """Take in what is new of a trial."""
        self._rows[row.trial] = row
        self._points += points
        if artifacts:
            self._artifacts[row.trial] = artifacts

    def add_attempt(self, row: TrialRow) -> None:
        """Take in how an attempt ended after which its trial goes on; the trial itself is yet to be added."""
        self._attempts.append(row)

    def note(self, facts: Mapping[str, Any]) -> None:
        """Take in facts of the run that hold together with what was added before and is not stored yet."""
        self._facts |= facts

    @property
    def open(self) -> bool:
        """Whether something is still to be stored."""
        return bool(self._rows or self._facts)

    def write_when_due(self) -> None:
        """Store it, unless that was done a moment ago."""
        if time.monotonic() - self._written >= DELAY:
            self.write()

    def write(self) -> None:
        """Store it now.

        Raises:
            StoreError: It cannot be stored; it is kept for the next time.
        """
        if self.open:
            self._store_surely(self._write)

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        """Store facts of the run now.

        Raises:
            StoreError: They cannot be stored.
        """
        self._store_surely(lambda: self._store.set_facts(facts))

    def choose(self, trial: int, combination: int) -> None:
        """Store now which combination a search has chosen for a trial.

        Raises:
            StoreError: It cannot be stored.
        """
        self._store_surely(lambda: self._store.choose(trial, combination))

    def _store_surely(self, write: Callable[[], None]) -> None:
        """Store something, on a full disk in the room that was kept for it."""
        try:
            write()
        except StoreError:
            self._drop_reserve()
            write()

    def _write(self) -> None:
        self._store.write([*self._rows.values()], self._points, self._artifacts, self._facts, self._attempts)
        self._rows.clear()
        self._points.clear()
        self._artifacts.clear()
        self._facts.clear()
        self._attempts.clear()
        self._written = time.monotonic()

    def close(self) -> None:
        """Store what is left."""
        self.write()
        self._drop_reserve()

    def _drop_reserve(self) -> None:
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)

    def _make_reserve(self) -> None:
        with suppress(OSError), self._reserve.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, RESERVE)
            else:
                file.write(bytes(RESERVE))
