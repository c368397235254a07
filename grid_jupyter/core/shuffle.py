"""Sampling without replacement from a space of any size, in an order that a seed fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import RandomState

_CHUNK = 4096  # a multiple of the generator's four bytes, so that the chunks join without a gap


class Integers:
    """Even integers below any bound, from a generator's bytes."""

    def __init__(self, generator: RandomState) -> None:
        self._generator = generator
        self._bytes = b""
        self._position = 0

    def below(self, bound: int) -> int:
        """An integer from 0 to ``bound - 1``."""
        bits = (bound - 1).bit_length()
        size = (bits + 7) // 8
        while True:
            number = int.from_bytes(self._take(size), "little") >> (8 * size - bits)
            if number < bound:
                return number

    def _take(self, size: int) -> bytes:
        while len(self._bytes) - self._position < size:
            self._bytes = self._bytes[self._position :] + self._generator.bytes(_CHUNK)
            self._position = 0
        self._position += size
        return self._bytes[self._position - size : self._position]


def shuffled(size: int, generator: RandomState) -> Iterator[int]:
    """Every number below ``size`` once, in a random order, one at a time.

    Fisher and Yates's shuffle, which keeps only the places that it has moved.
    """
    integers = Integers(generator)
    moved: dict[int, int] = {}
    for place in range(size):
        other = place + integers.below(size - place)
        yield moved.get(other, other)
        moved[other] = moved.pop(place, place)
