"""Many numbers as texts, made one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from .distributions import Number


class Numbers(Sequence[str]):
    """Numbers that become text one at a time: integers as integers, floats so that they read back exactly.

    A range may be longer than ``len`` can tell; ``size`` tells it.
    """

    def __init__(self, numbers: Sequence[Number]) -> None:
        self.numbers = numbers

    @property
    def size(self) -> int:
        """The length, of any magnitude."""
        return range_size(self.numbers) if isinstance(self.numbers, range) else len(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Numbers: ...
    def __getitem__(self, index: int | slice) -> str | Numbers:
        return Numbers(self.numbers[index]) if isinstance(index, slice) else repr(self.numbers[index])


def range_size(numbers: range) -> int:
    """The length of a range of any magnitude; ``len`` ends at 2**63."""
    return max(0, -((numbers.start - numbers.stop) // numbers.step))
