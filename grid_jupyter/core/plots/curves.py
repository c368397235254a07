"""Curves of a metric: which trials are drawn, how each stands out, and what groups of them come to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grid_jupyter.core import units
from grid_jupyter.core.compared import Compared
from grid_jupyter.core.curves import Cursor, read_curves
from grid_jupyter.core.grouping import group_key, group_labels, in_order
from grid_jupyter.core.queries import TrialQuery, find_trials
from grid_jupyter.core.results import require_metric
from grid_jupyter.core.store import Store
from grid_jupyter.core.text import count
from grid_jupyter.core.view import RunView
from grid_jupyter.errors import RunError

from .lines import band_of, best_so_far, smooth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from grid_jupyter.core.curves import Curve
    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.run import Run

    from .lines import Point
    from .options import Options

MOST = 200
"""At most so many curves of the best trials are drawn."""

MOST_GROUPED = 2000
"""Of at most so many trials, spread over all, groups are made."""

MOST_GROUPS = 100
"""At most so many groups are drawn."""

SERIES = 8
"""So many lines at most are told apart by colour."""

_POINTS = 16_000  # of all curves together, which keeps a chart below a megabyte
_FEWEST, _FINEST = 50, 250


@dataclass(frozen=True)
class Line:
    """A line of the chart.

    Attributes:
        name: What stands at its end; empty for lines that do not stand out.
        kind: ``best`` and ``series`` stand out.
        place: Which series it is.
        raw: Before it was smoothed.
        ranges: The lowest and the highest value at each point, of a group.
        facts: What is told of it under the pointer.
    """

    key: str
    name: str
    kind: Literal["other", "series", "best"]
    points: list[Point]
    place: int = 0
    raw: list[Point] = field(default_factory=list)
    ranges: list[tuple[float, float]] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """What a chart of curves shows.

    Attributes:
        lines: Those that stand out last.
        along: What they go along.
        dots: Whether each trial has a single value: then it is a dot, along the trials.
        notes: What is to be known of it.
    """

    metric: str
    lines: list[Line]
    along: str
    notes: list[str]
    dots: bool = False


def read_picture(run: Run, options: Options) -> Picture:
    """Read what is to be drawn.

    Raises:
        RunError: No trial has the metric.
        CommandError: A parameter or a trial is named that there is not.
    """
    view, launch = RunView(run), run.launch
    labels = group_labels(launch, options.group_by, options.over) if options.group_by or options.over else None
    chosen = options.chosen(run)
    with Store(run.store_folder) as store:
        compared = Compared.of(view, store, options.metric or launch.metric, options.mode)
        metric = require_metric(view.metrics, options.metric or compared.metric)
        order = TrialQuery(sort="best" if compared.leader else f"metrics.{metric}")
        ranked = find_trials(order, launch, store, view.metrics, compared.leader)
        measured = store.measured(metric)
        best = _spread(ranked[:measured], MOST_GROUPED) if labels else ranked[:MOST]
        trials = list(dict.fromkeys([*best, *chosen]))
        points = min(_FINEST, max(_FEWEST, _POINTS // max(1, len(trials))))
        curves = read_curves(store, metric, trials, points, None, Cursor.now(store))
    known = [curve for curve in curves if _points(curve, options.x)]
    if not known:
        raise RunError(f"no trial has a finite value of {metric} yet")
    along = "step" if options.x == "step" else "seconds"
    if labels:
        lines, notes = _of_groups(known, launch, labels, options)
        return Picture(metric, lines, along, notes)
    leader = compared.leader.row.trial if compared.leader else None
    notes = [f"{MOST} of {measured:,} shown, the best"] if measured > MOST else []
    if len(known) > 1 and all(curve.total <= 1 for curve in known):
        return Picture(metric, _of_singles(known, launch, chosen, leader, compared.mode), "trial", notes, dots=True)
    if options.smooth:
        notes.append(f"smoothed {options.smooth:g}, what was read is faint")
    lines = [_of_trial(curve, launch, chosen, leader, options) for curve in known]
    return Picture(metric, _best_last(lines), along, notes)


def _spread(trials: Sequence[int], most: int) -> Sequence[int]:
    if len(trials) <= most:
        return trials
    return [trials[number * (len(trials) - 1) // (most - 1)] for number in range(most)]


def _points(curve: Curve, x: str) -> list[Point]:
    """The points that can be drawn, from left to right; time counts from the trial's first value."""
    begin = curve.points[0].time if curve.points else 0.0
    points = [
        (point.step if x == "step" else point.time - begin, point.value)
        for point in curve.points
        if math.isfinite(point.value)
    ]
    return sorted(points, key=lambda point: point[0])


def _best_last(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: ("other", "series", "best").index(line.kind))


def _of_trial(curve: Curve, launch: Launch, chosen: Sequence[int], leader: int | None, options: Options) -> Line:
    line = _line(curve.trial, launch, chosen, leader, _points(curve, options.x))
    return replace(line, points=smooth(line.points, options.smooth), raw=line.points) if options.smooth else line


def _line(trial: int, launch: Launch, chosen: Sequence[int], leader: int | None, points: list[Point]) -> Line:
    varying = {axis.label for axis in launch.space.varying}
    given = {label: text for label, text in launch.params(trial).items() if label in varying}
    facts = {"trial": str(trial), **given, "last": units.format_metric(points[-1][1])}
    if trial == leader:
        return Line(str(trial), f"★ {trial}", "best", points, facts=facts)
    if trial in chosen:
        return Line(str(trial), str(trial), "series", points, chosen.index(trial), facts=facts)
    return Line(str(trial), "", "other", points, facts=facts)


def _of_singles(
    curves: Sequence[Curve], launch: Launch, chosen: Sequence[int], leader: int | None, mode: str | None
) -> list[Line]:
    points = sorted((float(curve.trial), curve.points[0].value) for curve in curves)
    lines = [_line(int(point[0]), launch, chosen, leader, [point]) for point in points]
    if mode:
        lines.insert(0, Line("best so far", "", "other", best_so_far(points, mode)))
    return _best_last(lines)


def _of_groups(
    curves: Sequence[Curve], launch: Launch, labels: list[str], options: Options
) -> tuple[list[Line], list[str]]:
    members: dict[tuple[str, ...], list[list[Point]]] = {}
    for curve in curves:
        points = smooth(_points(curve, options.x), options.smooth)
        members.setdefault(group_key(launch, labels, curve.trial), []).append(points)
    keys = in_order(members)
    sizes = sorted({len(members[key]) for key in keys})
    size = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    notes = [f"mean and range of {size} trial{'' if size == '1' else 's'}, by {', '.join(labels)}"]
    if len(keys) > MOST_GROUPS:
        notes.append(f"{MOST_GROUPS} of {count(len(keys), 'group')} shown, the first")
    if options.smooth:
        notes.append(f"smoothed {options.smooth:g}")
    lines = []
    for place, key in enumerate(keys[:MOST_GROUPS]):
        band = band_of(members[key])
        name = ", ".join(key)
        facts = {**dict(zip(labels, key, strict=True)), "trials": str(len(members[key]))}
        stands_out = place < SERIES
        lines.append(
            Line(
                name,
                name if stands_out else "",
                "series" if stands_out else "other",
                band.mean,
                place,
                ranges=band.ranges,
                facts={**facts, "last mean": units.format_metric(band.mean[-1][1])},
            )
        )
    return _best_last(lines), notes
