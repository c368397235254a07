"""Ending jobs: those that are asked to end, and those that nobody waits for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .journal import Child
    from .judgement import Judge
    from .work import Work


class Ender:
    """Ends jobs of one run.

    Args:
        judge: Knows which of them go on.
    """

    def __init__(self, work: Work, judge: Judge) -> None:
        self._jobs = work.jobs
        self._journal = work.journal
        self._judge = judge
        self._idle: dict[int, float] = {}
        self._asked = time.monotonic()
        self._settled = False

    def asked_for(self) -> None:
        """Take note that the watcher has just asked for a trial, and may be about to ask for others."""
        self._asked = time.monotonic()

    def is_live(self, child: Child) -> bool:
        """Whether a job runs, or will, and was not asked to end."""
        return not (child.over or child.asked) and self._judge.goes_on(child)

    def end(self, children: Sequence[Child], reason: str) -> None:
        """Ask jobs to end; an array in one call where all that is left of it is to end.

        Raises:
            GridError: AWS does not do it; to be called again.
        """
        wanted = [child for child in children if child.id and not (child.asked or child.over)]
        chosen = set(map(id, wanted))
        for submission in {id(child.submission): child.submission for child in wanted}.values():
            left = [child for child in submission.children if not child.over]
            if submission.array and submission.job and all(id(child) in chosen or child.asked for child in left):
                self._jobs.terminate(submission.job, reason)
                for child in left:
                    child.asked = True
        for child in wanted:
            if child.id and not child.asked:
                self._jobs.terminate(child.id, reason)
                child.asked = True

    def end_unwanted(self, waited: Sequence[Child | None], patience: float) -> None:
        """End jobs that run, or are about to, although nobody has waited for them for a while.

        A watcher that has just begun may have many trials to ask for: nothing is ended before it has rested once.

        Args:
            waited: The jobs that somebody waits for.
            patience: Seconds for which nobody has.

        Raises:
            GridError: AWS does not do it; to be called again.
        """
        now = time.monotonic()
        self._settled = self._settled or now - self._asked > patience
        if not self._settled:
            return
        wanted = set(map(id, waited))
        known = [child for one in self._journal.submissions if one.job for child in one.children]
        idle = [child for child in known if id(child) not in wanted and self.is_live(child)]
        self._idle = {id(child): self._idle.get(id(child), now) for child in idle}
        doomed = [child for child in idle if now - self._idle[id(child)] >= patience]
        for child in doomed:
            self._journal.forsake(child)
        self.end(doomed, "nobody waits for it")
