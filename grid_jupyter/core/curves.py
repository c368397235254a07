"""The values of a metric as curves: what is new since a cursor, thinned to a bound."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .store import Point, Store


@dataclass(frozen=True)
class Cursor:
    """How far the curves of a run were read.

    Attributes:
        generation: The store's generation; when it has changed, what was read no longer holds.
        point: The newest value that was read.
        trials: The trials that were read.
    """

    generation: int
    point: int

    def __str__(self) -> str:
        return f"{self.generation}.{self.point}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read what ``str`` gave.

        Raises:
            CommandError: It is something else.
        """
        generation, _, point = text.partition(".")
        if not (generation.isascii() and generation.isdigit() and point.isascii() and point.isdigit()):
            raise CommandError(f"the cursor {text!r} is not one that was given; leave it out to begin anew")
        return cls(int(generation), int(point))

    @classmethod
    def now(cls, store: Store) -> Cursor:
        """Return that of all there is."""
        return cls(store.generation(), store.last_point())


@dataclass(frozen=True)
class Curve:
    """The values of one trial's metric.

    Attributes:
        points: In the order in which they were written; those after the cursor, thinned.
        total: How many there are in all.
        thinned: Whether some were left out.
    """

    trial: int
    points: list[Point]
    total: int
    thinned: bool


def read_curves(
    store: Store, name: str, trials: Sequence[int], most: int, since: Cursor | None, now: Cursor
) -> list[Curve]:
    """Return the curves of a metric; of those read before, what is new."""
    after = since.point if since and since.generation == now.generation else 0
    curves = []
    for trial in trials:
        new = store.curve_length(trial, name, after)
        if not new and after:
            continue
        points = list(thin(store.curve(trial, name, after, now.point), new, most))
        total = store.curve_length(trial, name) if after else new
        curves.append(Curve(trial, points, total, len(points) < new))
    return curves


def thin(points: Iterable[Point], count: int, most: int) -> Iterator[Point]:
    """Yield at most about ``most`` of ``count`` points: the first, the last, and of each stretch the extremes."""
    if count <= most:
        yield from points
        return
    stretch = math.ceil(count / max(1, most // 2))
    numbered = enumerate(points)
    while piece := list(itertools.islice(numbered, stretch)):
        known = [item for item in piece if not math.isnan(item[1].value)] or piece
        kept = {0, count - 1, min(known, key=_value)[0], max(known, key=_value)[0]}
        yield from (point for number, point in piece if number in kept)


def _value(item: tuple[int, Point]) -> float:
    return item[1].value
