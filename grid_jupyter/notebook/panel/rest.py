"""Waiting until somebody has stopped typing."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REST = 0.15
"""Seconds after the last key before what is typed is checked."""


class AtRest:
    """Calls a function in a thread of its own once nothing has been touched for a while.

    The last touch always counts: one that comes while the function runs leads to another call.

    Args:
        act: The function.
        seconds: How long nothing is touched before it is called.
        threads: Whether widgets may be changed from a thread; else it is called at each touch.
    """

    def __init__(self, act: Callable[[], None], seconds: float = REST, *, threads: bool = True) -> None:
        self._act = act
        self._threads = threads
        self._seconds = seconds
        self._due: float | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def touch(self) -> None:
        """Begin to wait, or wait anew."""
        if not self._threads:
            self._act()
            return
        with self._lock:
            self._due = time.monotonic() + self._seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="grid-panel", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Call it now, if it is due one day."""
        with self._lock:
            due, self._due = self._due, None
        if due is not None:
            self._act()

    def _run(self) -> None:
        try:
            while (wait := self._next()) is not None:
                if wait > 0:
                    time.sleep(wait)
                else:
                    self._act()
        except BaseException:
            with self._lock:
                self._thread = None
            raise

    def _next(self) -> float | None:
        """Return how long to wait; 0 where it is time, and ``None`` where there is nothing left to do."""
        with self._lock:
            if self._due is None:
                self._thread = None
                return None
            wait = self._due - time.monotonic()
            if wait <= 0:
                self._due = None
            return max(0.0, wait)
