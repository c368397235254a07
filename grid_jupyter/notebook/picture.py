"""The picture of a run that has ended, as it is kept with the run's table in a saved notebook.

Viewers that show HTML without scripts keep an image whose data is in the page. Where no PNG can be drawn, lines in SVG
stand in for it: a notebook and nbconvert show them, a forge leaves them out.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from grid_jupyter.core import units
from grid_jupyter.core.curves import Cursor
from grid_jupyter.core.plots import Options, make_plot
from grid_jupyter.core.plots.curves import read_picture
from grid_jupyter.core.plots.lines import span_of, suits_log
from grid_jupyter.core.store import Store
from grid_jupyter.errors import UserError

from .table import BRAND, FONT2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.plots.curves import Line
    from grid_jupyter.core.plots.lines import Point
    from grid_jupyter.core.run import Run

MOST = 72_000
"""Bytes of a picture; it is a third longer as text."""

_OPTIONS = Options(height=160)
_LINES, _POINTS = 50, 60
_WIDTH, _HEIGHT, _EDGE = 420, 120, 16


def run_picture(run: Run) -> str:
    """Return the curves of a run as HTML; empty where there is none to draw."""
    with Store(run.store_folder) as store:
        return _drawn(run, str(Cursor.now(store)))


@lru_cache(maxsize=8)
def _drawn(run: Run, _as_of: str) -> str:
    """Draw a run, which may be shown at several places, once for all that it has written."""
    try:
        plot = make_plot(run, _OPTIONS)
        if content := plot.picture(MOST):
            data = base64.b64encode(content).decode()
            style = "display:block;max-width:100%;height:auto;background:transparent"
            return f'<img alt="{escape(plot.sentence)}" width="520" style="{style}" src="data:image/png;base64,{data}">'
        return _sketch(run, plot.sentence)
    except UserError:  # no finite value, or the metrics were taken away meanwhile
        return ""


def _sketch(run: Run, sentence: str) -> str:
    """A few curves, the best one in colour, with the ends of both axes."""
    picture = read_picture(run, _OPTIONS)
    lines = picture.lines[-_LINES:]  # the best come last
    ys = [y for line in lines for _, y in line.points]
    xs = [x for line in lines for x, _ in line.points]
    if suits_log(ys):
        return ""  # that takes a real axis
    (low, high), (left, right) = span_of(ys, log=False), (min(xs), max(xs))

    def place(point: Point) -> str:
        x = (point[0] - left) / ((right - left) or 1) * _WIDTH
        y = _EDGE + (high - min(max(point[1], low), high)) / (high - low) * _HEIGHT
        return f"{x:.0f},{y:.0f}"

    drawn = "".join(_line(line, [place(point) for point in _thinned(line.points)]) for line in lines)
    bottom = _EDGE + _HEIGHT + 12
    words = [
        _text(0, _EDGE - 4, f"{picture.metric} {units.format_metric(high)}"),
        _text(0, bottom, units.format_metric(low)),
        _text(_WIDTH, bottom, f"{picture.along} {left:g} to {right:g}", "end"),
    ]
    return (
        f'<svg role="img" aria-label="{escape(sentence)}" width="{_WIDTH}" height="{bottom + 4}" '
        f'style="display:block;margin:6px 0;max-width:100%">{drawn}{"".join(words)}</svg>'
    )


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    step = -(-len(points) // _POINTS)
    return [*points[:-1:step], points[-1]]


def _line(line: Line, places: Sequence[str]) -> str:
    best = line.kind == "best"
    style = f"stroke:{BRAND if best else FONT2};opacity:{1 if best else 0.4}"
    return f'<polyline fill="none" stroke-width="{2 if best else 1}" style="{style}" points="{" ".join(places)}"/>'


def _text(x: int, y: int, shown: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="11" style="fill:{FONT2}">{escape(shown)}</text>'
