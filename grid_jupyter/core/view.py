"""A run as it is being watched: what changed is read, and of the rest only what is shown is remembered."""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

from .limits import Limits
from .results import COUNTS_AS_RESULT, Leader, choose_metric, choose_mode
from .searching import may_end_sooner
from .states import TrialState
from .store import Store
from .summary import RunSummary, as_told, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .run import Run
    from .store import TrialRow

SHOWN = 10
"""How many trials are shown."""

FAILURES = 20
"""How many failures are shown."""

_DURATIONS = 1000


class RunView:
    """A picture of a run that is renewed at little cost, however many trials the run has.

    Attributes:
        summary: State and counts as of the last refresh.
        leader: The best trial so far, where a metric tells.
        durations: Of the trials that succeeded last, in seconds.
        at_once: How many trials run at once at most.
        sooner: Whether a search may end trials before their time.
        failures: The first trials that failed or were cut off, with their reasons.
    """

    summary: RunSummary
    leader: Leader | None
    durations: deque[float]
    at_once: int
    sooner: bool
    failures: list[TrialRow]

    def __init__(self, run: Run) -> None:
        self.run = run
        self._names: dict[str, None] = {}
        self._criterion: tuple[str, str] | None = None
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self.leader = None
        self.durations = deque(maxlen=_DURATIONS)
        self._seen = 0
        self._active: dict[int, TrialRow] = {}
        self._resting: list[TrialRow] = []  # the best of those that do not run, best first

    @property
    def rows(self) -> list[TrialRow]:
        """The trials to show: the best first where a metric tells; else what runs, then by number."""
        rows = sorted([*self._resting, *self._active.values()], key=self._place)[:SHOWN]
        return [as_told(row, self.summary) for row in rows]

    @property
    def newest(self) -> TrialRow | None:
        """Of the trials that run, the one that started last."""
        return max(self._active.values(), key=lambda row: row.started or 0, default=None)

    @property
    def metrics(self) -> list[str]:
        """The metrics seen so far, the one that tells the best first."""
        first = [self.leader.metric] if self.leader else []
        return list(dict.fromkeys([*first, *self._names]))

    @property
    def criterion(self) -> tuple[str | None, str | None]:
        """The metric by which trials are compared, and whether its lowest or highest value is best, as far as known."""
        launch = self.run.launch
        metric = choose_metric(list(self._names), launch.metric)
        return metric, choose_mode(metric, launch.mode) if metric else None

    def refresh(self) -> None:
        """Read what is new.

        Raises:
            GridError: The run was deleted, or cannot be read any more.
        """
        with Store(self.run.store_folder) as store:
            self.summary = summarise(self.run.store_folder, store)
            self.sooner = may_end_sooner(store.fact("spec"))
            self.at_once = Limits(**store.fact("limits")).at_once
            self.failures = _first_failures(store)
            while not self._catch_up(store):
                self._forget()

    def _catch_up(self, store: Store) -> bool:
        """Take in what changed; say whether all that is remembered still holds."""
        for number, row in store.changed_since(self._seen):
            self._seen = number
            if not self._learn(row.metrics) or self._remembers(row.trial):
                return False
            self._active.pop(row.trial, None)
            if row.state.active:
                self._active[row.trial] = row
            else:
                self._rest(row)
        return True

    def _learn(self, metrics: Iterable[str]) -> bool:
        """Take in the names of metrics; say whether trials are still compared by the same one."""
        known, criterion = len(self._names), self._criterion
        self._names |= dict.fromkeys(metrics)
        if len(self._names) > known:
            launch = self.run.launch
            metric = choose_metric(list(self._names), launch.metric)
            mode = choose_mode(metric, launch.mode) if metric else None
            self._criterion = (metric, mode) if metric and mode else None
        return self._criterion == criterion or not self._resting

    def _remembers(self, trial: int) -> bool:
        leader = [self.leader.row] if self.leader else []
        return any(row.trial == trial for row in (*self._resting, *leader))

    def _rest(self, row: TrialRow) -> None:
        if len(self._resting) < SHOWN or self._rank(row) < self._rank(self._resting[-1]):
            insort(self._resting, row, key=self._rank)
            del self._resting[SHOWN:]
        if row.state is TrialState.SUCCEEDED and row.duration is not None:
            self.durations.append(row.duration)
        if self._criterion and row.state in COUNTS_AS_RESULT and self._leads(row):
            self.leader = Leader(*self._criterion, row)

    def _leads(self, row: TrialRow) -> bool:
        unknown, *_ = rank = self._rank(row)
        return not unknown and (self.leader is None or rank < self._rank(self.leader.row))

    def _rank(self, row: TrialRow) -> tuple[bool, float, int]:
        """Where a trial stands by its metric, the best first, those without it last."""
        metric, mode = self._criterion or ("", "")
        value = row.metrics.get(metric, math.nan)
        unknown = math.isnan(value)
        return (unknown, 0.0 if unknown else value if mode == "min" else -value, row.trial)

    def _place(self, row: TrialRow) -> tuple[bool, tuple[bool, float, int]]:
        if self.leader is None:
            return (not row.state.active, (False, 0.0, row.trial))
        return (row.trial != self.leader.row.trial, self._rank(row))


def _first_failures(store: Store) -> list[TrialRow]:
    # State by state: the index then gives the first ones without reading all.
    rows = [
        row for state in (TrialState.FAILED, TrialState.INTERRUPTED) for row in store.trials([state], limit=FAILURES)
    ]
    return sorted(rows, key=lambda row: row.trial)[:FAILURES]
