"""What a form says while it is filled in: of a flag, of its values, and of what a launch would do."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .language.writing import list_text
from .plan import questions
from .searching import axis_text
from .text import count
from .units import format_money

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .checking import Check, Checked
    from .plan import Plan
    from .script import ScriptFlag

MANY = 8
"""How many flags are shown at once; of more, those that are not set are folded."""


def default_text(flag: ScriptFlag) -> str:
    """Return a flag's default as it would be typed; nothing where there is none, or none that the source tells."""
    if "default" in flag.computed or flag.default is None:
        return ""
    return flag.default if isinstance(flag.default, str) else _typed(flag.default)


def _typed(value: object) -> str:
    try:
        return str(value) if isinstance(value, bool) else json.dumps(value)
    except (TypeError, ValueError):
        return str(value)


def described(flag: ScriptFlag) -> str:
    """Return what a flag is, in a few words: ``float · default 0.01``."""
    kind = [flag.type] if flag.takes_value else []
    parts = kind if flag.choices is None else [", ".join(map(str, flag.choices))]
    if "default" in flag.computed:
        parts.append("default is computed")
    elif flag.required:
        parts.append("required")
    elif flag.takes_value and default_text(flag):
        parts.append(f"default {default_text(flag)}")
    if opposite(flag) and isinstance(flag.default, bool):
        parts.append("default on" if flag.default else "default off")
    return " · ".join(parts)


def opposite(flag: ScriptFlag) -> str | None:
    """Return the spelling that turns a flag off: ``--no-amp``."""
    spelled = (alias for alias in flag.aliases if re.match(r"--no[-_]", alias))
    return None if flag.takes_value else next(spelled, None)


def ways(flag: ScriptFlag, kinds: Collection[str]) -> Mapping[str, tuple[str, ...]] | None:
    """Return the words of a flag that is on or off, for ``off``, ``on`` and ``both``; ``None`` for any other flag.

    A ``bool`` of argparse itself is none: it takes every text for true, also ``False``.

    Args:
        flag: The flag.
        kinds: The libraries that read the script's command line.
    """
    name = flag.name
    if off := opposite(flag):
        return {"off": (off,), "on": (name,), "both": (f"[{name}, {off}]",)}
    if not flag.takes_value:
        return {"off": (), "on": (name,)}
    reads = flag.value_optional or "argparse" not in kinds
    if flag.type != "bool" or not reads or flag.multiple:
        return None
    return {"off": (name, "False"), "on": (name, "True"), "both": (name, "[True, False]")}


def sweeps(flag: ScriptFlag, text: str) -> Mapping[str, str]:
    """Return what to offer for sweeping a flag: what it is called, and the text to begin with."""
    known = [str(choice) for choice in flag.choices or ()] or list(filter(None, [default_text(flag)]))
    value = text or (known[0] if len(known) == 1 else "")
    listed = f"[{text}]" if text else list_text(known)
    return {
        "List [a, b]": value if value.startswith("[") else listed,
        "Range range(0, 10)": "range(0, 10)",
        "Random draws uniform(0, 1, 5)": "uniform(0, 1, 5)",
    }


def comes_to(checked: Checked) -> str:
    """Return what an argument comes to: ``3 values: 1, 2, 3``."""
    axis = checked.axis
    if axis is None:
        return ""
    if axis.interval:
        return axis_text(axis)
    values = count(axis.count, "value")
    # A long list is cut, and ends with how long it is.
    listed = re.sub(r", [\d,]+ values$", "", axis_text(axis)) if axis.count > 1 else ""
    return f"{values}: {listed}" if listed else values


def facts(check: Check) -> list[str]:
    """Return what a launch would do: how many trials, and where, on how many GPUs, at what price."""
    plan = check.plan
    if plan is None:
        return []
    first = count(plan.trials, "trial")
    if broken := [argument.flag or argument.label for argument in check.arguments if argument.fault]:
        first += f" so far · {', '.join(broken)} not yet"
    place = plan.placement
    where = (
        f"{place.machines} × {place.machine.name} ({place.machine.label})"
        if place.machine
        else place.place[:1].upper() + place.place[1:]
    )
    gpus = f"{plan.gpus:g} GPU{'' if plan.gpus == 1 else 's'}" if plan.gpus else "no GPU"
    second = [where, gpus, f"{plan.at_once} at once"]
    cost = place.cost_per_hour
    if cost is not None and place.prices:
        second.append(f"{format_money(cost)} an hour ({place.priced})")
    return [first, " · ".join(second)]


@dataclass(frozen=True)
class LaunchButton:
    """What the button says, whether a click launches (else it leads to the first fault), and whether it is dead."""

    label: str
    launches: bool
    disabled: bool


def launch_button(check: Check | None, *, answered: bool, again: bool = False) -> LaunchButton:
    """Return what the button says and does.

    Args:
        check: The newest check; ``None`` before the first.
        answered: Whether all questions are.
        again: Whether this was launched as it stands.
    """
    if check is None:
        return LaunchButton("Launch", launches=False, disabled=True)
    if check.faults:
        return LaunchButton(f"Fix {count(check.faults, 'argument')}", launches=False, disabled=False)
    trials = count(check.plan.trials if check.plan else 0, "trial")
    return LaunchButton("Launch again" if again else f"Launch {trials}", launches=True, disabled=not answered)


def tick_boxes(plan: Plan) -> dict[str, str]:
    """Return what must be agreed to before a launch: each question with the label of a box to tick."""
    if plan.spec.yes or plan.spec.ignore_warnings:
        return {}
    return {question: _label(question, plan) for question in questions(plan)}


def _label(question: str, plan: Plan) -> str:
    if trials := re.match(r"This launches (.*), more than (.*)\. Go on\?", question):
        return f"Launch all {trials[1]} (more than {trials[2]})"
    # One dollar sign alone: a notebook takes what stands between two for a formula.
    return f"Spend up to {format_money(plan.placement.expected_per_hour or 0)} an hour"
