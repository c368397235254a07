"""Which combinations of a space a condition keeps."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .language.numbers import Numbers
from .tables import UNKNOWN, Column, Tables
from .where_nodes import bounded, scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .space import Axis, Space
    from .where import Where
    from .where_nodes import Scalar

MAX_TABLE = 1_000_000


class Sieve:
    """A condition over a space, worked out once for the axes that it mentions where they are small enough."""

    def __init__(self, space: Space, where: Where) -> None:
        self.space = space
        self.where = where
        # Those of one value are left out: NumPy's dimensions are limited.
        self.groups = [
            group
            for group, places in enumerate(space.groups)
            if space.counts[group] > 1 and any(space.axes[place].label in where.labels for place in places)
        ]
        self.counts = [space.counts[group] for group in self.groups]
        self.strides = [math.prod(space.counts[group + 1 :]) for group in self.groups]
        self.mentioned = [
            (space.axes[place], self.groups.index(group) if group in self.groups else None)
            for group, places in enumerate(space.groups)
            for place in places
            if space.axes[place].label in where.labels
        ]

    def keeps(self, combination: int) -> bool:
        """Whether one combination satisfies the condition.

        Raises:
            SweepError: The condition cannot be worked out there.
        """
        digits = [combination // stride % count for stride, count in zip(self.strides, self.counts, strict=True)]
        if self.table is not None:
            return bool(self.table[tuple(digits)])
        return self.where.holds_for(
            {
                axis.label: _scalar(axis, 0 if dimension is None else digits[dimension])
                for axis, dimension in self.mentioned
            }
        )

    def survivors(self) -> NDArray[Any]:
        """All combinations that are kept, of a space that is no larger than ``MAX_TABLE``."""
        import numpy as np

        if self.table is None:
            raise ValueError("the space is too large to list")
        wide = [group for group, count in enumerate(self.space.counts) if count > 1]
        own = [self.space.counts[group] if group in self.groups else 1 for group in wide]
        shape = [self.space.counts[group] for group in wide]
        return np.flatnonzero(np.broadcast_to(self.table.reshape(own), shape))

    @cached_property
    def table(self) -> NDArray[Any] | None:
        """The condition for every combination of what it mentions; None where these are too many.

        Raises:
            SweepError: The condition cannot be worked out for one of them.
        """
        import numpy as np

        if math.prod(self.counts) > MAX_TABLE:
            return None
        columns = {axis.label: Column(dimension, _scalars(axis)) for axis, dimension in self.mentioned}
        states = np.broadcast_to(Tables(self.counts, columns).states(self.where.node), self.counts)
        unknown = np.argwhere(states == UNKNOWN)
        if len(unknown):
            # Worked out again, for the sentence that names the values.
            self.where.holds_for({label: column.value(unknown[0]) for label, column in columns.items()})
        return states.astype(bool)


def _scalar(axis: Axis, place: int) -> Scalar:
    if isinstance(axis.values, Numbers):
        return bounded(axis.values.numbers[place])
    return scalar("true" if axis.values is None else axis.values[place])


def _scalars(axis: Axis) -> list[Scalar]:
    if axis.values is None or isinstance(axis.values, Numbers):
        return [_scalar(axis, place) for place in range(axis.count)]
    known = {text: scalar(text) for text in set(axis.values)}
    return [known[text] for text in axis.values]
