"""The security group: machines reach out, and nothing reaches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.clusters.aws.names import MANAGED, SECURITY_GROUP
from grid_jupyter.clusters.aws.network import SUBNETS_TAG, default_vpc, find_group, find_subnets
from grid_jupyter.clusters.aws.refusals import code_of, passing
from grid_jupyter.clusters.aws.waiting import wait_for
from grid_jupyter.errors import CommandError

from .resource import Resource, State, is_ours, plain_tags, tag_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.clusters.aws.cloud import Cloud

_LONGEST_TAG = 256


class GroupResource(Resource):
    """The security group; a tag of it keeps the subnets that were chosen.

    Args:
        cloud: The account.
        subnets: The subnets that are wanted; empty for those of before, else all of the default network.
    """

    kind = "security group"
    purpose = "lets machines reach out, and nothing reach them"

    def __init__(self, cloud: Cloud, subnets: Sequence[str]) -> None:
        super().__init__(cloud, SECURITY_GROUP)
        self._subnets = " ".join(subnets)

    def state(self) -> State:
        """Return how it is.

        Raises:
            CommandError: There is no network for it, or it lies in another one than the subnets.
        """
        group = find_group(self._cloud)
        if group is None:
            return State.FOREIGN if self._foreign(self._vpc()) else State.MISSING
        if self._subnets and (vpc := self._vpc()) != group["VpcId"]:
            raise CommandError(
                f"--subnets: they lie in {vpc}, and the account is set up in {group['VpcId']}; "
                "name subnets of that, or run grid aws teardown first"
            )
        chosen = plain_tags(group["Tags"]).get(SUBNETS_TAG, "")
        changed = self._subnets not in ("", chosen)
        return State.OUTDATED if changed or group["IpPermissions"] else State.READY

    def is_there(self) -> bool:
        """Whether there is one that is ours."""
        return find_group(self._cloud) is not None

    def _vpc(self) -> str:
        """Return the network that it is to lie in."""
        if self._subnets:
            if len(self._subnets) > _LONGEST_TAG:
                raise CommandError("--subnets: they are too many; name up to eight")
            return str(find_subnets(self._cloud, self._subnets.split())[0]["VpcId"])
        vpc = default_vpc(self._cloud)
        if vpc is None:
            raise CommandError(
                f"{self._cloud.region} has no default VPC in this account; name subnets that reach the internet "
                "with --subnets"
            )
        return vpc

    def _foreign(self, vpc: str) -> bool:
        filters = [{"Name": "group-name", "Values": [self.name]}, {"Name": "vpc-id", "Values": [vpc]}]
        groups = self._cloud.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        return any(not is_ours(plain_tags(group.get("Tags", []))) for group in groups)

    def ensure(self) -> None:
        """Make it, or bring it up to date."""
        ec2 = self._cloud.ec2
        group = find_group(self._cloud)
        if group is None:
            marks = {**MANAGED, **({SUBNETS_TAG: self._subnets} if self._subnets else {})}
            with passing("InvalidGroup.Duplicate"):
                ec2.create_security_group(
                    GroupName=self.name,
                    Description="Machines of grid trials: nothing comes in",
                    VpcId=self._vpc(),
                    TagSpecifications=[{"ResourceType": "security-group", "Tags": tag_list(marks)}],
                )
            return
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        if self._subnets:
            ec2.create_tags(Resources=[group["GroupId"]], Tags=tag_list({SUBNETS_TAG: self._subnets}))

    def remove(self) -> None:
        """Remove it once no machine is in it any more."""
        group = find_group(self._cloud)
        if group:
            wait_for(lambda: self._is_gone(group), f"machines are still in the security group {self.name}", 900.0)

    def _is_gone(self, group: dict[str, Any]) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._cloud.ec2.delete_security_group(GroupId=group["GroupId"])
        except ClientError as error:
            if code_of(error) == "DependencyViolation":
                return False
            if code_of(error) != "InvalidGroup.NotFound":
                raise
        return True
