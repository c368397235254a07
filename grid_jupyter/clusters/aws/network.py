"""Where in the account's network machines are started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from .names import MANAGED, SECURITY_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cloud import Cloud
    from .options import Options

SUBNETS_TAG = "grid:subnets"
"""The tag of the security group that keeps the subnets which the account was set up with."""


@dataclass(frozen=True)
class Network:
    """What a machine is started into.

    Attributes:
        region: The region's name.
        group: The id of the security group.
        subnets: The ids of subnets.
    """

    region: str
    group: str
    subnets: tuple[str, ...]


def find_group(cloud: Cloud) -> dict[str, Any] | None:
    """Return the security group that the account was set up with, as EC2 describes it; ``None`` before that."""
    filters = [{"Name": "group-name", "Values": [SECURITY_GROUP]}]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in MANAGED.items()]
    groups = cloud.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    return min(groups, key=lambda group: str(group["GroupId"]), default=None)


def default_vpc(cloud: Cloud) -> str | None:
    """Return the id of the region's default network, if it has one."""
    vpcs = cloud.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    return vpcs[0]["VpcId"] if vpcs else None


def find_subnets(cloud: Cloud, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return subnets by their ids, as EC2 describes them.

    Raises:
        CommandError: One of them does not exist, or they lie in different networks.
    """
    filters = [{"Name": "subnet-id", "Values": list(ids)}]
    found: list[dict[str, Any]] = cloud.ec2.describe_subnets(Filters=filters)["Subnets"]
    if missing := set(ids) - {subnet["SubnetId"] for subnet in found}:
        raise CommandError(f"there is no subnet {min(missing)} in {cloud.region}; look at the ids, and at the region")
    if len({subnet["VpcId"] for subnet in found}) > 1:
        raise CommandError("the subnets lie in different VPCs; name subnets of one")
    return found


def public_subnets(cloud: Cloud, vpc: str) -> list[dict[str, Any]]:
    """Return the subnets of a network whose machines get public addresses, without which they reach nothing."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    return [s for s in cloud.ec2.describe_subnets(Filters=filters)["Subnets"] if s["MapPublicIpOnLaunch"]]


def usable_subnets(cloud: Cloud, group: dict[str, Any], options: Options) -> list[dict[str, Any]]:
    """Return the subnets for machines: the settings', else those of the set-up, else the public ones.

    Raises:
        CommandError: There are none, or the settings name some of another network.
    """
    tags = {tag["Key"]: tag["Value"] for tag in group.get("Tags", [])}
    named = options.subnets or tuple(tags.get(SUBNETS_TAG, "").split())
    subnets = find_subnets(cloud, named) if named else public_subnets(cloud, group["VpcId"])
    if not subnets:
        raise CommandError(
            f"the network {group['VpcId']} has no subnet whose machines get public addresses; "
            "run grid aws setup --subnets with subnets that reach the internet"
        )
    if subnets[0]["VpcId"] != group["VpcId"]:
        raise CommandError(
            f"the subnets of the settings lie in {subnets[0]['VpcId']}, and the account is set up in {group['VpcId']}; "
            "name subnets of that, or run grid aws teardown and set up again"
        )
    return subnets


def network_for(cloud: Cloud, machine: str, options: Options) -> Network:
    """Return where machines of a type can be started: the subnets in zones that have that type.

    Raises:
        CommandError: The account is not set up, or none of its subnets is in such a zone.
    """
    group = find_group(cloud)
    if group is None:
        raise CommandError(f"this AWS account is not set up for trials in {cloud.region}; run grid aws setup")
    subnets = usable_subnets(cloud, group, options)
    offered = zones_with(cloud, machine)
    chosen = [subnet["SubnetId"] for subnet in subnets if subnet["AvailabilityZone"] in offered]
    if not chosen:
        there = ", ".join(sorted(offered))
        where = f"only {there} of it, where no subnet of ours is" if there else "another region may"
        raise CommandError(
            f"--instance_type {machine}: {cloud.region} does not have it for us: {where}; "
            "grid machines lists others" + (", and grid aws setup --subnets takes other subnets" if there else "")
        )
    return Network(cloud.region, group["GroupId"], tuple(sorted(chosen)))


def zones_with(cloud: Cloud, machine: str) -> set[str]:
    """Return the availability zones that have machines of a type."""
    offerings = cloud.ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [machine]}]
    )
    return {str(offer["Location"]) for offer in offerings["InstanceTypeOfferings"]}
