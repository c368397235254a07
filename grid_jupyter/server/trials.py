"""Trials of a run as tables, curves and parallel coordinates show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.core.addresses import find_trial
from grid_jupyter.core.compared import Compared
from grid_jupyter.core.curves import Cursor, read_curves
from grid_jupyter.core.details import origin, reproduce_line
from grid_jupyter.core.log_pieces import size_of
from grid_jupyter.core.parallel import read_parallel
from grid_jupyter.core.queries import TrialQuery, find_trials
from grid_jupyter.core.run import Run
from grid_jupyter.core.states import RunState, TrialState
from grid_jupyter.core.store import Store
from grid_jupyter.core.summary import as_told
from grid_jupyter.errors import CommandError

from . import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.summary import RunSummary

    from .manager import Manager

_ELSEWHERE = ("script", "directory", "project")
"""What of a trial's origin is the run's to tell, or a matter of the machine's folders."""


def trials(manager: Manager, name: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a run's trials."""
    run = Run(name)
    view = manager.view(run)
    asked = TrialQuery(
        where=query["where"],
        within=query["within"],
        states=_stored(_states(query["state"]), view.summary),
        only=_numbers("only", query["only"]),
        sort=query["sort"],
        descending=query["descending"],
    )
    offset, limit, wanted = query["offset"], query["limit"], query["find"]
    with Store(run.store_folder) as store:
        compared = Compared.of(view, store, query["metric"], query["mode"])
        # The next page of the same run as it was is that of the same order.
        key = (manager.version(name), asked, compared.metric, compared.mode)
        found = manager.orders.get(key, lambda: find_trials(asked, run.launch, store, view.metrics, compared.leader))
        rows = store.these(found[offset : offset + limit])
    return {
        "rows": [shapes.trial_row(as_told(row, view.summary), run.launch, compared.leader) for row in rows],
        "page": shapes.page(offset, limit, len(found)),
        "all": len(run),
        "position": found.index(wanted) if wanted in found else None,
        "metric": compared.metric,
        "mode": compared.mode,
        "sort": asked.sort,
        "descending": asked.descending,
    }


def _states(text: str) -> tuple[TrialState, ...]:
    try:
        return tuple(TrialState(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise CommandError(f"state: {text!r} names no state; there are {', '.join(TrialState)}") from None


def _stored(states: tuple[TrialState, ...], summary: RunSummary) -> tuple[TrialState, ...]:
    """Return the states that trials are stored in which are told to be in these."""
    if summary.state is not RunState.INTERRUPTED or TrialState.INTERRUPTED not in states:
        return states
    return (*states, *(state for state in TrialState if state.active))


def _numbers(name: str, text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 13 for part in parts):
        raise CommandError(f"{name} takes numbers of trials, parted by commas; got {text!r}")
    return tuple(map(int, parts))


def trial(manager: Manager, name: str, number: int, metric: str | None, mode: str | None) -> dict[str, Any]:
    """Return one trial with its details."""
    found = find_trial(f"{name}/{number}")
    view, launch = manager.view(found.run), found.run.launch
    with Store(found.run.store_folder) as store:
        row, files = as_told(store.trial(number), view.summary), store.artifacts(number)
        earlier = store.attempts(number)
        compared = Compared.of(view, store, metric, mode)
    job = launch.job(number, max(1, row.attempts)) if launch.selection.knows(number) else None
    return shapes.trial_row(row, launch, compared.leader) | {
        "run": name,
        "name": str(found),
        "command": job and shapes.typed(launch.script_command(number)),
        "argv": launch.arguments(number),
        "environment": {
            key: value for key, value in (job.environment if job else {}).items() if key not in launch.environment
        },
        "place": launch.place,
        "interruptions": row.interruptions,
        "failures": row.failures,
        "earlier": [{"attempt": attempt.number, "told": attempt.told} for attempt in earlier],
        "reproduce": reproduce_line(found),
        "notebook": launch.script if launch.executor and any(path == launch.script for _, path, _ in files) else None,
        **{key: value for key, value in origin(found.run, launch).items() if key not in _ELSEWHERE},
        "artifacts": {"files": len(files), "size": sum(size for _, _, size in files)},
        "log": {stream: size_of(found.log_file(row.attempts, stream)) for stream in ("stdout", "stderr")},
    }


def metrics(manager: Manager, name: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return curves of one metric."""
    run = Run(name)
    view = manager.view(run)
    since = Cursor.parse(query["cursor"]) if query["cursor"] else None
    with Store(run.store_folder) as store:
        now = Cursor.now(store)
        compared = Compared.of(view, store, query["metric"] or query["name"], query["mode"])
        shown = query["name"] or compared.metric
        chosen = _numbers("trials", query["trials"])
        if wrong := [number for number in chosen if number >= len(run)]:
            raise CommandError(f"trials: {name} has trials 0 to {len(run) - 1}; got {wrong[0]}")
        if not chosen and shown:
            best = TrialQuery(sort="best" if compared.leader else f"metrics.{shown}")
            chosen = tuple(find_trials(best, run.launch, store, view.metrics, compared.leader)[: query["best"]])
        curves = read_curves(store, shown, chosen, query["points"], since, now) if shown else []
        measured = store.measured(shown) if shown else 0
    return {
        "name": shown,
        "names": view.metrics,
        "curves": [
            {
                "trial": curve.trial, "total": curve.total, "thinned": curve.thinned,
                "points": [[point.step, shapes.number(point.value), point.time] for point in curve.points],
            }
            for curve in curves
        ],
        "cursor": str(now),
        "reset": since is not None and since.generation != now.generation,
        "trials": measured,
    }  # fmt: skip


def parallel(manager: Manager, name: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return all trials that have the metric, by columns."""
    run = Run(name)
    view = manager.view(run)
    asked = TrialQuery(query["where"], states=_states(query["state"]))
    with Store(run.store_folder) as store:
        compared = Compared.of(view, store, query["metric"], query["mode"])
        metric, mode = compared.metric, compared.mode
        found = read_parallel(asked, run.launch, store, view.metrics, metric or "", mode or "min", query["most"])
    return {
        "metric": metric,
        "mode": mode,
        "trials": found.trials,
        "values": found.values,
        "axes": [
            {
                "label": axis.label, "flag": axis.name, "values": axis.values, "places": axis.places,
                "numeric": axis.numeric, "log": axis.log,
            }
            for axis in found.axes
        ],
        "measured": found.measured,
        "without": found.without,
    }  # fmt: skip
