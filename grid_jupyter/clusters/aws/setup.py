"""Making what trials need in an account, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly

from .account import Wishes, resources
from .account.resource import Resource, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.settings import Settings

    from .cloud import Cloud

_DONE = {State.MISSING: "created", State.OUTDATED: "brought up to date", State.READY: "there"}
_TO_DO = {State.MISSING: "to create", State.OUTDATED: "to bring up to date", State.READY: "there"}


@dataclass(frozen=True)
class Survey:
    """An account as it was found.

    Attributes:
        account: Its number.
        region: The region's name.
        found: What it needs, each with how it is.
    """

    account: str
    region: str
    found: Sequence[tuple[Resource, State]]

    @property
    def to_do(self) -> list[Resource]:
        """What is missing, or not as it should be."""
        return [resource for resource, state in self.found if state in (State.MISSING, State.OUTDATED)]

    def to_json(self, *, done: bool) -> dict[str, Any]:
        """Return it as ``--format json`` shows it."""
        words = _DONE if done else _TO_DO
        listed = [{"kind": one.kind, "name": one.name, "state": words[state]} for one, state in self.found]
        return {"account": self.account, "region": self.region, "resources": listed}

    def text(self, *, done: bool) -> str:
        """Return it as a table."""
        words = _DONE if done else _TO_DO
        rows = [(words[state], one.label, one.purpose) for one, state in self.found]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines = [f"{state:<{widths[0]}}  {label:<{widths[1]}}  {purpose}" for state, label, purpose in rows]
        return "\n".join([f"AWS account {self.account}, region {self.region}", "", *lines])


@told_plainly()
def survey(cloud: Cloud, wishes: Wishes | None = None) -> Survey:
    """Return what an account needs and what of it is there; nothing is changed.

    Raises:
        CommandError: Something else has the name of a thing of ours, or there is no network.
        CredentialError: The credential may not look.
    """
    wishes = wishes or Wishes()
    found = [(resource, resource.state()) for resource in resources(cloud, wishes)]
    for resource, state in found:
        if state is State.FOREIGN:
            raise resource.refusal()
    return Survey(cloud.account, cloud.region, found)


@told_plainly()
def make(found: Survey, tell: Callable[[str], None] = lambda _: None) -> None:
    """Make what was found missing, and bring up to date what was not as it should be.

    Cut off at any point, and done again with a new survey, it ends the same.

    Args:
        found: What ``survey`` gave.
        tell: Shows what is being done.

    Raises:
        CommandError: The bucket's name is taken by somebody else.
        CredentialError: The credential may not do it.
    """
    for resource in found.to_do:
        tell(f"Making the {resource.label}")
        resource.ensure()


def secrets_in(settings: Settings, region: str) -> list[str]:
    """Return the ARNs of all secrets of a region that the settings name for AWS clusters."""
    from .options import read_options

    names = [name for name in settings.clusters if settings.cluster_type(name) == "aws"]
    arns = {arn for name in names for arn in read_options(settings, name).secrets.values()}
    return sorted(arn for arn in arns if arn.split(":")[3] == region)
