"""What a doctor finds when it looks whether runs can work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from .text import count

if TYPE_CHECKING:
    from collections.abc import Sequence


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


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
