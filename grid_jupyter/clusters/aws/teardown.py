"""Removing from an account all that was made in it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.text import count

from .account import resources
from .account.bucket import BucketResource
from .account.resource import is_ours
from .names import MANAGED, PREFIX
from .pool_removal import (
    every_environment,
    every_queue,
    jobs_under_way,
    remove_environment,
    remove_queue,
    remove_template,
)
from .waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .cloud import Cloud

_REASON = "the account is taken down"


@dataclass(frozen=True)
class Thing:
    """Something that is there.

    Attributes:
        kind: What it is.
        name: Its name.
        remove: Removes it; a second time changes nothing.
    """

    kind: str
    name: str
    remove: Callable[[], None]


@told_plainly()
def inventory(cloud: Cloud, *, delete_data: bool = False) -> list[Thing]:
    """Return what there is of ours, in the order in which it can be removed.

    All of it has a name of ours and our tag.

    Args:
        cloud: The account.
        delete_data: Whether the bucket counts too.

    Raises:
        CredentialError: The credential may not look.
    """
    fixed = [one for one in reversed(resources(cloud)) if not one.shared and one.is_there()]
    kept = [one for one in fixed if delete_data or not isinstance(one, BucketResource)]
    return [*_made_by_runs(cloud), *(Thing(one.kind, one.name, one.remove) for one in kept)]


@told_plainly()
def tear_down(things: Sequence[Thing], tell: Callable[[str], None] = lambda _: None) -> None:
    """Remove things, in their order.

    Cut off at any point and done again it ends the same.

    Args:
        things: What ``inventory`` gave.
        tell: Shows what is being done.

    Raises:
        CredentialError: The credential may not do it.
        ServiceError: AWS takes too long.
    """
    for thing in things:
        tell(f"Removing the {thing.kind} {thing.name}")
        thing.remove()


@told_plainly()
def bucket_stays(cloud: Cloud) -> str | None:
    """Return the name of the bucket, if there is one."""
    bucket = BucketResource(cloud)
    return bucket.name if bucket.is_there() else None


def _made_by_runs(cloud: Cloud) -> Iterator[Thing]:
    queues = [one["jobQueueName"] for one in every_queue(cloud) if _is_ours(one, "jobQueueName")]
    for queue in queues:
        if jobs := jobs_under_way(cloud, queue):
            yield Thing("jobs", f"{count(len(jobs), 'job')} in {queue}", partial(_end_jobs, cloud, queue))
    yield from (Thing("job queue", name, partial(remove_queue, cloud, name)) for name in queues)
    for one in every_environment(cloud):
        if _is_ours(one, "computeEnvironmentName"):
            name = one["computeEnvironmentName"]
            yield Thing("compute environment", name, partial(remove_environment, cloud, name))
    yield from _definitions(cloud)
    yield from _templates(cloud)


def _definitions(cloud: Cloud) -> Iterator[Thing]:
    for page in cloud.batch.get_paginator("describe_job_definitions").paginate(status="ACTIVE"):
        for one in page["jobDefinitions"]:
            if _is_ours(one, "jobDefinitionName"):
                name = f"{one['jobDefinitionName']}:{one['revision']}"
                yield Thing("job definition", name, partial(_deregister, cloud, name))


def _templates(cloud: Cloud) -> Iterator[Thing]:
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in MANAGED.items()]
    for page in cloud.ec2.get_paginator("describe_launch_templates").paginate(Filters=filters):
        for one in page["LaunchTemplates"]:
            name = one["LaunchTemplateName"]
            if name.startswith(PREFIX):
                yield Thing("launch template", name, partial(remove_template, cloud, name))


def _is_ours(found: Mapping[str, Any], name: str) -> bool:
    return found[name].startswith(PREFIX) and found["status"] != "DELETED" and is_ours(found.get("tags", {}))


def _end_jobs(cloud: Cloud, queue: str) -> None:
    """End a queue's jobs, and wait until they had their time to save."""
    for job in jobs_under_way(cloud, queue):
        cloud.batch.terminate_job(jobId=job, reason=_REASON)
    wait_for(lambda: not jobs_under_way(cloud, queue), f"jobs in {queue} have not ended")


def _deregister(cloud: Cloud, name: str) -> None:
    cloud.batch.deregister_job_definition(jobDefinition=name)
