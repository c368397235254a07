"""Which attempt an agent is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .layout import RunKeys


@dataclass(frozen=True)
class Task:
    """One attempt of one trial.

    Attributes:
        keys: The keys of the run.
        name: What tells this attempt from all others, fit for the name of a file and for a PATH.
        attempt: The number of the attempt.
        batch: The number of the submission that it came with.
        common: What all trials of the submission have in common.
        order: The trial itself.
    """

    keys: RunKeys
    name: str
    attempt: int
    batch: int
    common: Mapping[str, Any]
    order: Mapping[str, Any]

    @property
    def trial(self) -> int:
        """The trial's index; ``layout.BUILD`` for the build actions."""
        return int(self.order["trial"])
