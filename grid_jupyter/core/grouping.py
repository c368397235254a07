"""Trials that were given the same, as one: which belong together, and what their metrics come to."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from . import text, units
from .results import COUNTS_AS_RESULT, metric_names, numbers_or_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from .jobs import Launch
    from .store import TrialRow

STATISTICS = ("mean", "std", "min", "max", "count")


@dataclass(frozen=True)
class Spread:
    """What several trials' last values of one metric come to; nan is left out.

    Attributes:
        std: The sample's standard deviation; nan of a single value.
        count: How many trials have the metric.
    """

    mean: float
    std: float
    min: float
    max: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Sum values up."""
        known = [value for value in values if not math.isnan(value)]
        if not known:
            return cls(math.nan, math.nan, math.nan, math.nan, 0)
        finite = len(known) > 1 and all(map(math.isfinite, known))
        # Not fmean: it refuses to add infinities of both signs, where nan is the truth.
        mean = sum(known) / len(known)
        return cls(mean, statistics.stdev(known) if finite else math.nan, min(known), max(known), len(known))

    def to_json(self) -> dict[str, float | int | None]:
        """Return plain data; JSON knows neither nan nor infinity."""
        return {name: value if math.isfinite(value) else None for name in STATISTICS for value in [getattr(self, name)]}


@dataclass(frozen=True)
class Group:
    """Trials that were given the same values.

    Attributes:
        values: What they were given, of each parameter that tells groups apart.
        trials: How many they are.
        metrics: What their metrics come to, by name.
    """

    values: tuple[str, ...]
    trials: int
    metrics: dict[str, Spread]


@dataclass(frozen=True)
class Groups:
    """All groups of a run's results, in the order of their values, with the parameters that tell them apart."""

    labels: list[str]
    metrics: list[str]
    groups: list[Group]

    def to_json(self) -> list[dict[str, Any]]:
        """Return plain data, one object a group."""
        return [
            {
                "params": dict(zip(self.labels, group.values, strict=True)),
                "trials": group.trials,
                "metrics": {name: spread.to_json() for name, spread in group.metrics.items()},
            }
            for group in self.groups
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a group; the columns are ``trials`` and, of each metric, its statistics."""
        import pandas as pd

        columns: dict[tuple[str, str], list[Any]] = {("trials", ""): [group.trials for group in self.groups]}
        for name in self.metrics:
            for statistic in STATISTICS:
                columns[name, statistic] = [getattr(group.metrics[name], statistic) for group in self.groups]
        given = [numbers_or_text(list(values)) for values in zip(*(group.values for group in self.groups), strict=True)]
        if len(self.labels) == 1:
            index = pd.Index(given[0] if given else [], name=self.labels[0])
        else:
            index = pd.MultiIndex.from_arrays(given or [[] for _ in self.labels], names=self.labels)
        return pd.DataFrame(columns, index=index)

    def file(self, kind: str) -> bytes:
        """Return the content of a file, ``csv`` or ``json``."""
        content = self.to_frame().to_csv() if kind == "csv" else json.dumps(self.to_json()) + "\n"
        return content.encode(errors="backslashreplace")

    def text(self) -> str:
        """Return a table: of each metric the mean, with the lowest and the highest value."""
        heads = [
            *self.labels,
            "trials",
            *(f"{name} {what}" for name in self.metrics for what in ("mean", "min", "max")),
        ]
        rows = [
            [*group.values, str(group.trials), *(cell for name in self.metrics for cell in _cells(group.metrics[name]))]
            for group in self.groups
        ]
        return text.table(heads, rows, right=range(len(self.labels), len(heads)))


def _cells(spread: Spread) -> list[str]:
    return [units.format_metric(value) if spread.count else "" for value in (spread.mean, spread.min, spread.max)]


def group_labels(launch: Launch, by: str | Sequence[str] | None, over: str | Sequence[str] | None) -> list[str]:
    """Return the parameters that tell groups apart.

    Args:
        launch: The run's.
        by: These parameters.
        over: All that vary but these.

    Raises:
        CommandError: A parameter does not vary, both are given, or nothing is left.
    """
    varying = [axis.label for axis in launch.space.varying]
    if by and over:
        raise CommandError("group_by and over say the same in two ways; give one of them")
    asked = [name.removeprefix("--") for name in _listed(by or over)]
    if not asked:
        raise CommandError(f"{'group_by' if by else 'over'} names no parameter; there is {', '.join(varying)}")
    for name in asked:
        if name not in varying:
            raise CommandError(f"no parameter {name!r} varies in this run; {_nearest(name, varying)}")
    if by:
        return list(dict.fromkeys(asked))
    labels = [label for label in varying if label not in asked]
    if not labels:
        raise CommandError(f"over {', '.join(asked)}: nothing else varies, so all trials are one group; leave it out")
    return labels


def _listed(names: str | Sequence[str] | None) -> list[str]:
    parts = names.split(",") if isinstance(names, str) else list(names or ())
    return [part.strip() for part in parts if part.strip()]


def _nearest(name: str, varying: Sequence[str]) -> str:
    if not varying:
        return "all its trials were given the same"
    near = get_close_matches(name, varying, 1)
    return f"did you mean {near[0]}" if near else f"there is {', '.join(varying)}"


def group_key(launch: Launch, labels: Iterable[str], trial: int) -> tuple[str, ...]:
    """Return by which values a trial belongs to its group."""
    params = launch.params(trial)
    return tuple(params.get(label, "") for label in labels)


def in_order(keys: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return groups in the order of their values: numbers by size, texts in the order in which they came."""
    known = list(dict.fromkeys(keys))
    for place in reversed(range(len(known[0]) if known else 0)):
        values = numbers_or_text([key[place] for key in known])
        if not any(isinstance(value, str) for value in values):
            by_key = dict(zip(known, values, strict=True))
            known.sort(key=by_key.__getitem__)
        else:
            came = {text: number for number, text in enumerate(dict.fromkeys(key[place] for key in known))}
            known.sort(key=lambda key, place=place, came=came: came[key[place]])  # type: ignore[misc]
    return known


def group_rows(launch: Launch, labels: Sequence[str], rows: Iterable[TrialRow]) -> Groups:
    """Return the succeeded and pruned trials in groups, with what their last metrics come to."""
    found: dict[tuple[str, ...], list[TrialRow]] = {}
    done = [row for row in rows if row.state in COUNTS_AS_RESULT]
    for row in done:
        found.setdefault(group_key(launch, labels, row.trial), []).append(row)
    metrics = metric_names(done)
    groups = [
        Group(
            key,
            len(found[key]),
            {name: Spread.of(row.metrics.get(name, math.nan) for row in found[key]) for name in metrics},
        )
        for key in in_order(found)
    ]
    return Groups(list(labels), metrics, groups)
