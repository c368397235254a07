"""Waiting for a run, and watching over its watcher meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from grid_jupyter.errors import RunError, StoreError

from .store import Store
from .summary import summarise
from .watching import start_watcher, watcher_lives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .home import RunFolder

MAX_RESTARTS = 3
"""How often waiting for a run starts a watcher that was lost."""

PATIENCE = 2.0
"""Seconds that a watcher gets to come to life before another is started."""

POLL = 0.1
"""Seconds between looks at a run that is waited for."""


def polls(folder: RunFolder) -> Iterator[bool]:
    """Yield again and again whether there is nothing to wait for; a watcher that was lost is started again.

    Raises:
        RunError: The run was deleted meanwhile.
        StoreError: Its watcher cannot be kept alive, or its database cannot be read.
    """
    guard = _WatcherGuard(folder)
    with Store(folder) as store:
        while folder.database.exists():
            summary = summarise(folder, store)
            if summary.unwatched and not summary.over:
                guard.restart()
            yield summary.over
            time.sleep(POLL)
    raise RunError(f"{folder.name} was deleted")


class _WatcherGuard:
    """Starts a run's lost watcher again, but not for ever."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._starts = 0
        self._next = 0.0

    def restart(self) -> None:
        # One that was just started need not live yet, and the lock's time does not tell where clocks jump.
        if time.monotonic() < self._next or watcher_lives(self._folder):
            return
        if self._starts == MAX_RESTARTS:
            said = self._folder.watcher_log.read_text(errors="replace").rstrip().rpartition("\n")[2]
            raise StoreError(f"{self._folder.name}: its watcher ended {MAX_RESTARTS} times: {said}")
        self._starts += 1
        self._next = time.monotonic() + PATIENCE
        start_watcher(self._folder)
