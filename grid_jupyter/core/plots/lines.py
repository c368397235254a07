"""The arithmetic of curves: smoothing, means and ranges, and which span a picture covers.

The same formulas as in the charts of the front end (``labextension/src/charts/curve.ts`` and ``scale.ts``), so that a
run looks the same in both.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float]

SPAN = 100.0
"""How many times the smallest value the largest is, from which on a logarithmic scale shows more."""

_STRETCH = 2.0  # how many times as high as without outliers a picture may become for their sake
_PLACES = 100


def smooth(points: Sequence[Point], weight: float) -> list[Point]:
    """Return points that follow others with less haste.

    The exponential moving average, corrected for its beginning at zero as in Kingma and Ba, "Adam: A Method for
    Stochastic Optimization" (2015), section 3; TensorBoard's is the same.

    Args:
        points: From left to right.
        weight: How much of the former average is kept, 0 (nothing) to below 1.
    """
    average = known = 0.0
    result = []
    for x, y in points:
        average = weight * average + (1 - weight) * y
        known = weight * known + (1 - weight)
        result.append((x, average / known))
    return result


def best_so_far(points: Iterable[Point], mode: str) -> list[Point]:
    """Return the best value up to each point."""
    best, result = math.inf if mode == "min" else -math.inf, []
    for x, y in points:
        best = min(best, y) if mode == "min" else max(best, y)
        result.append((x, best))
    return result


@dataclass(frozen=True)
class Band:
    """Several curves as one.

    Attributes:
        mean: Their mean, at evenly spaced places.
        ranges: The lowest and the highest at each of them.
    """

    mean: list[Point]
    ranges: list[tuple[float, float]]


def band_of(members: Sequence[Sequence[Point]]) -> Band:
    """Return the mean and the range of curves, each with a point at least."""
    low = min(points[0][0] for points in members)
    high = max(points[-1][0] for points in members)
    places = min(_PLACES, max(map(len, members)))
    band = Band([], [])
    for place in range(places):
        x = low + (high - low) * place / (places - 1) if places > 1 else low
        heights = [height for points in members if (height := _height_at(points, x)) is not None]
        if heights:
            band.mean.append((x, sum(heights) / len(heights)))
            band.ranges.append((min(heights), max(heights)))
    return band


def _height_at(points: Sequence[Point], x: float) -> float | None:
    """The height of a curve between its points; none where it has begun not yet, or has ended."""
    place = bisect_left(points, x, key=lambda point: point[0])
    if place == len(points):
        return None
    right = points[place]
    if right[0] == x:
        return right[1]
    if not place:
        return None
    left = points[place - 1]
    return left[1] + (right[1] - left[1]) * (x - left[0]) / (right[0] - left[0])


def suits_log(values: Sequence[float]) -> bool:
    """Whether a logarithmic scale shows numbers best."""
    low = min(values, default=0.0)
    return low > 0 and max(values) / low >= SPAN


def span_of(values: Iterable[float], *, log: bool) -> tuple[float, float]:
    """Return the span that a picture covers: all, or from the 2nd to the 98th percentile where outliers flatten it."""
    known = sorted(value for value in values if not log or value > 0)
    if not known:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = known[0], known[-1]
    lower, upper = _quantile(known, 0.02), _quantile(known, 0.98)
    core = _length(lower, upper, log=log)
    if core and _length(low, high, log=log) > _STRETCH * core:
        low, high = lower, upper
    if low < high:
        return low, high
    return (low / 2, low * 2) if log else (low - (abs(low) / 10 or 1), low + (abs(low) / 10 or 1))


def _length(low: float, high: float, *, log: bool) -> float:
    return math.log(high / low) if log else high - low


def _quantile(known: Sequence[float], share: float) -> float:
    place = share * (len(known) - 1)
    left = int(place)
    right = min(left + 1, len(known) - 1)
    return known[left] + (known[right] - known[left]) * (place - left)


def spread(heights: Sequence[float], room: float, lowest: float) -> list[float]:
    """Move heights, in pixels from the top, apart until each has room above the lowest; their order stays."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    result, last = list(heights), -math.inf
    for place in order:
        last = result[place] = max(result[place], last + room)
    last = lowest + room
    for place in reversed(order):
        last = result[place] = min(result[place], last - room)
    return result
