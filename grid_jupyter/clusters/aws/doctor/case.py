"""What a check is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grid_jupyter.clusters.aws.cloud import Cloud
    from grid_jupyter.core.machines import Machine
    from grid_jupyter.core.settings import Settings


@dataclass(frozen=True)
class Case:
    """What is looked at.

    Attributes:
        cloud: The account.
        settings: The user's settings.
        cluster: The cluster's name in them.
        credential: What ``--credential`` says.
        machine: The machine that is wanted, or the usual one.
        spot: Whether it is wanted as an interruptible one.
        chosen: Whether the user has named the machine.
    """

    cloud: Cloud
    settings: Settings
    cluster: str
    credential: str | None
    machine: Machine
    spot: bool
    chosen: bool
