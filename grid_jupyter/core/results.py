"""Results as tables, and which trial is best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError, RunError

from .states import TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from .store import Point, TrialRow

ABOUT = ("state", "duration")
"""The columns of the table that are neither parameters nor metrics."""

COUNTS_AS_RESULT = (TrialState.SUCCEEDED, TrialState.PRUNED)

_LOW = ("loss", "err", "mse", "mae", "ppl")
_HIGH = ("acc", "f1", "auc", "r2", "reward", "score")


def results_frame(rows: Sequence[TrialRow], params: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Return one row a trial: parameters, state, duration in seconds, last metrics.

    A parameter is a number where all values of its column are, else text. A name that occurs twice is told
    apart as ``params.NAME`` (against a column about the trial) or ``metrics.NAME`` (against a parameter).
    """
    import pandas as pd

    labels = list(dict.fromkeys(label for given in params for label in given))
    metrics = metric_names(rows)
    columns: dict[str, Any] = {
        _apart(label, "params", ABOUT): numbers_or_text([given.get(label) for given in params]) for label in labels
    }
    columns["state"] = [str(row.state) for row in rows]
    columns["duration"] = pd.array([row.duration for row in rows], dtype="float64")
    for name in metrics:
        values = [row.metrics.get(name, math.nan) for row in rows]
        columns[_apart(name, "metrics", (*ABOUT, *columns))] = values
    return pd.DataFrame(columns, index=pd.Index([row.trial for row in rows], name="trial"))


def metrics_frame(points: Iterable[Point]) -> pd.DataFrame:
    """Return one row a value: trial, name, step, value, time (UTC)."""
    import pandas as pd

    rows = [(point.trial, point.name, point.step, point.value, point.time) for point in points]
    frame = pd.DataFrame(rows, columns=["trial", "name", "step", "value", "time"])
    frame["time"] = pd.to_datetime(frame["time"], unit="s", utc=True)
    return frame


def numbers_or_text(texts: Sequence[str | None]) -> list[Any]:
    """Return all texts as whole numbers, else all as numbers, else as they are."""
    for kind in (int, float):
        try:
            return [None if text is None else kind(text) for text in texts]
        except ValueError:
            continue
    return list(texts)


def metric_names(rows: Iterable[TrialRow]) -> list[str]:
    """Return the names of all metrics in the order in which they were first seen."""
    return list(dict.fromkeys(name for row in rows for name in row.metrics))


def choose_metric(names: Sequence[str], asked: str | None) -> str | None:
    """Return the metric that tells which trial is best: the one asked for, else the first ``val_``, else the first."""
    if asked:
        return asked
    return next((name for name in names if name.startswith("val_")), names[0] if names else None)


def choose_mode(metric: str, asked: str | None) -> str | None:
    """Return ``min`` or ``max``: what was asked for, else what the metric's name tells; ``None`` if nothing does."""
    if asked:
        return asked
    name = metric.lower()
    if any(part in name for part in _LOW):
        return "min"
    return "max" if any(part in name for part in _HIGH) else None


def best_row(rows: Iterable[TrialRow], metric: str, mode: str) -> TrialRow | None:
    """Return the succeeded or pruned trial with the best last value; nan never wins."""
    usable = [
        row for row in rows
        if row.state in COUNTS_AS_RESULT and not math.isnan(row.metrics.get(metric, math.nan))
    ]  # fmt: skip
    pick = min if mode == "min" else max
    return pick(usable, key=lambda row: row.metrics[metric], default=None)


@dataclass(frozen=True)
class Leader:
    """The best trial so far, and by which metric: its lowest (``min``) or highest (``max``) last value."""

    metric: str
    mode: str
    row: TrialRow

    @property
    def value(self) -> float:
        """The metric's last value."""
        return self.row.metrics[self.metric]


def require_best(rows: Sequence[TrialRow], metric: str | None, mode: str | None) -> TrialRow:
    """Return the best trial.

    Raises:
        RunError: No trial has ended well yet, or none has the metric.
        CommandError: It is not known whether low or high is best.
    """
    done = [row for row in rows if row.state in COUNTS_AS_RESULT]
    if not done:
        raise RunError("no trial has succeeded yet, so there is no best one")
    chosen = require_metric(metric_names(done), metric)
    direction = choose_mode(chosen, mode)
    if direction is None:
        raise CommandError(f"whether the lowest or highest {chosen} is best is not known; say mode='min' or 'max'")
    best = best_row(done, chosen, direction)
    if best is None:
        raise RunError(f"every value of {chosen!r} is nan, so there is no best trial")
    return best


def require_metric(names: Sequence[str], asked: str | None) -> str:
    """Return the metric that was asked for, else the one that tells which trial is best.

    Raises:
        RunError: There is none of that name, or none at all.
    """
    if not names:
        raise RunError('no trial has a metric; print "loss=0.31" or write JSON lines to GRID_METRICS_FILE')
    if asked and asked not in names:
        raise RunError(f"no trial has a metric {asked!r}; there is {', '.join(names)}")
    return choose_metric(names, asked) or names[0]


def _apart(name: str, kind: str, taken: Iterable[str]) -> str:
    return f"{kind}.{name}" if name in taken else name
