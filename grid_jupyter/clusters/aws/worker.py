"""The thread that does a session's work in AWS: it submits, ends, looks, and judges."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.cluster import Ended
from grid_jupyter.errors import CredentialError, GridError, UserError

from .control import Control
from .ending import Ender
from .jobs import UncertainError
from .judgement import Judge

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import MutableMapping, Sequence

    from .journal import Child, Submission
    from .session import Attempt
    from .work import Work

PATIENCE = 3
"""How many times longer than usual it waits between two looks where nothing changes."""

UNWANTED = 5.0
"""Seconds after which a job is ended that nobody waits for; a watcher asks sooner for what it wants."""

FOLLOWING = 2.0
"""Seconds between two looks, at most, at a trial that somebody follows."""

log = logging.getLogger(__name__)


class Worker:
    """One run's worker.

    Args:
        work: What it works with.
        attempts: What the watcher waits for, by trial; read and written under ``changed``.
        over: Where trials are told of whose attempts have ended.
        changed: Told when there is one.

    Attributes:
        machine: What trials run on, once one of them has told.
    """

    def __init__(
        self,
        work: Work,
        attempts: MutableMapping[int, Attempt],
        over: deque[int],
        changed: threading.Condition,
    ) -> None:
        self._work = work
        self._attempts = attempts
        self._over = over
        self._changed = changed
        self._judge = Judge(work)
        self._ender = Ender(work, self._judge)
        self._control = Control(work.bucket, work.keys, work.folder)
        self._woken = threading.Event()
        self._closing = False
        self._entered: list[Attempt] = []
        self._open: list[Submission] = [one for one in work.journal.submissions if not one.job]
        self._uncertain = {one.number for one in self._open}
        self._prepared = False
        self._next_look = 0.0
        self._interval = work.poll
        self._looked = False
        self._followed: set[int] = set()
        self._troubles: dict[str, str] = {}
        self.machine: dict[str, Any] | None = None
        self._thread = threading.Thread(target=self._run, name="grid-aws", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, attempts: Sequence[Attempt]) -> None:
        """Submit these attempts, as one."""
        with self._changed:
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
            self._end_unwanted(patience=0.0)
        except GridError as error:
            log.warning("jobs were left that nobody waits for: %s", error)
        self._judge.close()

    def child_for(self, trial: int, attempt: int) -> Child | None:
        """Return the job that an attempt is to be taken over from: one that runs it, or is about to by itself."""
        self._ender.asked_for()
        child = self._work.journal.child(trial, attempt)
        if child is None:
            return None
        begun = child.first == attempt or (trial, attempt) in self._work.observer.states
        return child if begun or self._ender.is_live(child) else None

    def forget(self, trials: Sequence[int]) -> None:
        """Remove the checkpoints of trials."""
        with told_plainly():
            for trial in trials:
                self._work.bucket.delete(self._work.keys.checkpoint_pointer(trial))

    @property
    def trouble(self) -> str | None:
        """What is in the way where trials run already; others tell of it as what they wait for."""
        with self._changed:
            run = any(attempt.age is not None and not attempt.end for attempt in self._attempts.values())
        return next(iter(self._troubles.values()), None) if run else None

    # The thread

    def _run(self) -> None:
        while not self._closing:
            self._woken.clear()
            for step in (self._submit, self._stop, self._look_when_due):
                try:
                    step()
                except GridError as error:
                    log.warning("%s", error)
                    if isinstance(error, CredentialError):
                        self._work.renew()
                    self._trouble(step.__name__, str(error))
                except Exception:  # what is not foreseen must not leave trials without anybody who looks after them
                    log.exception("AWS was not understood")
                    self._trouble(step.__name__, "its answer was not understood; the run's watcher.log tells more")
                else:
                    if step != self._look_when_due:  # which only looks when that is due
                        self._troubles.pop(step.__name__, None)
            self._woken.wait(self._pause())

    def _pause(self) -> float:
        """How long there is nothing to do, in seconds."""
        due = self._next_look - time.monotonic()
        return max(0.0, min(due, FOLLOWING) if self._followed else due)

    def _trouble(self, step: str, trouble: str) -> None:
        """Tell what is in the way to all that have not begun, and try again in a while."""
        self._troubles[step] = trouble
        self._next_look = time.monotonic() + self._work.poll * PATIENCE
        with self._changed:
            for attempt in self._attempts.values():
                if attempt.age is None and attempt.end is None:
                    attempt.delay = f"waits for AWS: {trouble}"

    # Submitting

    def _submit(self) -> None:
        """Submit what was entered, and what is in the journal and not submitted."""
        with self._changed:
            entered = [attempt for attempt in self._entered if not self._dismiss(attempt)]
            self._entered.clear()
        if entered:
            try:
                trials = [attempt.entry for attempt in entered if attempt.entry]
                self._open += self._work.submitter.enter(self._work.snapshot, trials)
            except GridError:  # a full disk, which may have room again
                with self._changed:
                    self._entered = [*entered, *self._entered]
                raise
            with self._changed:
                for attempt in entered:
                    attempt.child = self._work.journal.child(attempt.trial, attempt.number)
        for submission in list(self._open):
            self._submit_one(submission)

    def _dismiss(self, attempt: Attempt) -> bool:
        """Let an attempt end that was stopped before it was submitted; say whether it has ended."""
        if attempt.stopping and not attempt.end:
            self._finish(attempt, Ended(attempt.trial, attempt.number, None, time.time()))
        return attempt.end is not None

    def _submit_one(self, submission: Submission) -> None:
        """Submit what is in the journal, or take over the job that came of it."""
        work, again = self._work, submission.number in self._uncertain
        if not again and self._is_stopped(submission):
            self._give_up(submission, None)
            return
        try:
            if not self._prepared:
                work.prepare()
                self._prepared = True
            if again:
                work.observer.look_at_states()  # which tell whether it ran
            known = any(state.told.get("batch") == submission.number for state in work.observer.states.values())
            work.submitter.submit(submission, work.snapshot, work.folder.objects, again=again, known=known)
        except UncertainError:
            self._uncertain.add(submission.number)
            raise
        except UserError as error:
            if isinstance(error, CredentialError):
                raise  # it may be renewed
            self._give_up(submission, f"it could not be submitted: {error}")
            return
        self._open.remove(submission)
        self._next_look = 0.0

    def _is_stopped(self, submission: Submission) -> bool:
        with self._changed:
            waiting = [attempt for attempt in self._attempts.values() if attempt.child in submission.children]
            return bool(waiting) and all(attempt.stopping for attempt in waiting)

    def _give_up(self, submission: Submission, why: str | None) -> None:
        """Give up a submission: its attempts were stopped, or rest because it is not possible as things are."""
        self._work.journal.drop(submission)
        self._open.remove(submission)
        with self._changed:
            for attempt in list(self._attempts.values()):
                if attempt.child and attempt.child.submission is submission and not attempt.end:
                    end = Ended(attempt.trial, attempt.number, None, time.time(), lost=why, rests=why is not None)
                    self._finish(attempt, end)

    # Ending

    def _stop(self) -> None:
        """Ask the jobs of attempts to end that are to end."""
        with self._changed:
            ending = [each.child for each in self._attempts.values() if each.stopping and each.child and not each.end]
        self._ender.end(ending, "stopped")

    def _end_unwanted(self, patience: float) -> None:
        if self._looked:  # before that it is not known what runs
            with self._changed:
                waited = [attempt.child for attempt in self._attempts.values()]
            self._ender.end_unwanted(waited, patience)

    # Looking

    def _look_when_due(self) -> None:
        self._followed = self._control.tell()
        if time.monotonic() >= self._next_look:
            changed = self._look()
            longest = self._work.poll * PATIENCE
            self._interval = self._work.poll if changed else min(self._interval * 1.5, longest)
            self._next_look = time.monotonic() + self._interval
            self._end_unwanted(UNWANTED)
        elif self._followed:
            self._look_at_followed()

    def _look(self) -> bool:
        """Look at jobs and at what agents tell; return whether anything changed."""
        work = self._work
        work.observer.look_at_jobs(work.journal.submissions)
        told = work.observer.look_at_states()
        self._looked = True
        self._troubles.pop(self._look_when_due.__name__, None)
        return self._take_in(self._waited()) or bool(told)

    def _look_at_followed(self) -> None:
        """Look at what somebody follows; AWS Batch is not asked for that."""
        waited = [attempt for attempt in self._waited() if attempt.trial in self._followed]
        self._work.observer.look_at((attempt.trial, attempt.number) for attempt in waited)
        self._take_in(waited)

    def _waited(self) -> list[Attempt]:
        """The attempts that have been submitted and of which no end is known."""
        with self._changed:
            return [attempt for attempt in self._attempts.values() if attempt.child and not attempt.end]

    def _take_in(self, waited: Sequence[Attempt]) -> bool:
        """Tell how attempts stand; return whether one ended or is to be submitted anew."""
        states = self._work.observer.states
        with self._changed:
            for attempt in waited:
                state = states.get((attempt.trial, attempt.number))
                if state and (age := state.age) is not None:
                    attempt.age, attempt.looked, attempt.delay = age, time.monotonic(), None
                else:
                    attempt.delay = self._judge.delay(attempt)
                if state and not self.machine and state.told.get("machine"):
                    self.machine = state.told["machine"] | {"name": self._work.machine, "image": self._work.image}
        ends, again = self._judge.judge(waited)
        with self._changed:
            for attempt, end in ends:
                self._finish(attempt, end)
        if again:
            self._resubmit(again)
        return bool(ends or again)

    def _resubmit(self, attempts: Sequence[Attempt]) -> None:
        """Submit attempts anew that Batch was about to begin by itself and then did not."""
        with self._changed:
            for attempt in attempts:
                child = attempt.child
                assert child is not None  # noqa: S101  (it waits for one)
                attempt.entry = {**child.submission.trials[child.index], "attempt": attempt.number}
                attempt.child, attempt.found = None, False
            self._entered += attempts
        self.wake()

    def _finish(self, attempt: Attempt, end: Ended) -> None:
        """Tell the watcher of an end; called under the lock."""
        attempt.end = end
        self._over.append(attempt.trial)
        self._changed.notify_all()
