"""The thread that does what a session's trials need elsewhere, so that the watcher never waits for it."""

from __future__ import annotations

import logging
import math
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from grid_jupyter.core.cluster import Ended
from grid_jupyter.errors import GridError

from .attempt import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.cluster import Job

PATIENCE = 3
"""How many times longer than usual it waits between two looks where nothing changes, or something is in the way."""

FOLLOWING = 2.0
"""Seconds between two looks, at most, at a trial that somebody follows."""

log = logging.getLogger(__name__)

A = TypeVar("A", bound=Attempt)


class Worker(ABC, Generic[A]):
    """One run's worker.

    Args:
        place: Where trials run, in words.
        poll: Seconds between two looks.

    Attributes:
        attempts: What the watcher waits for, by trial; read and written under ``changed``.
        over: The trials whose attempts have ended, until the watcher is told.
        changed: Told when there is one.
        machine: What trials run on, once one of them has told.
    """

    def __init__(self, place: str, poll: float) -> None:
        self.place = place
        self.attempts: dict[int, A] = {}
        self.over: deque[int] = deque()
        self.changed = threading.Condition()
        self.machine: dict[str, Any] | None = None
        self._poll = poll
        self._interval = poll
        self._next_look = 0.0
        self._next_try = math.inf
        self._followed: set[int] = set()
        self._entered: list[A] = []
        self._troubles: dict[str, str] = {}
        self._logged: dict[str, str] = {}
        self._woken = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="grid-worker", daemon=True)

    # What a cluster does its own way

    @abstractmethod
    def make(self, job: Job) -> A:
        """Return an attempt that is to be submitted; one without ``entry`` if it has been submitted already."""

    @abstractmethod
    def find(self, trial: int, number: int) -> A | None:
        """Return an attempt that an earlier watcher has started, if it came so far as to be written down."""

    @abstractmethod
    def forget(self, trials: Sequence[int]) -> None:
        """Remove the checkpoints of trials."""

    @abstractmethod
    def steps(self) -> Sequence[Callable[[], None]]:
        """Return what is done in turn, again and again; each may raise, and is done again later."""

    @abstractmethod
    def _look_when_due(self) -> None:
        """One of the steps: look at how things are if that is due, and ``_look_again`` when it has gone well."""

    @abstractmethod
    def wind_up(self) -> None:
        """End what nobody waits for; the thread has ended."""

    def renew(self, error: GridError) -> None:
        """Take up what may keep an error from coming again."""

    # For the session

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def enter(self, attempts: Sequence[A]) -> None:
        """Submit these attempts, together."""
        with self.changed:
            self._entered += attempts
        self.wake()

    def wake(self) -> None:
        """Look now at what is to be done."""
        self._woken.set()

    def close(self) -> None:
        """End what nobody waits for, and stop working."""
        self._closing = True
        self.wake()
        self._thread.join()
        try:
            self.wind_up()
        except GridError as error:
            log.warning("something may go on that nobody waits for: %s", error)

    @property
    def trouble(self) -> str | None:
        """What is in the way where trials run already; others tell of it as what they wait for."""
        with self.changed:
            run = any(attempt.age is not None and not attempt.end for attempt in self.attempts.values())
        return next(iter(self._troubles.values()), None) if run else None

    # The thread

    def _run(self) -> None:
        while not self._closing:
            self._woken.clear()
            self._next_try = math.inf
            for step in self.steps():
                try:
                    step()
                except GridError as error:
                    if self._is_news(step.__name__, error):
                        log.warning("%s", error)
                    self.renew(error)
                    self._trouble(step.__name__, str(error))
                except Exception as error:  # whatever it is, somebody must look after the trials
                    if self._is_news(step.__name__, error):
                        log.exception("%s was not understood", self.place)
                    self._trouble(step.__name__, "its answer was not understood; the run's watcher.log tells more")
                else:
                    if step != self._look_when_due:  # which may have had nothing to do
                        self._went_well(step.__name__)
            self._woken.wait(self._pause())

    def _went_well(self, step: str) -> None:
        self._troubles.pop(step, None)
        self._logged.pop(step, None)

    def _is_news(self, step: str, error: Exception) -> bool:
        """Whether a step fails otherwise than the last time: a cluster that is away for days is asked all the while."""
        told = f"{type(error).__name__}: {error}"
        known, self._logged[step] = self._logged.get(step), told
        return told != known

    def _pause(self) -> float:
        """How long there is nothing to do, in seconds."""
        due = min(self._next_look, self._next_try) - time.monotonic()
        return max(0.0, min(due, FOLLOWING) if self._followed else due)

    def _begin_to_look(self) -> None:
        """Settle when to look next should this look fail; what else is in the way postpones none."""
        self._next_look = time.monotonic() + self._poll * PATIENCE

    def _look_again(self, *, changed: bool) -> None:
        """Settle when to look next, this look having gone well: the sooner the more has changed."""
        self._went_well(self._look_when_due.__name__)
        self._interval = self._poll if changed else min(self._interval * 1.5, self._poll * PATIENCE)
        self._next_look = time.monotonic() + self._interval

    def _trouble(self, step: str, trouble: str) -> None:
        """Tell what is in the way to all that have not begun, and try again in a while."""
        self._troubles[step] = trouble
        self._next_try = time.monotonic() + self._poll * PATIENCE
        with self.changed:
            for attempt in self.attempts.values():
                if attempt.age is None and attempt.end is None:
                    attempt.delay = f"waits for {self.place}: {trouble}"

    def _take_entered(self) -> list[A]:
        """Take what was entered and is still wanted."""
        with self.changed:
            entered = [attempt for attempt in self._entered if not self._dismiss(attempt)]
            self._entered.clear()
        return entered

    def _dismiss(self, attempt: A) -> bool:
        """Let an attempt end that was stopped before it was submitted; say whether it has ended."""
        if attempt.stopping and not attempt.end:
            self._finish(attempt, Ended(attempt.trial, attempt.number, None, time.time()))
        return attempt.end is not None

    def _finish(self, attempt: A, end: Ended) -> None:
        """Tell the watcher of an end; called under the lock."""
        attempt.end = end
        self.over.append(attempt.trial)
        self.changed.notify_all()
