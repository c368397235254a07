"""Parallel coordinates: an axis for each parameter that varies, the metric last, a line for each trial.

Vega-Lite has no mark for it whose axes can be brushed one by one. Each axis is a narrow view of its own with an
interval selection, and the lines between two axes are a view between them; a line stays in while all selections hold
it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import text, units
from grid_jupyter.errors import RunError

from .lines import span_of, suits_log
from .measured import read_for_plot
from .plot import Plot
from .ticks import log_ticks, round_ticks, tick_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.parallel import Parallel, ParallelAxis
    from grid_jupyter.core.run import Run

    from .options import Options
    from .theme import Theme

MOST = 500
"""At most so many lines are drawn, spread evenly over all ranks."""

TINTS = 6
"""Ranks are told apart in so many tints."""

_MOST_TICKS = 12
_ROOM = 14  # pixels between two ticks
_SIGNS = 9  # of a tick's text
_HEAD = 14  # of a name
_STRIP = 20  # the width of an axis that can be brushed
_AIR = 0.04  # of an axis beyond its ends, so that a mark can begin there
_NARROWEST = 70  # between two axes


@dataclass(frozen=True)
class Axis:
    """An axis of the chart.

    Attributes:
        places: Where each trial stands, 0 at the lower end to 1 at the upper.
        shown: What each trial has, as text.
        ticks: Places and what stands there.
    """

    label: str
    log: bool
    places: list[float]
    shown: list[str]
    ticks: list[tuple[float, str]]


def parallel_plot(run: Run, options: Options) -> Plot:
    """Draw all trials with the metric.

    Raises:
        RunError: Fewer than two trials have ended with it, or nothing varies.
    """
    metric, mode, found = read_for_plot(run, options, MOST)
    if not found.axes:
        raise RunError(f"no parameter of {run.name} varies, so there is nothing to lay side by side")
    if found.measured < 2:
        raise RunError(f"parallel coordinates need two trials that ended with {metric}; there {_are(found.measured)}")
    axes = [*(_axis(axis, options.height) for axis in found.axes), _metric_axis(metric, mode, found, options.height)]
    told = f"Parallel coordinates of {metric}: {text.count(len(found.trials), 'trial')} over {_listed(found.axes)}"
    sentence = f"{told}. The best is trial {found.trials[0]}, {units.format_metric(found.values[0])}."
    notes = _notes(found, metric)
    return Plot(told, sentence, lambda theme: _chart(found, axes, options, theme, sentence, notes))


def _are(number: int) -> str:
    return "is 1" if number == 1 else f"are {number}"


def _listed(axes: Sequence[ParallelAxis]) -> str:
    return ", ".join(axis.label for axis in axes)


def _notes(found: Parallel, metric: str) -> list[str]:
    notes = ["the best on top; drag along an axis to keep what is marked"]
    if found.measured > len(found.trials):
        notes.append(f"{len(found.trials)} of {found.measured:,} trials shown, of all ranks")
    if found.without:
        notes.append(f"{text.count(found.without, 'trial')} without {metric} left out")
    return notes


def _axis(axis: ParallelAxis, height: int) -> Axis:
    shown = [axis.values[place] for place in axis.places]
    if not axis.numeric:
        count = len(axis.values)
        at = [(place + 0.5) / count for place in range(count)]
        places = [at[place] for place in axis.places]
        return Axis(axis.label, log=False, places=places, shown=shown, ticks=_parted(at, axis.values, height))
    numbers = [float(value) for value in axis.values]
    scale = _scale(min(numbers), max(numbers), log=axis.log)
    if len(numbers) <= _MOST_TICKS:
        ticks, texts = numbers, axis.values
    else:
        ticks, texts = _round(min(numbers), max(numbers), log=axis.log)
    places = [scale(numbers[place]) for place in axis.places]
    return Axis(axis.label, axis.log, places, shown, _parted([scale(tick) for tick in ticks], texts, height))


def _metric_axis(metric: str, mode: str, found: Parallel, height: int) -> Axis:
    """The best are at the top."""
    log = suits_log(found.values)
    low, high = span_of(found.values, log=log)
    scale = _scale(low, high, log=log)

    def upwards(value: float) -> float:
        place = min(1.0, max(0.0, scale(value)))
        return 1 - place if mode == "min" else place

    ticks, texts = _round(low, high, log=log)
    ends = [low, high]
    at = [upwards(value) for value in (*ends, *ticks)]
    named = [*(units.format_metric(end) for end in ends), *texts]
    shown = [units.format_metric(value) for value in found.values]
    return Axis(metric, log, [upwards(value) for value in found.values], shown, _parted(at, named, height))


def _scale(low: float, high: float, *, log: bool) -> Callable[[float], float]:
    """Return what gives a number its place, 0 to 1."""
    if low == high:
        return lambda _: 0.5
    if log:
        return lambda value: math.log(value / low) / math.log(high / low) if value > 0 else 0.0
    return lambda value: (value - low) / (high - low)


def _round(low: float, high: float, *, log: bool) -> tuple[list[float], list[str]]:
    ticks = log_ticks(low, high) if log else round_ticks(low, high)
    return ticks, [tick_text(tick) for tick in ticks]


def _parted(at: Sequence[float], texts: Sequence[str], height: int) -> list[tuple[float, str]]:
    """Ticks without those that would stand on others, their texts not too long."""
    kept: list[tuple[float, str]] = []
    for place, shown in zip(at, texts, strict=True):
        if all(abs(place - other) * height >= _ROOM for other, _ in kept):
            kept.append((round(place, 4), shown if len(shown) <= _SIGNS else f"{shown[: _SIGNS - 1]}…"))
    return kept


def _chart(
    found: Parallel, axes: Sequence[Axis], options: Options, theme: Theme, sentence: str, notes: list[str]
) -> dict[str, Any]:
    gap = max(_NARROWEST, (options.width - _STRIP) // (len(axes) - 1) - _STRIP)
    views = []
    for place, axis in enumerate(axes):
        if place:
            views.append(_between(place - 1, len(axes), gap, options.height, theme))
        views.append(_strip(place, axis, axes, options.height, theme))
    return theme.spec(
        sentence,
        axes[-1].label,
        notes,
        data={"name": "trials"},
        datasets={"trials": _rows(found, axes)},
        hconcat=views,
        spacing=0,
        bounds="flush",
    )


def _rows(found: Parallel, axes: Sequence[Axis]) -> list[dict[str, Any]]:
    """A row a trial, the best last so that it is drawn on top."""
    count = len(found.trials)
    rows = []
    for place in reversed(range(count)):
        row: dict[str, Any] = {"t": found.trials[place], "k": _tint(place, count)}
        for number, axis in enumerate(axes):
            row[f"p{number}"] = round(axis.places[place], 4)
            row[f"v{number}"] = axis.shown[place]
        rows.append(row)
    return rows


def _tint(place: int, count: int) -> int:
    """The best has the strongest tint, of its own."""
    return TINTS if place == 0 else TINTS - 1 - place * TINTS // count


def _colours(axes: int, theme: Theme) -> dict[str, Any]:
    """Tinted by rank, and faint what is not marked."""
    marked = {"and": [{"param": f"mark{place}"} for place in range(axes)]}
    tints = [*(theme.tint(0.8 * place / (TINTS - 1)) for place in range(TINTS)), theme.brand]
    scale = {"domain": list(range(TINTS + 1)), "range": tints}
    widths = {"domain": list(range(TINTS + 1)), "range": [*([1] * TINTS), 2.5]}
    return {
        "color": {"field": "k", "type": "ordinal", "scale": scale, "legend": None},
        "strokeWidth": {"field": "k", "type": "ordinal", "scale": widths, "legend": None},
        "opacity": {"condition": {"test": marked, "value": 0.9}, "value": 0.07},
    }


def _height(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "scale": {"domain": [-_AIR, 1 + _AIR], "nice": False}, "axis": None}


def _between(left: int, axes: int, gap: int, height: int, theme: Theme) -> dict[str, Any]:
    """The lines from the middle of an axis to the middle of the next."""
    half = _STRIP / 2
    return {
        "width": gap,
        "height": height,
        "mark": {"type": "rule", "strokeCap": "round"},
        "encoding": {
            "x": {"value": -half},
            "x2": {"value": gap + half},
            "y": _height(f"p{left}"),
            "y2": {"field": f"p{left + 1}"},
            **_colours(axes, theme),
        },
    }


def _strip(place: int, axis: Axis, axes: Sequence[Axis], height: int, theme: Theme) -> dict[str, Any]:
    """An axis that can be brushed, with its ticks and, under the pointer, what its trials have."""
    last = place == len(axes) - 1
    middle = _STRIP / 2
    tooltip = [
        {"field": "t", "type": "nominal", "title": "trial"},
        *({"field": f"v{number}", "type": "nominal", "title": each.label} for number, each in enumerate(axes)),
    ]
    brush = {
        "name": f"mark{place}",
        "select": {
            "type": "interval",
            "encodings": ["y"],
            "mark": {"fill": theme.brand, "fillOpacity": 0.2, "stroke": theme.brand, "strokeOpacity": 0.8},
        },
    }
    ticks = {"values": [{"at": at, "n": shown} for at, shown in axis.ticks]}
    text_mark = {
        "type": "text", "align": "left" if last else "right", "baseline": "middle", "fontSize": 11,
    }  # fmt: skip
    at_text = {"x": {"value": middle + 6 if last else middle - 6}, "y": _height("at"), "text": {"field": "n"}}
    head = axis.label if len(axis.label) <= _HEAD else f"{axis.label[: _HEAD - 1]}…"
    return {
        "width": _STRIP,
        "height": height,
        "layer": [
            # Not as titles, which stand higher over an axis that has a tick at its top.
            _written(head, middle, -28, theme.text, fontWeight=600),
            *([_written("log", middle, -14, theme.faint_text)] if axis.log else []),
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "color": theme.faint_text, "strokeWidth": 1},
                "encoding": {"x": {"value": middle}, "y": {"value": 0}, "y2": {"value": height}},
            },
            {
                "data": ticks,
                "mark": {**text_mark, "color": theme.paper, "stroke": theme.paper, "strokeWidth": 4, "opacity": 0.85},
                "encoding": at_text,
            },
            {"data": ticks, "mark": {**text_mark, "color": theme.text}, "encoding": at_text},
            {
                "params": [brush],
                "mark": {"type": "circle", "size": 60, "opacity": 0, "color": theme.brand},
                "encoding": {"x": {"value": middle}, "y": _height(f"p{place}"), "tooltip": tooltip},
            },
        ],
    }


def _written(shown: str, x: float, y: float, colour: str, **more: object) -> dict[str, Any]:
    return {
        "data": {"values": [{"n": shown}]},
        "mark": {"type": "text", "fontSize": 11, "color": colour, **more},
        "encoding": {"x": {"value": x}, "y": {"value": y}, "text": {"field": "n"}},
    }
