"""What trials need in an account, made once: the one list that setting up, taking down and checking walk along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .bucket import BucketResource
from .group import GroupResource
from .logs import LogGroupResource
from .roles import ServiceRole, execution, instance, trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.clusters.aws.cloud import Cloud

    from .resource import Resource


@dataclass(frozen=True)
class Wishes:
    """What the user wants of a set-up.

    Attributes:
        subnets: Where machines start; empty for what was chosen before, else the default network.
        secrets: ARNs of secrets that trials may be given.
    """

    subnets: Sequence[str] = ()
    secrets: Sequence[str] = ()


def resources(cloud: Cloud, wishes: Wishes | None = None) -> list[Resource]:
    """Return what an account needs, in the order in which it is made; it is removed in the opposite order.

    Args:
        cloud: The account.
        wishes: What the user wants; ``None`` for all that there can be, as a take-down does.
    """
    everything = wishes is None
    wishes = wishes or Wishes()
    found: list[Resource] = [
        BucketResource(cloud),
        LogGroupResource(cloud),
        ServiceRole(cloud, "AWSServiceRoleForBatch", "batch.amazonaws.com", "lets AWS Batch start machines"),
        ServiceRole(cloud, "AWSServiceRoleForEC2Spot", "spot.amazonaws.com", "lets EC2 start spot machines"),
        instance(cloud),
        trial(cloud),
    ]
    if wishes.secrets or everything:
        found.append(execution(cloud, wishes.secrets))
    return [*found, GroupResource(cloud, wishes.subnets)]
