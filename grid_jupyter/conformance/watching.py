"""A watcher in the smallest: it starts or adopts one attempt through the cluster's session, and dies as if killed.

``python -m grid_jupyter.conformance.watching RUN_FOLDER HOW [HANDLE]`` prints one JSON object. ``start`` starts the
first attempt of the last trial and dies once its script runs; ``end`` adopts it by its handle, asks it to end, and
tells how it did. This is the one place where the suite meets a cluster's objects.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.cluster import find_cluster
from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.jobs import Launch
from grid_jupyter.core.snapshot import Snapshot
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.core.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.cluster import Job, Session

POLL = 0.2
MORE = 3.0
"""Seconds in which a second end would show."""


def session_of(folder: RunFolder) -> tuple[Session, Job]:
    """Return a session of the run's cluster, and the first attempt of its last trial."""
    with Store(folder) as store:
        launch = Launch.from_json(store.fact("launch"))
        spec = RunSpec.from_json(store.fact("spec"))
    session = find_cluster(launch.cluster).session(folder, Snapshot.read(folder.code), spec)
    return session, launch.job(launch.trials - 1, 1)


def start(session: Session, job: Job) -> Mapping[str, Any]:
    """Start the attempt, or take over one that was started, and return its handle once its script runs."""
    while (handle := session.start(job)) is None:
        session.poll(POLL)
    while session.age(job.trial) is None:
        if session.poll(POLL):
            raise AssertionError(f"it ended before its script ran: {session.collect(job.trial)}")
    return handle


def end(session: Session, job: Job, handle: Mapping[str, Any]) -> dict[str, Any]:
    """Take the attempt over by its handle, ask it to end, and return how it did and how many ends were told."""
    if not session.adopt(job.trial, job.attempt, handle):
        raise AssertionError("the session does not know an attempt that was started")
    session.stop(job.trial)
    ends: list[int] = []
    while not ends:
        ends += session.poll(POLL)
    ended = session.collect(job.trial)
    until = time.monotonic() + MORE
    while time.monotonic() < until:
        ends += session.poll(POLL)
    session.close()
    return {"ends": ends, "ended": asdict(ended)}


def main(folder: str, how: str, handle: str = "{}") -> None:
    """Do one of the two, and die without a word to the session."""
    session, job = session_of(RunFolder(Path(folder)))
    told = start(session, job) if how == "start" else end(session, job, json.loads(handle))
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
