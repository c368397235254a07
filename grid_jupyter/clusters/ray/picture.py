"""How a cluster is just now, as far as its dashboard tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .answers import Node
    from .client import Client
    from .status import Status

OLDEST = (2, 40)
"""The first version of Ray that is supported."""

LABELS_SINCE = (2, 49)
"""The first version whose tasks choose nodes by their labels."""


TOKENS_SINCE = (2, 52)
"""The first version that can ask for a token."""


@dataclass(frozen=True)
class Picture:
    """A cluster as it was a moment ago.

    Attributes:
        name: The cluster's name.
        address: The dashboard's.
        ray: The version of Ray, ``2.60.0``.
        nodes: The nodes that are alive, the head first.
        status: What is free and what waits; ``None`` while the cluster does not tell.
        lets_all_in: Whether no token is needed.
    """

    name: str
    address: str
    ray: str
    nodes: Sequence[Node]
    status: Status | None
    lets_all_in: bool

    @property
    def autoscales(self) -> bool:
        """Whether the cluster may start nodes itself."""
        return self.status is not None and self.status.autoscales

    def total(self, resource: str) -> float:
        """Return how much of a resource all nodes have together."""
        return sum(node.resources.get(resource, 0) for node in self.nodes)

    def most(self, resource: str) -> float:
        """Return how much of a resource the node has that has most of it."""
        return max((node.resources.get(resource, 0) for node in self.nodes), default=0)

    @property
    def open_warning(self) -> str:
        """What is to be said of a cluster that wants no token."""
        closed = "start Ray with RAY_AUTH_MODE=token"
        if not self.is_at_least(TOKENS_SINCE):
            closed = f"Ray {'.'.join(map(str, TOKENS_SINCE))} and newer can"
        return (
            f"whoever reaches {self.address} can run programs on this cluster, since it asks for no token: "
            f"{closed}, or let nobody else reach it"
        )

    def is_at_least(self, version: tuple[int, int]) -> bool:
        """Whether the cluster's Ray is of that version or a later one."""
        return tuple(int(number) for number in re.findall(r"\d+", self.ray)[:2]) >= version


def look(name: str, client: Client) -> Picture:
    """Return how a cluster is.

    Raises:
        CommandError: Its Ray is too old.
        GridError: It does not answer, or wants another token.
    """
    picture = Picture(
        name=name,
        address=client.address,
        ray=client.version().ray,
        nodes=client.nodes(),
        status=client.status(),
        lets_all_in=client.token is None or client.lets_all_in(),
    )
    if not picture.is_at_least(OLDEST):
        raise CommandError(
            f"the Ray cluster {name} runs Ray {picture.ray}, and grid-jupyter needs {OLDEST[0]}.{OLDEST[1]} or newer: "
            "update Ray on all of its nodes"
        )
    return picture
