"""The thread that does a session's work in AWS: it submits, ends, looks, and judges."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.cluster import Ended
from grid_jupyter.errors import CredentialError, GridError, UserError
from grid_jupyter.remote.attempt import Attempt, entry_of
from grid_jupyter.remote.worker import Worker

from .control import Control
from .ending import Ender
from .jobs import UncertainError
from .judgement import Judge
from .secrets import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.cluster import Job

    from .journal import Child, Submission
    from .work import Work

UNWANTED = 5.0
"""Seconds after which a job is ended that nobody waits for; a watcher asks sooner for what it wants."""


@dataclass(eq=False)
class AwsAttempt(Attempt):
    """An attempt in AWS.

    Attributes:
        child: The job that runs it, once it was submitted.
        found: Whether it had been submitted before the watcher asked for it.
    """

    child: Child | None = None
    found: bool = False


class AwsWorker(Worker[AwsAttempt]):
    """One run's worker.

    Args:
        work: What it works with.
    """

    def __init__(self, work: Work) -> None:
        super().__init__("AWS", work.poll)
        self._work = work
        self._judge = Judge(work)
        self._ender = Ender(work, self._judge)
        self._control = Control(work.bucket, work.keys, work.folder)
        self._open: list[Submission] = [one for one in work.journal.submissions if not one.job]
        self._uncertain = {one.number for one in self._open}
        self._prepared = False
        self._looked = False

    def make(self, job: Job) -> AwsAttempt:
        """Return an attempt to be submitted, or the one that a job runs already, or is about to by itself."""
        self._ender.asked_for()
        child = self._work.journal.child(job.trial, job.attempt)
        if child and (self._begun(child, job) or self._ender.is_live(child)):
            return AwsAttempt(job.trial, job.attempt, child=child, found=True)
        return AwsAttempt(job.trial, job.attempt, entry_of(job, plain(job.environment)))

    def _begun(self, child: Child, job: Job) -> bool:
        return child.first == job.attempt or (job.trial, job.attempt) in self._work.observer.states

    def find(self, trial: int, number: int) -> AwsAttempt | None:
        """Return an attempt that an earlier watcher has started, if it came so far as to be written down."""
        child = self._work.journal.child(trial, number)
        return AwsAttempt(trial, number, child=child) if child else None

    def forget(self, trials: Sequence[int]) -> None:
        """Remove the checkpoints of trials from the bucket.

        Raises:
            CredentialError: The credential does not allow it.
            ServiceError: AWS does not answer.
        """
        with told_plainly():
            for trial in trials:
                self._work.bucket.delete(self._work.keys.checkpoint_pointer(trial))

    def steps(self) -> Sequence[Callable[[], None]]:
        """Return what is done in turn."""
        return (self._submit, self._stop, self._follow, self._look_when_due)

    def renew(self, error: GridError) -> None:
        """Take up credentials that were renewed outside."""
        if isinstance(error, CredentialError):
            self._work.renew()

    def wind_up(self) -> None:
        """End jobs that nobody waits for."""
        try:
            self._end_unwanted(patience=0.0)
        finally:
            self._judge.close()

    # Submitting

    def _submit(self) -> None:
        """Submit what was entered, and what is in the journal and not submitted."""
        entered = self._take_entered()
        if entered:
            try:
                trials = [attempt.entry for attempt in entered if attempt.entry]
                self._open += self._work.submitter.enter(self._work.snapshot, trials)
            except GridError:  # a full disk, which may have room again
                with self.changed:
                    self._entered = [*entered, *self._entered]
                raise
            with self.changed:
                for attempt in entered:
                    attempt.child = self._work.journal.child(attempt.trial, attempt.number)
        for submission in list(self._open):
            self._submit_one(submission)

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
        with self.changed:
            waiting = [attempt for attempt in self.attempts.values() if attempt.child in submission.children]
            return bool(waiting) and all(attempt.stopping for attempt in waiting)

    def _give_up(self, submission: Submission, why: str | None) -> None:
        """Give up a submission: its attempts were stopped, or rest because it is not possible as things are."""
        self._work.journal.drop(submission)
        self._open.remove(submission)
        with self.changed:
            for attempt in list(self.attempts.values()):
                if attempt.child and attempt.child.submission is submission and not attempt.end:
                    end = Ended(attempt.trial, attempt.number, None, time.time(), lost=why, rests=why is not None)
                    self._finish(attempt, end)

    # Ending

    def _stop(self) -> None:
        """Ask the jobs of attempts to end that are to end."""
        with self.changed:
            ending = [each.child for each in self.attempts.values() if each.stopping and each.child and not each.end]
        self._ender.end(ending, "stopped")

    def _end_unwanted(self, patience: float) -> None:
        if self._looked:  # before that it is not known what runs
            with self.changed:
                waited = [attempt.child for attempt in self.attempts.values()]
            self._ender.end_unwanted(waited, patience)

    # Looking

    def _follow(self) -> None:
        """Have agents tell more often of the trials that somebody follows."""
        self._followed = self._control.tell()

    def _look_when_due(self) -> None:
        if time.monotonic() >= self._next_look:
            self._begin_to_look()
            self._look_again(changed=self._look())
            self._end_unwanted(UNWANTED)
        elif self._followed:
            self._look_at_followed()

    def _look(self) -> bool:
        """Look at jobs and at what agents tell; return whether anything changed."""
        work = self._work
        work.observer.look_at_jobs(work.journal.submissions)
        told = work.observer.look_at_states()
        self._looked = True
        return self._take_in(self._waited()) or bool(told)

    def _look_at_followed(self) -> None:
        """Look at what somebody follows; AWS Batch is not asked for that."""
        waited = [attempt for attempt in self._waited() if attempt.trial in self._followed]
        self._work.observer.look_at((attempt.trial, attempt.number) for attempt in waited)
        self._take_in(waited)

    def _waited(self) -> list[AwsAttempt]:
        """The attempts that have been submitted and of which no end is known."""
        with self.changed:
            return [attempt for attempt in self.attempts.values() if attempt.child and not attempt.end]

    def _take_in(self, waited: Sequence[AwsAttempt]) -> bool:
        """Tell how attempts stand; return whether one ended or is to be submitted anew."""
        states = self._work.observer.states
        with self.changed:
            for attempt in waited:
                state = states.get((attempt.trial, attempt.number))
                if state and (age := state.age) is not None:
                    attempt.age, attempt.looked, attempt.delay = age, time.monotonic(), None
                else:
                    attempt.delay = self._judge.delay(attempt)
                if state and not self.machine and state.told.get("machine"):
                    self.machine = state.told["machine"] | {"name": self._work.machine, "image": self._work.image}
        ends, again = self._judge.judge(waited)
        with self.changed:
            for attempt, end in ends:
                self._finish(attempt, end)
        if again:
            self._resubmit(again)
        return bool(ends or again)

    def _resubmit(self, attempts: Sequence[AwsAttempt]) -> None:
        """Submit attempts anew that Batch was about to begin by itself and then did not."""
        with self.changed:
            for attempt in attempts:
                child = attempt.child
                assert child is not None  # noqa: S101  (it waits for one)
                attempt.entry = {**child.submission.trials[child.index], "attempt": attempt.number}
                attempt.child, attempt.found = None, False
            self._entered += attempts
        self.wake()
