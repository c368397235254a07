"""Bringing trials to AWS Batch: never not at all, and never twice, wherever it is cut off.

Before Batch is asked, a submission is in the journal on this machine and then in the bucket; its job's name is told by
its number. So whoever comes after a watcher that was killed, or whose question to Batch was not answered, looks for a
job of that name before asking again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.errors import ServiceError
from grid_jupyter.remote.agent.layout import agent_key, code_key

from .code import upload_code
from .jobs import LARGEST_ARRAY
from .names import MANAGED
from .packed import aws_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.remote.agent.layout import RunKeys

    from .cloud import Cloud
    from .jobs import Jobs
    from .journal import Journal, Submission
    from .place import Place

FORGOTTEN = "forgotten"
"""What stands for the id of a job that AWS Batch does not know any more."""

LOOKS = 3
"""How often a job is looked for before it is taken for not submitted: what was, may be told of a little late."""


class Submitter:
    """Submits the trials of one run.

    Args:
        cloud: The account.
        jobs: Its jobs.
        keys: Where the run lies in the bucket.
        journal: The run's submissions.
        common: What all submissions of the run say in the bucket, but for code and trials.
        place: Makes the place for jobs ready; told the agent's key.
        timeout: Seconds after which AWS ends an attempt.
        pause: Seconds between two looks for a job.
    """

    def __init__(  # noqa: PLR0913  (all that a submission is made of)
        self,
        cloud: Cloud,
        jobs: Jobs,
        keys: RunKeys,
        journal: Journal,
        common: Mapping[str, Any],
        *,
        place: Callable[[str], Place],
        timeout: int,
        pause: float,
    ) -> None:
        self._cloud = cloud
        self._jobs = jobs
        self._keys = keys
        self._journal = journal
        self._common = common
        self._make_place = place
        self._timeout = timeout
        self._pause = pause
        self._place: Place | None = None
        self._agent: str | None = None

    def enter(self, snapshot: Snapshot, trials: Sequence[Mapping[str, Any]]) -> list[Submission]:
        """Write trials down as submissions to come, as many as it takes.

        Raises:
            StoreError: The disk is full.
        """
        common = {**self._common, "code": code_key(snapshot.digest)}
        pages = [trials[first : first + LARGEST_ARRAY] for first in range(0, len(trials), LARGEST_ARRAY)]
        return [self._journal.enter({**common, "trials": list(page)}) for page in pages]

    def submit(self, submission: Submission, snapshot: Snapshot, objects: Path, *, again: bool, known: bool) -> None:
        """Submit what is in the journal.

        Args:
            submission: What to submit.
            snapshot: The run's code.
            objects: The store that it was frozen into.
            again: Whether it may have been submitted already.
            known: Whether it was, as its trials tell; Batch forgets a job some days after its end.

        Raises:
            UncertainError: It is not known whether it was; to be called again, with ``again``.
            GridError: It was not.
        """
        place = self._ready()
        with told_plainly():
            upload_code(self._cloud.bucket, snapshot, objects)
            self._put(submission)
        name = f"grid-{self._keys.label}-{submission.number}"
        job = self._find(place.queue, name) if again else None
        if job is None and known:
            job = FORGOTTEN
            for child in submission.children:
                child.status = "FAILED"
        self._journal.note(submission, job or self._jobs.submit(**self._request(submission, name, place)), place.queue)

    def _ready(self) -> Place:
        """Bring the agent into the bucket and make the place for jobs ready, once."""
        if self._place is None:
            digest, content = aws_agent()
            self._agent = agent_key(digest)
            with told_plainly():
                if not self._cloud.bucket.has(self._agent):
                    self._cloud.bucket.put_once(self._agent, content)
            self._place = self._make_place(self._agent)
        return self._place

    def _put(self, submission: Submission) -> None:
        key = self._keys.batch(submission.number)
        if not self._cloud.bucket.put_once(key, submission.content):
            there = self._cloud.bucket.get(key)
            if there and there != submission.content:
                # Another computer carries this run on, too; what it has submitted stands.
                raise ServiceError(
                    "another computer carries this run on, too: stop its watcher there, or delete the run here"
                )

    def _find(self, queue: str, name: str) -> str | None:
        for look in range(LOOKS):
            if look:
                time.sleep(self._pause)
            if job := self._jobs.find(queue, name):
                return job
        return None

    def _request(self, submission: Submission, name: str, place: Place) -> dict[str, Any]:
        environment = {
            "GRID_BUCKET": self._cloud.bucket.name,
            "GRID_BUCKET_OWNER": self._cloud.bucket.owner,
            "GRID_PREFIX": self._keys.prefix,
            "GRID_BATCH": str(submission.number),
            "GRID_AGENT": self._agent,
            "AWS_DEFAULT_REGION": self._cloud.region,
        }
        request: dict[str, Any] = {
            "jobName": name,
            "jobQueue": place.queue,
            "jobDefinition": place.definition,
            "containerOverrides": {
                "environment": [{"name": key, "value": value} for key, value in environment.items()]
            },
            "timeout": {"attemptDurationSeconds": self._timeout},
            "tags": {**MANAGED, "grid:run": self._common["run"]},
            "propagateTags": True,
        }
        if submission.array:
            request["arrayProperties"] = {"size": len(submission.children)}
        return request
