"""How an attempt ends."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ASKED = "asked to end"
"""Put among events when somebody asks the attempt to end."""

_KILLED = 128 + 9
_FOR_UPLOAD = 25.0
_RESERVE = 5.0
_AFTER_ASKING = 100.0


class Notice(NamedTuple):
    """The machine will be gone in so many seconds, and why."""

    seconds: float
    why: str


class Ended(NamedTuple):
    """The script has ended with this code."""

    code: int


@dataclass
class End:
    """What is known of the end.

    Attributes:
        exit_code: The script's; ``None`` where it did not run.
        out_of_memory: Whether it was killed for want of memory; ``None`` where that is not known, or was not asked.
        seconds: How long it ran.
        error: What kept the agent from running it.
        lost: Why the machine goes, if it does.
        asked: Whether somebody asked for the end.
        until: By when all must be sent, by the clock that only goes on.
    """

    exit_code: int | None = None
    out_of_memory: bool | None = None
    seconds: float | None = None
    error: str | None = None
    lost: str | None = None
    asked: bool = False
    until: float | None = None

    @property
    def ran(self) -> bool:
        """Whether the script was started."""
        return self.exit_code is not None

    @property
    def succeeded(self) -> bool:
        """Whether there is nothing more to do for the trial."""
        return self.exit_code == 0 and not self.lost and not self.asked

    @property
    def seconds_left(self) -> float:
        """For how long to try where nobody answers."""
        return PATIENCE if self.until is None else max(self.until - time.monotonic(), 1.0)

    def is_to_come(self, event: object, common: Mapping[str, Any] | None = None) -> float:
        """Take in why it is to end: ``ASKED`` or a notice; return for how many seconds the script may save."""
        common = common or {}
        if isinstance(event, Notice):
            self.lost = event.why
            self.until = time.monotonic() + max(event.seconds - _RESERVE, _RESERVE)
            return max(min(float(common.get("spot_grace", 90.0)), event.seconds - _FOR_UPLOAD), 1.0)
        self.asked = True
        grace = float(common.get("grace", 20.0))
        self.until = time.monotonic() + grace + _AFTER_ASKING
        return grace

    def has_come(self, code: int, seconds: float, kills: tuple[int | None, int | None]) -> None:
        """Take in the script's exit code, its seconds, and the kills for want of memory before and after it."""
        before, after = kills
        self.exit_code, self.seconds = code, seconds
        if code == _KILLED and before is not None and after is not None:
            self.out_of_memory = after > before

    def cannot_start(self, program: str, error: OSError, stderr: Path) -> None:
        """Take in that the command is none, with the exit code that a shell would give."""
        self.exit_code, self.seconds = (127 if error.errno == errno.ENOENT else 126), 0.0
        with stderr.open("ab") as file:
            file.write(f"{program}: {error.strerror}\n".encode())
