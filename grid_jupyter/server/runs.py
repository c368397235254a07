"""Runs and their trials, as they are asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import index
from grid_jupyter.core.addresses import find_trial
from grid_jupyter.core.advice import advice
from grid_jupyter.core.budget import Account
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.curves import Cursor, read_curves
from grid_jupyter.core.home import grid_home
from grid_jupyter.core.interpreter import terminal_interpreter
from grid_jupyter.core.limits import Limits
from grid_jupyter.core.log_pieces import size_of
from grid_jupyter.core.plan import Surroundings
from grid_jupyter.core.planned import plan_of
from grid_jupyter.core.queries import TrialQuery, best_trial, find_trials
from grid_jupyter.core.results import Leader, choose_mode
from grid_jupyter.core.run import Run
from grid_jupyter.core.states import RunState, TrialState
from grid_jupyter.core.store import Store
from grid_jupyter.core.verbs import answer
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError, GridError

from . import shapes
from .problems import UnansweredError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.summary import RunSummary
    from grid_jupyter.core.verbs import Reply
    from grid_jupyter.core.view import RunView

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
    told, price = advice(summary), account.tariff.price
    active = sum(number for state, number in summary.counts.items() if state.active)
    metrics = [*dict.fromkeys([*([compared.metric] if compared.metric else []), *view.metrics])]
    return shapes.run_row(summary, view) | {
        "best": shapes.best(compared.leader),
        "banner": told and {"kind": told.kind, "text": told.text, "command": told.command, "limits": dict(told.limits)},
        "place": launch.place,
        "command": launch.command,
        "magic": shapes.magic(launch.command),
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
        "reproduce": f"grid rerun {name}",
        "folder": str(run.folder),
        "failures": [{"trial": row.trial, "state": str(row.state), "reason": row.reason} for row in view.failures],
    }


class Compared:
    """By what the trials of a run are compared, and which is best."""

    def __init__(self, metric: str | None, mode: str | None, leader: Leader | None) -> None:
        self.metric = metric
        self.mode = mode
        self.leader = leader

    @classmethod
    def of(cls, view: RunView, store: Store, metric: str | None, mode: str | None) -> Compared:
        """Return what was asked for, else the run's own choice."""
        own_metric, own_mode = view.criterion
        if metric in {None, own_metric} and mode in {None, own_mode}:
            return cls(own_metric, own_mode, view.leader)
        chosen = metric or own_metric
        direction = mode or (choose_mode(chosen, None) if chosen else None)
        leader = best_trial(store, view.run.launch, chosen, direction) if chosen and direction else None
        return cls(chosen, direction, leader)


def trials(manager: Manager, name: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a run's trials."""
    run = Run(name)
    view = manager.view(run)
    asked = TrialQuery(
        query["where"], _states(query["state"]), _numbers("only", query["only"]), query["sort"], query["descending"],
        query["find"], query["offset"], query["limit"],
    )  # fmt: skip
    with Store(run.store_folder) as store:
        compared = Compared.of(view, store, query["metric"], query["mode"])
        found = find_trials(asked, run.launch, store, view.metrics, compared.leader)
    return {
        "rows": [shapes.trial_row(row, run.launch, compared.leader) for row in found.rows],
        "page": shapes.page(asked.offset, asked.limit, found.total),
        "all": len(run),
        "position": found.position,
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
        row, files = store.trial(number), store.artifacts(number)
        compared = Compared.of(view, store, metric, mode)
    job = launch.job(number, max(1, row.attempts))
    return shapes.trial_row(row, launch, compared.leader) | {
        "run": name,
        "name": str(found),
        "command": shapes.typed(job.argv),
        "argv": launch.arguments(number),
        "environment": {key: value for key, value in job.environment.items() if key.startswith("GRID_")},
        "place": launch.place,
        "interruptions": row.interruptions,
        "failures": row.failures,
        "reproduce": f"grid rerun {name} {number}",
        "artifacts": {"files": len(files), "size": sum(size for _, _, size in files)},
        "log": {stream: size_of(found.log_file(row.attempts, stream)) for stream in ("stdout", "stderr")},
    }


def plan(name: str, offset: int, limit: int) -> dict[str, Any]:
    """Return the plan that a run was launched with."""
    run = Run(name)
    return shapes.plan(plan_of(run), run.launch.interpreter, offset, limit, launched=True)


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
            best = TrialQuery(limit=query["best"], sort="best" if compared.leader else f"metrics.{shown}")
            chosen = tuple(
                row.trial for row in find_trials(best, run.launch, store, view.metrics, compared.leader).rows
            )
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


def act(words: list[str]) -> dict[str, Any]:
    """Do what a verb of the command does, and tell of it."""
    reply = say(words)
    return {**reply.data, "message": reply.text}


def say(words: list[str]) -> Reply:
    """Say a command line without its ``grid``.

    Raises:
        UnansweredError: It asks something first.
    """
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return False

    command = parse_command(list(map(Word, words)))
    assert command is not None  # noqa: S101  (the words begin with a verb)
    try:
        return answer(command, Surroundings(grid_home(), terminal_interpreter(), ask))
    except GridError:
        if asked:
            raise UnansweredError(dict.fromkeys(asked, "--yes")) from None
        raise
