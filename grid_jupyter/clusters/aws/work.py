"""What the parts of a session share: all that belongs to one run in AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.remote.agent.bucket import Bucket
    from grid_jupyter.remote.agent.layout import RunKeys

    from .jobs import Jobs
    from .journal import Journal
    from .observer import Observer
    from .submission import Submitter


@dataclass(frozen=True)
class Work:
    """One run in AWS.

    Attributes:
        prepare: Brings into the bucket what another computer needs to take the run over; done before a submission.
        image: The container image that trials run in.
        machine: What a trial waits for, in words: ``g6.12xlarge spot machine``.
        timeout: Seconds after which AWS ends an attempt.
        poll: Seconds between two looks.
        renew: Takes up credentials that were renewed outside.
    """

    folder: RunFolder
    snapshot: Snapshot
    keys: RunKeys
    bucket: Bucket
    jobs: Jobs
    journal: Journal
    observer: Observer
    submitter: Submitter
    prepare: Callable[[], None]
    image: str
    machine: str
    timeout: int
    poll: float
    renew: Callable[[], None]
