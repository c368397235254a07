"""A text on the command line as a value of the type of a literal."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

from grid_jupyter.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

_BOOLS = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}


def convert(label: str, text: str, like: object) -> object:
    """Read a text as the type of a value.

    A list and a tuple take each other's form. In place of None any literal is read, and what is
    none is text.

    Args:
        label: The argument, for the message.
        text: The value as written.
        like: A value of the type: int, float, bool, str, None, list, tuple or dict.

    Raises:
        ArgumentError: The text is not of that type.
    """
    read, wanted = _readers[type(like)]
    try:
        return read(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ArgumentError(f"{text!r} is not {wanted}, which the cell's own value is", label) from None


def source_of(value: object) -> str:
    """Python source, on one line, that makes a value again."""
    match value:
        case float() if math.isnan(value):
            return 'float("nan")'
        case float() if math.isinf(value):
            return "1e999" if value > 0 else "-1e999"
        case list():
            return f"[{', '.join(map(source_of, value))}]"
        case tuple():
            return f"({', '.join(map(source_of, value))}{',' if len(value) == 1 else ''})"
        case dict():
            return f"{{{', '.join(f'{source_of(key)}: {source_of(item)}' for key, item in value.items())}}}"
        case _:
            return repr(value)


def _bool(text: str) -> bool:
    try:
        return _BOOLS[text.strip()]
    except KeyError:
        raise ValueError(text) from None


def _any(text: str) -> object:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, TypeError, SyntaxError):
        return text


def _list(text: str) -> list[object]:
    return list(_sequence(text))


def _tuple(text: str) -> tuple[object, ...]:
    return tuple(_sequence(text))


def _sequence(text: str) -> list[object] | tuple[object, ...]:
    value = ast.literal_eval(text.strip())
    if not isinstance(value, list | tuple):
        raise TypeError(text)
    return value


def _dict(text: str) -> dict[object, object]:
    value = ast.literal_eval(text.strip())
    if not isinstance(value, dict):
        raise TypeError(text)
    return value


_readers: dict[type, tuple[Callable[[str], object], str]] = {
    bool: (_bool, "True or False"),
    int: (int, "a whole number"),
    float: (float, "a number"),
    str: (str, "text"),
    list: (_list, "a list"),
    tuple: (_tuple, "a tuple"),
    dict: (_dict, "a dict"),
    type(None): (_any, "a value"),
}
