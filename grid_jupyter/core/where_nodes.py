"""The parts of a ``--where`` condition, each of which knows its value for one combination."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Scalar = int | float | str | None
Scope = Mapping[str, Scalar]

ORDERINGS: dict[str, Callable[..., Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
EQUALITIES: dict[str, Callable[..., Any]] = {"==": operator.eq, "!=": operator.ne}
CALCULATIONS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
# Python reads no integer of more digits; a float is its nearest.
_INTEGER = re.compile(r"\s*[+-]?[\d_]{1,4000}\s*")
_CONSTANTS: dict[str, Scalar] = {"True": True, "False": False, "None": None}


class Mismatch(Exception):  # noqa: N818  (it becomes a SweepError, which knows the text)
    """Two values do not go together; ``position`` is the sign's between them."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


def scalar(text: str) -> Scalar:
    """What a value means in a condition: a number, True, False, None, or the text itself."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    try:
        number = float(text)
        return bounded(int(text)) if _INTEGER.fullmatch(text) else number
    except ValueError:
        return text


def bounded(number: float) -> int | float:
    """An integer beyond 64 bits as a float, so that no calculation grows without end."""
    try:
        return float(number) if isinstance(number, int) and number.bit_length() > 64 else number
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


class Node(Protocol):
    """A part of a condition."""

    def value(self, scope: Scope) -> Scalar:
        """Its value where the labels have the values of ``scope``."""

    def labels(self) -> Iterator[str]:
        """The labels that it mentions."""


@dataclass(frozen=True)
class Constant:
    """A number, a text, True, False or None."""

    content: Scalar

    def value(self, _scope: Scope) -> Scalar:
        """The constant."""
        return self.content

    def labels(self) -> Iterator[str]:
        """None."""
        return iter(())


@dataclass(frozen=True)
class Label:
    """An argument of the script."""

    name: str
    position: int

    def value(self, scope: Scope) -> Scalar:
        """The argument's value."""
        return scope[self.name]

    def labels(self) -> Iterator[str]:
        """The one."""
        yield self.name


@dataclass(frozen=True)
class _Pair:
    sign: str
    left: Node
    right: Node
    position: int

    def labels(self) -> Iterator[str]:
        """Those of both sides."""
        yield from self.left.labels()
        yield from self.right.labels()


@dataclass(frozen=True)
class Calculation(_Pair):
    """``left + right`` and its like, over numbers alone."""

    def value(self, scope: Scope) -> int | float:
        """The result."""
        left, right = self.left.value(scope), self.right.value(scope)
        if isinstance(left, str) or isinstance(right, str) or left is None or right is None:
            raise Mismatch(f"{self.sign} needs numbers, but {_both(self, left, right)}", self.position)
        try:
            return bounded(CALCULATIONS[self.sign](left, right))
        except ArithmeticError:
            problem = f"{self.sign} cannot be worked out, since {_both(self, left, right)}"
            raise Mismatch(problem, self.position) from None


@dataclass(frozen=True)
class Comparison(_Pair):
    """``left < right`` and its like."""

    def value(self, scope: Scope) -> bool:
        """Whether it holds."""
        left, right = self.left.value(scope), self.right.value(scope)
        if self.sign in EQUALITIES:
            return bool(EQUALITIES[self.sign](left, right))
        if left is None or right is None or isinstance(left, str) != isinstance(right, str):
            raise Mismatch(
                f"{self.sign} cannot order these, since {_both(self, left, right)}: exclude one with !=",
                self.position,
            )
        return bool(ORDERINGS[self.sign](left, right))


@dataclass(frozen=True)
class Membership:
    """``left in [a, b]``."""

    left: Node
    options: tuple[Node, ...]
    negated: bool

    def value(self, scope: Scope) -> bool:
        """Whether it holds."""
        left = self.left.value(scope)
        return any(option.value(scope) == left for option in self.options) != self.negated

    def labels(self) -> Iterator[str]:
        """Those of the value and of the options."""
        yield from self.left.labels()
        for option in self.options:
            yield from option.labels()


@dataclass(frozen=True)
class Not:
    """``not part``."""

    part: Node
    position: int

    def value(self, scope: Scope) -> bool:
        """The opposite."""
        return not truth(self.part, scope, self.position)

    def labels(self) -> Iterator[str]:
        """The part's."""
        return self.part.labels()


@dataclass(frozen=True)
class Logic:
    """``a and b and c``, or the same with ``or``; stops where Python's does."""

    parts: tuple[Node, ...]
    stops_at: bool  # True for or, False for and
    position: int

    def value(self, scope: Scope) -> bool:
        """Whether it holds."""
        for part in self.parts:
            if truth(part, scope, self.position) is self.stops_at:
                return self.stops_at
        return not self.stops_at

    def labels(self) -> Iterator[str]:
        """Those of all parts."""
        for part in self.parts:
            yield from part.labels()


def truth(node: Node, scope: Scope, position: int = 0) -> bool:
    """Whether a part holds; a text alone says neither."""
    value = node.value(scope)
    if isinstance(value, str):
        raise Mismatch(f"{_told(node, value)} and no condition: compare it with ==", position)
    return bool(value)


def _both(pair: _Pair, left: Scalar, right: Scalar) -> str:
    return f"{_told(pair.left, left)} and {_told(pair.right, right)}"


def _told(node: Node, value: Scalar) -> str:
    kind = "the text " if isinstance(value, str) else ""
    shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:59]}…"
    return f"{node.name} is {kind}{shown}" if isinstance(node, Label) else f"{shown} is a {_kind(value)}"


def _kind(value: Scalar) -> str:
    return "text" if isinstance(value, str) else "number" if value is not None else "missing value"
