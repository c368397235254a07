"""Pools of machines, made when a run first wants one and shared by all that want the same.

A pool costs nothing while no trial runs: AWS Batch starts machines for jobs and ends them afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.errors import CommandError, ServiceError

from .names import MANAGED
from .network import network_for
from .options import Options
from .pool_removal import environment_named, every_environment, is_idle, queue_named, remove_pool
from .pool_requests import ROOT_DEVICE, SPEC_TAG, Pool, PoolWish
from .quotas import require_quota
from .refusals import message_of, passing, scrubbed
from .waiting import wait_for

if TYPE_CHECKING:
    from .cloud import Cloud

__all__ = ["Pool", "PoolWish", "ensure_pool"]

_MOST_POOLS = 50  # AWS Batch: compute environments, and queues, in a region of an account; cannot be raised
_SPARE_POOLS = 5
_CHANGING = "being modified"  # by somebody else


@told_plainly()
def ensure_pool(cloud: Cloud, wish: PoolWish, options: Options | None = None) -> str:
    """Return the name of the queue for such machines, which is made if need be.

    Killed at any point and called again it goes on; two that call it at once get the same queue.

    Raises:
        CommandError: The account is not set up, has no such machines, or may not run one.
        CredentialError: The credential may not do this.
        ServiceError: AWS did not do it; the sentence says why.
    """
    options = options or Options()
    allowed = require_quota(cloud, wish.machine, spot=wish.spot)
    network = network_for(cloud, wish.machine.name, options)
    pool = Pool(wish, network, options.ami, _root_device(cloud, options.ami))
    limits = [limit for limit in (allowed, options.max_vcpus) if limit is not None]
    most = max(wish.machine.vcpus, int(min([wish.max_vcpus, *limits])))
    try:
        _make(cloud, pool, most)
    except _InvalidError:
        # Roles that were made a moment ago are not known everywhere yet: once more from the beginning.
        remove_pool(cloud, pool.name)
        _make(cloud, pool, most)
    return pool.name


class _InvalidError(ServiceError):
    """AWS Batch has accepted a pool and then found that it cannot be."""


def _make(cloud: Cloud, pool: Pool, most: int) -> None:
    there = environment_named(cloud, pool.name)
    if there and there["status"] == "DELETING":
        remove_pool(cloud, pool.name)
        there = None
    if there is None:
        _make_room(cloud)
        _create_environment(cloud, pool, most)
    wait_for(lambda: _bring_up_environment(cloud, pool, most), f"the pool {pool.name} is not ready")
    if queue_named(cloud, pool.name) is None:
        with passing("ClientException", message="already exists"):
            cloud.batch.create_job_queue(**pool.queue())
    wait_for(lambda: _bring_up_queue(cloud, pool), f"the queue {pool.name} is not ready")


def _create_environment(cloud: Cloud, pool: Pool, most: int) -> None:
    from botocore.exceptions import ClientError

    with passing("InvalidLaunchTemplateName.AlreadyExistsException"):
        cloud.ec2.create_launch_template(**pool.template())
    (template,) = cloud.ec2.describe_launch_templates(LaunchTemplateNames=[pool.name])["LaunchTemplates"]
    try:
        with passing("ClientException", message="already exists"):
            cloud.batch.create_compute_environment(**pool.environment(template["LaunchTemplateId"], most))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ClientException":
            raise
        name = pool.wish.machine.name
        raise CommandError(
            f"--instance_type {name}: AWS Batch makes no pool of it: {message_of(error)}; take another"
        ) from None


def _bring_up_environment(cloud: Cloud, pool: Pool, most: int) -> bool:
    """Whether the compute environment is ready and as it should be; where it is not, the next step is taken.

    Raises:
        ServiceError: It is not ours, or AWS Batch has found a fault.
    """
    found = environment_named(cloud, pool.name)
    if found is None:
        return False
    if found.get("tags", {}).get(SPEC_TAG) != pool.spec:
        raise ServiceError(f"the compute environment {pool.name} is none of ours; rename or delete it")
    _refuse_invalid(found, f"pool {pool.name}")
    change: dict[str, Any] = {}
    if found["state"] != "ENABLED":
        change["state"] = "ENABLED"  # its removal had begun
    if found["computeResources"]["maxvCpus"] < most:
        change["computeResources"] = {"maxvCpus": most}
    if change and found["status"] == "VALID":
        with passing("ClientException", message=_CHANGING):
            cloud.batch.update_compute_environment(computeEnvironment=pool.name, **change)
    return found["status"] == "VALID" and not change


def _bring_up_queue(cloud: Cloud, pool: Pool) -> bool:
    found = queue_named(cloud, pool.name)
    if found is None:
        return False
    _refuse_invalid(found, f"queue {pool.name}")
    enabled, valid = bool(found["state"] == "ENABLED"), bool(found["status"] == "VALID")
    if valid and not enabled:
        with passing("ClientException", message=_CHANGING):
            cloud.batch.update_job_queue(jobQueue=pool.name, state="ENABLED")
    return enabled and valid


def _refuse_invalid(found: dict[str, Any], what: str) -> None:
    if found["status"] == "INVALID":
        raise _InvalidError(f"AWS Batch cannot use the {what}: {scrubbed(found.get('statusReason', ''))}")


def _make_room(cloud: Cloud) -> None:
    """Remove the oldest pools of ours that nothing uses where the region's limit is near."""
    everything = every_environment(cloud)
    surplus = len(everything) + _SPARE_POOLS - _MOST_POOLS
    if surplus <= 0:
        return
    ours = {env["computeEnvironmentName"]: env for env in everything if MANAGED.items() <= env.get("tags", {}).items()}
    for name in sorted(ours, key=_ages(cloud).__getitem__):
        if surplus > 0 and is_idle(cloud, ours[name]):
            remove_pool(cloud, name)
            surplus -= 1


def _ages(cloud: Cloud) -> dict[str, str]:
    """When each pool was made, by its name, oldest first; AWS Batch itself does not tell."""
    from collections import defaultdict

    ages: dict[str, str] = defaultdict(str)
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in MANAGED.items()]
    for page in cloud.ec2.get_paginator("describe_launch_templates").paginate(Filters=filters):
        ages |= {found["LaunchTemplateName"]: str(found["CreateTime"]) for found in page["LaunchTemplates"]}
    return ages


def _root_device(cloud: Cloud, ami: str | None) -> str:
    """Return the device of the first disk in a machine image."""
    if ami is None:
        return ROOT_DEVICE
    images = cloud.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [ami]}])["Images"]
    if not images:
        raise CommandError(f"the machine image {ami} of the settings is not in {cloud.region}, or is not shared")
    return str(images[0]["RootDeviceName"])
