"""A run in a few numbers, as lists and programs show it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .budget import Account
from .requests import pending_verbs
from .states import RunState, TrialState, run_state
from .tracking.note import read_note
from .watching import has_restarted, watcher_lives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .home import RunFolder
    from .store import Store, TrialRow


@dataclass(frozen=True)
class RunSummary:
    """What ``status`` and ``history`` tell of a run. Times are UTC seconds.

    Attributes:
        reason: Why it is held, waits, or did not succeed.
        held: How many trials wait because the run is paused.
        asked: Whether something was asked of it that has not been done yet.
        unwatched: Whether it has not ended and its watcher was lost.
        notes: What the user should know about how its trials are run.
        account: What it has used of machines, and may use; ``None`` where it could not be read.
    """

    run: str
    state: RunState
    reason: str | None
    cluster: str
    created: float
    trials: int
    counts: Mapping[TrialState, int] = field(default_factory=dict)
    held: int = 0
    asked: bool = False
    unwatched: bool = False
    notes: tuple[str, ...] = ()
    account: Account | None = None

    @property
    def ended_trials(self) -> int:
        """How many trials have ended."""
        return sum(number for state, number in self.counts.items() if state.ended)

    @property
    def spent(self) -> str | None:
        """What it has used of its budget, or spent, in words; ``None`` where nobody wants to know."""
        return self.account.told if self.account else None

    @property
    def over(self) -> bool:
        """Whether there is nothing to wait for: it has ended or is held, and nothing else was asked of it."""
        return (self.state.ended or self.state is RunState.PAUSED) and not self.asked

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``--format json`` prints."""
        return {
            "run": self.run,
            "state": str(self.state),
            "reason": self.reason,
            "cluster": self.cluster,
            "created": self.created,
            "counts": {str(state): number for state, number in self.counts.items()},
            "trials": self.trials,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunSummary:
        """Make it again from what ``to_json`` gave."""
        counts = {TrialState(state): number for state, number in data["counts"].items()}
        known = {"state": RunState(data["state"]), "counts": counts, "notes": tuple(data["notes"])}
        return cls(**{**data, **known})

    @classmethod
    def broken(cls, name: str, reason: str) -> RunSummary:
        """Stand for a run whose database cannot be read."""
        return cls(name, RunState.INTERRUPTED, reason, "", 0.0, 0)


def summarise(folder: RunFolder, store: Store) -> RunSummary:
    """Tell a run from its database, and from whether its watcher lives."""
    # Asked before the counts: a run that ends in between has ended, and is not left alone.
    watched = watcher_lives(folder)
    # And so is this: a request that is taken in between has changed the counts, or is still seen.
    asked = pending_verbs(folder)
    paused: str | None = store.fact("paused")
    trials: int = store.fact("trials")
    counts = _all_counts(store.counts(), trials)
    state = run_state(counts, paused=paused is not None)
    if (state.ended or state is RunState.PAUSED) and asked & {"resume", "rerun"}:
        state, paused = RunState.QUEUED, None
    summary = RunSummary(
        folder.name, state, None, store.fact("cluster"), store.fact("created"), trials, counts,
        held=counts.get(TrialState.QUEUED, 0) if paused else 0, asked=bool(asked),
        notes=_notes(folder, store), account=Account.read(store),
    )  # fmt: skip
    if not summary.over and not watched:
        return _abandoned(folder, store, summary)
    return replace(summary, reason=paused if summary.held else _reason(store, summary))


def _notes(folder: RunFolder, store: Store) -> tuple[str, ...]:
    note = read_note(folder)
    return (*(store.fact("notes") or ()), *(store.fact("search_notes") or ()), *([note] if note else []))


def as_told(row: TrialRow, summary: RunSummary) -> TrialRow:
    """Return a trial as its run tells of it: one that was cut off by a restart of the machine no longer runs."""
    cut = row.state.active and summary.state is RunState.INTERRUPTED
    return replace(row, state=TrialState.INTERRUPTED) if cut else row


def _all_counts(rows: Mapping[TrialState, int], trials: int) -> dict[TrialState, int]:
    """Add the queued trials, which have no row before they start."""
    queued = rows.get(TrialState.QUEUED, 0) + trials - sum(rows.values())
    counts = {state: queued if state is TrialState.QUEUED else rows.get(state, 0) for state in TrialState}
    return {state: number for state, number in counts.items() if number}


STARTING_TIME = 5.0
"""Seconds within which a run without a watcher may still be getting one."""


def _abandoned(folder: RunFolder, store: Store, summary: RunSummary) -> RunSummary:
    """Judge a run that has not ended and has no watcher."""
    since = folder.watcher_lock.stat().st_mtime if folder.watcher_lock.exists() else summary.created
    if 0 <= time.time() - since < STARTING_TIME:  # clocks may jump
        return summary
    advice = f"grid resume {folder.name} carries on"
    # On machines of a cloud trials go on, whatever becomes of this one.
    if not has_restarted(folder) or store.fact("launch")["instance_type"]:
        return replace(summary, reason=f"nothing watches over this run any more: {advice}", unwatched=True)
    cut = sum(number for state, number in summary.counts.items() if state.active)
    waiting = summary.counts.get(TrialState.QUEUED, 0)
    counts = {state: number for state, number in summary.counts.items() if not state.active}
    if cut:
        counts[TrialState.INTERRUPTED] = counts.get(TrialState.INTERRUPTED, 0) + cut
    reason = f"this machine restarted while {cut} ran and {waiting} waited: {advice}"
    return replace(summary, state=RunState.INTERRUPTED, reason=reason, counts=counts)


def _reason(store: Store, summary: RunSummary) -> str | None:
    """Why no trial runs, or the reason of the first trial that gave the run its state."""
    state = summary.state
    if state is RunState.QUEUED:
        waiting: str | None = store.fact("waiting")
        return waiting
    if state is RunState.RUNNING and not summary.counts.get(TrialState.RUNNING):
        starting = store.trials([TrialState.STARTING], limit=1)
        return starting[0].reason if starting else None
    if state in {RunState.RUNNING, RunState.SUCCEEDED}:
        return None
    rows = store.trials([TrialState(str(state))], limit=1)
    return f"trial {rows[0].trial}: {rows[0].reason}" if rows else None
