"""What the text of an argument means: itself, or the values of an axis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .distributions import FUNCTIONS, draw
from .numbers import Numbers, range_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import RandomState

    from .distributions import Number


@dataclass(frozen=True)
class Text:
    """No sweep: the text goes to the script as it is."""

    text: str
    random = False
    count = 1

    def values(self, _generator: RandomState | None = None) -> Sequence[str]:
        """The values; nothing is drawn."""
        return (self.text,)


@dataclass(frozen=True)
class Listing:
    """``[a, b]``: the elements as they reach the script."""

    elements: tuple[str, ...]
    random = False

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.elements)

    def values(self, _generator: RandomState | None = None) -> Sequence[str]:
        """The values; nothing is drawn."""
        return self.elements


@dataclass(frozen=True)
class Range:
    """``range(a, b, c)``, of any length."""

    numbers: range
    random = False

    @property
    def count(self) -> int:
        """How many values there are."""
        return range_size(self.numbers)

    def values(self, _generator: RandomState | None = None) -> Numbers:
        """The values; nothing is drawn."""
        return Numbers(self.numbers)


@dataclass(frozen=True)
class Draw:
    """A call such as ``uniform(0, 1, 3)``.

    Attributes:
        name: NumPy's name of the function.
        arguments: The numbers before the size, by NumPy's parameter names, defaults filled in.
        count: How many values it gives.
        options: What ``choice`` chooses from.
        text: The text that the call was read from.
        position: Where in ``text`` the call begins.
    """

    name: str
    arguments: Mapping[str, Number] = field(hash=False)
    count: int
    options: tuple[str, ...] = ()
    text: str = field(default="", compare=False)
    position: int = field(default=0, compare=False)

    @property
    def random(self) -> bool:
        """Whether the values depend on the seed."""
        return FUNCTIONS[self.name].random

    def values(self, generator: RandomState | None = None) -> Sequence[str]:
        """The values, taken from ``generator`` where they are random.

        Raises:
            SweepError: NumPy refuses the arguments, or a value is not finite.
        """
        return draw(self, generator)


Value = Text | Listing | Range | Draw
