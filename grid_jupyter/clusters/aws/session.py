"""Running one run's trials on machines in AWS."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.cluster import Ended

from .secrets import plain
from .worker import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grid_jupyter.core.cluster import Job

    from .journal import Child
    from .work import Work


@dataclass(eq=False)
class Attempt:
    """An attempt that the watcher waits for.

    Attributes:
        entry: What the bucket is to say of it, until it is submitted.
        child: The job that runs it, once it was submitted.
        found: Whether it had been submitted before the watcher asked for it.
        stopping: Whether it is to end.
        end: How it ended, once all that it wrote is here.
        age: For how many seconds its script has run, as of ``looked``; ``None`` before that.
        delay: What keeps its script from running, in words.
    """

    trial: int
    number: int
    entry: Mapping[str, Any] | None = None
    child: Child | None = None
    found: bool = False
    stopping: bool = False
    end: Ended | None = None
    age: float | None = None
    looked: float = field(default_factory=time.monotonic)
    delay: str | None = "is on its way to AWS"


class AwsSession:
    """The trials of one run in AWS.

    All that talks to AWS is done by one thread, so that the watcher never waits for it: what is said here is entered,
    and what has become of it is read.

    Args:
        work: What the thread works with.

    Attributes:
        notes: What the user should know about how trials are run.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, work: Work) -> None:
        self._work = work
        self._attempts: dict[int, Attempt] = {}
        self._entered: list[Attempt] = []
        self._to_stop: list[Attempt] = []
        self._over: deque[int] = deque()
        self._changed = threading.Condition()
        self._worker = Worker(work, self._attempts, self._over, self._changed)
        self._worker.start()

    @property
    def waits_for(self) -> str | None:
        """Nothing: AWS takes all trials, and machines come as there is need."""
        return None

    def machine(self) -> Mapping[str, Any] | None:
        """Return what the first trial that told of it runs on."""
        return self._worker.machine

    def prepare(self, job: Job) -> None:
        """Make nothing ready: what is submitted waits in AWS."""

    def start(self, job: Job) -> Mapping[str, Any] | None:
        """Enter an attempt, to be submitted at the next poll together with others; take it over if it was submitted."""
        with self._changed:
            attempt = Attempt(job.trial, job.attempt, _entry(job))
            attempt.child = self._worker.child_for(job.trial, job.attempt)
            attempt.found = attempt.child is not None
            self._attempts[job.trial] = attempt
            if not attempt.found:
                self._entered.append(attempt)
        return {}

    def adopt(self, trial: int, attempt: int, handle: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Take over an attempt that an earlier watcher has started, if it came so far as to be written down."""
        with self._changed:
            child = self._work.journal.child(trial, attempt)
            if child:
                self._attempts[trial] = Attempt(trial, attempt, child=child)
        return child is not None

    def age(self, trial: int) -> float | None:
        """Return for how many seconds a trial's script has been running; ``None`` while it has not begun."""
        attempt = self._attempts[trial]
        return None if attempt.age is None else attempt.age + time.monotonic() - attempt.looked

    def delay(self, trial: int) -> str | None:
        """Return what keeps a trial's script from running yet, in words."""
        return self._attempts[trial].delay

    def poll(self, timeout: float) -> Sequence[int]:
        """Hand what was entered on, and return the trials that ended; wait for one, ``timeout`` seconds at most."""
        if self._entered:
            self._worker.submit(self._entered)
            self._entered = []
        if self._to_stop:
            with self._changed:
                for attempt in self._to_stop:
                    attempt.stopping = True
            self._to_stop = []
            self._worker.wake()
        with self._changed:
            self._changed.wait_for(lambda: self._over, timeout)
            over = list(self._over)
            self._over.clear()
        return over

    def collect(self, trial: int) -> Ended:
        """Return how the attempt of a trial ended; its files are here already, but for large ones."""
        with self._changed:
            end = self._attempts.pop(trial).end
        # Its event files were there to be read, and have been.
        shutil.rmtree(self._work.folder.trial(trial).work, ignore_errors=True)
        assert end is not None  # noqa: S101  (poll has told of it)
        return end

    def stop(self, trial: int) -> None:
        """Ask an attempt to end and save, together with others at the next poll."""
        with self._changed:
            attempt = self._attempts.get(trial)
            if attempt is None or attempt.end:
                return
            if attempt in self._entered:
                self._entered.remove(attempt)
                attempt.end = Ended(trial, attempt.number, None, time.time())
                self._over.append(trial)
            else:
                self._to_stop.append(attempt)

    def forget(self, trials: Sequence[int]) -> None:
        """Remove the checkpoints of trials from the bucket, so that their next attempts begin from scratch.

        Raises:
            CredentialError: The credential does not allow it.
            ServiceError: AWS does not answer.
        """
        self._worker.forget(trials)

    def close(self) -> None:
        """Leave nothing running that nobody waits for."""
        self._worker.close()


def _entry(job: Job) -> dict[str, Any]:
    """What the bucket says of an attempt."""
    return {
        "trial": job.trial,
        "attempt": job.attempt,
        "argv": list(job.argv),
        "environment": plain(job.environment),
        "directory": job.directory,
        "import_paths": list(job.import_paths),
        "files": dict(job.files),
    }
