"""Whether runs can work in an account: one check after another, each with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.clusters.aws.placement import DEFAULT_MACHINE
from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.finding import Finding, Level
from grid_jupyter.core.machines import load_catalogue
from grid_jupyter.errors import GridError

from .account import check_identity, check_orphans, check_quotas, check_setup
from .case import Case
from .live import try_one
from .machines import check_image, check_network, check_prices
from .permissions import check_permissions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grid_jupyter.clusters.aws.cloud import Cloud
    from grid_jupyter.core.settings import Settings

__all__ = ["examine", "try_one"]

_CHECKS: tuple[tuple[str, Callable[[Case], Iterable[Finding]]], ...] = (
    ("identity", check_identity),
    ("permissions", check_permissions),
    ("set-up", check_setup),
    ("quota", check_quotas),
    ("network", check_network),
    ("image", check_image),
    ("prices", check_prices),
    ("orphans", check_orphans),
)


def examine(
    cloud: Cloud,
    settings: Settings,
    *,
    cluster: str = "aws",
    credential: str | None = None,
    instance_type: str | None = None,
    spot: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Finding]:
    """Return what was found; a check that cannot be made is a finding too.

    Args:
        cloud: The account.
        settings: The user's settings.
        cluster: The cluster's name in them.
        credential: What ``--credential`` says.
        instance_type: The machine that the user wants; ``None`` for any.
        spot: Whether it is wanted as an interruptible one.
        tell: Shows what is being looked at.

    Raises:
        CommandError: There is no such machine.
    """
    machine = load_catalogue().find(instance_type or DEFAULT_MACHINE).machine
    case = Case(cloud, settings, cluster, credential, machine, spot=spot, chosen=instance_type is not None)
    findings: list[Finding] = []
    for name, check in _CHECKS:
        tell(f"Looking at the {name}")
        try:
            with told_plainly():
                findings += check(case)
        except GridError as error:
            findings.append(Finding(name, Level.PROBLEM, str(error)))
            if name == "identity":
                break  # nothing else can be asked
    return findings
