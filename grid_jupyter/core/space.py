"""All combinations of the axes, counted and indexed without being built."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError, SweepError

from .language.interval import Interval
from .language.numbers import Numbers
from .words import label_of, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .arguments import Argument, Arguments

# Beyond it even Python declines to print the count.
_MAX_SIZE = 10**1000


@dataclass(frozen=True)
class Axis:
    """The values of one argument; a constant has one, a flag alone has None.

    Attributes:
        label: The column's name.
        name: As it is passed; None for a positional.
        equals: Passed as ``--lr=1``.
        values: The texts that it takes in turn.
        swept: The text was a sweep, be it of one value.
        ordered: They are numbers that go one way, so that a search may tell near from far.
    """

    label: str
    name: str | None
    equals: bool
    values: Sequence[str] | None
    swept: bool = True
    ordered: bool = False

    @property
    def interval(self) -> Interval | None:
        """What it takes any number of, where a search chooses; its values are then a fine division of that."""
        numbers = self.values.numbers if isinstance(self.values, Numbers) else None
        return numbers if isinstance(numbers, Interval) else None

    @property
    def count(self) -> int:
        """How many values, of any magnitude; 1 for a flag alone."""
        if self.values is None:
            return 1
        return self.values.size if isinstance(self.values, Numbers) else len(self.values)

    def value(self, index: int) -> str | None:
        """The value at ``index``; None for a flag alone."""
        return None if self.values is None else self.values[index]

    def to_json(self) -> dict[str, Any]:
        """Plain data; a range stays three numbers."""
        return {
            "label": self.label,
            "name": self.name,
            "equals": self.equals,
            "values": _values_to_json(self.values),
            "swept": self.swept,
            "ordered": self.ordered,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Axis:
        """The axis that ``to_json`` told of."""
        values = data["values"]
        ordered = data.get("ordered", False)
        return cls(data["label"], data["name"], data["equals"], _values_from_json(values), data["swept"], ordered)


def _values_to_json(values: Sequence[str] | None) -> object:
    numbers = values.numbers if isinstance(values, Numbers) else None
    if isinstance(numbers, range):
        return {"range": [numbers.start, numbers.stop, numbers.step]}
    if isinstance(numbers, Interval):
        return {"interval": numbers.to_json()}
    return None if values is None else list(values)


def _values_from_json(values: Any) -> Sequence[str] | None:  # noqa: ANN401  (whatever JSON was stored)
    if isinstance(values, dict):
        return Numbers(Interval(**values["interval"]) if "interval" in values else range(*values["range"]))
    return None if values is None else tuple(values)


@dataclass(frozen=True)
class Space:
    """The product of the axes, the last one fastest.

    Attributes:
        axes: One an argument, in the script's order.
        groups: The places in ``axes`` of those that move together; a group stands at its first one's place.
    """

    axes: tuple[Axis, ...]
    groups: tuple[tuple[int, ...], ...]

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many values each group takes."""
        return tuple(self.axes[group[0]].count for group in self.groups)

    @cached_property
    def size(self) -> int:
        """How many combinations there are."""
        return math.prod(self.counts)

    @property
    def varying(self) -> tuple[Axis, ...]:
        """The axes with more than one value."""
        return tuple(axis for axis in self.axes if axis.count > 1)

    def digits(self, combination: int) -> list[int]:
        """The place of a combination in each group.

        Raises:
            IndexError: There is no such combination.
        """
        if not 0 <= combination < self.size:
            raise IndexError(combination)
        places = []
        for count in reversed(self.counts):
            combination, place = divmod(combination, count)
            places.append(place)
        return places[::-1]

    def indices(self, combination: int) -> tuple[int, ...]:
        """The place of a combination on each axis."""
        places = [0] * len(self.axes)
        for group, place in zip(self.groups, self.digits(combination), strict=True):
            for axis in group:
                places[axis] = place
        return tuple(places)

    def values(self, combination: int) -> tuple[str | None, ...]:
        """The value on each axis; None for a flag alone."""
        return tuple(axis.value(place) for axis, place in zip(self.axes, self.indices(combination), strict=True))

    @cached_property
    def constants(self) -> dict[str, str]:
        """The values by label of those axes that have one."""
        fixed = (axis for axis in self.axes if axis.label and axis.count == 1)
        return {axis.label: "true" if (value := axis.value(0)) is None else value for axis in fixed}

    def params(self, combination: int) -> dict[str, str]:
        """The values by label; a flag alone is ``true``, a bare ``--`` is left out."""
        values = zip(self.axes, self.values(combination), strict=True)
        return {axis.label: "true" if value is None else value for axis, value in values if axis.label}

    def argv(self, combination: int) -> list[str]:
        """The script's arguments."""
        words: list[str] = []
        for axis, value in zip(self.axes, self.values(combination), strict=True):
            words += render(axis.name, value, equals=axis.equals, swept=axis.swept)
        return words

    def to_json(self) -> dict[str, Any]:
        """Plain data, from which another process indexes the same combinations."""
        return {
            "axes": [axis.to_json() for axis in self.axes],
            "groups": [list(group) for group in self.groups],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Space:
        """The space that ``to_json`` told of."""
        axes = tuple(Axis.from_json(axis) for axis in data["axes"])
        return cls(axes, tuple(tuple(group) for group in data["groups"]))


def build_space(arguments: Arguments, seed: int, zips: Sequence[str] = (), *, searched: bool = False) -> Space:
    """Draw each axis from its own stream and join those that ``--zip`` names.

    Args:
        arguments: The script's arguments.
        seed: What the random values depend on.
        zips: Each the text of one ``--zip``, ``lr,batch``.
        searched: Whether a search chooses the points, which draws no values beforehand where it can do without.

    Raises:
        SweepError: A distribution refuses its arguments.
        CommandError: A ``--zip`` names what cannot be joined, or the space is too large to count.
    """
    # Arguments that go side by side keep all their values in their places.
    zipped = {label_of(name.strip()) for text in zips for name in text.split(",")}
    axes = tuple(
        _axis(argument, seed, searched=searched and argument.label not in zipped) for argument in arguments.items
    )
    groups = _groups(axes, zips)
    if searched:
        axes = _without_repeats(axes, groups)
    space = Space(axes, groups)
    if space.size > _MAX_SIZE:
        raise CommandError("the sweep has more than 10^1000 combinations: use shorter ranges")
    return space


def _axis(argument: Argument, seed: int, *, searched: bool) -> Axis:
    from .language.searched import searched_values
    from .language.streams import axis_generator
    from .language.values import Text

    value = argument.value
    if value is None:
        return Axis(argument.label, argument.name, argument.equals, None, swept=False)
    generator = axis_generator(seed, argument.label) if value.random else None
    try:
        values, ordered = searched_values(value, generator) if searched else (value.values(generator), False)
    except SweepError as error:
        flag = argument.name or argument.label
        raise SweepError(error.problem, error.text, error.position, flag) from None
    swept = not isinstance(value, Text)
    return Axis(argument.label, argument.name, argument.equals, values, swept, ordered)


def _groups(axes: Sequence[Axis], zips: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    leader = list(range(len(axes)))
    taken: set[int] = set()
    for text in zips:
        group = _zipped(axes, text)
        if taken.intersection(group) or len(set(group)) < len(group):
            raise CommandError(f"--zip {text}: an axis can be in one --zip, once: name it once")
        taken.update(group)
        for place in group:
            leader[place] = min(group)
    members: dict[int, list[int]] = {}
    for place, first in enumerate(leader):
        members.setdefault(first, []).append(place)
    return tuple(tuple(members[first]) for first in sorted(members))


def _without_repeats(axes: Sequence[Axis], groups: Sequence[Sequence[int]]) -> tuple[Axis, ...]:
    """The axes, of which those side by side have lost the places at which all are as at a place before."""
    kept = list(axes)
    for group in groups:
        columns = [axes[place].values or () for place in group]
        # In a range nothing is there twice, and it may be too long to look.
        endless = any(isinstance(column, Numbers) and isinstance(column.numbers, range) for column in columns)
        if len(group) == 1 or endless:
            continue
        rows = dict.fromkeys(zip(*columns, strict=True))
        for place, values in zip(group, zip(*rows, strict=True), strict=True):
            kept[place] = replace(axes[place], values=values)
    return tuple(kept)


def _zipped(axes: Sequence[Axis], text: str) -> list[int]:
    group = [_place(axes, name.strip(), text) for name in text.split(",")]
    if len(group) < 2:
        raise CommandError(f"--zip {text}: name at least two axes, such as --zip lr,batch")
    counts = {axes[place].label: axes[place].count for place in group}
    if len(set(counts.values())) > 1:
        lengths = ", ".join(f"{label} has {count}" for label, count in counts.items())
        raise CommandError(f"--zip {text}: the axes need equal numbers of values, but {lengths}")
    return group


def _place(axes: Sequence[Axis], name: str, text: str) -> int:
    labels = [axis.label for axis in axes]
    label = label_of(name)
    if not label or label not in labels:
        import difflib

        near = difflib.get_close_matches(label, [one for one in labels if one], 1)
        advice = f"did you mean {near[0]}?" if near else "name arguments of the script"
        raise CommandError(f"--zip {text}: there is no argument {name!r}: {advice}")
    place = labels.index(label)
    if not axes[place].swept:
        raise CommandError(f"--zip {text}: {label} has one value and is no axis: give it a list, or leave it out")
    return place
