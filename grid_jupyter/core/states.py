"""The states of trials and runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class TrialState(StrEnum):
    """Where one trial stands."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    PRUNED = "pruned"
    INTERRUPTED = "interrupted"

    @property
    def active(self) -> bool:
        """Whether a process of it may be alive."""
        return self in {TrialState.STARTING, TrialState.RUNNING}

    @property
    def ended(self) -> bool:
        """Whether it holds a result and will not go on by itself."""
        return not self.active and self is not TrialState.QUEUED


class RunState(StrEnum):
    """Where a whole run stands, told from its trials."""

    RUNNING = "running"
    PAUSED = "paused"
    QUEUED = "queued"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    STOPPED = "stopped"
    SUCCEEDED = "succeeded"

    @property
    def ended(self) -> bool:
        """Whether no trial is running or waiting to run."""
        return self not in {RunState.RUNNING, RunState.PAUSED, RunState.QUEUED}


Counts = Mapping[TrialState, int]


def run_state(counts: Counts, *, paused: bool) -> RunState:
    """Return the first state of a run that fits the counts of its trials."""

    def any_of(*states: TrialState) -> bool:
        return any(counts.get(state, 0) for state in states)

    if any_of(TrialState.STARTING, TrialState.RUNNING):
        return RunState.RUNNING
    if any_of(TrialState.QUEUED):
        return RunState.PAUSED if paused else RunState.QUEUED
    for trial, run in (
        (TrialState.INTERRUPTED, RunState.INTERRUPTED),
        (TrialState.FAILED, RunState.FAILED),
        (TrialState.STOPPED, RunState.STOPPED),
    ):
        if any_of(trial):
            return run
    return RunState.SUCCEEDED
