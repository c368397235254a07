"""The loop that carries a run to its end.

It is the only writer of the run's database. Killed at any instant and started again, it carries on from there:
what it was about to do is written before it is done, and what was done is found again through the cluster.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from grid_jupyter.core import index, requests
from grid_jupyter.core.cluster import Ended, Job, Session, find_cluster
from grid_jupyter.core.home import BUILD, unusable
from grid_jupyter.core.jobs import Launch
from grid_jupyter.core.limits import Limits
from grid_jupyter.core.reasons import reason_for
from grid_jupyter.core.removal import clear_trial
from grid_jupyter.core.rerun import states_taken
from grid_jupyter.core.snapshot import Snapshot
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.core.states import TrialState
from grid_jupyter.core.store import Store, TrialRow
from grid_jupyter.core.watching import start_exporter
from grid_jupyter.errors import GridError
from grid_jupyter.search import PRUNED, find_search

from .books import DELAY, Books
from .build import Build
from .guards import HELD, STOPPED, Guards
from .metrics import INTERVAL, WATCHFUL, MetricFeed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grid_jupyter.core.home import RunFolder

POLL = 0.2
"""Seconds between looks at the requests."""

AHEAD = 4
"""How many trials are made ready at most, for when several end at once."""

MAX_INTERRUPTIONS = 20

PREEMPTED = "preempted by you"
"""The reason of a trial that ends to go on: also another watcher knows it by this."""

TO_GO_ON = (PREEMPTED, HELD)
"""The reasons of trials that are asked to end and are not over with it."""

log = logging.getLogger(__name__)


class Watcher:
    """One run's watcher."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.store = Store(folder, write=True)
        self.launch = Launch.from_json(self.store.fact("launch"))
        self.limits = Limits(**self.store.fact("limits"))
        self.spec = RunSpec.from_json(self.store.fact("spec"))
        self.build = Build(folder, self.store, self.launch)
        self.session = self._session()
        self._clear()
        self.books = Books(folder, self.store)
        self.search = find_search(self.store, self.books, self.launch, self.spec)
        interval = WATCHFUL if self.spec.early_stop else INTERVAL
        self.feed = MetricFeed(folder, self.store, self.books, self.search.told, interval)
        self.guards = Guards(self.store, self.books, smoke=self.spec.smoke)
        self.paused: str | None = self.store.fact("paused")
        self.waiting: str | None = None
        self.machine_noted = False
        self.notes: list[str] = self.store.fact("notes") or []
        self.active: dict[int, TrialRow] = {}
        self.started: dict[int, float] = {}
        self.stopping: dict[int, str] = {}
        self.queue = self._queue()
        self.again: deque[TrialRow] = deque()
        self.tried_again: set[int] = set()
        self.coming: deque[tuple[TrialRow, Job]] = deque()

    def _session(self) -> Session:
        return find_cluster(self.launch.cluster).session(self.folder, Snapshot.read(self.folder.code), self.spec)

    def run(self) -> None:
        """Carry the run to its end."""
        log.info("watching %s", self.launch.run)
        index.forget(self.folder)
        written = self.store.fact("mlflow") is not None
        if written:
            start_exporter(self.folder)
        try:
            self._adopt()
            self._settle(self._over(0))
            self.books.write()
            while self._work():
                over = self._over(self._patience())
                # What has room starts first: the machine works while we keep the books.
                if not (self.guards.smoke or self.search.chooses):
                    self._start()
                self._settle(over)
                self._begin()
                self._note(self.session.notes)
                self._prepare()
                self.feed.read(self.active)
                if not over:
                    self._note_machine()
            self._note_machine()
        finally:
            self.session.close()
            self.books.close()
            index.record(self.folder, self.store)
            self.store.close()
        if written:
            start_exporter(self.folder)  # the other may have been killed
        log.info("done")

    def _work(self) -> bool:
        """Do what is to be done now; say whether anything is left to wait for."""
        self._obey()
        self._keep_budget()
        self._end_overdue()
        for trial, reason in self.search.bad():
            self._stop_one(trial, reason)
        more = self._start()
        self.books.write_when_due()
        return bool(self.active) or self.build.running or (more and not self.paused)

    def _patience(self) -> float:
        """How long to wait for an end, in seconds."""
        if not self.active and not self.waiting:
            return 0.0
        return DELAY if self.books.open else POLL

    # The queue

    def _queue(self) -> Iterator[TrialRow]:
        """Yield the trials that wait, by index; those that were started before come first."""
        yield from self.store.queued()
        yield from map(TrialRow, self.store.without_row(self.launch.trials))

    def _start_over(self) -> None:
        """Look for what waits from the beginning, after it was changed in bulk."""
        self.books.write()
        self.guards.learn(self.limits)
        self.search.learn()
        self.queue = self._queue()
        self.again.clear()
        self.tried_again.clear()
        self.coming.clear()

    def _start(self) -> bool:
        """Start trials while there is room; say whether some are left."""
        if self.build.due:
            return self._start_build()
        at_once = 1 if self.guards.smoke else self.limits.at_once
        while not self.paused and len(self.active) < at_once:
            coming = self.coming.popleft() if self.coming else self._next()
            if coming is None:
                return False
            if not self._start_one(*coming):
                self.coming.appendleft(coming)
                break
        self._wait_for(self.session.waits_for)
        return True

    def _start_build(self) -> bool:
        """Start what comes before the first trial; say whether a trial waits for it."""
        if not self.coming and (coming := self._next()):
            self.coming.append(coming)
        if self.coming and not self.paused and not self.build.running:
            try:
                self.build.start(self.session)
            except GridError as error:
                self._pause_for(error)
        self._wait_for("waits for its build actions" if self.build.running else self.session.waits_for)
        return bool(self.coming)

    def _next(self) -> tuple[TrialRow, Job] | None:
        """Take the next trial that waits, with the job of its next attempt."""
        waiting = (row for row in self.queue if row.trial not in self.tried_again)
        row = self.again.popleft() if self.again else next(waiting, None)
        if row is None:
            return None
        self.search.choose(row.trial)
        return row, self.launch.job(row.trial, row.attempts + 1)

    def _prepare(self) -> None:
        """Let the cluster make the next trials ready while others run; what is ready starts before a retry does."""
        ahead = self.active and not (self.paused or self.search.chooses or self.guards.smoke)
        while ahead and len(self.coming) < min(self.limits.at_once, AHEAD):
            coming = self._next()
            if coming is None:
                return
            self.session.prepare(coming[1])
            self.coming.append(coming)

    def _start_one(self, row: TrialRow, job: Job) -> bool:
        """Start a trial; say whether there was room for it."""
        started = time.time()
        try:
            handle = self.session.start(job)
        except GridError as error:
            self._pause_for(error)
            return True
        if handle is None:
            return False
        self._note(self.session.notes)
        self._watch(
            replace(
                row,
                state=TrialState.RUNNING,
                reason=None,
                attempts=job.attempt,
                started=started,
                ended=None,
                handle=handle,
            )
        )
        return True

    def _watch(self, row: TrialRow) -> None:
        """Take in an attempt that was started; its clock runs from when its script does."""
        age = self.session.age(row.trial)
        if age is None:
            row = replace(row, state=TrialState.STARTING, reason=self.session.delay(row.trial), started=None)
        else:
            self.started[row.trial] = time.monotonic() - age
        self.active[row.trial] = row
        self.books.add(row)

    def _begin(self) -> None:
        """Take in which scripts have begun to run, and what the others wait for."""
        for trial, row in self.active.items():
            if row.state is not TrialState.STARTING:
                continue
            age = self.session.age(trial)
            if age is not None:
                self.started[trial] = time.monotonic() - age
                self._renew(replace(row, state=TrialState.RUNNING, reason=None, started=time.time() - age))
            elif (delay := self.session.delay(trial)) != row.reason:
                self._renew(replace(row, reason=delay))

    def _renew(self, row: TrialRow) -> None:
        self.active[row.trial] = row
        self.books.add(row)

    def _wait_for(self, what: str | None) -> None:
        if what != self.waiting:
            self.waiting = what
            self.books.set_facts({"waiting": what})

    def _note_machine(self) -> None:
        """Keep what trials run on, once: it takes a moment, in which no trial is to be waited for."""
        if not self.machine_noted and (machine := self.session.machine()):
            self.machine_noted = True
            self.store.set_facts({"machine": machine})

    def _note(self, notes: Sequence[str]) -> None:
        if self.notes != list(notes):
            self.notes = list(notes)
            self.store.set_facts({"notes": self.notes})

    def _pause(self, reason: str, guard: str | None = None) -> None:
        """Hold what waits. This is stored before the end of the trial that a guard does it for."""
        log.warning("paused: %s", reason)
        self.paused = reason
        self.books.set_facts({"paused": reason, "guard": guard})
        self._start_over()

    def _pause_for(self, error: GridError) -> None:
        self._pause(f"{str(error).rstrip('.')}: grid resume {self.launch.run} carries on")

    def _adopt(self) -> None:
        """Take over what an earlier watcher started."""
        self.build.adopt(self.session)
        for row in self.store.trials([TrialState.STARTING, TrialState.RUNNING]):
            if self.session.adopt(row.trial, row.attempts, row.handle):
                self._watch(replace(row, state=TrialState.RUNNING, reason=None))
                # While it is starting, the reason is what it waits for; one that is asked to end no longer does.
                if row.reason and row.state is TrialState.RUNNING:
                    self._stop_one(row.trial, row.reason)
            else:
                self.books.add(replace(row, state=TrialState.QUEUED, attempts=row.attempts - 1, started=None))
        self._start_over()

    # Ends

    def _over(self, timeout: float) -> list[TrialRow]:
        """Wait for ends, and take those trials from what is active; in the store they run until they are settled."""
        over = self.session.poll(timeout)
        if BUILD in over:
            self._built()
        return [self.active.pop(trial) for trial in over if trial != BUILD]

    def _built(self) -> None:
        """Enter how the build actions ended; trials are made from what they left."""
        run = self.launch.run
        if reason := self.build.ended(self.session.collect(BUILD)):
            self._pause(f"on_build failed: {reason}: grid logs {run}/build shows it, grid resume {run} tries again")
        elif not self.build.due:
            self.session.close()
            self.session = self._session()

    def _settle(self, over: Sequence[TrialRow]) -> None:
        """Enter how trials ended."""
        for running in over:
            running = self.feed.take_files(running)  # noqa: PLW2901  (the same, renewed)
            end = self.session.collect(running.trial)
            age = self._age(running, end)
            row, points = self.feed.finish(_since(running, end))
            state, reason = self._judge(row, end)
            ended = end.time if end.seconds is None or row.started is None else row.started + end.seconds
            attempt = replace(row, state=state, reason=reason, ended=ended)
            row = self._again(attempt, end)
            self.books.add(row, points, end.artifacts)
            if row.state is TrialState.QUEUED:
                self.books.add_attempt(attempt)
                self.again.append(row)
                self.tried_again.add(row.trial)
            self.search.ended(row)
            hold = self.guards.ended(row, end, age)
            if hold and not self.paused:
                self._pause(hold.reason, hold.guard)

    def _age(self, row: TrialRow, end: Ended) -> float:
        """For how long an attempt that ended has cost time: one whose script never ran has cost none."""
        started = self.started.pop(row.trial, None)
        return (end.seconds or 0.0) if started is None else time.monotonic() - started

    def _judge(self, row: TrialRow, end: Ended) -> tuple[TrialState, str | None]:
        if reason := self.stopping.pop(row.trial, None):
            if reason.startswith(PRUNED):
                return TrialState.PRUNED, reason
            return (TrialState.INTERRUPTED if reason in TO_GO_ON else TrialState.STOPPED), reason
        if end.lost:
            return TrialState.INTERRUPTED, end.lost
        if end.exit_code == 0:
            return TrialState.SUCCEEDED, None
        return TrialState.FAILED, end.error or self._why(end)

    def _why(self, end: Ended) -> str:
        stderr = self.folder.trial(end.trial).stderr(end.attempt)
        return reason_for(end.exit_code, stderr, out_of_memory=end.out_of_memory)

    def _again(self, row: TrialRow, end: Ended) -> TrialRow:
        """Queue a trial again if it failed with retries left, or was interrupted."""
        if row.reason == HELD:
            return replace(row, state=TrialState.QUEUED)
        if row.state is TrialState.FAILED:
            row = replace(row, failures=row.failures + 1)
            if row.failures <= self.limits.retries:
                return replace(row, state=TrialState.QUEUED)
        if row.state is TrialState.INTERRUPTED:
            row = replace(row, interruptions=row.interruptions + 1)
            if not self.limits.auto_resume:
                return replace(row, state=TrialState.FAILED, reason=f"interrupted: {row.reason}")
            if not end.rests and row.interruptions <= MAX_INTERRUPTIONS:
                return replace(row, state=TrialState.QUEUED)
        return row

    def _keep_budget(self) -> None:
        """Hold the run when its budget is spent; what runs gets time to save, and goes on when there is more."""
        hold = self.guards.look(self.started)
        if hold is None:
            return
        if self.paused != hold.reason:
            self._pause(hold.reason, hold.guard)
        for trial in list(self.active):
            if trial not in self.stopping:
                self._stop_one(trial, HELD)

    def _end_overdue(self) -> None:
        if self.limits.max_time is None:
            return
        for trial, started in self.started.items():
            if trial not in self.stopping and time.monotonic() - started > self.limits.max_time:
                self._stop_one(trial, f"ran longer than --max_time ({self.limits.max_time:g} s)")

    # Requests

    def _obey(self) -> None:
        for path, request in requests.pending(self.folder):
            log.info("%s %s", request.verb, request.trials or request.only or "all")
            self.books.write()
            self._answer(request)
            with suppress(FileNotFoundError):
                path.unlink()

    def _answer(self, request: requests.Request) -> None:
        match request.verb:
            case "stop":
                self._stop(request.trials)
            case "pause":
                self._pause(f"paused by you; grid resume {self.launch.run} carries on")
            case "resume":
                self._resume(request)
            case "preempt":
                for trial in request.trials or ():
                    self._stop_one(trial, PREEMPTED)
            case "rerun":
                self._rerun(request)

    def _stop(self, trials: tuple[int, ...] | None) -> None:
        for trial in list(self.active) if trials is None else trials:
            self._stop_one(trial, STOPPED)
        self.store.stop_queued(trials, self.launch.trials, "stopped by you before it started")
        self._start_over()
        if trials is None:
            self.build.stop(self.session)
            self._unpause()

    def _stop_one(self, trial: int, reason: str) -> None:
        """Ask a trial to end; the reason is stored first, so that another watcher would finish the job."""
        if trial in self.active and self.stopping.get(trial) in {None, *TO_GO_ON}:
            self.stopping[trial] = reason
            self._renew(replace(self.active[trial], state=TrialState.RUNNING, reason=reason))
            self.books.write()
            self.session.stop(trial)

    def _resume(self, request: requests.Request) -> None:
        """Queue again what was held, cut off or ended without success."""
        self.limits = self.limits.changed(request.limits)
        self.store.set_facts({"limits": self.limits.to_json()})
        self.guards.overruled()
        self.store.queue_unsuccessful()
        self._unpause()

    def _rerun(self, request: requests.Request) -> None:
        """Queue trials as if they had never run.

        They are queued before their files go: killed in between, we go on with the files when we are started again,
        and no trial is left with a result and without the files that belong to it.
        """
        self.store.queue_from_scratch(request.trials, states_taken(request.only, held=self.paused is not None))
        self._clear()
        self._unpause()

    def _clear(self) -> None:
        """Remove the files of the trials that were queued from scratch."""
        trials = list(self.store.to_clear())
        if trials:
            self.session.forget(trials)
        try:
            for trial in trials:
                clear_trial(self.folder.trial(trial))
        except OSError as error:
            raise unusable(self.folder.path, error) from error
        self.store.cleared()

    def _unpause(self) -> None:
        self.paused = None
        self.store.set_facts({"paused": None, "guard": None})
        self._start_over()


def _since(row: TrialRow, end: Ended) -> TrialRow:
    """The row of an attempt that ended before anybody saw it run, with when it began."""
    if row.started is not None or end.seconds is None:
        return row
    return replace(row, started=end.time - end.seconds)
