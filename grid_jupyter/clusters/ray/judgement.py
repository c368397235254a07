"""How attempts on a Ray cluster ended: told by their agents, by the driver, or by the end of the job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from grid_jupyter.core.cluster import Ended
from grid_jupyter.errors import GridError
from grid_jupyter.remote.mirror import Mirror, listed

from .options import in_words
from .share import share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.remote.attempt import Attempt
    from grid_jupyter.remote.states import State, States

    from .answers import JobInfo
    from .journal import RunJob
    from .work import Work

STOPPED = "STOPPED"
"""Ray's word for a job that somebody has stopped."""

MOST_JOBS = 3
"""How many jobs are asked for an attempt that none of them begins: they end before, so another would too."""


class Judge:
    """Judges the attempts of one run.

    Args:
        work: What belongs to the run.
        states: What agents and drivers told.
    """

    def __init__(self, work: Work, states: States) -> None:
        self._work = work
        self._states = states
        self._mirrors: dict[tuple[int, int], Mirror] = {}

    def judge(self, waited: Sequence[Attempt]) -> list[tuple[Attempt, Ended]]:
        """Bring what attempts wrote, and return those that ended and of which all is here.

        Raises:
            GridError: Something could not be brought, and none ended; to be called again.
        """
        ends, trouble = [], None
        for attempt in waited:
            state = self._states.known.get(attempt.key)
            if state:
                try:
                    self._bring(attempt, state)
                except GridError as error:  # for which the others need not wait
                    trouble = error
                    continue
                if state.ended:
                    ends.append((attempt, self._end(attempt, state)))
        if trouble and not ends:
            raise trouble
        return ends

    def after(
        self, job: RunJob, info: JobInfo | None, waited: Sequence[Attempt]
    ) -> tuple[list[tuple[Attempt, Ended]], list[Attempt]]:
        """Return how attempts ended that a job that is over has left, and those that are to be started anew."""
        stopped = info is not None and info.status == STOPPED
        why = _why(info)
        began = self._work.replica.objects.has("driver") and job.taken > 0
        ends, again = [], []
        for attempt in waited:
            state = self._states.known.get(attempt.key)
            unwanted = stopped or not began or (state is None and self._work.journal.times(*attempt.key) >= MOST_JOBS)
            if state is None and not unwanted and not attempt.stopping:
                again.append(attempt)
                continue
            lost, rests = (None, False) if attempt.stopping else (why, unwanted)
            seconds = state.age if state else None
            end = Ended(attempt.trial, attempt.number, None, time.time(), seconds or 0.0, lost=lost, rests=rests)
            ends.append((attempt, end))
        return ends, again

    def delay(self, state: State | None, info: JobInfo | None) -> str | None:
        """Return what keeps a script from running, in words, where that is known."""
        if state:
            return state.told.get("doing") or "is made ready on its node"
        if info is None:
            return None
        if info.status == "PENDING":
            return "waits for its Ray job to start"
        share = share_of(self._work.spec, self._work.options, None)  # the cluster need not be asked for that
        return f"waits for {share.told} on {in_words(self._work.options.cluster)}"

    def _bring(self, attempt: Attempt, state: State) -> None:
        """Bring what an attempt has written up to now; at its end also the files that it wrote."""
        mirror = self._mirrors.get(attempt.key)
        if mirror is None:
            files = self._work.folder.trial(attempt.trial)
            mirror = self._mirrors[attempt.key] = Mirror(self._work.kept, self._work.keys, files, *attempt.key)
        for number in mirror.take(state.told.get("pieces", 0)):
            self._work.replica.forget(self._work.keys.piece(*attempt.key, number))
        if state.ended:
            mirror.fetch(listed(self._work.kept, state.told))

    def _end(self, attempt: Attempt, state: State) -> Ended:
        told = state.told
        self._mirrors.pop(attempt.key, None)
        self._work.replica.objects.delete(self._work.keys.pieces(*attempt.key))  # which are where they belong
        return Ended(
            attempt.trial,
            attempt.number,
            told.get("exit_code"),
            told.get("ended") or told["time"],
            told.get("seconds"),
            artifacts=listed(self._work.kept, told),
            lost=told.get("lost"),
            error=told.get("error"),
            out_of_memory=told.get("out_of_memory"),
        )


def _why(info: JobInfo | None) -> str:
    """Why a job is over, in words."""
    if info is None:
        return "the Ray cluster does not know its job any more"
    if info.status == STOPPED:
        return "its Ray job was stopped by somebody else"
    told = " ".join(info.message.split())
    return f"its Ray job ended: {told[:300]}" if told else "its Ray job ended"
