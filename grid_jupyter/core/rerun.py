"""Which trials of a run are to run again from scratch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError, RunError

from .requests import Request
from .results import COUNTS_AS_RESULT
from .states import RunState, TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .requests import Only
    from .run import Run
    from .summary import RunSummary


@dataclass(frozen=True)
class Rerun:
    """What runs again.

    Attributes:
        request: What the watcher is asked for.
        trials: How many trials run again.
        replaced: How many of them hold a good result.
        released: How many other trials go on because a pause is lifted.
    """

    request: Request
    trials: int
    replaced: int
    released: int


def states_taken(only: Only | None, *, held: bool) -> tuple[TrialState, ...]:
    """Return the states of the trials that run again; ``held`` says whether the run is paused."""
    if only == "failed":
        return (TrialState.FAILED,)
    if only == "missing":
        return (TrialState.STOPPED, TrialState.INTERRUPTED, *([TrialState.QUEUED] if held else []))
    return tuple(state for state in TrialState if not state.active)


def plan_rerun(run: Run, trials: Sequence[int] = (), *, failed: bool = False, missing: bool = False) -> Rerun:
    """Return what is to run again: the failed trials, the missing ones, those with these numbers, or else all.

    Raises:
        CommandError: More than one of the three is asked for, or a number is out of range.
        RunError: A trial is running or waits already, or nothing is to run again.
    """
    if failed + missing + bool(trials) > 1:
        raise CommandError("--failed, --missing and trial numbers exclude each other; keep one")
    summary = run.summary()
    if trials:
        return _named(run, summary, sorted(set(trials)))
    if failed or missing:
        return _some(summary, "failed" if failed else "missing")
    return _all(summary)


def _named(run: Run, summary: RunSummary, trials: Sequence[int]) -> Rerun:
    if wrong := [number for number in trials if not 0 <= number < len(run)]:
        raise CommandError(f"trial {wrong[0]}: {run.name} has trials 0 to {len(run) - 1}")
    states = [run[number].state for number in trials]
    for number, state in zip(trials, states, strict=True):
        if state.active and summary.state is RunState.RUNNING:
            raise RunError(f"{run.name}/{number} is running; wait for its end, or grid stop {run.name}/{number} first")
        if state is TrialState.QUEUED and not summary.held:
            raise RunError(f"{run.name}/{number} waits to run already")
    held = sum(state is TrialState.QUEUED for state in states)
    replaced = sum(state in COUNTS_AS_RESULT for state in states)
    return Rerun(Request("rerun", tuple(trials)), len(trials), replaced, summary.held - held)


def _some(summary: RunSummary, only: Only) -> Rerun:
    taken = states_taken(only, held=summary.held > 0)
    number = sum(summary.counts.get(state, 0) for state in taken)
    if not number:
        why = "failed" if only == "failed" else "was stopped, cut off or is held"
        raise RunError(f"no trial of {summary.run} {why}; there is nothing to run again")
    released = 0 if TrialState.QUEUED in taken else summary.held
    return Rerun(Request("rerun", only=only), number, 0, released)


def _all(summary: RunSummary) -> Rerun:
    if running := sum(number for state, number in summary.counts.items() if state.active):
        raise RunError(
            f"{running:,} of {summary.trials:,} trials of {summary.run} are running; wait for their end, "
            f"grid stop {summary.run} first, or say which trials: --failed, --missing or their numbers"
        )
    if not summary.ended_trials and not summary.held:
        raise RunError(f"no trial of {summary.run} has run yet; there is nothing to run again")
    replaced = sum(summary.counts.get(state, 0) for state in COUNTS_AS_RESULT)
    return Rerun(Request("rerun"), summary.trials, replaced, 0)
