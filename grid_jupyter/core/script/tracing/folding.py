"""What can be computed for certain from plain data: arithmetic, comparisons, a few builtins and methods."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from .values import MISSING, PLAIN, External, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LONGEST = 10_000
_LARGEST = 1 << 64

_OPERATORS: Mapping[type, Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.BitOr: operator.or_,
    ast.LShift: operator.lshift,
}
_COMPARISONS: Mapping[type, Callable[..., object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_BUILTINS: Mapping[str, Callable[..., object]] = {
    "abs": abs,
    "bool": bool,
    "dict": dict,
    "enumerate": lambda *args: list(enumerate(*args)),
    "float": float,
    "int": int,
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "range": lambda *args: list(range(*args)) if all(abs(arg) < _LONGEST for arg in args) else MISSING,
    "round": round,
    "set": set,
    "sorted": sorted,
    "str": str,
    "sum": sum,
    "tuple": tuple,
    "zip": lambda *args: list(zip(*args, strict=False)),
}
_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset(
        (
            "capitalize",
            "format",
            "join",
            "lower",
            "lstrip",
            "replace",
            "rstrip",
            "split",
            "strip",
            "title",
            "upper",
            "removeprefix",
            "removesuffix",
            "endswith",
            "startswith",
            "splitlines",
        )
    ),
    dict: frozenset(("copy", "get", "items", "keys", "values")),
    list: frozenset(("copy", "index")),
    tuple: frozenset(("index",)),
}


def _small(*values: Value) -> bool:
    """Whether values are plain, and an operation on them costs nothing to speak of."""
    for value in values:
        match value:
            case str() | bytes() | list() | tuple() | dict() | set() | frozenset():
                if len(value) > _LONGEST:
                    return False
            case bool() | float() | complex() | None:
                continue
            case int():
                if abs(value) > _LARGEST:
                    return False
            case _:
                return False
    return True


def operate(node: ast.operator | ast.unaryop, *values: Value) -> Value:
    """The result of an operator, or ``MISSING``."""
    if not _small(*values):
        return MISSING
    if isinstance(node, ast.Not):
        return not values[0]
    if isinstance(node, ast.Pow):
        return _power(*values)
    if isinstance(node, ast.Mult | ast.LShift) and not _bounded(*values):
        return MISSING
    function = _OPERATORS.get(type(node))
    if function is None:
        return MISSING
    try:
        return function(*values)
    except (TypeError, ValueError, ArithmeticError):
        return MISSING


def _bounded(left: Value, right: Value) -> bool:
    """Whether a product or shift stays small."""
    sizes = [value if isinstance(value, int) else len(value) if isinstance(value, str | list | tuple) else 0
             for value in (left, right)]  # fmt: skip
    return (sizes[0] or 1) * (sizes[1] or 1) <= _LARGEST and not (
        any(isinstance(value, str | list | tuple) for value in (left, right)) and sizes[0] * sizes[1] > _LONGEST
    )


def _power(base: Value, exponent: Value) -> Value:
    if not isinstance(base, int | float) or not isinstance(exponent, int | float):
        return MISSING
    if abs(exponent) > 64 or abs(base) > 1e6:
        return MISSING
    try:
        result: Value = base**exponent
    except (ValueError, ArithmeticError):
        return MISSING
    return result


def compare(node: ast.cmpop, left: Value, right: Value) -> bool | None:
    """Whether a comparison holds; None where that is not known."""
    if isinstance(node, ast.Is | ast.IsNot):
        return _same(left, right, negate=isinstance(node, ast.IsNot))
    if not _small(left, right):
        return None
    try:
        return bool(_COMPARISONS[type(node)](left, right))
    except (TypeError, KeyError):
        return None


def _same(left: Value, right: Value, *, negate: bool) -> bool | None:
    if not (left is None or right is None or isinstance(left, bool) or isinstance(right, bool)):
        return None
    other = right if left is None or isinstance(left, bool) else left
    if not is_certain(other):
        return None
    return (left is right) != negate


def is_certain(value: Value) -> bool:
    """Whether a value is what it is, and not one of several or unknown."""
    from .values import Class, Function, Instance, Live

    return isinstance(value, (*PLAIN, list, tuple, dict, set, Class, Function, Instance, Live))


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if isinstance(value, (*PLAIN, list, tuple, dict, set)):
        return bool(value)
    return True if is_certain(value) else None


def builtin(name: str, args: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """The result of a builtin, or ``MISSING``."""
    function = _BUILTINS.get(name)
    if function is None or not all(isinstance(arg, (*PLAIN, list, tuple, dict, set)) for arg in args):
        return MISSING
    if name == "dict" and not args:
        return dict(named)
    if named or not _small(*args):
        return MISSING
    try:
        return function(*args)
    except (TypeError, ValueError, ArithmeticError):
        return MISSING


def method(receiver: Value, name: str, args: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """The result of a method of plain data that changes nothing, or ``MISSING``."""
    if name not in _METHODS.get(type(receiver), ()) or not _small(receiver):
        return MISSING
    if isinstance(receiver, str) and not _small(*args, *named.values()):
        return MISSING
    try:
        result = getattr(receiver, name)(*args, **named)
    except (TypeError, ValueError, LookupError, AttributeError):
        return MISSING
    return list(result) if name in {"items", "keys", "values"} else result


def item(container: Value, index: Value) -> Value:
    """``container[index]``, or ``MISSING``."""
    if not isinstance(container, str | list | tuple | dict) or not isinstance(index, (*PLAIN, tuple, slice)):
        return MISSING
    try:
        return container[index]  # type: ignore[index, call-overload, unused-ignore]
    except (TypeError, LookupError):
        return MISSING


def elements(value: Value) -> list[Value] | None:
    """What a loop over a value goes through; None where that is not known."""
    match value:
        case list() | tuple() | set() | frozenset() | dict():
            return None if MISSING in value else list(value)
        case str() if len(value) < 100:
            return list(value)
    return None


def is_builtin(value: Value, name: str) -> bool:
    """Whether a value is a certain builtin."""
    return value == External(f"builtins.{name}")
