"""A command checked argument by argument: what a form shows while its user is still typing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grid_jupyter.errors import ArgumentError, SweepError, UserError

from .arguments import Arguments, Span, read_spans
from .space import Axis, build_space
from .submission import plan_command
from .words import label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .command import Command
    from .plan import Plan, Surroundings
    from .words import Word

_FLAG = re.compile(r"(--?[A-Za-z]\w*)(?=[ :=])")


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where.

    Attributes:
        message: What is wrong and what to write instead.
        flag: The argument or flag that it is about, where that is known.
        text: The text that was read, where the place in it is known.
        position: The place in it.
    """

    message: str
    flag: str | None = None
    text: str | None = None
    position: int | None = None

    @classmethod
    def of(cls, error: UserError) -> Fault:
        """Return what an error tells."""
        if isinstance(error, SweepError):
            return cls(error.problem, error.flag, error.text, error.position)
        if isinstance(error, ArgumentError):
            return cls(error.problem, error.flag)
        named = _FLAG.match(str(error))
        return cls(str(error), named[1] if named else None)


@dataclass(frozen=True)
class Checked:
    """One argument of the script.

    Attributes:
        flag: As it was typed; ``None`` for a positional argument.
        label: Its column.
        text: What was typed behind it.
        axis: Its values, where they are without fault.
    """

    flag: str | None
    label: str
    text: str | None
    axis: Axis | None
    fault: Fault | None


@dataclass(frozen=True)
class Check:
    """A command, checked.

    Attributes:
        arguments: The script's arguments in their order.
        fault: What is wrong with the rest.
        plan: The plan of what is without fault.
    """

    arguments: tuple[Checked, ...]
    fault: Fault | None
    plan: Plan | None

    @property
    def faults(self) -> int:
        """How many faults there are."""
        return (self.fault is not None) + sum(argument.fault is not None for argument in self.arguments)


def check(command: Command, around: Surroundings, cell: str | None = None, notes: tuple[str, ...] = ()) -> Check:
    """Check a ``run`` command; a fault is part of the answer, and what the door has to say goes into the plan."""
    sweep = command.options.get("strategy") != "none"
    spans = read_spans(command.words, sweep=sweep)
    faults = {place: Fault.of(span.fault) for place, span in enumerate(spans) if span.fault}

    def plan_of(words: tuple[Word, ...]) -> Plan:
        return plan_command(replace(command, words=words), around, cell, notes)

    plan, rest = _plan(plan_of, spans, faults)
    return Check(tuple(_checked(spans, faults, plan)), rest, plan)


def _plan(
    plan_of: Callable[[tuple[Word, ...]], Plan], spans: Sequence[Span], faults: dict[int, Fault]
) -> tuple[Plan | None, Fault | None]:
    """Plan without the arguments that are faulty; what is found faulty on the way is left out too."""
    while True:
        words = tuple(word for place, span in enumerate(spans) if place not in faults for word in span.words)
        try:
            return plan_of(words), None
        except UserError as error:
            place = _place(error, spans, faults)
            if place is None:
                return None, _unless_missing(error, faults)
            faults[place] = Fault.of(error)


def _place(error: UserError, spans: Sequence[Span], faults: dict[int, Fault]) -> int | None:
    """Which argument an error is about, if it is about one."""
    if not isinstance(error, SweepError | ArgumentError) or error.flag is None:
        return None
    # A condition is Grid's, though an argument may be called so.
    text = error.text if isinstance(error, SweepError) else ""
    named = [
        place for place, span in enumerate(spans)
        if place not in faults and label_of(error.flag) in {span.label, label_of(span.name or "")}
        and any(text in word.text for word in span.words)
    ]  # fmt: skip
    return named[0] if named else None


def _unless_missing(error: UserError, faults: dict[int, Fault]) -> Fault | None:
    """A condition or a --zip that names an argument which was left out is not faulty itself."""
    missing = re.search(r"there is no argument '?([\w.-]+)", str(error))
    left_out = {label_of(fault.flag) for fault in faults.values() if fault.flag}
    return None if missing and label_of(missing[1].rstrip(":'")) in left_out else Fault.of(error)


def _checked(spans: Sequence[Span], faults: dict[int, Fault], plan: Plan | None) -> list[Checked]:
    kept = [place for place in range(len(spans)) if place not in faults]
    # Those of a configuration file come before them.
    axes = dict(zip(kept, plan.space.axes[-len(kept) :], strict=False)) if plan else {}
    return [
        Checked(span.name, span.label, span.text, axes.get(place) or _alone(span, faults, place), faults.get(place))
        for place, span in enumerate(spans)
        if span.label
    ]


def _alone(span: Span, faults: dict[int, Fault], place: int) -> Axis | None:
    """The values of an argument where there is no plan that has them."""
    if span.item is None or place in faults:
        return None
    try:
        return build_space(Arguments((span.item,)), 0).axes[0]
    except UserError as error:
        faults[place] = Fault.of(error)
        return None
