"""``NAME(args…)`` to a range or a draw, checked as far as it can be without drawing."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .distributions import FUNCTIONS, MAX_VALUES, arange_size
from .lists import parse_list
from .numbers import range_size
from .scanner import shorten
from .values import Draw, Range

if TYPE_CHECKING:
    from .distributions import Function, Number
    from .scanner import Scanner

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_NUMBER = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?")
_KEYWORD = re.compile(r"[^\W\d]\w*(?=\s*=)")
_MAX_DIGITS = 300
_INFINITE = float("inf")


@dataclass(frozen=True)
class _Given:
    """One argument as written."""

    name: str | None
    value: Number | tuple[str, ...]
    position: int


def parse_call(scanner: Scanner, name: str) -> Range | Draw:
    """Read the call whose name begins at the scanner's place, and stop behind it.

    Raises:
        SweepError: The call is not closed, or its arguments do not fit the function.
    """
    start = scanner.position
    scanner.position += len(name) + 1
    given = _arguments(scanner, start)
    if name == "range":
        return _range(scanner, start, given)
    return _draw(scanner, start, FUNCTIONS[name], given)


def _arguments(scanner: Scanner, start: int) -> list[_Given]:
    given: list[_Given] = []
    while True:
        scanner.skip_blanks()
        if scanner.char == ")":
            scanner.position += 1
            return given
        given.append(_argument(scanner, start))
        scanner.skip_blanks()
        if scanner.char == ",":
            scanner.position += 1
        elif scanner.char != ")":
            _refuse_end(scanner, start)
            scanner.fail("a comma or ) is expected here: arguments are plain numbers")


def _refuse_end(scanner: Scanner, start: int) -> None:
    if not scanner.char:
        scanner.fail("the call is not closed: add )", start)


def _argument(scanner: Scanner, start: int) -> _Given:
    _refuse_end(scanner, start)
    position = scanner.position
    name = scanner.take(_KEYWORD) or None
    if name:
        scanner.skip_blanks()
        scanner.position += 1
        scanner.skip_blanks()
        _refuse_end(scanner, start)
    return _Given(name, parse_list(scanner) if scanner.char == "[" else _number(scanner), position)


def _number(scanner: Scanner) -> Number:
    start = scanner.position
    text = scanner.take(_NUMBER)
    if not text:
        scanner.fail("arguments are plain numbers: write a finite number such as 0.1 or 1e-4 here")
    if len(text) > _MAX_DIGITS:
        scanner.fail(f"this number has more than {_MAX_DIGITS} digits: use a shorter one", start)
    if text.lstrip("+-").replace("_", "").isdigit():
        return int(text)
    number = float(text)
    if abs(number) == _INFINITE:
        scanner.fail("this number is too large for a float: use a smaller one", start)
    return number


def _range(scanner: Scanner, start: int, given: list[_Given]) -> Range:
    if not 1 <= len(given) <= 3:
        scanner.fail(f"range takes 1 to 3 numbers (start, stop, step), {len(given)} given", start)
    numbers = []
    for argument in given:
        if argument.name:
            scanner.fail("range takes no names: write range(start, stop, step)", argument.position)
        if not isinstance(argument.value, int):
            scanner.fail(
                "range takes whole numbers: use arange(start, stop, step) or linspace(start, stop, n)",
                argument.position,
            )
        numbers.append(argument.value)
    if len(numbers) == 3 and numbers[2] == 0:
        scanner.fail("the step of a range cannot be 0", given[2].position)
    values = range(*numbers)
    if range_size(values) == 0:
        scanner.fail("this range is empty: the stop is not part of it", start)
    return Range(values)


def _draw(scanner: Scanner, start: int, function: Function, given: list[_Given]) -> Draw:
    bound = _bind(scanner, start, function, given)
    size = _size(scanner, function, bound)
    options: tuple[str, ...] = ()
    if function.name == "choice":
        listed = bound.pop("a")
        if not isinstance(listed.value, tuple):
            scanner.fail("choice takes a list first: write choice([a, b], n)", listed.position)
        options = listed.value
    arguments: dict[str, Number] = {}
    for name, default in ((parameter.name, parameter.default) for parameter in function.parameters):
        if name in bound:
            arguments[name] = _plain(scanner, function, name, bound[name])
        elif default is not None:
            arguments[name] = default
    if function.name == "arange":
        arguments, size = _arange(scanner, start, arguments)
    return Draw(function.name, arguments, size, options, scanner.text, start)


def _bind(scanner: Scanner, start: int, function: Function, given: list[_Given]) -> dict[str, _Given]:
    """Each argument by its parameter's name; the size as ``size``."""
    positions = [parameter.name for parameter in function.parameters if not parameter.keyword_only]
    positions += ["size"] if function.size_names else []
    bound: dict[str, _Given] = {}
    for index, argument in enumerate(given):
        name = _parameter_name(scanner, function, argument, positions[index:])
        if name in bound:
            scanner.fail(f"{name} is given twice", argument.position)
        if argument.name is None and index and given[index - 1].name is not None:
            scanner.fail("a number without a name cannot follow one with a name", argument.position)
        bound[name] = argument
    for parameter in function.parameters:
        if parameter.required and parameter.name not in bound:
            scanner.fail(f"{parameter.name} is missing: write {_usage(function)}", start)
    return bound


def _parameter_name(scanner: Scanner, function: Function, argument: _Given, positions: list[str]) -> str:
    """The parameter that an argument is for; ``positions`` are those left for one without a name."""
    if argument.name is None:
        if not positions:
            scanner.fail(f"one argument too many: write {_usage(function)}", argument.position)
        return positions[0]
    if argument.name in function.size_names:
        return "size"
    known = [*(parameter.name for parameter in function.parameters), *function.size_names]
    if argument.name not in known:
        near = difflib.get_close_matches(argument.name, known, 1)
        advice = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
        scanner.fail(f"{function.name} has no argument {shorten(argument.name)}: {advice}", argument.position)
    return argument.name


def _usage(function: Function) -> str:
    names = [parameter.name for parameter in function.parameters if not parameter.keyword_only]
    return f"{function.name}({', '.join([*names, *(['n'] if function.size_names else [])])})"


def _size(scanner: Scanner, function: Function, bound: dict[str, _Given]) -> int:
    argument = bound.pop("size", None)
    if argument is None:
        return function.size
    size = argument.value
    if not isinstance(size, int):
        scanner.fail("the number of values must be a whole number", argument.position)
    if size < 1:
        scanner.fail("the number of values must be at least 1", argument.position)
    _refuse_too_many(scanner, size, argument.position)
    return size


def _refuse_too_many(scanner: Scanner, size: int, position: int) -> None:
    if size > MAX_VALUES:
        scanner.fail(
            f"{size} values are more than the {MAX_VALUES:,} of one call: use range(…), or fewer values",
            position,
        )


def _plain(scanner: Scanner, function: Function, name: str, argument: _Given) -> Number:
    if isinstance(argument.value, tuple):
        scanner.fail(f"{function.name} takes plain numbers, no list", argument.position)
    if name in function.whole and argument.value != int(argument.value):
        scanner.fail(f"{name} of {function.name} is a whole number", argument.position)
    low, high = function.limits.get(name, (-_INFINITE, _INFINITE))
    if not low <= argument.value <= high:
        scanner.fail(f"{name} of {function.name} must be between {low:g} and {high:g}", argument.position)
    return int(argument.value) if name in function.whole else argument.value


def _arange(scanner: Scanner, start: int, given: dict[str, Number]) -> tuple[dict[str, Number], int]:
    first, last = (given["start"], given["stop"]) if "stop" in given else (0, given["start"])
    arguments = {"start": first, "stop": last, "step": given.get("step", 1)}
    try:
        size = arange_size(**arguments)
    except ZeroDivisionError:
        scanner.fail("the step of arange cannot be 0", start)
    except (OverflowError, ValueError):
        scanner.fail("these numbers are too large for arange", start)
    if size == 0:
        scanner.fail("this arange is empty: the stop is not part of it", start)
    _refuse_too_many(scanner, size, start)
    return arguments, size
