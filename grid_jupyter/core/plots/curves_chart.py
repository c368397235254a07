"""Curves as a chart in Vega-Lite: the others thin and grey, what stands out with its name at its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.text import count

from .lines import span_of, spread, suits_log
from .theme import DASHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .curves import Line, Picture
    from .options import Options
    from .theme import Theme

_DIGITS = 5
_LABEL = 13  # pixels that a name takes
_NAME = 24  # signs of one
_MANY = 30  # lines, from which on they are fainter
# Vega's own format turns 80 into 8e+1 where ticks are tens.
_TICK = "datum.value && abs(datum.value) < 0.001 ? format(datum.value, '.3~e') : format(datum.value, ',.6~g')"
_AIR = 0.04  # of the height, above and below the curves


def curves_chart(picture: Picture, options: Options, theme: Theme, sentence: str) -> dict[str, Any]:
    """Return the chart."""
    frame = _Frame(picture, options)
    notes = list(picture.notes)
    if frame.out:
        notes.append(f"{count(frame.out, 'curve')} leave{'s' if frame.out == 1 else ''} the picture")
    # Each line is clipped by itself, which takes most of the time of a picture, as an opacity of the whole line does.
    clip = bool(frame.out)
    layers = [
        *_bands(picture, theme),
        *_raw(picture, theme),
        _lines(picture, theme, "other", clip=clip),
        _lines(picture, theme, "series", clip=clip),
        _lines(picture, theme, "best", clip=clip),
        _names(frame, theme),
    ]
    return theme.spec(
        sentence,
        picture.metric,
        notes,
        width=options.width,
        height=options.height,
        data={"values": _rows(picture, frame.log)},
        transform=_lookup(picture),
        encoding={"x": frame.x, "y": frame.y},
        layer=[layer for layer in layers if layer],
    )


class _Frame:
    """Axes, and where the names stand."""

    def __init__(self, picture: Picture, options: Options) -> None:
        xs = [x for line in picture.lines for x, _ in line.points]
        ys = [y for line in picture.lines for y in _heights(line)]
        wanted = suits_log(ys) if options.log is None else options.log
        self.log = wanted and any(y > 0 for y in ys)
        self.low, self.high = _with_air(*span_of(ys, log=self.log), log=self.log)
        self.out = sum(any(self._leaves(y) for _, y in line.points) for line in picture.lines)
        self.height = options.height
        self.named = [line for line in picture.lines if line.name]
        whole = all(float(x).is_integer() for x in xs)
        # No more ticks than whole numbers: Vega's tickMinStep alone leaves halves, which read 0, 1, 1, 2, 2.
        count = max(1, min(6, int(max(xs) - min(xs)))) if whole else 6
        self.x = {
            "field": "x",
            "type": "quantitative",
            "title": picture.along,
            "scale": {"domain": [min(xs), max(xs)] if min(xs) < max(xs) else [xs[0] - 1, xs[0] + 1], "nice": False},
            "axis": {"grid": False, "tickCount": count, **({"format": ",d"} if whole else {})},
        }
        kind = {"type": "log"} if self.log else {"zero": False}
        self.y = {
            "field": "y",
            "type": "quantitative",
            "title": None,
            "scale": {"domain": [self.low, self.high], "nice": False, **kind},
            "axis": {"tickCount": 6, "labelExpr": _TICK},
        }

    def _leaves(self, y: float) -> bool:
        return y > self.high or (y < self.low and not (self.log and y <= 0))

    def ends(self) -> list[dict[str, Any]]:
        """Return the names with their places: at the ends of the lines, apart from each other."""
        heights = [min(self.height, max(4.0, self._pixel(line.points[-1][1]))) for line in self.named]
        placed = spread(heights, _LABEL, self.height)
        return [
            {
                "k": line.key, "x": _short(line.points[-1][0]), "y": _short(self._value(height)),
                "n": line.name if len(line.name) <= _NAME else f"{line.name[: _NAME - 1]}…",
            }
            for line, height in zip(self.named, placed, strict=True)
        ]  # fmt: skip

    def _pixel(self, y: float) -> float:
        if self.log:
            return self.height * math.log(self.high / max(y, self.low)) / math.log(self.high / self.low)
        return self.height * (self.high - y) / (self.high - self.low)

    def _value(self, pixel: float) -> float:
        share = pixel / self.height
        if self.log:
            return self.high * math.exp(share * math.log(self.low / self.high))
        return self.high - (self.high - self.low) * share


def _heights(line: Line) -> Iterable[float]:
    yield from (y for _, y in line.raw or line.points)
    for low, high in line.ranges:
        yield from (low, high)


def _with_air(low: float, high: float, *, log: bool) -> tuple[float, float]:
    if log:
        factor = (high / low) ** _AIR
        return low / factor, high * factor
    air = (high - low) * _AIR
    return low - air, high + air


def _rows(picture: Picture, log: bool) -> list[dict[str, Any]]:
    rows = []
    for line in picture.lines:
        for number, (x, y) in enumerate(line.points):
            if log and y <= 0:
                continue
            row: dict[str, Any] = {"k": line.key, "x": _short(x), "y": _short(y)}
            if line.raw:
                row["r"] = _short(line.raw[number][1])
            if line.ranges:
                row["l"], row["h"] = map(_short, line.ranges[number])
            rows.append(row)
    return rows


def _short(value: float) -> float:
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _lookup(picture: Picture) -> list[dict[str, Any]]:
    """What is told under the pointer, once a line."""
    names = list(dict.fromkeys(name for line in picture.lines for name in line.facts))
    facts = [
        {
            "k": line.key,
            "kind": line.kind,
            **{f"f{place}": line.facts.get(name, "") for place, name in enumerate(names)},
        }
        for line in picture.lines
    ]
    fields = ["kind", *(f"f{place}" for place in range(len(names)))]
    return [{"lookup": "k", "from": {"data": {"values": facts}, "key": "k", "fields": fields}}]


def _tooltip(picture: Picture) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for line in picture.lines for name in line.facts)
    return [{"field": f"f{place}", "type": "nominal", "title": name} for place, name in enumerate(names)]


def _lines(picture: Picture, theme: Theme, kind: str, *, clip: bool) -> dict[str, Any] | None:
    lines = [line for line in picture.lines if line.kind == kind]
    if not lines:
        return None
    width = {"other": 1, "series": 2, "best": 2}[kind]
    look: dict[str, Any] = {"clip": clip, "strokeJoin": "round"}
    single = picture.dots and all(len(line.points) == 1 for line in lines if line.facts)
    encoding: dict[str, Any] = {"detail": {"field": "k"}, "tooltip": _tooltip(picture)}
    if kind == "series":
        encoding |= _told_apart(lines, theme)
        if single:
            del encoding["strokeDash"]
    else:
        faint = 0.6 if len(lines) <= _MANY else 0.35
        look |= {"color": theme.brand} if kind == "best" else {"color": theme.other, "strokeOpacity": faint}
    chosen = {"transform": [{"filter": f"datum.kind === '{kind}'"}]}
    if not single:
        return {**chosen, "mark": {"type": "line", "strokeWidth": width, **look}, "encoding": encoding}
    dots = {"mark": {"type": "point", "filled": True, "size": 30, **look, "opacity": 1}, "encoding": encoding}
    if kind != "other":
        return chosen | dots
    # The best value so far goes with the dots as a step.
    step = {"type": "line", "interpolate": "step-after", "strokeWidth": 1, "color": theme.other}
    return chosen | {
        "layer": [
            {"transform": [{"filter": "datum.k === 'best so far'"}], "mark": step},
            {"transform": [{"filter": "datum.k !== 'best so far'"}], **dots},
        ]
    }


def _told_apart(lines: Sequence[Line], theme: Theme) -> dict[str, Any]:
    """Colours and dashes by series."""
    keys = [line.key for line in lines]
    colours = [theme.stroke(line.place) for line in lines]
    dashes = [list(DASHES[line.place % len(DASHES)]) for line in lines]
    common = {"field": "k", "type": "nominal", "legend": None}
    return {
        "color": {**common, "scale": {"domain": keys, "range": colours}},
        "strokeDash": {**common, "scale": {"domain": keys, "range": dashes}},
    }


def _raw(picture: Picture, theme: Theme) -> list[dict[str, Any]]:
    """What stands out before it was smoothed, faint."""
    layers = []
    for kind in ("series", "best"):
        lines = [line for line in picture.lines if line.kind == kind and line.raw]
        if not lines:
            continue
        colour = {"color": _told_apart(lines, theme)["color"]} if kind == "series" else {}
        mark = {"type": "line", "strokeWidth": 1, "opacity": 0.3, "clip": True}
        encoding = {"y": {"field": "r", "type": "quantitative"}, "detail": {"field": "k"}, **colour}
        layers.append(
            {
                "transform": [{"filter": f"datum.kind === '{kind}'"}],
                "mark": mark | ({} if colour else {"color": theme.brand}),
                "encoding": encoding,
            }
        )
    return layers


def _bands(picture: Picture, theme: Theme) -> list[dict[str, Any]]:
    lines = [line for line in picture.lines if line.kind == "series" and line.ranges]
    if not lines:
        return []
    encoding = {
        "y": {"field": "l", "type": "quantitative"},
        "y2": {"field": "h"},
        "detail": {"field": "k"},
        "color": _told_apart(lines, theme)["color"],
    }
    mark = {"type": "area", "opacity": 0.15, "clip": True}
    return [{"transform": [{"filter": "datum.kind === 'series'"}], "mark": mark, "encoding": encoding}]


def _names(frame: _Frame, theme: Theme) -> dict[str, Any] | None:
    if not frame.named:
        return None
    series = [line for line in frame.named if line.kind == "series"]
    mark = {"type": "text", "align": "left", "baseline": "middle", "dx": 6, "fontWeight": 600}
    layers: list[dict[str, Any]] = []
    text = {"field": "n", "type": "nominal"}
    if series:
        keys = {line.key for line in series}
        layers.append(
            {
                "data": {"values": [end for end in frame.ends() if end["k"] in keys]},
                "mark": mark,
                "encoding": {"text": text, "color": _told_apart(series, theme)["color"]},
            }
        )
    if best := [line.key for line in frame.named if line.kind == "best"]:
        layers.append(
            {
                "data": {"values": [end for end in frame.ends() if end["k"] in best]},
                "mark": {**mark, "color": theme.brand},
                "encoding": {"text": text},
            }
        )
    return {"layer": layers}
