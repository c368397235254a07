"""Running one run's trials on other machines."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from grid_jupyter.core.cluster import Ended

from .attempt import Attempt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grid_jupyter.core.cluster import Job
    from grid_jupyter.core.home import RunFolder

    from .worker import Worker

A = TypeVar("A", bound=Attempt)


class RemoteSession(Generic[A]):
    """The trials of one run elsewhere.

    All that talks to other machines is done by one thread, so that the watcher never waits for it: what is said here
    is entered, and what has become of it is read.

    Args:
        folder: The run's folder.
        worker: The thread's work.
    """

    def __init__(self, folder: RunFolder, worker: Worker[A]) -> None:
        self._folder = folder
        self._worker = worker
        self._entered: list[A] = []
        self._to_stop: list[A] = []
        worker.start()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know: that trials go on of which nothing is heard."""
        trouble = self._worker.trouble
        return (f"nothing is heard of {self._worker.place}, where trials may go on: {trouble}",) if trouble else ()

    @property
    def waits_for(self) -> str | None:
        """Nothing: all trials are taken, and begin when there is room."""
        return None

    def machine(self) -> Mapping[str, Any] | None:
        """Return what the first trial that told of it runs on."""
        return self._worker.machine

    def prepare(self, job: Job) -> None:
        """Make nothing ready: what is submitted waits there."""

    def start(self, job: Job) -> Mapping[str, Any] | None:
        """Enter an attempt, to be submitted at the next poll together with others; take it over if it was submitted."""
        with self._worker.changed:
            attempt = self._worker.make(job)
            self._worker.attempts[job.trial] = attempt
            if attempt.entry is not None:
                self._entered.append(attempt)
        return {}

    def adopt(self, trial: int, attempt: int, handle: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Take over an attempt that an earlier watcher has started, if it came so far as to be written down."""
        with self._worker.changed:
            found = self._worker.find(trial, attempt)
            if found:
                self._worker.attempts[trial] = found
        return found is not None

    def age(self, trial: int) -> float | None:
        """Return for how many seconds a trial's script has been running; ``None`` while it has not begun."""
        attempt = self._worker.attempts[trial]
        return None if attempt.age is None else attempt.age + time.monotonic() - attempt.looked

    def delay(self, trial: int) -> str | None:
        """Return what keeps a trial's script from running yet, in words."""
        return self._worker.attempts[trial].delay

    def poll(self, timeout: float) -> Sequence[int]:
        """Hand what was entered on, and return the trials that ended; wait for one, ``timeout`` seconds at most."""
        worker = self._worker
        if self._entered:
            worker.enter(self._entered)
            self._entered = []
        if self._to_stop:
            with worker.changed:
                for attempt in self._to_stop:
                    attempt.stopping = True
            self._to_stop = []
            worker.wake()
        with worker.changed:
            worker.changed.wait_for(lambda: worker.over, timeout)
            over = list(worker.over)
            worker.over.clear()
        return over

    def collect(self, trial: int) -> Ended:
        """Return how the attempt of a trial ended; its files are here already, but for large ones."""
        with self._worker.changed:
            end = self._worker.attempts.pop(trial).end
        # Its event files were there to be read, and have been.
        shutil.rmtree(self._folder.trial(trial).work, ignore_errors=True)
        assert end is not None  # noqa: S101  (poll has told of it)
        return end

    def stop(self, trial: int) -> None:
        """Ask an attempt to end and save, together with others at the next poll."""
        with self._worker.changed:
            attempt = self._worker.attempts.get(trial)
            if attempt is None or attempt.end:
                return
            if attempt in self._entered:
                self._entered.remove(attempt)
                attempt.end = Ended(trial, attempt.number, None, time.time())
                self._worker.over.append(trial)
            else:
                self._to_stop.append(attempt)

    def forget(self, trials: Sequence[int]) -> None:
        """Remove the checkpoints of trials, so that their next attempts begin from scratch.

        Raises:
            GridError: They cannot be removed.
        """
        self._worker.forget(trials)

    def close(self) -> None:
        """Leave nothing running that nobody waits for."""
        self._worker.close()
