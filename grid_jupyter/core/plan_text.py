"""A plan in plain text."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from . import units
from .text import count, table

if TYPE_CHECKING:
    from .plan import Plan

PAGE = 20
"""Trials that are shown."""


def plan_text(plan: Plan, *, stable: bool = False) -> str:
    """Return the plan: combinations, machines, cost, code, warnings and the first trials.

    Args:
        plan: The plan.
        stable: Whether to leave out what may differ tomorrow or elsewhere: how many run at once, a seed that was
            drawn, and the code's size and age.
    """
    parts = [f"Plan for {plan.script.name}", *_plan_facts(plan, stable=stable)]
    if not stable:
        parts.append(f"Code      {plan.files.summary()}")
    parts += [f"! {warning}" for warning in (plan.warnings if stable else (*plan.warnings, *plan.passing))]
    shown = min(plan.trials, PAGE)
    varying = [axis.label for axis in plan.space.varying]
    rows = []
    for trial in range(shown):
        params = plan.params(trial)
        command = " ".join([plan.script.name, *(_shown(word) for word in plan.argv(trial))])
        rows.append([str(trial), *(params[label] for label in varying), command])
    parts.append(table(["trial", *varying, "command"], rows))
    if plan.trials > shown:
        parts.append(f"trials 0 to {shown - 1} of {units.format_count(plan.trials)}")
    return "\n".join(parts)


def _plan_facts(plan: Plan, *, stable: bool) -> list[str]:
    facts = combination_lines(plan)
    spec, place = plan.spec, plan.placement
    parts = [count(plan.trials, "trial"), spec.strategy.removesuffix("_search")]
    if not stable or spec.seed is not None:
        parts.append(f"seed {plan.seed}")
    parts.append(place.place if stable else f"{plan.at_once} at once on {place.place}")
    if place.per_machine > 1:
        parts.append(f"{count(place.per_machine, 'trial')} fit a machine")
    facts.append(" · ".join(parts))
    if place.machine:
        each = f"{plan.trials} trials × {place.gpus_per_trial:g}"
        facts.append(f"GPUs      {plan.gpus:g} = {each}      Machines  {place.machines} × {place.machine.name}"
                     + (f" ({place.machine.label})" if place.machine.gpus else ""))  # fmt: skip
        facts.append(_cost_line(plan))
    elif plan.gpus:
        facts.append(f"GPUs      {plan.gpus:g} = {plan.trials} trials × {place.gpus_per_trial:g}")
    return facts


def combination_lines(plan: Plan) -> list[str]:
    """Return how the combinations come about, and how many ``--where`` keeps."""
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
    return [line]


def _cost_line(plan: Plan) -> str:
    place = plan.placement
    kinds = [("", place.cost_per_hour), ("spot about ", place.spot_per_hour)]
    known = [f"{kind}{units.format_money(cost)}" for kind, cost in kinds if cost is not None]
    if not known or place.prices is None:
        return "Cost      no price is known for this machine"
    return f"Cost      {', '.join(known)} an hour ({place.prices.told})"


def _shown(word: str) -> str:
    """A word of a command as it would have to be typed."""
    return word if not set(word) & set(" \t\n\"'$`\\|&;<>()*?#~!") and word else shlex.quote(word)
