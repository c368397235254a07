"""The agent's beginning and end in a container of AWS Batch."""

from __future__ import annotations

import os
import signal
import sys
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NoReturn

from grid_jupyter.remote.agent import machine
from grid_jupyter.remote.agent.attempt import Attempt
from grid_jupyter.remote.agent.bucket import Bucket
from grid_jupyter.remote.agent.claim import claim
from grid_jupyter.remote.agent.end import ASKED
from grid_jupyter.remote.agent.patience import patiently
from grid_jupyter.remote.agent.problem import Problem

from . import notice
from .batch import OWN_VARIABLES, read_task
from .code import exit_code

if TYPE_CHECKING:
    from collections.abc import Mapping


def main() -> NoReturn:
    """Run the trial that this container is for, and exit with the code that AWS Batch is to see."""
    code = run(os.environ)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads that still fetch something are not waited for


def run(environment: Mapping[str, str]) -> int:
    """Run the attempt that an environment of AWS Batch's tells of; return the exit code that Batch is to see."""
    bucket = connect(environment)
    try:
        task = patiently(lambda: read_task(bucket, environment))
    except Problem as problem:
        print(f"grid: {problem}", flush=True)  # noqa: T201
        return 1
    events: SimpleQueue[Any] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: events.put(ASKED))
    if not patiently(lambda: claim(bucket, task)):
        return 0
    cache = machine.Cache(environment.get("GRID_CACHE", ""))
    around = {name: value for name, value in environment.items() if name not in OWN_VARIABLES}
    with cache.attempt(task.name) as folder:
        attempt = Attempt(bucket, task, cache, folder, around, events)
        notice.watch(environment, events.put)
        return exit_code(attempt.run())


def connect(environment: Mapping[str, str]) -> Bucket:
    """Return the bucket; whoever calls has patience."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=5, read_timeout=30, max_pool_connections=30, retries={"mode": "standard", "max_attempts": 3}
    )
    client = boto3.client("s3", config=config)
    return Bucket(client, environment["GRID_BUCKET"], environment["GRID_BUCKET_OWNER"])


if __name__ == "__main__":
    main()
