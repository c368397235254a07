"""Attempts of a trial that ended, and after which it went on."""

from __future__ import annotations

from dataclasses import dataclass

from .units import format_duration


@dataclass(frozen=True)
class Attempt:
    """An attempt that ended, and after which its trial goes on. Times are UTC seconds.

    Attributes:
        number: Which one, from 1.
        reason: Why it ended.
        started: When its script did; ``None`` where that never ran.
    """

    number: int
    reason: str | None
    started: float | None
    ended: float | None

    @property
    def duration(self) -> float:
        """Seconds for which its script ran."""
        return 0.0 if self.started is None or self.ended is None else max(0.0, self.ended - self.started)

    @property
    def told(self) -> str:
        """How long it took and why it ended, in words."""
        return " · ".join(filter(None, [format_duration(self.duration), self.reason]))
