"""Finding pools, and removing them step by step in the order that AWS asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .refusals import passing
from .waiting import wait_for

if TYPE_CHECKING:
    from .cloud import Cloud

UNDER_WAY = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
"""The states of jobs that have not ended."""

_MACHINES_END = 900.0  # seconds that AWS Batch may take to end machines
_GONE = "does not exist"  # somebody else was faster
_NO_TEMPLATE = ("InvalidLaunchTemplateName.NotFoundException", "InvalidLaunchTemplateId.NotFound")


def environment_named(cloud: Cloud, name: str) -> dict[str, Any] | None:
    """Return a compute environment as AWS Batch describes it; ``None`` where there is none."""
    found = cloud.batch.describe_compute_environments(computeEnvironments=[name])["computeEnvironments"]
    return next((one for one in found if one["status"] != "DELETED"), None)


def queue_named(cloud: Cloud, name: str) -> dict[str, Any] | None:
    """Return a queue as AWS Batch describes it; ``None`` where there is none."""
    found = cloud.batch.describe_job_queues(jobQueues=[name])["jobQueues"]
    return next((one for one in found if one["status"] != "DELETED"), None)


def every_environment(cloud: Cloud) -> list[dict[str, Any]]:
    """Return all compute environments of the region, whoever made them."""
    pages = cloud.batch.get_paginator("describe_compute_environments").paginate()
    return [found for page in pages for found in page["computeEnvironments"]]


def every_queue(cloud: Cloud) -> list[dict[str, Any]]:
    """Return all queues of the region, whoever made them."""
    pages = cloud.batch.get_paginator("describe_job_queues").paginate()
    return [found for page in pages for found in page["jobQueues"]]


def jobs_under_way(cloud: Cloud, queue: str) -> list[str]:
    """Return the ids of a queue's jobs that have not ended; an array counts as one."""
    pages = cloud.batch.get_paginator("list_jobs")
    return [
        job["jobId"]
        for state in UNDER_WAY
        for page in pages.paginate(jobQueue=queue, jobStatus=state)
        for job in page["jobSummaryList"]
    ]


def is_idle(cloud: Cloud, environment: dict[str, Any]) -> bool:
    """Whether a pool has neither machines nor jobs."""
    name = environment["computeEnvironmentName"]
    if environment.get("computeResources", {}).get("desiredvCpus"):
        return False
    return queue_named(cloud, name) is None or not jobs_under_way(cloud, name)


def remove_pool(cloud: Cloud, name: str) -> None:
    """Remove a pool's queue, compute environment and launch template, what there is of them.

    Jobs in it must have ended, or be about to.

    Raises:
        ServiceError: AWS takes too long.
    """
    remove_queue(cloud, name)
    remove_environment(cloud, name)
    remove_template(cloud, name)


def remove_queue(cloud: Cloud, name: str) -> None:
    """Remove a queue, if there is one."""
    queue = queue_named(cloud, name)
    if queue and queue["status"] != "DELETING":
        if queue["state"] != "DISABLED":
            cloud.batch.update_job_queue(jobQueue=name, state="DISABLED")
        wait_for(lambda: _is_still(queue_named(cloud, name)), f"the queue {name} is not disabled")
        with passing("ClientException", message=_GONE):
            cloud.batch.delete_job_queue(jobQueue=name)
    wait_for(lambda: queue_named(cloud, name) is None, f"the queue {name} is not deleted")


def remove_environment(cloud: Cloud, name: str) -> None:
    """Remove a compute environment that no queue uses any more, if there is one."""
    environment = environment_named(cloud, name)
    if environment and environment["status"] != "DELETING":
        if environment["state"] != "DISABLED":
            cloud.batch.update_compute_environment(computeEnvironment=name, state="DISABLED")
        wait_for(lambda: _is_still(environment_named(cloud, name)), f"the pool {name} is not disabled", _MACHINES_END)
        with passing("ClientException", message=_GONE):
            cloud.batch.delete_compute_environment(computeEnvironment=name)
    wait_for(lambda: environment_named(cloud, name) is None, f"the pool {name} is not deleted", _MACHINES_END)


def remove_template(cloud: Cloud, name: str) -> None:
    """Remove a launch template, if there is one."""
    filters = [{"Name": "launch-template-name", "Values": [name]}]
    for found in cloud.ec2.describe_launch_templates(Filters=filters)["LaunchTemplates"]:
        with passing(*_NO_TEMPLATE):
            cloud.ec2.delete_launch_template(LaunchTemplateId=found["LaunchTemplateId"])


def _is_still(found: dict[str, Any] | None) -> bool:
    """Whether it is disabled, and nothing is being done to it any more."""
    return found is None or (found["state"] == "DISABLED" and found["status"] in {"VALID", "INVALID"})
