"""What a condition or an order may name of a trial: its parameters, its metrics, and what became of it.

The database hands over each trial as a ``Row``; what the trial was given is read from the space.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from . import units
from .states import TrialState
from .store import CHOICE
from .where_nodes import scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .jobs import Launch
    from .where_nodes import Scalar

ABOUT = ("trial", "state", "reason", "attempts", "duration", "started", "ended")
"""What may be named beside parameters and metrics."""

_CACHED = 10_000

CALL = f"({', '.join(CHOICE)})"
"""How SQL calls a function that takes a ``Row``."""

Row = tuple[int, str, str | None, int, float | None, float | None, str | None]
"""The columns of ``CHOICE``."""


def rank(value: Scalar, sign: int) -> float | None:
    """Return where a metric's value stands: the best lowest; ``None`` where it cannot be compared."""
    value = sortable(value)
    return value * sign if isinstance(value, int | float) else None


def sortable(value: Scalar) -> Scalar:
    """Return a value as SQLite orders it: nan has no place, and its integers end at 64 bits."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


class Columns:
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
        """Return what reads the values of a label of ``labels``."""
        if label in self._params:
            return self._params[label]
        if label in self._metrics:
            return self.metric(label)
        if label in ABOUT:
            return _ABOUT[label]
        kind, _, name = label.partition(".")
        return self._params[name] if kind == "params" else self.metric(name)

    def sorted_by(self, sort: str) -> Callable[[Row], Scalar]:
        """Return what reads the values of an order.

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
        """Return what reads the last value of a metric."""
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

    def digit(self, place: int) -> Callable[[int], int]:
        """Return what reads the place of a trial's value on an axis; a search must have chosen the trial."""
        space, selection = self._launch.space, self._launch.selection
        group = next(number for number, members in enumerate(space.groups) if place in members)
        step, count = math.prod(space.counts[group + 1 :]), space.counts[group]
        return lambda trial: selection.combination(trial) // step % count

    def _param(self, place: int) -> Callable[[Row], Scalar]:
        axis, digit_of, knows = self._launch.space.axes[place], self.digit(place), self._launch.selection.knows
        known: dict[int, Scalar] = {}

        def value(row: Row) -> Scalar:
            if not knows(row[0]):
                return None if axis.count > 1 else _scalar(axis.value(0))
            digit = digit_of(row[0])
            if digit not in known:
                if len(known) >= _CACHED:
                    known.clear()
                known[digit] = _scalar(axis.value(digit))
            return known[digit]

        return value


def _scalar(text: str | None) -> Scalar:
    return "true" if text is None else scalar(text)


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
