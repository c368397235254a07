"""What the lines of ``works.py`` tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Told:
    """One attempt, told by itself. Times are UTC seconds of its machine.

    Attributes:
        tokens: A word for each process that has run it.
        checkpoint: What it found: ``none``, ``whole`` or ``broken``.
        identity: The trial's ``GRID_EXPERIMENT_ID``.
        child: What has become of the child of an earlier attempt: ``ended``, ``alive`` or ``elsewhere``.
        ticks: The numbers that it counted while it worked.
        after: How many of these came after it was asked to end.
    """

    tokens: list[str] = field(default_factory=list)
    checkpoint: str | None = None
    identity: str | None = None
    child: str | None = None
    began: float | None = None
    asked: float | None = None
    ended: float | None = None
    ticks: list[int] = field(default_factory=list)
    after: int = 0

    @property
    def whole(self) -> bool:
        """Whether one process told all of it, in order and without a gap."""
        return len(self.tokens) == 1 and self.ticks == list(range(len(self.ticks)))


def told(lines: Sequence[str]) -> Told:
    """Read the lines of one attempt."""
    made = Told()
    for line in lines:
        match line.split():
            case ["begin", token, time, identity, "checkpoint", found]:
                made.tokens.append(token)
                made.began, made.identity, made.checkpoint = float(time), identity, found
            case ["child", what]:
                made.child = what
            case ["tick", number]:
                made.ticks.append(int(number))
                made.after += made.asked is not None
            case ["asked", time]:
                made.asked = float(time)
            case ["end", time]:
                made.ended = float(time)
            case _:
                raise AssertionError(f"no line of the script: {line!r}")
    return made
