"""What a run needs of its user: why it does not go on, and the command that makes it go on."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .states import RunState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .summary import RunSummary


@dataclass(frozen=True)
class Advice:
    """The banner of a run.

    Attributes:
        kind: ``paused``, ``interrupted``, ``unwatched``, or ``queued`` where nothing need be done.
        text: The reason, as a sentence.
        command: What carries on, with the limits that must change; ``None`` where the run goes on by itself.
        limits: Those limits, by the flags' names.
    """

    kind: str
    text: str
    command: str | None
    limits: Mapping[str, str] = field(default_factory=dict)


def advice(summary: RunSummary) -> Advice | None:
    """Return what there is to tell of a run that does not go on as it should; ``None`` where all is well, or over."""
    if not summary.reason or (summary.state.ended and summary.state is not RunState.INTERRUPTED):
        return None
    paused = summary.state is RunState.PAUSED or summary.held > 0
    kind = "unwatched" if summary.unwatched else "paused" if paused else str(summary.state)
    text = summary.reason
    if paused:
        text = f"Paused{text.removeprefix('paused')}" if text.startswith("paused") else f"Paused: {text}"
    if summary.state is RunState.QUEUED and not summary.unwatched:
        return Advice(kind, text, None)
    # With what it takes to go on, such as a larger budget.
    named = re.findall(rf"grid resume {re.escape(summary.run)}(?: --\w+ \S+)*", summary.reason)
    command = named[-1] if named else f"grid resume {summary.run}"
    words = shlex.split(command)[3:]
    return Advice(
        kind, text, command, {flag.lstrip("-"): value for flag, value in zip(words[::2], words[1::2], strict=False)}
    )
