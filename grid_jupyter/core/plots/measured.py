"""The trials of a run and what they come to, as charts of all parameters want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.compared import Compared
from grid_jupyter.core.parallel import read_parallel
from grid_jupyter.core.queries import TrialQuery
from grid_jupyter.core.results import require_metric
from grid_jupyter.core.store import Store
from grid_jupyter.core.view import RunView

if TYPE_CHECKING:
    from grid_jupyter.core.parallel import Parallel
    from grid_jupyter.core.run import Run

    from .options import Options


def read_for_plot(run: Run, options: Options, most: int) -> tuple[str, str, Parallel]:
    """Return the metric, which end of it is best (``min`` or ``max``), and at most so many trials with it.

    Raises:
        RunError: No trial has the metric that is asked for, or any at all.
    """
    view = RunView(run)
    with Store(run.store_folder) as store:
        compared = Compared.of(view, store, options.metric, options.mode)
        metric = require_metric(view.metrics, options.metric or compared.metric)
        mode = compared.mode or "min"
        return metric, mode, read_parallel(TrialQuery(), run.launch, store, view.metrics, metric, mode, most)
