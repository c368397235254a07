"""Which trial of which submission a container is for."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .layout import RunKeys
from .problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .bucket import Bucket

OWN_VARIABLES = ("GRID_BUCKET", "GRID_BUCKET_OWNER", "GRID_PREFIX", "GRID_BATCH", "GRID_AGENT", "GRID_CACHE")
"""What the agent is told by; scripts do not see it."""


@dataclass(frozen=True)
class Task:
    """One attempt of one trial.

    Attributes:
        keys: The keys of the run in the bucket.
        batch: The number of the submission.
        job: The id of the job at AWS Batch.
        retry: Which of AWS Batch's own attempts of that job this is, counted from 1.
        common: What all trials of the submission have in common.
        order: The trial itself.
    """

    keys: RunKeys
    batch: int
    job: str
    retry: int
    common: Mapping[str, Any]
    order: Mapping[str, Any]

    @property
    def trial(self) -> int:
        """The trial's index; ``layout.BUILD`` for the build actions."""
        return int(self.order["trial"])

    @property
    def attempt(self) -> int:
        """The number of the attempt, which AWS Batch's own retries count on."""
        return int(self.order["attempt"]) + self.retry - 1

    @property
    def name(self) -> str:
        """What tells this attempt from all others, fit for the name of a file and for a PATH."""
        return f"{self.job.replace(':', '-')}.{self.retry}"


def read_task(bucket: Bucket, environment: Mapping[str, str]) -> Task:
    """Find out by the environment that AWS Batch made.

    Raises:
        Problem: There is no such submission, or its format is another.
    """
    keys = RunKeys.at(environment["GRID_PREFIX"])
    number = int(environment["GRID_BATCH"])
    content = bucket.get(keys.batch(number))
    if content is None:
        raise Problem(f"{keys.batch(number)} is not in the bucket: the run was deleted")
    common = json.loads(gzip.decompress(content))
    if common["version"] != 1:
        raise Problem(f"{keys.batch(number)} is of version {common['version']}, and this agent knows version 1")
    order = common.pop("trials")[int(environment.get("AWS_BATCH_JOB_ARRAY_INDEX", "0"))]
    retry = int(environment.get("AWS_BATCH_JOB_ATTEMPT", "1"))
    return Task(keys, number, environment["AWS_BATCH_JOB_ID"], retry, common, order)
