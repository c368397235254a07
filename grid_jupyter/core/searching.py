"""What holds for runs in which results decide: which points are tried next, and which trials end early."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from .language.searched import count_ignored
from .results import choose_mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .arguments import Arguments
    from .selection import Selection
    from .space import Axis
    from .spec import RunSpec

BAYESIAN = "bayesian"
MOST = 10_000
"""How many points a search takes that looks at all results before each one."""

LISTED = 8
"""How many values of an axis are listed in a line."""


def settle_search(spec: RunSpec) -> RunSpec:
    """Return the spec with the direction in which its metric is searched.

    Raises:
        CommandError: A search needs a flag that is not given.
    """
    asking = _asking(spec)
    if asking is None:
        return spec
    if not spec.metric:
        what = "optimise" if spec.strategy == BAYESIAN else "compare trials by"
        raise CommandError(f"{asking} needs --metric: the number to {what}, as the script prints it: --metric val_loss")
    if spec.strategy == BAYESIAN and spec.trials is None:
        raise CommandError("--strategy bayesian needs --trials: how many points to try, such as --trials 40")
    if spec.strategy == BAYESIAN and spec.trials and spec.trials > MOST:
        raise CommandError(
            f"--trials {spec.trials}: --strategy bayesian looks at all results before each point and ends at {MOST:,}; "
            "take fewer, or --strategy random_search"
        )
    return replace(spec, mode=choose_mode(spec.metric, spec.mode) or "min")


def require_optuna(spec: RunSpec) -> None:
    """See to it before a launch that what searches is installed.

    Raises:
        CommandError: It is not.
    """
    asking = _asking(spec)
    if asking and find_spec("optuna") is None:
        raise CommandError(f'{asking} needs Optuna: pip install "grid-jupyter[bayesian]"')


def _asking(spec: RunSpec) -> str | None:
    """The flag that makes results decide."""
    if spec.strategy == BAYESIAN:
        return "--strategy bayesian"
    return f"--early_stop {spec.early_stop}" if spec.early_stop else None


def search_environment(spec: RunSpec) -> dict[str, str]:
    """Return what trials get so that their numbers come while there is something to be saved."""
    return {"PYTHONUNBUFFERED": "1"} if spec.early_stop else {}


def search_notes(spec: RunSpec, arguments: Arguments, selection: Selection) -> list[str]:
    """Return what a plan tells about trials that there cannot be, and arguments that a search reads in its own way."""
    from .text import count

    notes = []
    if spec.trials and spec.trials > selection.count:
        left = count(selection.count, "combination")
        notes.append(
            f"--trials {spec.trials}: there {'is' if selection.count == 1 else 'are'} {left}; none runs twice."
        )
    if spec.strategy == BAYESIAN:
        told = ((item.name or item.label, count_ignored(item.value)) for item in arguments.items)
        notes += [f"{name}: {note}" for name, note in told if note]
    return notes


def may_end_sooner(spec: Mapping[str, Any]) -> bool:
    """Whether a run, by its stored spec, may take less time than its trials so far would let one expect."""
    return spec["strategy"] == BAYESIAN or bool(spec["early_stop"])


def early_stop_line(spec: RunSpec) -> str | None:
    """Return what a plan tells about trials that end early."""
    if not spec.early_stop:
        return None
    return f"{spec.early_stop} ends bad trials early, by {'low' if spec.mode == 'min' else 'high'} {spec.metric}"


def search_lines(spec: RunSpec, selection: Selection, axes: Sequence[Axis]) -> list[str]:
    """Return how the points of a search are found, and what each axis takes."""
    from .text import count

    most = "lowest" if spec.mode == "min" else "highest"
    told = f"At most {count(selection.count, 'trial')}, each chosen by the results before it: "
    return [f"{told}the {most} {spec.metric} is best", *(f"  {axis.label}: {axis_text(axis)}" for axis in axes)]


def axis_text(axis: Axis) -> str:
    """Return what an axis takes, in a few words."""
    if axis.interval:
        return f"any number {axis.interval}"
    if axis.count <= LISTED:
        return ", ".join(axis.value(place) or "" for place in range(axis.count))
    first, last = axis.value(0), axis.value(axis.count - 1)
    return f"{first} to {last}, {axis.count:,} values" if axis.ordered else f"{first} … {last}, {axis.count:,} values"
