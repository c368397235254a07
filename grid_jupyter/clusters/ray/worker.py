"""The thread that does a session's work on a Ray cluster: it asks the driver, and takes in what agents told."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.cluster import Ended
from grid_jupyter.core.following import followed
from grid_jupyter.core.home import BUILD
from grid_jupyter.errors import CommandError, CredentialError, GridError, UserError
from grid_jupyter.remote.agent.layout import BUILD_NAME
from grid_jupyter.remote.attempt import Attempt, entry_of
from grid_jupyter.remote.states import States
from grid_jupyter.remote.worker import FOLLOWING, Worker

from .agent.layout import DRIVER, job_name, message_name
from .entrypoint import drive
from .judgement import Judge
from .log_files import NodeGoneError
from .options import in_words
from .package import make_package
from .tokens import find_token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.cluster import Job

    from .answers import JobInfo
    from .journal import RunJob
    from .work import Work

PAGE = 500
"""Attempts that one message asks for at most."""

SILENCE = 30.0
"""Seconds for which nothing is heard of a cluster before what was asked to end there counts as ended."""

KEPT_THERE = 1000
"""Pieces that are here and may lie on the driver's node still."""

QUIET = 3
"""Looks in a row at a job that is over until what it has left is judged: a busy dashboard may not tell all at once."""


class RayWorker(Worker[Attempt]):
    """One run's worker.

    Args:
        work: What it works with.
    """

    def __init__(self, work: Work) -> None:
        super().__init__(in_words(work.options.cluster), work.options.poll)
        self._work = work
        self._client = work.client
        self._journal = work.journal
        self._states = States(work.replica.objects, work.keys)
        self._judge = Judge(work, self._states)
        self._asked: set[tuple[int, int]] = set()
        self._told_followed: set[int] = set()
        self._silent_since: float | None = None
        self._recognized = False
        for job in self._journal.jobs:
            work.replica.begin(job)
        while self._states.look():
            pass

    def make(self, job: Job) -> Attempt:
        """Return an attempt to be started, or the one that was, or that the driver has tried again by itself."""
        key = (job.trial, job.attempt)
        if key in self._states.known or self._journal.job_of(*key):
            return Attempt(*key)
        return Attempt(*key, entry_of(job, job.environment))

    def find(self, trial: int, number: int) -> Attempt | None:
        """Return an attempt that an earlier watcher has started, if it came so far as to be written down."""
        known = (trial, number) in self._states.known or self._journal.job_of(trial, number)
        return Attempt(trial, number) if known else None

    def forget(self, trials: Sequence[int]) -> None:
        """Have the checkpoints of trials removed before anything else is asked for.

        Raises:
            GridError: The disk is full, or the store does not answer.
        """
        keys = [self._work.keys.checkpoint_pointer(trial) for trial in trials]
        if not self._work.kept.delete(keys):
            with self.changed:
                self._journal.enter({"delete": keys})
            self.wake()

    def steps(self) -> Sequence[Callable[[], None]]:
        """Return what is done in turn."""
        return (self._enter, self._look_when_due, self._send)

    def wind_up(self) -> None:
        """End the job, unless something is waited for: then whoever comes next goes on with it."""
        job = self._journal.current
        try:
            if job and all(attempt.end for attempt in self.attempts.values()):
                with self.changed:
                    self._journal.enter({"close": True})
                    self._journal.end(job)
                if job.submitted:
                    self._send_to(job)
                    self._journal.close(job)
        finally:
            self._client.close()

    # Asking

    def _enter(self) -> None:
        """Write down what was entered and what is to end."""
        entered, first = self._take_entered(), 0
        try:
            for first in range(0, len(entered), PAGE):
                page = [attempt.entry for attempt in entered[first : first + PAGE]]
                message = {"common": self._work.common, "start": page}
                with self.changed:
                    self._journal.enter(message)
        except Exception as error:
            if _is_final(error):
                self._give_up(entered[first:], error)
            else:  # a full disk, a cluster that does not answer: whatever it is, none may be forgotten
                with self.changed:
                    self._entered = [*entered[first:], *self._entered]
                raise
        with self.changed:
            ending = [one for one in self.attempts.values() if one.stopping and not one.end]
            fresh = [one for one in ending if one.key not in self._asked]
            if fresh and self._journal.current:
                self._journal.enter({"stop": [one.trial for one in fresh]})
            self._asked.update(one.key for one in fresh)

    def _send(self) -> None:
        """Send what the driver has not been sent, and see to it that there is one."""
        self._recognize()
        if not self._close_earlier():
            return
        self._follow()
        job = self._journal.current
        if job is None:
            return
        if not job.submitted:
            try:
                self._submit(job)
            except UserError as error:
                if not _is_final(error):
                    raise
                self._journal.end(job)
                self._give_up([one for one in self._waited() if one.key in job.orders], error)
                return
        self._send_to(job)

    def _recognize(self) -> None:
        """See that the cluster is the one that has the run's jobs, where it is to be found at another address now.

        Raises:
            CommandError: It is another one.
        """
        if self._recognized:
            return
        known, address = self._journal.place, self._client.address
        moved = known and known["address"] != address
        if moved and known["session"] and known["session"] != self._client.version().session:
            raise CommandError(
                f"this run is on the Ray cluster that was at {known['address']}, and at {address} is another: set "
                f"address in the settings, or RAY_ADDRESS, to where the first is"
            )
        self._recognized = True

    def _close_earlier(self) -> bool:
        """Have jobs end that could not be told so before; say whether they have, and others may begin."""
        for job in self._journal.unclosed:
            info = self._client.job(job_name(self._work.keys.label, job.number))
            if info and not info.over:
                self._send_to(job)
                return False
            self._journal.close(job)
        return True

    def _submit(self, job: RunJob) -> None:
        """Submit a job; where another watcher has, it is the same one.

        One that has told something is not submitted again: should its cluster have been started anew, it is lost.
        """
        work = self._work
        if job.taken or self._client.job(job_name(work.keys.label, job.number)):
            job.submitted = True
            return
        self._journal.place = {"address": self._client.address, "session": self._client.version().session}
        package = make_package(work.snapshot, work.folder.objects)
        if not self._client.has_package(package.name):
            self._client.put_package(package.name, package.content)
        self._client.submit(
            job_name(work.keys.label, job.number),
            drive(work.options.python, work.keys.label, work.keys.prefix, job.number),
            runtime_env={"working_dir": f"gcs://{package.name}"},
            metadata={"grid:run": work.folder.name},
        )
        job.submitted = True
        self._next_look = 0.0

    def _give_up(self, attempts: Sequence[Attempt], error: Exception) -> None:
        """Let attempts rest that the cluster cannot take as things are."""
        why = f"it could not be submitted: {error}"
        with self.changed:
            for attempt in attempts:
                self._finish(attempt, Ended(*attempt.key, None, time.time(), lost=why, rests=True))

    def _send_to(self, job: RunJob) -> None:
        for number in range(max(job.sent, self._read_by(job)), len(job.messages)):
            self._client.put_package(message_name(self._work.keys.label, job.number, number), job.messages[number])
            job.sent = number + 1
            self._next_look = 0.0

    def _read_by(self, job: RunJob) -> int:
        """How many messages the driver has taken, as far as it told."""
        told = json.loads(self._work.replica.objects.get(DRIVER) or b"{}")
        return int(told.get("read", 0)) if told.get("job") == job.number else 0

    def _follow(self) -> None:
        """Have agents tell more often of the trials that somebody follows."""
        self._followed = followed(self._work.folder)
        if self._followed != self._told_followed and self._journal.current:
            content = json.dumps({"followed": sorted(self._followed)})
            with self.changed:
                self._journal.enter({"put": {self._work.keys.control: content}})
            self._told_followed = self._followed

    # Looking

    def _look_when_due(self) -> None:
        if self._followed or time.monotonic() >= self._next_look:
            self._begin_to_look()
            self._recognize()
            self._look_again(changed=self._look())
            if any(map(self._work.replica.is_behind, self._jobs())):
                self._next_look = 0.0

    def renew(self, error: GridError) -> None:
        """Take up a token that was renewed.

        What was asked to end is taken as ended when the cluster has been silent for long: it may be gone for good.
        """
        if isinstance(error, CredentialError):
            with suppress(CredentialError):
                self._client.renew(find_token(self._work.options.token_file))
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        if now - self._silent_since < SILENCE:
            return
        with self.changed:
            for attempt in self.attempts.values():
                if attempt.stopping and not attempt.end:
                    self._finish(attempt, Ended(attempt.trial, attempt.number, None, time.time(), attempt.age))

    def _look(self) -> bool:
        """Take in what agents told; return whether anything changed."""
        changed = False
        for job, attempts in self._jobs().items():
            changed = self._look_at(job, attempts) or changed
        return changed

    def _jobs(self) -> dict[RunJob, list[Attempt]]:
        """The last job, and those before it of which something is waited for, each with the attempts that it runs."""
        found: dict[RunJob, list[Attempt]] = {job: [] for job in self._journal.jobs[-1:]}
        for attempt in self._waited():
            if job := self._journal.runner_of(*attempt.key):
                found.setdefault(job, []).append(attempt)
        return {job: attempts for job, attempts in found.items() if job.submitted or job.over}

    def _look_at(self, job: RunJob, waited: Sequence[Attempt]) -> bool:
        info: JobInfo | None = None
        changed = self._bring(job)
        if not changed:
            info = self._client.job(job_name(self._work.keys.label, job.number))
            if info and info.node:
                job.node = self._work.kept.node = info.node
            changed = self._bring(job)  # once more: a job that is over has told all before
        self._silent_since = None
        self._forget_taken(job)
        self._tell_ages(waited, info)
        ends = self._judge.judge(waited)
        job.quiet = 0 if changed or ends or (info and not info.over) else job.quiet + 1
        if job.quiet >= QUIET:
            ends = self._job_ended(job, info, waited)
        with self.changed:
            for attempt, end in ends:
                self._finish(attempt, end)
            lost = [attempt.trial for attempt, end in ends if end.lost]
            if lost and job is self._journal.current:
                self._journal.enter({"known": lost})
        return bool(changed or ends) or 0 < job.quiet < QUIET

    def _bring(self, job: RunJob) -> bool:
        try:
            changed = self._work.replica.bring(self._client, job)
        except NodeGoneError:  # the job tells what has become of its driver
            return False
        prefix = self._work.keys.states
        self._states.look_at(_attempt_of(key.removeprefix(prefix)) for key in changed if key.startswith(prefix))
        return bool(changed)

    def _forget_taken(self, job: RunJob) -> None:
        """Have what is here removed from the driver's node, now and then: trials may tell something for days."""
        if job is self._journal.current and job.taken - job.forgotten >= KEPT_THERE:
            with self.changed:
                self._journal.enter({"taken": job.taken})
            job.forgotten = job.taken

    def _waited(self) -> list[Attempt]:
        """The attempts that the driver was asked for, or knows, and of which no end is known."""
        with self.changed:
            entered = set(map(id, self._entered))
            return [one for one in self.attempts.values() if not one.end and id(one) not in entered]

    def _tell_ages(self, waited: Sequence[Attempt], info: JobInfo | None) -> None:
        with self.changed:
            for attempt in waited:
                state = self._states.known.get(attempt.key)
                if state and (age := state.age) is not None:
                    attempt.age, attempt.looked, attempt.delay = age, time.monotonic(), None
                else:
                    attempt.delay = self._judge.delay(state, info) or attempt.delay
                if state and not self.machine and state.told.get("machine"):
                    self.machine = dict(state.told["machine"])

    def _job_ended(self, job: RunJob, info: JobInfo | None, waited: Sequence[Attempt]) -> list[Any]:
        """Take in that a job is over, whatever its driver still had to do."""
        ends, again = self._judge.after(job, info, waited)
        with self.changed:
            if not job.over:
                self._journal.end(job)
            unread = [job.message(number) for number in range(self._read_by(job), len(job.messages))]
            deleted = [key for message in unread for key in message.get("delete", ())]
            if again and deleted:
                self._journal.enter({"delete": deleted})
            for attempt in again:
                attempt.entry = job.orders.get(attempt.key) or attempt.entry
                self._entered.append(attempt)
        if again:
            self.wake()
        return ends

    def _pause(self) -> float:
        """How long there is nothing to do, in seconds."""
        return min(super()._pause(), FOLLOWING)  # somebody may have begun to follow a trial


def _is_final(error: Exception) -> bool:
    """Whether it is of no use to try again; a token may be renewed."""
    return isinstance(error, UserError) and not isinstance(error, CredentialError)


def _attempt_of(name: str) -> tuple[int, int]:
    trial, _, number = name.rpartition(".")
    return (BUILD if trial == BUILD_NAME else int(trial)), int(number)
