"""A condition worked out for all combinations of the values that it mentions."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .where_nodes import (
    CALCULATIONS,
    EQUALITIES,
    ORDERINGS,
    Calculation,
    Comparison,
    Constant,
    Label,
    Logic,
    Membership,
    Mismatch,
    Not,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .where_nodes import Node, Scalar

# Beside 0 and 1: the part cannot be worked out there, which matters only if no "and" or "or" stops before it.
UNKNOWN = 2
# Below it, one combination after the other is fast enough.
_SMALL = 20_000
# Integers beyond it are not exact in NumPy's floats.
_EXACT = 2**53


@dataclass(frozen=True)
class Column:
    """The values of a label, and the dimension of the table that they run along; None for a single value."""

    dimension: int | None
    values: Sequence[Scalar]

    def value(self, digits: Sequence[int]) -> Scalar:
        """The value at a place of the table."""
        return self.values[0 if self.dimension is None else digits[self.dimension]]


@dataclass(frozen=True)
class Tables:
    """Works out the parts of a condition, each over its own labels; NumPy's broadcasting joins them."""

    counts: Sequence[int]
    columns: Mapping[str, Column]

    def states(self, node: Node) -> NDArray[Any]:
        """0, 1 or ``UNKNOWN`` for each combination; a dimension that is not mentioned has length 1."""
        import numpy as np

        if isinstance(node, Logic):
            states = self.states(node.parts[0])
            for part in node.parts[1:]:
                states = np.where(states == (not node.stops_at), self.states(part), states)
            return states
        if isinstance(node, Not):
            states = self.states(node.part)
            return np.where(states == UNKNOWN, states, 1 - states)
        return self._leaf(node)

    def _leaf(self, node: Node) -> NDArray[Any]:
        import numpy as np

        dimensions = {self.columns[label].dimension for label in node.labels()}
        if math.prod(count for place, count in enumerate(self.counts) if place in dimensions) > _SMALL:
            with np.errstate(all="ignore"):
                states = self._at_once(node)
            if states is not None:
                return states
        return self._one_by_one(node, dimensions)

    def _one_by_one(self, node: Node, dimensions: set[int | None]) -> NDArray[Any]:
        import numpy as np

        shape = [count if place in dimensions else 1 for place, count in enumerate(self.counts)]
        columns = [(label, self.columns[label]) for label in set(node.labels())]
        states = bytearray()
        for digits in itertools.product(*map(range, shape)):
            try:
                states.append(truth(node, {label: column.value(digits) for label, column in columns}))
            except Mismatch:
                states.append(UNKNOWN)
        return np.frombuffer(states, np.int8).reshape(shape)

    def _at_once(self, node: Node) -> NDArray[Any] | None:
        """The states by NumPy, or None where that could differ from Python's."""
        import numpy as np

        unknown: list[NDArray[Any]] = []
        holds = self._truths(node, unknown)
        if holds is None:
            return None
        states = holds.astype(np.int8)
        for where in unknown:
            states = np.where(where, np.int8(UNKNOWN), states)
        return states

    def _truths(self, node: Node, unknown: list[NDArray[Any]]) -> NDArray[Any] | None:
        if isinstance(node, Membership):
            return self._membership(node, unknown)
        if not isinstance(node, Comparison):
            numbers = self._numbers(node, unknown)
            return None if numbers is None else numbers != 0
        left, right = self._numbers(node.left, unknown), self._numbers(node.right, unknown)
        if left is not None and right is not None:
            truths: NDArray[Any] = (ORDERINGS | EQUALITIES)[node.sign](left, right)
            return truths
        return self._equality(node)

    def _equality(self, node: Comparison) -> NDArray[Any] | None:
        sides = self._objects(node.left), self._objects(node.right)
        if node.sign not in EQUALITIES or sides[0] is None or sides[1] is None:
            return None
        truths: NDArray[Any] = EQUALITIES[node.sign](*sides)
        return truths

    def _membership(self, node: Membership, unknown: list[NDArray[Any]]) -> NDArray[Any] | None:
        import numpy as np

        left = self._numbers(node.left, unknown)
        if left is None or not all(isinstance(option, Constant) for option in node.options):
            return None
        options = [self._numbers(option, unknown) for option in node.options]
        found = np.isin(left, [float(option.item()) for option in options if option is not None])
        return ~found if node.negated else found

    def _numbers(self, node: Node, unknown: list[NDArray[Any]]) -> NDArray[Any] | None:
        """The part's values as floats; ``unknown`` collects where there is none."""
        if not isinstance(node, Calculation):
            objects = self._objects(node)
            exact = objects is not None and all(map(_is_exact, objects.flat))
            return objects.astype(float) if objects is not None and exact else None
        left, right = self._numbers(node.left, unknown), self._numbers(node.right, unknown)
        if left is None or right is None:
            return None
        if node.sign in {"/", "//", "%"}:
            unknown.append(right == 0)
        numbers: NDArray[Any] = CALCULATIONS[node.sign](left, right)
        return numbers

    def _objects(self, node: Node) -> NDArray[Any] | None:
        """The values of a label or a constant, along the label's dimension."""
        import numpy as np

        if isinstance(node, Constant):
            return np.array(node.content, object).reshape([1] * len(self.counts))
        if not isinstance(node, Label):
            return None
        column = self.columns[node.name]
        shape = [count if place == column.dimension else 1 for place, count in enumerate(self.counts)]
        return np.array(column.values, object).reshape(shape)


def _is_exact(value: Scalar) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= _EXACT)
