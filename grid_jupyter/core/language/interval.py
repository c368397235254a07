"""All numbers between two, for a search that takes any of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from typing import Any

STEPS = 1_000_000
"""Into how many steps an interval is divided: fine enough for any search, and the numbers stay short."""


class Interval(Sequence[float]):
    """Numbers from ``low`` to ``high`` in equal steps, or by equal ratios."""

    def __init__(self, low: float, high: float, *, log: bool) -> None:
        self.low = low
        self.high = high
        self.log = log

    def __len__(self) -> int:
        return STEPS + 1

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> list[float]: ...
    def __getitem__(self, index: int | slice) -> float | list[float]:
        if isinstance(index, slice):
            return [self._number(place) for place in range(len(self))[index]]
        return self._number(range(len(self))[index])

    def _number(self, place: int) -> float:
        """The number at a place, with no more digits than tell it from its neighbours."""
        share = place / STEPS
        if self.log:
            ratio = math.log(self.high) - math.log(self.low)
            number = math.exp(math.log(self.low) + ratio * share)
            step = number * ratio / STEPS
        else:
            number = self.low * (1 - share) + self.high * share
            step = (self.high - self.low) / STEPS
        if not share or share == 1:
            return self.high if share else self.low
        digits = 1 - math.ceil(math.log10(step)) if step else None
        return min(max(number if digits is None else round(number, digits), self.low), self.high)

    def __str__(self) -> str:
        return f"from {self.low!r} to {self.high!r}{', on a logarithmic scale' if self.log else ''}"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"low": self.low, "high": self.high, "log": self.log}
