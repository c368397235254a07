"""The roles: of machines, of trials, and of what hands secrets to trials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from grid_jupyter.clusters.aws.names import execution_role, instance_role, trial_role
from grid_jupyter.clusters.aws.refusals import passing

from .policies import secrets_policy, trial_policy, trust
from .resource import Resource, State, is_ours, plain_tags, tag_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.clusters.aws.cloud import Cloud

_MISSING = "NoSuchEntity"
_THERE_ALREADY = "EntityAlreadyExists"
_INLINE = "grid"


def instance(cloud: Cloud) -> Resource:
    """Return the role of machines, with the profile through which EC2 gives it to them."""
    attached = "service-role/AmazonEC2ContainerServiceforEC2Role"
    name, purpose = instance_role(cloud.region), "lets machines take jobs of AWS Batch, and pull containers"
    return RoleResource(cloud, name, purpose, trust("ec2.amazonaws.com"), attached=attached, has_profile=True)


def trial(cloud: Cloud) -> Resource:
    """Return the role of trials."""
    own = trial_policy(cloud.partition, cloud.bucket.name)
    name, purpose = trial_role(cloud.region), "lets trials read the bucket, and write what belongs to runs"
    return RoleResource(cloud, name, purpose, trust("ecs-tasks.amazonaws.com", cloud.account), own=own)


def execution(cloud: Cloud, secrets: Sequence[str]) -> Resource:
    """Return the role that reads secrets and hands them to trials."""
    attached = "service-role/AmazonECSTaskExecutionRolePolicy"
    name, purpose = execution_role(cloud.region), "hands to trials the secrets that the settings name, and no others"
    trusted = trust("ecs-tasks.amazonaws.com", cloud.account)
    return RoleResource(cloud, name, purpose, trusted, attached=attached, own=secrets_policy(secrets))


class RoleResource(Resource):
    """A role.

    Args:
        cloud: The account.
        name: Its name.
        purpose: What it is for.
        trusted: Who may take it on.
        own: What it allows, written into it.
        attached: A policy of AWS's that it has too, by its path.
        has_profile: Whether an instance profile of its name holds it.
    """

    kind = "role"

    def __init__(
        self,
        cloud: Cloud,
        name: str,
        purpose: str,
        trusted: dict[str, Any],
        *,
        own: dict[str, Any] | None = None,
        attached: str = "",
        has_profile: bool = False,
    ) -> None:
        super().__init__(cloud, name)
        self.purpose = purpose
        self._trusted = trusted
        self._own = own
        self._attached = f"arn:{cloud.partition}:iam::aws:policy/{attached}" if attached else ""
        self._has_profile = has_profile

    def state(self) -> State:
        """Return how it is."""
        with passing(_MISSING):
            role = self._cloud.iam.get_role(RoleName=self.name)["Role"]
            if not is_ours(plain_tags(role.get("Tags", []))):
                return State.FOREIGN
            same = role["AssumeRolePolicyDocument"] == self._trusted
            return State.READY if same and self._is_complete() else State.OUTDATED
        return State.MISSING

    def _is_complete(self) -> bool:
        iam = self._cloud.iam
        with passing(_MISSING):
            if self._own and iam.get_role_policy(RoleName=self.name, PolicyName=_INLINE)["PolicyDocument"] != self._own:
                return False
            if self._attached and self._attached not in self._attached_ones():
                return False
            if not self._has_profile:
                return True
            profile = iam.get_instance_profile(InstanceProfileName=self.name)["InstanceProfile"]
            return any(role["RoleName"] == self.name for role in profile["Roles"])
        return False

    def _attached_ones(self) -> list[str]:
        pages = self._cloud.iam.get_paginator("list_attached_role_policies").paginate(RoleName=self.name)
        return [found["PolicyArn"] for page in pages for found in page["AttachedPolicies"]]

    def ensure(self) -> None:
        """Make it, or bring it up to date."""
        iam, trusted = self._cloud.iam, json.dumps(self._trusted)
        with passing(_THERE_ALREADY):
            iam.create_role(
                RoleName=self.name,
                AssumeRolePolicyDocument=trusted,
                Description=f"grid-jupyter: {self.purpose}",
                Tags=tag_list(),
            )
        iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=trusted)
        if self._own:
            iam.put_role_policy(RoleName=self.name, PolicyName=_INLINE, PolicyDocument=json.dumps(self._own))
        if self._attached:
            iam.attach_role_policy(RoleName=self.name, PolicyArn=self._attached)
        if self._has_profile:
            with passing(_THERE_ALREADY):
                iam.create_instance_profile(InstanceProfileName=self.name, Tags=tag_list())
            with passing("LimitExceeded"):  # it holds a role already, and one is the most
                iam.add_role_to_instance_profile(InstanceProfileName=self.name, RoleName=self.name)

    def remove(self) -> None:
        """Remove it with all that hangs on it; the role itself goes last, since by it the rest is found."""
        iam = self._cloud.iam
        if self._has_profile:
            with passing(_MISSING):
                profile = iam.get_instance_profile(InstanceProfileName=self.name)["InstanceProfile"]
                for role in profile["Roles"]:
                    iam.remove_role_from_instance_profile(InstanceProfileName=self.name, RoleName=role["RoleName"])
                iam.delete_instance_profile(InstanceProfileName=self.name)
        with passing(_MISSING):
            for arn in self._attached_ones():
                iam.detach_role_policy(RoleName=self.name, PolicyArn=arn)
            for page in iam.get_paginator("list_role_policies").paginate(RoleName=self.name):
                for policy in page["PolicyNames"]:
                    iam.delete_role_policy(RoleName=self.name, PolicyName=policy)
            iam.delete_role(RoleName=self.name)


class ServiceRole(Resource):
    """A role that AWS makes for one of its services, once an account, for whoever uses it.

    Args:
        cloud: The account.
        name: Its name.
        service: The service that it is for.
        purpose: What it is for.
    """

    kind = "service-linked role"
    shared = True

    def __init__(self, cloud: Cloud, name: str, service: str, purpose: str) -> None:
        super().__init__(cloud, name)
        self._service = service
        self.purpose = purpose

    def state(self) -> State:
        """Return how it is."""
        roles = self._cloud.iam.list_roles(PathPrefix=f"/aws-service-role/{self._service}/")["Roles"]
        return State.READY if roles else State.MISSING

    def ensure(self) -> None:
        """Let AWS make it."""
        with passing("InvalidInput", _THERE_ALREADY):  # the name "has been taken"
            self._cloud.iam.create_service_linked_role(AWSServiceName=self._service)

    def remove(self) -> None:
        """Leave it: others in the account may use it."""
