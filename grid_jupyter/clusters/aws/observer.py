"""Looking at a run's jobs and at what their agents write, with as few calls however many trials there are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.remote.states import States

from .journal import OVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grid_jupyter.remote.agent.bucket import Bucket
    from grid_jupyter.remote.agent.layout import RunKeys

    from .jobs import Jobs
    from .journal import Child, Submission

FORGOTTEN = 60.0
"""Seconds after which a job is gone that Batch does not know: of a new one it may tell late, of an old one no more."""

WAITING = "RUNNABLE"
"""Batch's word for a job that waits for a machine."""


class Observer:
    """What is known of one run in AWS.

    Attributes:
        states: What agents told, by trial and attempt.
        details: What Batch told of jobs that hold a single trial, by id.
    """

    def __init__(self, jobs: Jobs, bucket: Bucket, keys: RunKeys) -> None:
        self._jobs = jobs
        self._told = States(bucket, keys)
        self._missed: dict[int, float] = {}
        self.states = self._told.known
        self.details: dict[str, Mapping[str, Any]] = {}

    def look_at_jobs(self, submissions: Iterable[Submission]) -> None:
        """Learn how jobs stand: one call for each hundred submissions, and some for an array in which that changed."""
        live = [one for one in submissions if one.job and not one.over]
        heads = [child for one in live if one.array and (child := _waiting(one))]
        wanted = [*(one.job for one in live if one.job), *(child.id for child in heads if child.id)]
        found = self._jobs.describe(wanted)
        for one in live:
            if told := found.get(one.job or ""):
                self._missed.pop(one.number, None)
                self._learn(one, told)
            elif time.monotonic() - self._missed.setdefault(one.number, time.monotonic()) > FORGOTTEN:
                for child in one.children:
                    child.status = child.status if child.over else "FAILED"
        for head in heads:
            reason = found.get(head.id or "", {}).get("statusReason")
            for child in head.submission.children:
                if child.status == WAITING:
                    child.reason = reason

    def _learn(self, submission: Submission, told: Mapping[str, Any]) -> None:
        if not submission.array:
            child = submission.children[0]
            child.status, child.reason = told["status"], told.get("statusReason")
            self.details[told["jobId"]] = told
            return
        counts = told.get("arrayProperties", {}).get("statusSummary") or {}
        for status in (*OVER, WAITING):
            changed = counts.get(status) != submission.counts.get(status)
            if changed or (status in OVER and told["status"] in OVER):
                self._list(submission, status)
        submission.counts = counts

    def _list(self, submission: Submission, status: str) -> None:
        if status == WAITING:
            for child in submission.children:
                if child.status == WAITING:
                    child.status, child.reason = "STARTING", None
        for job in self._jobs.children(submission.job or "", status):
            child = submission.children[job.position]
            child.status, child.reason = job.status, job.reason

    def look_at_states(self) -> list[tuple[int, int]]:
        """Read what agents have told since the last look; return of which attempts."""
        with told_plainly():
            return self._told.look()

    def look_at(self, attempts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Likewise, of these attempts alone."""
        with told_plainly():
            return self._told.look_at(attempts)

    def describe(self, children: Sequence[Child]) -> dict[str, Mapping[str, Any]]:
        """Return all that Batch knows of some jobs, by id."""
        known = {child.id: self.details[child.id] for child in children if child.id in self.details}
        return known | self._jobs.describe([child.id for child in children if child.id and child.id not in known])


def _waiting(submission: Submission) -> Child | None:
    """The first job of an array that waits: its reason is that of the others too."""
    return next((child for child in submission.children if child.status == WAITING), None)
