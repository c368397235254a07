"""The functions of the sweep language: their parameters, and how their values are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import SweepError

from .numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.random import RandomState

    from .values import Draw

Number = int | float

MAX_VALUES = 1_000_000


@dataclass(frozen=True)
class Parameter:
    """A parameter before the size; ``default`` is None where an optional one has no number."""

    name: str
    required: bool
    default: Number | None = None
    keyword_only: bool = False


@dataclass(frozen=True)
class Function:
    """A function that a sweep may call.

    Attributes:
        size_names: The names of the size, the first one shown; empty where the other arguments settle it.
        size: The number of values where none is given.
        random: Whether a stream is needed.
        whole: The parameters that must be integers; NumPy would cut their fractions off.
        limits: Bounds beyond which the drawing would not end or would overflow.
    """

    name: str
    parameters: tuple[Parameter, ...]
    size_names: tuple[str, ...] = ("size",)
    size: int = 1
    random: bool = True
    whole: frozenset[str] = frozenset()
    limits: Mapping[str, tuple[Number, Number]] = field(default_factory=dict, hash=False)


def _parameters(spec: str) -> tuple[Parameter, ...]:
    """Read ``a b=1.0 c? *d=2``: required, with a default, optional, and by name alone."""
    return tuple(_parameter(word) for word in spec.split())


def _parameter(word: str) -> Parameter:
    name, _, default = word.lstrip("*").rstrip("?").partition("=")
    return Parameter(
        name,
        required=not default and not word.endswith("?"),
        default=float(default) if default else None,
        keyword_only=word.startswith("*"),
    )


# The names and defaults are those of numpy.random.RandomState.
_SHAPES = {
    "beta": "a b",
    "binomial": "n p",
    "chisquare": "df",
    "exponential": "scale=1.0",
    "f": "dfnum dfden",
    "gamma": "shape scale=1.0",
    "geometric": "p",
    "gumbel": "loc=0.0 scale=1.0",
    "hypergeometric": "ngood nbad nsample",
    "laplace": "loc=0.0 scale=1.0",
    "logistic": "loc=0.0 scale=1.0",
    "lognormal": "mean=0.0 sigma=1.0",
    "logseries": "p",
    "negative_binomial": "n p",
    "noncentral_chisquare": "df nonc",
    "noncentral_f": "dfnum dfden nonc",
    "normal": "loc=0.0 scale=1.0",
    "pareto": "a",
    "poisson": "lam=1.0",
    "power": "a",
    "rayleigh": "scale=1.0",
    "standard_cauchy": "",
    "standard_exponential": "",
    "standard_gamma": "shape",
    "standard_normal": "",
    "standard_t": "df",
    "triangular": "left mode right",
    "uniform": "low=0.0 high=1.0",
    "vonmises": "mu kappa",
    "wald": "mean scale",
    "weibull": "a",
    "zipf": "a",
}

# Measured with NumPy 2.4: outside of these a million values take more than a second, or never end.
_LIMITS: dict[str, dict[str, tuple[Number, Number]]] = {
    "hypergeometric": {"ngood": (0, 10**9), "nbad": (0, 10**9), "nsample": (0, 10**9)},
    "vonmises": {"kappa": (0, 1e15)},
    "zipf": {"a": (1.01, 1000)},
}

_WHOLE = {
    "binomial": frozenset({"n"}),
    "hypergeometric": frozenset({"ngood", "nbad", "nsample"}),
}

FUNCTIONS: dict[str, Function] = {
    **{
        name: Function(name, _parameters(spec), whole=_WHOLE.get(name, frozenset()), limits=_LIMITS.get(name, {}))
        for name, spec in _SHAPES.items()
    },
    "randint": Function("randint", _parameters("low high?"), whole=frozenset({"low", "high"})),
    "choice": Function("choice", _parameters("a")),
    "loguniform": Function("loguniform", _parameters("low high")),
    "linspace": Function("linspace", _parameters("start stop"), ("num", "size"), 50, random=False),
    "logspace": Function("logspace", _parameters("start stop *base=10"), ("num", "size"), 50, random=False),
    "geomspace": Function("geomspace", _parameters("start stop"), ("num", "size"), 50, random=False),
    "arange": Function("arange", _parameters("start stop? step?"), (), random=False),
}

VECTOR_VALUED = frozenset({"dirichlet", "multinomial", "multivariate_normal"})


def draw(call: Draw, generator: RandomState | None) -> Sequence[str]:
    """The values of a call; a function without chance needs no generator.

    Raises:
        SweepError: NumPy refuses the arguments, or a value is not a finite 64-bit number.
    """
    if call.name == "choice":
        return [call.options[index] for index in _random(generator).randint(0, len(call.options), call.count)]
    try:
        numbers = _numbers(call, generator)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise SweepError(f"{call.name} refuses its arguments: {error}", call.text, call.position) from None
    if not all(map(math.isfinite, numbers)):
        raise SweepError(
            f"{call.name} with these arguments gives values that are not finite: use milder arguments",
            call.text,
            call.position,
        )
    return Numbers(numbers)


def _numbers(call: Draw, generator: RandomState | None) -> Sequence[Number]:
    if call.name in _OURS:
        return _OURS[call.name](call.count, **call.arguments)
    if call.name == "loguniform":
        return _loguniform(_random(generator), call.count, **call.arguments)
    function: Callable[..., Any] = getattr(_random(generator), call.name)
    numbers = function(**call.arguments, size=call.count)
    if numbers.dtype.kind == "i" and call.name != "randint" and int(numbers.min()) < 0:
        raise OverflowError("a value is beyond 64 bits")
    values: list[Number] = numbers.tolist()
    return values


def _random(generator: RandomState | None) -> RandomState:
    if generator is None:
        raise ValueError("a random sweep needs a generator")
    return generator


# The spaced values and exp are Python's own arithmetic, since NumPy's differs in the last digit between CPUs.


def _loguniform(generator: RandomState, count: int, low: float, high: float) -> list[float]:
    if min(low, high) <= 0:
        raise ValueError("low and high must be above 0")
    low, high = sorted((float(low), float(high)))
    logs = generator.uniform(math.log(low), math.log(high), count).tolist()
    return [min(max(math.exp(log), low), high) for log in logs]


def _linspace(count: int, start: Number, stop: Number) -> list[float]:
    start, stop = float(start), float(stop)
    step = (stop - start) / max(count - 1, 1)
    spaced = [index * step + start for index in range(count)]
    return spaced if count == 1 else [*spaced[:-1], stop]


def _logspace(count: int, start: Number, stop: Number, base: Number) -> list[float]:
    if base <= 0:
        raise ValueError("base must be above 0")
    return [_power(float(base), exponent) for exponent in _linspace(count, start, stop)]


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf


def _geomspace(count: int, start: Number, stop: Number) -> list[float]:
    if not start or not stop or (start < 0) != (stop < 0):
        raise ValueError("start and stop must both be above 0, or both below")
    sign = math.copysign(1.0, start)
    inner = _logspace(count, math.log10(abs(start)), math.log10(abs(stop)), 10)
    spaced = [float(start), *(sign * value for value in inner[1:-1]), float(stop)]
    return spaced[:count]


def _arange(_count: int, start: Number, stop: Number, step: Number) -> Sequence[Number]:
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        return range(start, stop, step)
    # NumPy steps by the difference of the first two values, which is not always `step`.
    stride = (float(start) + float(step)) - float(start)
    return [float(start) + index * stride for index in range(_count)]


def arange_size(start: Number, stop: Number, step: Number) -> int:
    """How many values ``arange`` gives, as NumPy counts them; 0 where it is empty.

    Raises:
        ArithmeticError: ``step`` is 0 or the numbers are too large.
    """
    return max(0, math.ceil((stop - start) / step))


_OURS: dict[str, Callable[..., Sequence[Number]]] = {
    "linspace": _linspace,
    "logspace": _logspace,
    "geomspace": _geomspace,
    "arange": _arange,
}
