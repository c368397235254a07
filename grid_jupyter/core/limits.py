"""The limits of a run that can be changed while it exists."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGEABLE = ("parallel", "retries", "max_time", "budget")
"""The limits that ``grid resume`` takes, by the flags' names."""


@dataclass(frozen=True)
class Limits:
    """What bounds a run.

    Attributes:
        fits: How many trials the cluster has room for at once.
        parallel: How many at once were asked for; ``None`` for as many as fit.
        retries: How often a failed trial is tried again.
        max_time: Seconds that one attempt may take; ``None`` for no limit.
        auto_resume: Whether an interrupted trial is queued again.
        budget: What the whole run may use, as it was typed; ``None`` for no limit.
    """

    fits: int
    parallel: int | None = None
    retries: int = 0
    max_time: float | None = None
    auto_resume: bool = True
    budget: str | None = None

    @property
    def at_once(self) -> int:
        """How many trials run at once."""
        return min(self.fits, self.parallel or self.fits)

    def changed(self, limits: Mapping[str, Any]) -> Limits:
        """Return these limits with the given ones in place, by the flags' names."""
        return replace(self, **{name: limits[name] for name in CHANGEABLE if name in limits})

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, for the store."""
        return asdict(self)
