"""How attempts in AWS ended: told by their agents, else by AWS Batch; their files are brought before that is told."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.cluster import Ended
from grid_jupyter.remote.mirror import Mirror, listed
from grid_jupyter.remote.states import THREADS

from .observer import WAITING
from .reasons import Verdict, ended_outside, judge, waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grid_jupyter.remote.states import State

    from .journal import Child
    from .work import Work
    from .worker import AwsAttempt as Attempt

MOST_ASKED = 300
"""About how many jobs Batch is asked one by one at most in a look; the next look asks on."""

_TERMINATED = 143
_BY_SIGNAL = (None, 137, _TERMINATED)


class Judge:
    """Judges the attempts of one run."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._states = work.observer.states
        self._mirrors: dict[tuple[int, int], Mirror] = {}
        self._threads = ThreadPoolExecutor(THREADS, "grid-mirror")

    def close(self) -> None:
        """Let go of its threads."""
        self._threads.shutdown()

    def judge(self, waited: Sequence[Attempt]) -> tuple[list[tuple[Attempt, Ended]], list[Attempt]]:
        """Bring what attempts wrote, and return those that ended, and those that will never begin and must be anew.

        Raises:
            GridError: Something could not be brought or asked; to be called again.
        """
        told = [(attempt, state) for attempt in waited if (state := self._state(attempt))]
        brought = list(self._threads.map(self._bring, told))
        ends = [(attempt, self._told_end(attempt, state)) for attempt, state in brought if state and state.ended]
        known = {id(attempt) for attempt, _ in ends}
        unseen = [attempt for attempt in waited if id(attempt) not in known and self._is_over(attempt)][:MOST_ASKED]
        again = []
        if unseen:
            jobs = self._work.observer.describe([attempt.child for attempt in unseen if attempt.child])
            for attempt in unseen:
                job = jobs.get(attempt.child.id or "", {}) if attempt.child else {}
                if self._never_begins(attempt, job):
                    again.append(attempt)
                elif end := self._unseen_end(attempt, job):
                    ends.append((attempt, end))
        for attempt, _ in ends:
            self._mirrors.pop((attempt.trial, attempt.number), None)
        return ends, again

    def _state(self, attempt: Attempt) -> State | None:
        return self._states.get((attempt.trial, attempt.number))

    def _bring(self, told: tuple[Attempt, State]) -> tuple[Attempt, State | None]:
        """Bring what an attempt has written up to now; at its end also the files that it wrote."""
        attempt, state = told
        with told_plainly():
            mirror = self._mirror(attempt)
            mirror.take(state.told.get("pieces", 0))
            if state.ended:
                mirror.fetch(listed(self._work.bucket, state.told))
        return attempt, state

    def _mirror(self, attempt: Attempt) -> Mirror:
        key = (attempt.trial, attempt.number)
        if key not in self._mirrors:
            files = self._work.folder.trial(attempt.trial)
            self._mirrors[key] = Mirror(self._work.bucket, self._work.keys, files, *key)
        return self._mirrors[key]

    def _told_end(self, attempt: Attempt, state: State) -> Ended:
        """The end of an attempt of which its agent has told."""
        told = state.told
        code, lost, error = told.get("exit_code"), told.get("lost"), told.get("error")
        if attempt.found and attempt.child and attempt.child.unwanted and code in _BY_SIGNAL:
            lost = lost or "it was ended while nobody waited for it"
        elif code == _TERMINATED and not (attempt.stopping or lost or error) and attempt.child:
            job = self._work.observer.describe([attempt.child]).get(attempt.child.id or "", {})
            error = ended_outside(job, self._work.timeout)
        return Ended(
            attempt.trial,
            attempt.number,
            code,
            told.get("ended") or told["time"],
            told.get("seconds"),
            artifacts=listed(self._work.bucket, told),
            lost=lost,
            error=error,
        )

    def _is_over(self, attempt: Attempt) -> bool:
        """Whether an attempt may be over without its agent having told so."""
        child, state = attempt.child, self._state(attempt)
        if child is None or child.id is None:
            return False
        followed = child.covers(attempt.number + 1) and (attempt.trial, attempt.number + 1) in self._states
        return child.over or followed or (state is not None and child.status == WAITING)

    def _never_begins(self, attempt: Attempt, job: Mapping[str, Any]) -> bool:
        """Whether Batch was about to begin an attempt by itself, and has not."""
        child = attempt.child
        if child is None or not child.over or self._state(attempt) or attempt.stopping or child.first == attempt.number:
            return False
        return len(job.get("attempts", ())) <= attempt.number - child.first

    def _unseen_end(self, attempt: Attempt, job: Mapping[str, Any]) -> Ended | None:
        """The end of an attempt of which AWS Batch alone tells; ``None`` while it may go on."""
        child, state = attempt.child, self._state(attempt)
        if child is None:
            return None
        number = attempt.number - child.first
        records = job.get("attempts", ())
        record = records[number] if len(records) > number else {}
        if not child.over and not record.get("stoppedAt"):
            return None
        self._bring_rest(attempt)
        verdict = judge(job, number + 1, self._work.machine, self._work.timeout) if job else _forgotten(state)
        if child.unwanted and attempt.found:
            verdict = Verdict(lost="it was ended while nobody waited for it")
        stopped = record.get("stoppedAt") or job.get("stoppedAt")
        ended = stopped / 1000 if stopped else time.time()
        started = state.told.get("started") if state else None
        return Ended(
            attempt.trial,
            attempt.number,
            verdict.exit_code,
            ended,
            max(0.0, ended - started) if started else 0.0,
            lost=verdict.lost,
            error=verdict.error,
            out_of_memory=verdict.out_of_memory,
        )

    def _bring_rest(self, attempt: Attempt) -> None:
        """Bring what an agent has sent without having come to tell of it."""
        with told_plainly():
            pieces = self._work.keys.pieces(attempt.trial, attempt.number)
            self._mirror(attempt).take(sum(1 for _ in self._work.bucket.list(pieces)))

    def goes_on(self, child: Child) -> bool:
        """Whether a job runs something, or is about to."""
        told = [
            state
            for number in range(child.first, child.first + 10)
            if (state := self._states.get((child.trial, number)))
        ]
        return not told or not told[-1].ended or bool(told[-1].told.get("lost"))

    def delay(self, attempt: Attempt) -> str | None:
        """Return what keeps a script from running, in words."""
        child, state = attempt.child, self._state(attempt)
        if state:
            return state.told.get("doing") or "is made ready on its machine"
        if child is None or child.id is None:
            return attempt.delay
        if child.status in {"STARTING", "RUNNING"}:
            return "its container starts"
        why = waiting(child.reason)
        return f"waits for a {self._work.machine}" + (f": {why}" if why else "")


def _forgotten(state: State | None) -> Verdict:
    """Batch forgets a job some days after its end."""
    told = "AWS Batch does not know its job any more"
    return Verdict(lost=told) if state else Verdict(error=told)
