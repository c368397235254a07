"""Which trial of which submission a container is for."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from grid_jupyter.remote.agent.layout import RunKeys
from grid_jupyter.remote.agent.problem import Problem
from grid_jupyter.remote.agent.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.remote.agent.bucket import Bucket

OWN_VARIABLES = ("GRID_BUCKET", "GRID_BUCKET_OWNER", "GRID_PREFIX", "GRID_BATCH", "GRID_AGENT", "GRID_CACHE")
"""What the agent is told by; scripts do not see it."""


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
    # Batch's own attempts of a job are counted from 1.
    retry = int(environment.get("AWS_BATCH_JOB_ATTEMPT", "1"))
    name = f"{environment['AWS_BATCH_JOB_ID'].replace(':', '-')}.{retry}"
    return Task(keys, name, int(order["attempt"]) + retry - 1, number, common, order)
