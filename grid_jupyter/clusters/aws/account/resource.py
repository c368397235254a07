"""What a resource is to those who set up, take down and check."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING

from grid_jupyter.clusters.aws.names import MANAGED
from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grid_jupyter.clusters.aws.cloud import Cloud


class State(Enum):
    """How a resource is."""

    MISSING = "missing"
    OUTDATED = "outdated"
    READY = "ready"
    FOREIGN = "foreign"


class Resource(ABC):
    """One thing in an account. Calls may raise what botocore raises.

    Attributes:
        kind: What it is: ``role``.
        name: Its name.
        purpose: What it is for, as a clause.
        shared: Whether others in the account use it too, so that it is never removed.
    """

    kind: str
    purpose: str
    shared = False

    def __init__(self, cloud: Cloud, name: str) -> None:
        self._cloud = cloud
        self.name = name

    @property
    def label(self) -> str:
        """Kind and name."""
        return f"{self.kind} {self.name}"

    @abstractmethod
    def state(self) -> State:
        """Return how it is; a thing of that name without our tag is foreign."""

    def is_there(self) -> bool:
        """Whether there is one that is ours, whole or in part."""
        return self.state() in {State.OUTDATED, State.READY}

    @abstractmethod
    def ensure(self) -> None:
        """Make it, or bring up to date what there is; a second time changes nothing."""

    @abstractmethod
    def remove(self) -> None:
        """Remove it, what there is of it."""

    def refusal(self) -> CommandError:
        """Return what is told where something else has its name."""
        return CommandError(
            f"there is a {self.label} in this account that grid did not make (it has no tag grid:managed); "
            "rename or delete it, and set up again"
        )


def is_ours(tags: Mapping[str, str]) -> bool:
    """Whether something with these tags is of our making."""
    return MANAGED.items() <= tags.items()


def plain_tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags by their names, from how most services write them."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def tag_list(tags: Mapping[str, str] = MANAGED) -> list[dict[str, str]]:
    """Return tags as most services take them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
