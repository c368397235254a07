"""All that the extension holds: a bounded pool of threads, and pictures of the runs that were asked for."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from grid_jupyter.core.changes import Changes, stamp
from grid_jupyter.core.run import Run
from grid_jupyter.core.view import RunView

from .places import Root

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from jupyter_server.serverapp import ServerApp

    from grid_jupyter.core.changes import Stamp
    from grid_jupyter.core.log_errors import FirstError

    P = ParamSpec("P")

T = TypeVar("T")
WORKERS = 8
VIEWS = 1000
"""How many pictures of runs are kept: of all that one page of the list shows, else none would be found again."""

ORDERS = 16
ERRORS = 200
"""How many logs it is remembered of what was looked at for errors."""

FOLLOWED = 32
"""How many logs are followed at once at most."""


class Recent(Generic[T]):
    """What was worked out last, by what it was worked out from."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under a key, or make it and keep it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


@dataclass
class _Known:
    """A run's picture, and how its files looked when it was taken."""

    view: RunView
    stamp: Stamp
    lock: threading.Lock = field(default_factory=threading.Lock)


class Manager:
    """The one object behind all handlers."""

    def __init__(self, server: ServerApp) -> None:
        self.root = Root(getattr(server.contents_manager, "root_dir", None))
        self.followed = asyncio.Semaphore(FOLLOWED)
        self.closed = False
        self._pool = ThreadPoolExecutor(WORKERS, "grid-jupyter")
        self._boot = os.urandom(6).hex()
        self._changes, self._looking = Changes(), threading.Lock()
        self._views: OrderedDict[str, _Known] = OrderedDict()
        self._viewing = threading.Lock()
        self.orders: Recent[Sequence[int]] = Recent(ORDERS)
        self.errors: Recent[FirstError] = Recent(ERRORS)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what takes time in the pool, and return what comes of it."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *args, **kwargs))

    def close(self) -> None:
        """End what was begun: logs are followed no longer, and requests that are not answered yet are dropped."""
        self.closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    # Versions: an answer holds for as long as they do

    def version(self, run: str | None = None) -> str:
        """Return a text that changes when a run does, or any run.

        Raises:
            UnknownRunError: There is no such run.
        """
        if run is not None:
            content = repr(stamp(Run(run).store_folder))
        else:
            with self._looking:
                self._changes.look()
                content = str(self._changes.version)
        return f"{self._boot}-{hashlib.blake2b(content.encode(), digest_size=9).hexdigest()}"

    # Pictures

    def view(self, run: Run) -> RunView:
        """Return a run's picture as of now; only what has changed since the last one is read."""
        now = stamp(run.store_folder)
        with self._viewing:
            known = self._views.get(run.name)
        if known is None or known.stamp.made != now.made:
            known = _Known(RunView(run), now)
        with self._viewing:
            self._views[run.name] = known
            self._views.move_to_end(run.name)
            while len(self._views) > VIEWS:
                self._views.popitem(last=False)
        with known.lock:
            if known.stamp != now or known.view.summary.unwatched:
                known.view.refresh()
                known.stamp = now
            return known.view
