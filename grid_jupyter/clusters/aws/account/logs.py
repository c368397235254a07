"""The log group: what containers say before a trial's own log is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.clusters.aws.names import LOG_GROUP, MANAGED
from grid_jupyter.clusters.aws.refusals import passing

from .resource import Resource, State, is_ours

if TYPE_CHECKING:
    from grid_jupyter.clusters.aws.cloud import Cloud

_DAYS = 30


class LogGroupResource(Resource):
    """The log group, which forgets after a month."""

    kind = "log group"
    purpose = f"keeps what containers say at their start, for {_DAYS} days"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, LOG_GROUP)

    def _find(self) -> dict[str, Any] | None:
        groups = self._cloud.logs.describe_log_groups(logGroupNamePrefix=self.name)["logGroups"]
        return next((group for group in groups if group["logGroupName"] == self.name), None)

    def state(self) -> State:
        """Return how it is."""
        group = self._find()
        if group is None:
            return State.MISSING
        arn = group["arn"].removesuffix(":*")
        if not is_ours(self._cloud.logs.list_tags_for_resource(resourceArn=arn)["tags"]):
            return State.FOREIGN
        return State.READY if group.get("retentionInDays") else State.OUTDATED

    def ensure(self) -> None:
        """Make it, or set for how long it keeps logs."""
        with passing("ResourceAlreadyExistsException"):
            self._cloud.logs.create_log_group(logGroupName=self.name, tags=dict(MANAGED))
        self._cloud.logs.put_retention_policy(logGroupName=self.name, retentionInDays=_DAYS)

    def remove(self) -> None:
        """Remove it with the logs in it."""
        with passing("ResourceNotFoundException"):
            self._cloud.logs.delete_log_group(logGroupName=self.name)
