"""Plots of a run's results: curves, parallel coordinates, and which parameters matter.

Charts are plain data in Vega-Lite 5, which JupyterLab and others draw by themselves; pictures are made of the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .options import Options
from .plot import Plot

if TYPE_CHECKING:
    from grid_jupyter.core.run import Run

__all__ = ["Options", "Plot", "make_plot"]


def make_plot(run: Run, options: Options) -> Plot:
    """Draw a run as it is now.

    Raises:
        RunError: There is nothing to draw yet.
        CommandError: Something is named that there is not, or a package is missing.
    """
    match options.kind:
        case "parallel":
            from .parallel import parallel_plot

            return parallel_plot(run, options)
        case "importance":
            from .importance import importance_plot

            return importance_plot(run, options)
        case _:
            return _curves(run, options)


def _curves(run: Run, options: Options) -> Plot:
    from grid_jupyter.core import text

    from .curves import read_picture
    from .curves_chart import curves_chart

    picture = read_picture(run, options)
    drawn = sum(1 for line in picture.lines if line.facts)
    what = text.count(drawn, "group") if any(line.ranges for line in picture.lines) else text.count(drawn, "trial")
    told = f"Curves of {picture.metric}: {what} along the {picture.along}"
    leaders = [line for line in picture.lines if line.kind == "best"]
    best = f". The best is trial {leaders[0].key}, {leaders[0].facts['last']}" if leaders else ""
    sentence = f"{told}{best}."
    return Plot(told, sentence, lambda theme: curves_chart(picture, options, theme, sentence))
