"""Runs in plain text: what terminals, pipes and saved notebooks read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from . import units
from .states import RunState, TrialState
from .view import RunView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .run import Run
    from .store import TrialRow
    from .summary import RunSummary

DONE_FIRST = (
    TrialState.SUCCEEDED, TrialState.PRUNED, TrialState.STOPPED, TrialState.FAILED, TrialState.INTERRUPTED,
    TrialState.RUNNING, TrialState.STARTING, TrialState.QUEUED,
)  # fmt: skip
"""The order in which states are counted and drawn."""

SIGNS: Mapping[str, str] = {
    "queued": "○", "starting": "◐", "running": "▶", "succeeded": "✓", "failed": "✗", "stopped": "■", "pruned": "⊖",
    "interrupted": "↯", "paused": "‖",
}  # fmt: skip
PLAIN_SIGNS: Mapping[str, str] = {
    "queued": "wait", "starting": "run", "running": "run", "succeeded": "ok", "failed": "fail", "stopped": "stop",
    "pruned": "cut", "interrupted": "intr", "paused": "hold",
}  # fmt: skip

LISTED = 1000
"""How many trials a report lists."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return aligned columns, two blanks apart; ``right`` names the columns that are aligned to the right."""
    lines = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    to_right = set(right)
    cells = [
        [text.rjust(width) if column in to_right else text.ljust(width)
         for column, (text, width) in enumerate(zip(line, widths, strict=True))]
        for line in lines
    ]  # fmt: skip
    return "\n".join("  ".join(line).rstrip() for line in cells)


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 trial``, ``12,480 trials``."""
    return f"{units.format_count(number)} {noun}{'' if number == 1 else 's'}"


def launched_line(trials: int, place: str) -> str:
    """Return the one line that says what was launched, without anything that changes from run to run."""
    return f"{count(trials, 'trial')} on {place}"


def runs_table(summaries: Sequence[RunSummary], now: float | None = None) -> str:
    """Return a table of runs, one line each."""
    now = time.time() if now is None else now
    rows = [
        [
            summary.run,
            str(summary.state),
            f"{summary.ended_trials:,} of {summary.trials:,}",
            str(summary.counts.get(TrialState.FAILED, 0) or ""),
            units.format_when(summary.created, now),
            summary.reason or "",
        ]
        for summary in summaries
    ]
    return table(["run", "state", "ended", "failed", "created", "reason"], rows, right=(2, 3))


def sentence(summary: RunSummary) -> str:
    """Return a run's state in one line that can be read aloud."""
    parts = [f"{summary.ended_trials:,} of {summary.trials:,} ended"]
    parts += [
        f"{summary.counts[state]:,} {state}"
        for state in TrialState
        if state.ended and state is not TrialState.SUCCEEDED and summary.counts.get(state)
    ]
    for state in (TrialState.STARTING, TrialState.RUNNING):
        if number := summary.counts.get(state, 0):
            parts.append(f"{number:,} {state}")
    return " · ".join(parts)


def time_left(summary: RunSummary, durations: Sequence[float], at_once: int, *, sooner: bool = False) -> str | None:
    """Return how long a run will still take, in words, once three trials have ended; ``None`` where it has ended.

    The median duration of ended trials × trials to go ÷ trials at once; a range where durations vary twofold,
    and what it takes at most where a budget or a search may end it before (``sooner``).
    """
    import statistics

    to_go = summary.trials - summary.ended_trials
    if summary.state is not RunState.RUNNING or not to_go:
        return None
    if len(durations) < 3:
        return "time left after 3 trials" if summary.trials > 3 else None
    rounds = max(1.0, to_go / max(1, at_once))
    low, middle, high = (statistics.quantiles(durations, n=10)[place] for place in (1, 4, 7))
    if summary.account and summary.account.budget:
        most = min(high * rounds, summary.account.lasts(at_once))
        return f"at most {units.format_time_left(most)} left"
    if sooner:
        return f"at most {units.format_time_left(high * rounds)} left"
    if high > 2 * low > 0 and units.format_time_left(low * rounds) != units.format_time_left(high * rounds):
        return f"{units.format_time_left(low * rounds)} to {units.format_time_left(high * rounds)} left"
    return f"about {units.format_time_left(middle * rounds)} left"


def run_text(run: Run) -> str:
    """Return a run as ``status RUN`` shows it: its trials are counted, not listed."""
    summary = run.summary()
    lines = [f"{run.name}  {summary.state}", " · ".join(filter(None, [sentence(summary), summary.spent]))]
    if summary.reason:
        lines.append(summary.reason)
    lines += summary.notes
    if leader := RunView(run).leader:
        lines.append(f"best {leader.metric} {units.format_metric(leader.value)}, trial {leader.row.trial}")
    lines.append(f"grid results {run.name} lists the trials.")
    return "\n".join(lines)


def trials_table(run: Run, rows: Sequence[TrialRow]) -> str:
    """Return a table of trials with the parameters that vary and the last metrics."""
    launch = run.launch
    labels = [axis.label for axis in launch.space.varying]
    metrics = list(dict.fromkeys(name for row in rows for name in row.metrics))
    body = []
    for row in rows:
        params = launch.params(row.trial)
        body.append(
            [
                str(row.trial),
                str(row.state),
                *(params.get(label, "") for label in labels),
                *(units.format_metric(row.metrics[name]) if name in row.metrics else "" for name in metrics),
                units.format_duration(row.duration) if row.duration is not None else "",
                row.reason or "",
            ]
        )
    heads = ["trial", "state", *labels, *metrics, "duration", "reason"]
    numeric = range(2 + len(labels), 2 + len(labels) + len(metrics) + 1)
    return table(heads, body, right=(0, *numeric))


def counts_line(summary: RunSummary) -> str:
    """Return how many trials ended how, without anything that changes from run to run."""
    return ", ".join(f"{summary.counts[state]:,} {state}" for state in DONE_FIRST if summary.counts.get(state))


def stable_report(run: Run) -> str:
    """Return the end of a run in words that are the same each time: no names, times, ids or metrics."""
    summary = run.summary()
    lines = [counts_line(summary)]
    if summary.state is RunState.PAUSED and summary.reason:
        lines.append(f"Paused: {summary.reason}")
    launch = run.launch
    labels = [axis.label for axis in launch.space.varying]
    rows, started = run.first_started(LISTED)
    for row in rows:
        params = launch.params(row.trial)
        told = " ".join(f"{label}={params[label]}" for label in labels if label in params)
        lines.append("  ".join(part for part in (str(row.trial), told, str(row.state), row.reason or "") if part))
    if more := started - len(rows):
        lines.append(f"and {more:,} more")
    if never := summary.trials - started:
        lines.append(f"{count(never, 'trial')} never started")
    return "\n".join(lines)


def artifacts_table(files: Sequence[tuple[int, str, int]]) -> str:
    """Return a table of ``(trial, path, bytes)``, and how many files of how many bytes they are."""
    rows = [[str(trial), path, units.format_bytes(size)] for trial, path, size in files]
    total = units.format_bytes(sum(size for _, _, size in files))
    return f"{table(['trial', 'path', 'size'], rows, right=(0, 2))}\n{count(len(files), 'file')}, {total}"
