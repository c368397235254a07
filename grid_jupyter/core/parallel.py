"""All trials with a metric, column by column: what a picture of parallel coordinates is drawn from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .columns import CALL, Columns, rank
from .queries import kept
from .results import COUNTS_AS_RESULT
from .where_nodes import scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .columns import Row
    from .jobs import Launch
    from .queries import TrialQuery
    from .store import Store

_LOG = 100.0
"""How many times the smallest value the largest must be for a logarithmic axis."""

_RESULTS = {str(state) for state in COUNTS_AS_RESULT}


@dataclass(frozen=True)
class ParallelAxis:
    """One argument that varies.

    Attributes:
        values: The values that occur, numbers by size, all others in the order in which they were given.
        places: Which of them each trial has.
        numeric: Whether all of them are numbers.
        log: Whether they are best drawn on a logarithmic axis.
    """

    label: str
    name: str | None
    values: list[str]
    places: list[int]
    numeric: bool
    log: bool


@dataclass(frozen=True)
class Parallel:
    """The trials, the best first.

    Attributes:
        values: The metric's last value of each.
        measured: How many trials fit and have the metric; where these are more than were asked for, those that are
            here are spread evenly over all, with the best and the worst.
        without: How many have ended and fit, but failed, were stopped, or do not have the metric.
    """

    trials: list[int]
    values: list[float]
    axes: list[ParallelAxis]
    measured: int
    without: int


def read_parallel(
    query: TrialQuery, launch: Launch, store: Store, metrics: Sequence[str], metric: str, mode: str, most: int
) -> Parallel:
    """Return at most ``most`` of the trials that fit a query; its order and its page do not matter.

    Raises:
        SweepError: The query's condition is none, or names what there is not.
    """
    columns = Columns(launch, metrics)
    last, sign = columns.metric(metric), -1 if mode == "max" else 1
    fits = kept(query, columns)
    known: dict[int, float] = {}

    def worth(*row: *Row) -> float | None:
        value = rank(last(row), sign) if row[1] in _RESULTS else None
        if value is None or not math.isfinite(value):
            return None
        known[row[0]] = value * sign
        return value

    functions: dict[str, Callable[..., float | None]] = {
        "grid_worth": worth,
        "grid_fits": lambda *row: fits(row) if fits else True,
    }
    ended = f"state NOT IN ('queued', 'starting', 'running') AND grid_fits{CALL}"
    found = list(store.chosen(ended, f"grid_worth{CALL} NULLS LAST, trial", launch.trials, functions))
    chosen = _spread(found[: len(known)], most)
    axes = [
        _axis(launch, columns, place, chosen)
        for place, axis in enumerate(launch.space.axes)
        if axis.label and axis.count > 1
    ]
    return Parallel(chosen, [known[trial] for trial in chosen], axes, len(known), len(found) - len(known))


def _spread(trials: list[int], most: int) -> list[int]:
    if len(trials) <= most:
        return trials
    return [trials[number * (len(trials) - 1) // (most - 1)] for number in range(most)]


def _axis(launch: Launch, columns: Columns, place: int, trials: Sequence[int]) -> ParallelAxis:
    axis, digit = launch.space.axes[place], columns.digit(place)
    digits = [digit(trial) for trial in trials]
    texts = {each: axis.value(each) or "" for each in sorted(set(digits))}
    values = list(dict.fromkeys(texts.values()))
    numbers = {text: number for text in values if (number := _number(text)) is not None}
    numeric = 0 < len(numbers) == len(values)
    if numeric:
        values.sort(key=numbers.__getitem__)
    places = {text: number for number, text in enumerate(values)}
    low, high = (min(numbers.values()), max(numbers.values())) if numeric else (0, 0)
    log = low > 0 and high / low >= _LOG
    return ParallelAxis(axis.label, axis.name, values, [places[texts[each]] for each in digits], numeric, log)


def _number(text: str) -> float | None:
    value = scalar(text)
    return value if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None
