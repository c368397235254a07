"""Some trials of a run, filtered, sorted and by the page, as the views that show a table ask for them.

The database holds what became of each trial, and the space what it was given. SQLite goes through the trials and calls
back for the rest, so that nothing but a page and the numbers that are sorted is held.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError, SweepError

from . import units
from .results import Leader
from .states import TrialState
from .store import CHOICE
from .where_nodes import Mismatch, scalar, truth
from .where_syntax import parse_condition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .jobs import Launch
    from .space import Axis
    from .store import Store, TrialRow
    from .where_nodes import Scalar

ABOUT = ("trial", "state", "reason", "attempts", "duration", "started", "ended")
"""What may be named beside parameters and metrics."""

_CONDITION = re.compile(r"[<>=!]|\bin\s*[\[(]")
_CACHED = 10_000
_CALL = f"({', '.join(CHOICE)})"

Row = tuple[int, str, str | None, int, float | None, float | None, str | None]


@dataclass(frozen=True)
class TrialQuery:
    """Which trials, and in which order.

    Attributes:
        where: A condition, or plain words.
        states: Only these; all where empty.
        only: Only the trials of these numbers; all where empty.
        sort: ``best``, one of ``ABOUT``, ``params.NAME`` or ``metrics.NAME``.
        find: A trial whose place is wanted.
    """

    where: str = ""
    states: tuple[TrialState, ...] = ()
    only: tuple[int, ...] = ()
    sort: str = "best"
    descending: bool = False
    find: int | None = None
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True)
class TrialPage:
    """What a query found.

    Attributes:
        total: How many trials fit.
        position: The place of the trial that was to be found.
    """

    rows: list[TrialRow]
    total: int
    position: int | None


def find_trials(
    query: TrialQuery, launch: Launch, store: Store, metrics: Sequence[str], leader: Leader | None
) -> TrialPage:
    """Return one page of a run's trials.

    Args:
        query: Which ones.
        launch: What the run was launched with.
        store: Its database.
        metrics: The names of its metrics.
        leader: Its best trial, by which the order ``best`` goes.

    Raises:
        SweepError: The condition is none, or names what there is not.
        CommandError: It cannot be sorted by this.
    """
    values = _Values(launch, metrics)
    functions: dict[str, Callable[..., int | float | str | None]] = {}
    if keeps := _filter(query, values):
        functions["grid_keeps"] = lambda *row: keeps(row)
    order = _order(query, values, leader, functions)
    condition = f"grid_keeps{_CALL}" if keeps else "1"
    page: list[int] = []
    total, position = 0, None
    for trial in store.chosen(condition, order, launch.trials, functions):
        if query.offset <= total < query.offset + query.limit:
            page.append(trial)
        if trial == query.find:
            position = total
        total += 1
    return TrialPage(store.these(page), total, position)


def best_trial(store: Store, launch: Launch, metric: str, mode: str) -> Leader | None:
    """Return the succeeded or pruned trial with the best last value of a metric; nan never wins."""
    last, sign = _Values(launch, [metric]).metric(metric), 1 if mode == "min" else -1
    functions = {"grid_rank": lambda *row: _rank(last(row), sign)}
    order = f"grid_rank{_CALL} NULLS LAST, trial"
    first = next(store.chosen("state IN ('succeeded', 'pruned')", order, launch.trials, functions), None)
    row = None if first is None else store.trial(first)
    if row is None or math.isnan(row.metrics.get(metric, math.nan)):
        return None
    return Leader(metric, mode, row)


def _rank(value: Scalar, sign: int) -> float | None:
    value = _sortable(value)
    return value * sign if isinstance(value, int | float) else None


def _filter(query: TrialQuery, values: _Values) -> Callable[[Row], bool] | None:
    tests: list[Callable[[Row], bool]] = []
    if query.states:
        states = {str(state) for state in query.states}
        tests.append(lambda row: row[1] in states)
    if query.only:
        only = set(query.only)
        tests.append(lambda row: row[0] in only)
    if query.where.strip():
        tests.append(_condition(query.where, values) if _CONDITION.search(query.where) else _words(query.where, values))
    return (lambda row: all(test(row) for test in tests)) if tests else None


def _condition(text: str, values: _Values) -> Callable[[Row], bool]:
    try:
        node = parse_condition(text, values.labels, [str(state) for state in TrialState])
    except SweepError as error:
        raise SweepError(error.problem, error.text, error.position) from None
    getters = {label: values.getter(label) for label in set(node.labels())}

    def holds(row: Row) -> bool:
        try:
            return truth(node, {label: getter(row) for label, getter in getters.items()})
        except Mismatch:
            return False  # a trial without the value, or with a text for a number

    return holds


def _words(text: str, values: _Values) -> Callable[[Row], bool]:
    words = text.lower().split()

    def holds(row: Row) -> bool:
        cells = values.cells(row)
        return all(word in cells for word in words)

    return holds


def _order(
    query: TrialQuery, values: _Values, leader: Leader | None, functions: dict[str, Callable[..., Scalar]]
) -> str:
    if query.sort == "trial":
        return "trial DESC" if query.descending else "trial"
    if query.sort != "best":
        getter = values.sorted_by(query.sort)
        functions["grid_key"] = lambda *row: _sortable(getter(row))
        return f"grid_key{_CALL} {'DESC' if query.descending else 'ASC'} NULLS LAST, trial"
    turned = "DESC" if query.descending else "ASC"
    if leader is None:
        return f"state NOT IN ('starting', 'running') {turned}, trial {turned}"
    best, metric, sign = leader.row.trial, values.metric(leader.metric), 1 if leader.mode == "min" else -1

    functions["grid_rank"] = lambda *row: _rank(metric(row), sign)
    return f"(trial != {int(best)}) {turned}, grid_rank{_CALL} {turned} NULLS LAST, trial"


def _sortable(value: Scalar) -> Scalar:
    """A value as SQLite orders it: nan has no place, and its integers end at 64 bits."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


class _Values:
    """The values of trials by their labels; of two that are named alike the parameter comes first, then the metric."""

    def __init__(self, launch: Launch, metrics: Sequence[str]) -> None:
        self._launch = launch
        self._axes = {axis.label: place for place, axis in enumerate(launch.space.axes) if axis.label}
        self._metrics = list(metrics)
        self._params = {label: self._param(place) for label, place in self._axes.items()}
        self._known: tuple[str | None, Mapping[str, float]] = (None, {})

    @property
    def labels(self) -> list[str]:
        """All that a condition may name."""
        named = [*(f"params.{label}" for label in self._axes), *(f"metrics.{name}" for name in self._metrics)]
        return list(dict.fromkeys([*self._axes, *self._metrics, *ABOUT, *named]))

    def getter(self, label: str) -> Callable[[Row], Scalar]:
        """What reads the values of a label of ``labels``."""
        if label in self._params:
            return self._params[label]
        if label in self._metrics:
            return self.metric(label)
        if label in ABOUT:
            return _ABOUT[label]
        kind, _, name = label.partition(".")
        return self._params[name] if kind == "params" else self.metric(name)

    def sorted_by(self, sort: str) -> Callable[[Row], Scalar]:
        """What reads the values of an order.

        Raises:
            CommandError: There is no such column.
        """
        kind, _, name = sort.partition(".")
        if sort == "state":
            return lambda row: _STATES[row[1]]
        if sort in _ABOUT:
            return _ABOUT[sort]
        if kind == "params" and name in self._params:
            return self._params[name]
        if kind == "metrics" and name:
            return self.metric(name)  # a metric may be seen only later
        raise CommandError(
            f"trials cannot be sorted by {sort!r}; name best, {', '.join(ABOUT)}, params.NAME or metrics.NAME"
        )

    def metric(self, name: str) -> Callable[[Row], Scalar]:
        """What reads the last value of a metric."""
        return lambda row: self._last(row).get(name)

    def cells(self, row: Row) -> str:
        """All that a table may show of a trial, in small letters."""
        trial, state, reason, *_ = row
        params = (str(value) for value in self._launch.params(trial).values())
        metrics = (units.format_metric(value) for value in self._last(row).values())
        return "\n".join((str(trial), state, reason or "", *params, *metrics)).lower()

    def _last(self, row: Row) -> Mapping[str, float]:
        text = row[6]
        if text != self._known[0]:
            self._known = (text, json.loads(text) if text else {})
        return self._known[1]

    def _param(self, place: int) -> Callable[[Row], Scalar]:
        space, selection = self._launch.space, self._launch.selection
        axis: Axis = space.axes[place]
        group = next(number for number, members in enumerate(space.groups) if place in members)
        step, count = math.prod(space.counts[group + 1 :]), space.counts[group]
        known: dict[int, Scalar] = {}

        def value(row: Row) -> Scalar:
            digit = selection.combination(row[0]) // step % count
            if digit not in known:
                text = axis.value(digit)
                if len(known) >= _CACHED:
                    known.clear()
                known[digit] = "true" if text is None else scalar(text)
            return known[digit]

        return value


def _duration(row: Row) -> float | None:
    started, ended = row[4], row[5]
    return None if started is None or ended is None else max(0.0, ended - started)


_STATES = {str(state): place for place, state in enumerate(TrialState)}
_ABOUT: dict[str, Callable[[Row], Scalar]] = {
    "trial": lambda row: row[0],
    "state": lambda row: row[1],
    "reason": lambda row: row[2],
    "attempts": lambda row: row[3],
    "started": lambda row: row[4],
    "ended": lambda row: row[5],
    "duration": _duration,
}
