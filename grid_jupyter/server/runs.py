"""Runs and their trials, as they are asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import index
from grid_jupyter.core.budget import Account
from grid_jupyter.core.compared import Compared
from grid_jupyter.core.limits import Limits
from grid_jupyter.core.planned import plan_of
from grid_jupyter.core.rendering import magic
from grid_jupyter.core.run import Run
from grid_jupyter.core.states import RunState
from grid_jupyter.core.store import Store
from grid_jupyter.core.trial import BuildTrial
from grid_jupyter.errors import GridError

from . import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.summary import RunSummary

    from .manager import Manager

_KINDS: Mapping[str, set[RunState]] = {
    "all": set(RunState),
    "active": {RunState.RUNNING, RunState.QUEUED},
    "paused": {RunState.PAUSED},
    "failed": {RunState.FAILED, RunState.INTERRUPTED},
    "done": {RunState.SUCCEEDED, RunState.STOPPED},
}


def listing(manager: Manager, q: str, state: str, offset: int, limit: int) -> dict[str, Any]:
    """Return one page of the runs that fit."""
    everything = index.list_runs()
    fitting = [run for run in everything if run.state in _KINDS[state] and _holds(run, q.strip().lower())]
    return {
        "runs": [_row(manager, summary) for summary in fitting[offset : offset + limit]],
        "page": shapes.page(offset, limit, len(fitting)),
        "all": len(everything),
        "active": sum(run.state in _KINDS["active"] for run in everything),
    }


def _holds(summary: RunSummary, text: str) -> bool:
    return not text or text in f"{summary.run}\n{summary.reason}\n{_told(summary.run, summary.created)}".lower()


@lru_cache(10_000)
def _told(name: str, created: float) -> str:  # noqa: ARG001  (another run of that name is another)
    """What a run was launched with that is searched, too; it never changes."""
    try:
        launch = Run(name).launch
    except GridError:
        return ""
    return f"{launch.script}\n{launch.description or ''}"


def _row(manager: Manager, summary: RunSummary) -> dict[str, Any]:
    try:
        view = manager.view(Run(summary.run))
    except GridError:
        return shapes.run_row(summary, None)  # broken, or deleted just now
    return shapes.run_row(view.summary, view)


def detail(manager: Manager, name: str, metric: str | None, mode: str | None) -> dict[str, Any]:
    """Return all that the head of a run's view shows."""
    run = Run(name)
    view = manager.view(run)
    summary, launch = view.summary, run.launch
    with Store(run.store_folder) as store:
        account, limits = Account.read(store), Limits(**store.fact("limits"))
        compared = Compared.of(view, store, metric, mode)
    price = account.tariff.price
    active = sum(number for state, number in summary.counts.items() if state.active)
    metrics = [*dict.fromkeys([*([compared.metric] if compared.metric else []), *view.metrics])]
    return shapes.run_row(summary, view) | {
        "best": shapes.best(compared.leader),
        "build": str(BuildTrial(run).state) if launch.actions.build else None,
        "place": launch.place,
        "command": launch.command,
        "magic": magic(launch.command),
        "python": launch.interpreter,
        "project": launch.project,
        "strategy": launch.strategy,
        "seed": launch.seed,
        "varying": [axis.label for axis in launch.space.varying],
        "constants": shapes.constants(launch.space),
        "metrics": metrics,
        "metric": compared.metric,
        "mode": compared.mode,
        "metric_asked": launch.metric is not None,
        "limits": {key: value for key, value in limits.to_json().items() if key != "fits"},
        "cost_per_hour": None
        if price is None
        else round(account.tariff.share(active) * active * price, 6)
        if active
        else 0,
        "dollars": None if price is None else account.dollars,
        "machine_seconds": account.seconds,
        "reproduce": f"grid rerun {name} --from_snapshot",
        "folder": str(run.folder),
        "failures": [{"trial": row.trial, "state": str(row.state), "reason": row.reason} for row in view.failures],
    }


def plan(name: str, offset: int, limit: int) -> dict[str, Any]:
    """Return the plan that a run was launched with."""
    run = Run(name)
    return shapes.plan(plan_of(run), run.launch.interpreter, offset, limit, launched=True)
