"""What holds a run before it costs more than it has to: its budget, a smoke trial, the same error again and again.

A guard gives its word to hold the run, and why; the watcher does it. What a guard knows is in the store, where the
next watcher finds it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from grid_jupyter.core.budget import Account, total
from grid_jupyter.core.results import COUNTS_AS_RESULT
from grid_jupyter.core.states import TrialState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.cluster import Ended
    from grid_jupyter.core.limits import Limits
    from grid_jupyter.core.store import Store, TrialRow

    from .books import Books

STOPPED = "stopped by you"
"""The reason of a trial that was stopped on purpose, which says nothing about the others."""

HELD = "ended to save: the budget is spent"
"""The reason of a trial that goes on from its checkpoint when the budget is raised."""

FEWEST_ALIKE = 3
"""How many trials fail alike, at least, before the run is held."""

BEAT = 2.0
"""Seconds between two notes of what running trials have used so far."""

BUDGET, SMOKE, ALIKE = "budget", "smoke", "alike"


class Hold(NamedTuple):
    """A guard's word to hold the run."""

    guard: str
    reason: str


class Guards:
    """All guards of one run.

    Args:
        store: The run's store.
        books: What brings the account into it.
        smoke: Whether one trial is to succeed before the others start.
    """

    def __init__(self, store: Store, books: Books, *, smoke: bool) -> None:
        self._run = store.folder.name
        self._meter = _Meter(store, books)
        self._first = _FirstTrials(store, smoke=smoke)

    @property
    def smoke(self) -> bool:
        """Whether a single trial is to succeed first."""
        return SMOKE in self._first.on

    def learn(self, limits: Limits) -> None:
        """Look anew at the limits and the trials, after one of them was changed."""
        self._meter.learn(limits)
        self._first.learn(limits)

    def look(self, started: Mapping[int, float]) -> Hold | None:
        """Return the budget's word; ``started`` tells since when trials run, by the clock that only goes on."""
        account = self._meter.read(started)
        if account is None or not account.over:
            return None
        return Hold(BUDGET, f"{account.over}: grid resume {self._run} --budget {account.more} carries on")

    def ended(self, row: TrialRow, end: Ended, age: float) -> Hold | None:
        """Take in the end of an attempt that went on for ``age`` seconds; return what is to be done about it."""
        self._meter.ended(end, age)
        return self._first.ended(row)

    def overruled(self) -> None:
        """Switch off the guard that holds the run, if one does: the user says to go on."""
        self._first.overruled()


class _Meter:
    """Keeps the account of a run: of attempts that ended together with their ends, so that each counts once."""

    def __init__(self, store: Store, books: Books) -> None:
        self._store = store
        self._books = books
        spend = store.fact("spend") or {"ended": 0.0, "running": {}}
        self._ended: float = spend["ended"]
        self._running: dict[int, float] = {int(trial): used for trial, used in spend["running"].items()}
        self._next = 0.0

    def learn(self, limits: Limits) -> None:
        account = Account.read(self._store)
        self._tariff, self._budget = account.tariff, limits.budget
        self._wanted = self._budget is not None or self._tariff.price is not None
        self._share = account.tariff.share(min(limits.at_once, self._store.fact("trials")))

    def read(self, started: Mapping[int, float]) -> Account | None:
        """Return the account as of now, where anybody wants to know it."""
        if not self._wanted:
            return None
        now = time.monotonic()
        self._running = {trial: (now - since) * self._share for trial, since in started.items()}
        if now >= self._next:
            self._next = now + BEAT
            self._note()
        return Account(self._tariff, self._budget, total(self._spend))

    def ended(self, end: Ended, age: float) -> None:
        noted = self._running.pop(end.trial, 0.0)
        # Where the machine was restarted nobody knows how long it took, but what was noted last.
        self._ended += noted if end.rests else (age if end.seconds is None else end.seconds) * self._share
        self._note()

    @property
    def _spend(self) -> dict[str, Any]:
        return {"ended": self._ended, "running": dict(self._running)}

    def _note(self) -> None:
        self._books.note({"spend": self._spend})


class _FirstTrials:
    """The guards that look at the first ends, and are off once a trial has succeeded.

    Attributes:
        on: Those that are on.
    """

    def __init__(self, store: Store, *, smoke: bool) -> None:
        self._store = store
        self._chosen = {SMOKE, ALIKE} if smoke else {ALIKE}
        self.on: set[str] = set()

    def learn(self, limits: Limits) -> None:
        counts = self._store.counts()
        proven = any(counts.get(state) for state in COUNTS_AS_RESULT)
        self.on = set() if proven else self._chosen - set(self._store.fact("guards_off") or ())
        self._enough = max(FEWEST_ALIKE, limits.at_once)
        self._errors = [self._error(row) for row in self._store.trials([TrialState.FAILED], limit=self._enough)]

    def ended(self, row: TrialRow) -> Hold | None:
        if row.state in COUNTS_AS_RESULT:
            self.on.clear()
        if not self.on or row.state not in {TrialState.FAILED, TrialState.STOPPED} or row.reason == STOPPED:
            return None
        run = self._store.folder.name
        if SMOKE in self.on:
            told = f"the smoke trial failed: trial {row.trial}: {row.reason}"
            return Hold(SMOKE, f"{told}: grid rerun {run} {row.trial} tries again, grid resume {run} runs all")
        if row.state is TrialState.FAILED:
            self._errors.append(self._error(row))
            number = len(self._errors)
            if len(set(self._errors)) > 1:
                self.on.clear()
            elif number >= self._enough:
                told = f"the first {number} trials failed with the same error: {row.reason}"
                return Hold(ALIKE, f"{told}: grid resume {run} carries on")
        return None

    def _error(self, row: TrialRow) -> str:
        """Why a trial failed, without its own folder's name."""
        return (row.reason or "").replace(str(self._store.folder.trial(row.trial).path), "…")

    def overruled(self) -> None:
        guard = self._store.fact("guard")
        if guard in self._chosen:
            off = {*(self._store.fact("guards_off") or ()), guard}
            self._store.set_facts({"guards_off": sorted(off)})
