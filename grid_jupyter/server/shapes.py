"""Runs, trials and plans as the JSON of the description."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import text, units
from grid_jupyter.core.advice import advice
from grid_jupyter.core.plan import questions
from grid_jupyter.core.plan_text import plan_lines, shown_word
from grid_jupyter.core.rendering import command_line, magic
from grid_jupyter.core.searching import axis_text

from .problems import questions_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.machines.machine import Machine
    from grid_jupyter.core.plan import Plan
    from grid_jupyter.core.results import Leader
    from grid_jupyter.core.space import Axis, Space
    from grid_jupyter.core.store import TrialRow
    from grid_jupyter.core.summary import RunSummary
    from grid_jupyter.core.view import RunView

LISTED = 100


def number(value: float) -> float | str:
    """Return a metric's value; JSON has no nan and no infinity."""
    return value if math.isfinite(value) else str(float(value))


def page(offset: int, limit: int, total: int) -> dict[str, int]:
    """Return where in a list an answer stands."""
    return {"offset": offset, "limit": limit, "total": total}


def best(leader: Leader | None) -> dict[str, Any] | None:
    """Return the best trial."""
    if leader is None:
        return None
    return {
        "trial": leader.row.trial, "metric": leader.metric, "mode": leader.mode, "value": number(leader.value),
    }  # fmt: skip


def run_row(summary: RunSummary, view: RunView | None, leader: Leader | None = None) -> dict[str, Any]:
    """Return a run as a list shows it; without its picture where it cannot be read."""
    launch = view.run.launch if view else None
    banner = advice(summary)
    return summary.to_json() | {
        "banner": banner and asdict(banner),
        "ended": summary.ended_trials,
        "held": summary.held,
        "asked": summary.asked,
        "unwatched": summary.unwatched,
        "time_left": text.time_left(summary, view.durations, view.at_once, sooner=view.sooner) if view else None,
        "spent": summary.spent,
        "at_once": view.at_once if view else None,
        "best": best(leader or view.leader) if view else None,
        "sentence": text.sentence(summary),
        "script": launch.script if launch else None,
        "description": launch.description if launch else None,
    }


def trial_row(row: TrialRow, launch: Launch, leader: Leader | None) -> dict[str, Any]:
    """Return a trial as a table shows it."""
    elapsed = max(0.0, time.time() - row.started) if row.state.active and row.started else None
    return {
        "trial": row.trial,
        "state": str(row.state),
        "reason": row.reason,
        "params": launch.params(row.trial),
        "metrics": {name: number(value) for name, value in row.metrics.items()},
        "duration": row.duration if row.state.ended else None,
        "elapsed": elapsed,
        "attempts": row.attempts,
        "started": row.started,
        "ended": row.ended if row.state.ended else None,
        "best": leader is not None and leader.row.trial == row.trial,
    }


def constants(space: Space) -> list[dict[str, Any]]:
    """Return the arguments that do not vary."""
    return [
        {"label": axis.label, "flag": axis.name, "value": axis.value(0)}
        for axis in space.axes
        if axis.label and axis.count == 1
    ]


def machine(found: Machine | None) -> dict[str, Any] | None:
    """Return a type of machine."""
    from grid_jupyter.core.machines.listing import short_name  # a large table, for those who ask for it

    if found is None:
        return None
    return found.to_json() | {
        "label": found.label, "short_name": short_name(found), "note": found.note, "replacement": found.replacement,
    }  # fmt: skip


def plan(made: Plan, python: Path | str | None, offset: int, limit: int, *, launched: bool = False) -> dict[str, Any]:
    """Return a plan with some of its trials; one that was launched asks and warns of nothing any more."""
    place, space, selection = made.placement, made.space, made.selection
    endless = any(axis.interval for axis in space.axes)
    command, cost = command_line(made.spec), place.cost_json()
    return {
        "script": str(made.script),
        "command": command,
        "magic": magic(command),
        "python": None if python is None else str(python),
        "strategy": made.spec.strategy,
        "seed": made.seed,
        "seed_given": made.spec.seed is not None,
        "combinations": None if endless else units.format_count(space.size),
        "kept": None if endless else units.format_count(selection.survivors),
        "where": made.spec.where,
        "estimated": selection.estimated,
        "trials": made.trials,
        "lines": plan_lines(made, launched=launched),
        "axes": [
            {
                "label": axis.label, "flag": axis.name, "swept": axis.swept, "told": axis_text(axis),
                **values(axis, LISTED),
            }
            for axis in space.axes if axis.label
        ],
        "varying": [axis.label for axis in space.varying],
        "constants": constants(space),
        "place": place.place,
        "at_once": made.at_once,
        "gpus_per_trial": place.gpus_per_trial,
        "gpus": made.gpus,
        "machine": machine(place.machine),
        "machines": place.machines,
        "trials_per_machine": place.per_machine,
        "cost": cost and place.prices and {**cost, "told": place.priced},
        "budget": made.spec.budget,
        "files": None if launched else made.files.summary(),
        "warnings": [*made.warnings, *made.passing],
        "questions": [] if launched or made.spec.yes or made.spec.ignore_warnings else questions_json(questions(made)),
        "rows": [_plan_row(made, trial) for trial in made.listed(offset, limit)],
        "page": page(offset, limit, made.trials),
    }  # fmt: skip


def values(axis: Axis, most: int) -> dict[str, Any]:
    """Return how many values an axis has, and the first of them; a search takes any number of an interval."""
    if axis.interval:
        return {"count": None, "values": None}
    return {"count": axis.count, "values": None if axis.values is None else list(axis.values[:most])}


def _plan_row(made: Plan, trial: int) -> dict[str, Any]:
    return {"trial": trial, "params": made.params(trial), "command": typed([made.script.name, *made.argv(trial)])}


def typed(words: Sequence[str]) -> str:
    """Return words as they would have to be typed."""
    return " ".join(shown_word(word) for word in words)
