"""What a dashboard tells, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDED = frozenset({"STOPPED", "SUCCEEDED", "FAILED"})
"""The statuses of a job that is over."""


class Version(NamedTuple):
    """What a dashboard is of.

    Attributes:
        ray: The version of Ray, ``2.60.0``.
        session: The session's name, which is new when the cluster is started anew.
    """

    ray: str
    session: str


@dataclass(frozen=True)
class JobInfo:
    """What Ray knows of a job.

    Attributes:
        status: ``PENDING``, ``RUNNING``, ``STOPPED``, ``SUCCEEDED`` or ``FAILED``.
        message: What Ray says of that.
        node: The id of the node on which the driver runs or ran; ``None`` before it starts.
        exit_code: The driver's, where it has ended by itself.
        error: The kind of failure, ``JOB_ENTRYPOINT_COMMAND_ERROR``; ``None`` where there is none.
        metadata: What it was submitted with.
    """

    status: str
    message: str
    node: str | None
    exit_code: int | None
    error: str | None
    metadata: Mapping[str, str]

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status in ENDED


@dataclass(frozen=True)
class Node:
    """A node that is alive.

    Attributes:
        id: Its id in hexadecimal digits; a machine that comes back has another.
        address: Its IP address.
        head: Whether it is the head.
        resources: What it has in all: ``CPU``, ``GPU``, ``memory`` in bytes, and resources of the user's own.
        labels: Its labels.
    """

    id: str
    address: str
    head: bool
    resources: Mapping[str, float]
    labels: Mapping[str, str]
