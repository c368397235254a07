"""What a run needs of its user: why it does not go on, and the command that makes it go on."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .states import RunState, TrialState
from .text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .summary import RunSummary


@dataclass(frozen=True)
class Advice:
    """The banner of a run.

    Attributes:
        kind: ``paused``, ``failing`` where the first trials' failures hold it, ``interrupted``, ``unwatched``, or
            ``queued`` where nothing need be done.
        text: The reason, and how many trials wait and run, in sentences.
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
    if summary.state in {RunState.QUEUED, RunState.RUNNING} and not summary.unwatched and not _paused(summary):
        return Advice("queued", _sentences(summary, summary.reason), None)
    # With what it takes to go on, such as a larger budget.
    run = re.escape(summary.run)
    named = re.findall(rf"grid resume {run}(?: --\w+ \S+)*", summary.reason)
    command = named[-1] if named else f"grid resume {summary.run}"
    words = shlex.split(command)[3:]
    limits = {flag.lstrip("-"): value for flag, value in zip(words[::2], words[1::2], strict=False)}
    # The command stands beside it.
    reason = re.split(rf"[:;,] grid \w+ {run}\b", summary.reason)[0]
    return Advice(_kind(summary, reason), _sentences(summary, reason), command, limits)


def _kind(summary: RunSummary, reason: str) -> str:
    if summary.unwatched:
        return "unwatched"
    if not _paused(summary):
        return str(summary.state)
    return "failing" if reason.startswith(("the smoke trial failed", "the first ")) else "paused"


def _paused(summary: RunSummary) -> bool:
    return not summary.unwatched and (summary.state is RunState.PAUSED or summary.held > 0)


def _sentences(summary: RunSummary, reason: str) -> str:
    if not _paused(summary):
        return f"{reason[0].upper()}{reason[1:]}."
    told = f"Paused{reason.removeprefix('paused')}." if reason.startswith("paused") else f"Paused: {reason}."
    waiting = summary.counts.get(TrialState.QUEUED, 0)
    running = sum(number for state, number in summary.counts.items() if state.active)
    return f"{told} {count(waiting, 'trial')} {_verb('wait', waiting)}, {running:,} {_verb('run', running)}."


def _verb(word: str, number: int) -> str:
    return f"{word}s" if number == 1 else word
