"""A search by Optuna, whose study is made of the run's own database whenever a watcher starts."""

from __future__ import annotations

import math
import warnings
from itertools import islice
from typing import TYPE_CHECKING, Literal

import optuna
from optuna.pruners import MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import RandomSampler, TPESampler
from optuna.trial import TrialState as Told

from grid_jupyter.core.language.streams import search_seed
from grid_jupyter.core.results import COUNTS_AS_RESULT
from grid_jupyter.core.states import TrialState
from grid_jupyter.core.units import format_metric

from . import PRUNED
from .points import Points

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optuna.pruners import BasePruner
    from optuna.trial import Trial

    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.spec import RunSpec
    from grid_jupyter.core.store import Point, Store, TrialRow
    from grid_jupyter.watcher.books import Books

BEGIN = 10
"""How many results there are before points are chosen by them; the trials until then are those of a random search."""

ASKED = 20
"""How often Optuna is asked for a point that was not run yet."""

WINDOW = 1000
"""With how many trials, about, an early stop compares: looking at all would take longer with each."""

NOTES = "search_notes"
"""The fact that holds what a search has to say."""

_NAMES = 10

_ACTIVE = tuple(state for state in TrialState if state.active)
_WORSE = {"asha": "not in the best quarter of those that came so far", "median": "no better than the median there"}


class Study:
    """One run's search: Optuna's trials for ours, which go by our numbers."""

    def __init__(self, store: Store, books: Books, launch: Launch, spec: RunSpec) -> None:
        self._store = store
        self._books = books
        self._seed = launch.seed
        self._metric = spec.metric or ""
        self._mode = spec.mode
        self._rule = spec.early_stop
        self._points = Points(launch, spec, store, books) if launch.selection.chosen is not None else None
        self._limit = launch.trials if self._points else WINDOW
        self._notes: list[str] = store.fact(NOTES) or []
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        # Optuna tells whoever writes against it what is experimental.
        warnings.filterwarnings("ignore", module="optuna")

    @property
    def chooses(self) -> bool:
        """Whether a trial's point depends on the results before it."""
        return self._points is not None

    def learn(self) -> None:
        """Make Optuna's study anew, of what the store knows."""
        direction: Literal["minimize", "maximize"] = "minimize" if self._mode == "min" else "maximize"
        self._study = optuna.create_study(direction=direction, pruner=_pruner(self._rule))
        self._going: dict[int, Trial] = {}
        self._ended: set[int] = set()
        self._results = 0
        self._steps: dict[int, set[int]] = {}
        self._bad: dict[int, str] = {}
        self._met = self._missed = False
        self._others: dict[str, None] = {}
        self._not_finite: int | None = None
        if self._points:
            self._points.learn()
        rows = [*self._store.newest(COUNTS_AS_RESULT, self._limit), *self._store.trials(_ACTIVE)]
        if self._rule:
            self._replay({row.trial: row for row in rows})
        for row in rows:
            self._enter(row)

    def _replay(self, rows: dict[int, TrialRow]) -> None:
        """Judge all values again in their order, as what comes next is compared with what came before."""
        curves: dict[tuple[int, int], tuple[float, float]] = {}  # as few values as are looked at
        last: dict[int, int] = {}
        for trial, step, value in self._store.curves(self._metric, rows):
            curves.setdefault((trial, _rounded(step)), (step, value))
            last[trial] = len(curves)
        over: dict[int, list[int]] = {}
        for trial, place in last.items():
            over.setdefault(place, []).append(trial)
        for place, ((trial, _), (step, value)) in enumerate(curves.items(), 1):
            self._judge(trial, step, value)
            for one in over.get(place, ()):
                self._enter(rows[one])

    # Points

    def choose(self, trial: int) -> None:
        """See to it that the point of a trial that is about to start is chosen and stored."""
        if self._points is None:
            return
        if not self._points.has(trial) and (self._results < BEGIN or not self._ask(self._points, trial)):
            self._points.take_random(trial)
        self._trial(trial)  # so that no other point is chosen as if this one were not under way

    def _ask(self, points: Points, trial: int) -> bool:
        """Take what Optuna proposes, if it was not run yet and may be run."""
        # With a seed for each trial, a watcher that was started again goes on as the first one would have.
        self._study.sampler = TPESampler(
            seed=search_seed(self._seed, trial), n_startup_trials=BEGIN, constant_liar=True
        )
        for _ in range(ASKED):
            asked = self._study.ask(points.distributions)
            if points.take(trial, asked.params):
                self._going[trial] = asked
                return True
            self._study.tell(asked, state=Told.FAIL)
        return False

    def _trial(self, trial: int) -> Trial:
        """Optuna's trial for one of ours that goes on."""
        if trial not in self._going:
            self._study.sampler = RandomSampler()  # which has nothing to choose here
            self._study.enqueue_trial(self._points.params(trial) if self._points else {})
            self._going[trial] = self._study.ask(self._points.distributions if self._points else {})
        return self._going[trial]

    # Results

    def told(self, trial: int, points: Sequence[Point]) -> None:
        """Take in new values of a trial's metrics."""
        for point in points if self._rule else ():
            if point.name == self._metric:
                self._judge(trial, point.step, point.value)

    def _judge(self, trial: int, step: float, value: float) -> None:
        """Decide by a value whether the trial is to end early; a long curve is looked at where its step is round."""
        looked_at = _rounded(step)
        steps = self._steps.setdefault(trial, set())
        if looked_at in steps or trial in self._ended or trial in self._bad:
            return
        steps.add(looked_at)
        compared = self._trial(trial)
        finite = math.isfinite(value)
        compared.report(value if finite else math.nan, looked_at)
        with warnings.catch_warnings():
            # At a step at which no trial had a number there is nothing to compare with, and NumPy says so.
            warnings.simplefilter("ignore", RuntimeWarning)
            prune = compared.should_prune()
        if prune:
            worse = _WORSE[self._rule or ""] if finite else "no finite number"
            self._bad[trial] = f"{PRUNED}{step:g}: {self._metric} {format_metric(value)} is {worse}"

    def bad(self) -> list[tuple[int, str]]:
        """Return the running trials that are to end early, with the reasons."""
        return [*self._bad.items()]

    def ended(self, row: TrialRow) -> None:
        """Take in the end of an attempt; a trial that is tried again goes on."""
        self._enter(row)
        if len(self._ended) > self._limit + WINDOW:
            self._books.write()
            self.learn()

    def _enter(self, row: TrialRow) -> None:
        """Let Optuna know how a trial stands."""
        if row.trial in self._ended:
            return
        self._take_note(row)
        compared = self._trial(row.trial)
        if not row.state.ended:
            return
        value = row.metrics.get(self._metric)
        self._ended.add(row.trial)
        del self._going[row.trial]
        self._steps.pop(row.trial, None)
        self._bad.pop(row.trial, None)
        if row.state not in COUNTS_AS_RESULT or value is None:
            self._study.tell(compared, state=Told.FAIL)
            return
        self._results += 1
        if row.state is TrialState.PRUNED:
            self._study.tell(compared, state=Told.PRUNED)
        else:
            # No number is no reason to look there again: it is worse than any.
            worst = math.inf if self._mode == "min" else -math.inf
            self._study.tell(compared, value if math.isfinite(value) else worst)

    def _take_note(self, row: TrialRow) -> None:
        """Tell of metrics that say nothing: that no trial reports, or that are no finite numbers."""
        value = row.metrics.get(self._metric)
        self._met = self._met or value is not None
        self._missed = self._missed or row.state is TrialState.SUCCEEDED
        self._others |= dict.fromkeys(row.metrics)
        if self._not_finite is None and row.state.ended and value is not None and not math.isfinite(value):
            self._not_finite = row.trial
        notes = []
        if self._missed and not self._met:
            notes.append(_missing(self._metric, self._others))
        if self._not_finite is not None:
            notes.append(
                f"{self._metric} ended as nan or infinite, first in trial {self._not_finite}; "
                "a search takes that for the worst result"
            )
        if notes != self._notes:
            self._notes = notes
            self._books.note({NOTES: notes})


def _pruner(rule: str | None) -> BasePruner:
    if rule == "asha":
        return SuccessiveHalvingPruner()
    return MedianPruner() if rule == "median" else NopPruner()


def _missing(metric: str, others: Iterable[str]) -> str:
    names = ", ".join(islice(others, _NAMES))
    told = f"reported: {names}" if names else f'print "{metric}=0.31" or write GRID_METRICS_FILE'
    return f"no trial reported {metric}; {told}"


def _rounded(step: float) -> int:
    """A step to two digits: 7, 42, 130, 1900. Optuna copies all earlier values with each, so they must stay few."""
    whole = int(min(max(step, 0), 1e15))
    unit = int(10 ** max(0, len(str(whole)) - 2))
    return whole // unit * unit
