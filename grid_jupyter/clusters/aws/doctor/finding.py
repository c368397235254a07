"""What a check is given, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from grid_jupyter.core.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.clusters.aws.cloud import Cloud
    from grid_jupyter.core.machines import Machine
    from grid_jupyter.core.settings import Settings


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Case:
    """What is looked at.

    Attributes:
        cloud: The account.
        settings: The user's settings.
        credential: What ``--credential`` says.
        machine: The machine that is wanted, or the usual one.
        spot: Whether it is wanted as an interruptible one.
        chosen: Whether the user has named the machine.
    """

    cloud: Cloud
    settings: Settings
    credential: str | None
    machine: Machine
    spot: bool
    chosen: bool


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        check: What was looked at.
        level: How bad it is.
        told: What is so, and what to do about it.
    """

    check: str
    level: Level
    told: str

    def to_json(self) -> dict[str, str]:
        """Return it as ``--format json`` shows it."""
        return {"check": self.check, "level": self.level.value, "told": self.told}


def findings_text(findings: Sequence[Finding]) -> str:
    """Return findings as a table, with how many there are that need a person."""
    width = max(len(finding.check) for finding in findings)
    lines = [f"{one.level.value:<7}  {one.check:<{width}}  {one.told}" for one in findings]
    levels = [finding.level for finding in findings]
    problems, warnings = levels.count(Level.PROBLEM), levels.count(Level.WARNING)
    if not problems and not warnings:
        return "\n".join([*lines, "", "All is well."])
    return "\n".join([*lines, "", f"{count(problems, 'problem')}, {count(warnings, 'warning')}."])
