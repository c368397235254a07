"""Round numbers on an axis, and their text."""

from __future__ import annotations

import math

_COUNT = 5
_STEPS = (1, 2, 5, 10)


def round_ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers from ``low`` to ``high``."""
    if not low < high:
        return [low]
    rough = (high - low) / _COUNT
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((factor * unit for factor in _STEPS if factor * unit >= rough), 10 * unit)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten from ``low`` to ``high``, six at most, or round numbers where there are too few."""
    exponents = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    if len(exponents) < 2:
        return [tick for tick in round_ticks(low, high) if tick > 0]
    every = math.ceil(len(exponents) / (_COUNT + 1))
    return [10.0**exponent for exponent in exponents[::every]]


def tick_text(value: float) -> str:
    """Return the text of a tick."""
    size = abs(value)
    if size != 0 and (size < 0.001 or size >= 1e5):
        mantissa, exponent = f"{value:.5e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:.6g}"
