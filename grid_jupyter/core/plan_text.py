"""A plan in words, and in plain text."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from . import units
from .budget import Tariff, budget_text
from .results import numbers_or_text
from .searching import early_stop_line, search_lines
from .text import count, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from .plan import Plan
    from .spec import RunSpec

PAGE = 20
"""Trials that are shown in plain text."""


def plan_text(plan: Plan, *, stable: bool = False) -> str:
    """Return the plan: combinations, machines, cost, code, warnings, and the first trials and the last.

    Args:
        plan: The plan.
        stable: Whether to leave out what may differ tomorrow or elsewhere: how many run at once, a seed that was
            drawn, how a cluster is just now, how long it may take, and the code's size and age.
    """
    parts = [plan_title(plan), *plan_lines(plan, stable=stable)]
    parts += [f"! {warning}" for warning in plan_warnings(plan, stable=stable)]
    if not plan.foreseen:
        return "\n".join(parts)
    rows = plan_rows(plan, range(min(plan.trials, PAGE)))
    if last := last_trial(plan, PAGE):
        rows += [["…", *([""] * (len(plan_heads(plan)) - 1))], *plan_rows(plan, [last])]
    parts.append(table(plan_heads(plan), rows))
    if plan.trials > PAGE:
        parts.append(f"trials 0 to {PAGE - 1} of {units.format_count(plan.trials)}")
    return "\n".join(parts)


def plan_title(plan: Plan) -> str:
    """Return what the plan is for."""
    return f"Plan for {plan.script.name}"


def plan_warnings(plan: Plan, *, stable: bool = False) -> Sequence[str]:
    """Return what the user should know; the stable ones hold tomorrow as well."""
    return plan.warnings if stable else (*plan.warnings, *plan.passing)


def plan_heads(plan: Plan) -> list[str]:
    """Return the columns of the table of trials."""
    return ["trial", *(axis.label for axis in plan.space.varying), "command"]


def plan_rows(plan: Plan, trials: Iterable[int]) -> list[list[str]]:
    """Return the rows of some trials: index, parameters that vary, and the command."""
    varying = [axis.label for axis in plan.space.varying]
    rows = []
    for trial in trials:
        params = plan.params(trial)
        command = " ".join([plan.script.name, *(shown_word(word) for word in plan.argv(trial))])
        rows.append([str(trial), *(params[label] for label in varying), command])
    return rows


def plan_frame(plan: Plan, trials: Iterable[int]) -> pd.DataFrame:
    """Return the rows of some trials as a table, in which a parameter is a number where all its values are."""
    import pandas as pd

    rows = plan_rows(plan, trials)
    columns = {head: [row[place] for row in rows] for place, head in enumerate(plan_heads(plan))}
    index = pd.Index([int(trial) for trial in columns.pop("trial")], name="trial", dtype="int64")
    command = columns.pop("command")
    return pd.DataFrame({name: numbers_or_text(texts) for name, texts in columns.items()} | {"command": command}, index)


def last_trial(plan: Plan, shown: int) -> int | None:
    """Return the last trial, where it is not among the first that are shown and can be told without a search."""
    return plan.trials - 1 if plan.trials > shown and plan.selection.launchable else None


def plan_lines(plan: Plan, *, stable: bool = False, launched: bool = False) -> list[str]:
    """Return the facts, a line each: combinations, trials, GPUs and machines, cost, time, code.

    Args:
        plan: The plan.
        stable: Whether to leave out what may differ tomorrow or elsewhere.
        launched: Whether to leave out what was only of use before the launch: time and code.
    """
    spec, place = plan.spec, plan.placement
    parts = [count(plan.trials, "trial"), spec.strategy.removesuffix("_search")]
    if not stable or spec.seed is not None:
        parts.append(f"seed {plan.seed}")
    parts.append(place.place if stable else f"{plan.at_once} at once on {place.place}")
    if place.per_machine > 1:
        parts.append(f"{count(place.per_machine, 'trial')} fit a machine")
    lines = [*combination_lines(plan), " · ".join(parts)]
    if gpus := _gpu_line(plan):
        lines.append(gpus)
    if place.machine:
        lines.append(_cost_line(plan))
    if not stable:
        lines += [f"{head:<9} {text}" for head, text in place.facts]
    if not (stable or launched):
        lines += [*_whole_run(plan), f"Code      {plan.files.summary(alone=place.elsewhere)}"]
    lines += [f"Data      {line}" for line in plan.data.lines]
    lines += _around(plan.spec)
    if limits := _limits(plan):
        lines.append(f"Limits    {limits}")
    if plan.mlflow:
        lines.append(f"MLflow    {plan.mlflow}")
    return lines


def _gpu_line(plan: Plan) -> str:
    place = plan.placement
    each = f"GPUs      {plan.gpus:g} = {plan.trials:,} trials × {place.gpus_per_trial:g}" if plan.gpus else ""
    if not place.machine:
        return each
    of = f" ({place.machine.label})" if place.machine.gpus else ""
    return f"{each or 'GPUs      none'}      Machines  {place.machines} × {place.machine.name}{of}"


def combination_lines(plan: Plan) -> list[str]:
    """Return how the combinations come about, and how many ``--where`` keeps."""
    lines = [] if plan.foreseen else search_lines(plan.spec, plan.selection, plan.space.varying)
    if any(axis.interval for axis in plan.space.axes):
        return lines + ([f'  kept by --where "{plan.spec.where}"'] if plan.spec.where else [])
    groups = [f"{axis.count:,} {axis.label}" for axis in plan.space.varying]
    zipped = any(len(group) > 1 for group in plan.space.groups)
    about = "about " if plan.selection.estimated else ""
    line = count(plan.space.size, "combination")
    if len(groups) > 1 and not zipped:
        line += f" = {' × '.join(groups)}"
    elif zipped:
        line += f" ({', '.join(plan.spec.zip)} side by side)"
    if plan.spec.where:
        line += f'          {about}{units.format_count(plan.selection.survivors)} kept by --where "{plan.spec.where}"'
        line += " (estimated)" if plan.selection.estimated else ""
    return [*lines, line]


def _cost_line(plan: Plan) -> str:
    place = plan.placement
    kinds = [("", place.cost_per_hour), ("spot about ", place.spot_per_hour)]
    known = [f"{kind}{units.format_money(cost)}" for kind, cost in kinds if cost is not None]
    if not known or place.prices is None:
        return "Cost      no price is known for this machine"
    return f"Cost      {', '.join(known)} an hour ({place.priced})"


def _whole_run(plan: Plan) -> list[str]:
    from .forecast import forecast  # reads earlier runs

    if expected := forecast(plan):
        return [f"Whole run {expected}"]
    # Where nothing is paid, not to know it is no news.
    return ["Whole run not known before a trial has ended"] if plan.placement.machine else []


def _around(spec: RunSpec) -> list[str]:
    """What a configuration file puts around the script; values of variables may be secrets."""
    actions = spec.actions
    counts = {
        "before the first trial": len(actions.on_build_start + actions.on_build_end),
        "before each script": len(actions.on_experiment_start),
        "after each script": len(actions.on_experiment_end),
    }
    told = [f"{number} {when}" for when, number in counts.items() if number]
    lines = [f"Actions   {' · '.join(told)}"] if told else []
    if spec.environment:
        lines.append(f"Variables {', '.join(spec.environment)} (values are not shown)")
    return lines


def _limits(plan: Plan) -> str:
    spec = plan.spec
    told = ["a smoke trial first"] if spec.smoke else []
    if spec.budget:
        told.append(f"budget {budget_text(Tariff.of(plan.placement).read(spec.budget))}")
    if spec.max_time is not None:
        told.append(f"{units.write_duration(spec.max_time)} a trial")
    if early := early_stop_line(spec):
        told.append(early)
    return " · ".join(told)


def shown_word(word: str) -> str:
    """Return a word of a command as it would have to be typed."""
    return word if not set(word) & set(" \t\n\"'$`\\|&;<>()*?#~!") and word else shlex.quote(word)
