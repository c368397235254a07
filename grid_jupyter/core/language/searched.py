"""What an argument means to a search that chooses each point by the results before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .interval import Interval
from .numbers import Numbers
from .values import Draw, Listing, Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import RandomState

    from .values import Text, Value

CONTINUOUS = ("uniform", "loguniform")


def searched_values(value: Value, generator: RandomState | None) -> tuple[Sequence[str], bool]:
    """The values that a search may choose, and whether they are in an order.

    A call that says from where to where is taken whole, without its number of values. Any other that draws is the
    sample it draws. What is there twice is there once: a search runs no point again.

    Raises:
        SweepError: NumPy refuses the arguments.
    """
    if not isinstance(value, Draw):
        return _distinct(value), isinstance(value, Range)
    if value.name == "choice":
        return tuple(dict.fromkeys(value.options)), False
    if value.name in {*CONTINUOUS, "randint"}:
        (drawn,) = replace(value, count=1).values(generator)  # which refuses what cannot be drawn from
        return _between(value, drawn), True
    values = value.values(generator)
    if not isinstance(values, Numbers) or isinstance(values.numbers, range):
        return values, True
    return Numbers(sorted(set(values.numbers))), True


def _distinct(value: Text | Listing | Range) -> Sequence[str]:
    return tuple(dict.fromkeys(value.elements)) if isinstance(value, Listing) else value.values()


def _between(value: Draw, drawn: str) -> Numbers | tuple[str]:
    if value.name == "randint":
        bounds = [int(value.arguments[name]) for name in ("low", "high") if name in value.arguments]
        return Numbers(range(*bounds))
    low, high = sorted(float(value.arguments[name]) for name in ("low", "high"))
    return Numbers(Interval(low, high, log=value.name == "loguniform")) if low < high else (drawn,)


def count_ignored(value: Value | None) -> str | None:
    """What to tell about a call whose number of values means nothing to a search, or something else than it seems."""
    if not isinstance(value, Draw):
        return None
    call = value.text.strip()
    if value.name in {*CONTINUOUS, "randint", "choice"}:
        return f"{call} is taken whole; its count of {value.count:,} has no use here." if value.count > 1 else None
    return f"{call} is searched as the {value.count:,} values that it draws." if value.random else None
