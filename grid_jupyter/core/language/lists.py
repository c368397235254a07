"""``[a, 'b c', [1, 2]]`` to its elements, which keep their written form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scanner import shorten
from .splitter import CLOSER_OF, QUOTES, skip_string
from .writing import BARE_WORD

if TYPE_CHECKING:
    from .scanner import Scanner


def parse_list(scanner: Scanner) -> tuple[str, ...]:
    """Read the list that opens at the scanner's place, and stop behind it.

    Raises:
        SweepError: The list is empty, not closed, or holds what is no value.
    """
    start = scanner.position
    scanner.position += 1
    elements: list[str] = []
    while not _closes(scanner, start, elements):
        elements.append(_element(scanner))
        _separator(scanner, start)
    return tuple(elements)


def _closes(scanner: Scanner, start: int, elements: list[str]) -> bool:
    scanner.skip_blanks()
    _refuse_end(scanner, start)
    if scanner.char != "]":
        return False
    if not elements:
        scanner.fail("the list is empty: give it at least one value", start)
    scanner.position += 1
    return True


def _refuse_end(scanner: Scanner, start: int) -> None:
    if not scanner.char:
        scanner.fail("the list is not closed: add ]", start)


def _element(scanner: Scanner) -> str:
    start = scanner.position
    if scanner.char in QUOTES:
        return scanner.take_string()
    if scanner.char in CLOSER_OF:
        return _nested(scanner)
    bare = scanner.take(BARE_WORD)
    if scanner.char == "(":
        scanner.fail(f"{shorten(bare)}(…) is a call, and a list holds values: quote it to pass it as text", start)
    if not bare and scanner.char == ",":
        scanner.fail("an element is missing before this comma: write a value, or '' for an empty one")
    if not bare:
        scanner.fail(f"{scanner.char!r} cannot stand in a list unquoted: put the element in quotes")
    return bare


def _nested(scanner: Scanner) -> str:
    """An inner list, tuple or dict, as it is written."""
    start = scanner.position
    waiting: list[int] = []
    text = scanner.text
    while scanner.position < len(text):
        char = text[scanner.position]
        if char in QUOTES:
            scanner.position = skip_string(text, scanner.position)
            continue
        if char in CLOSER_OF:
            waiting.append(scanner.position)
        elif char in "])}":
            expected = CLOSER_OF[text[waiting.pop()]]
            if char != expected:
                scanner.fail(f"{char} closes nothing here: {expected} is expected first")
        scanner.position += 1
        if not waiting:
            return text[start : scanner.position]
    return scanner.fail(f"this {text[waiting[-1]]} is not closed: add {CLOSER_OF[text[waiting[-1]]]}", waiting[-1])


def _separator(scanner: Scanner, start: int) -> None:
    scanner.skip_blanks()
    _refuse_end(scanner, start)
    if scanner.char == ",":
        scanner.position += 1
    elif scanner.char in QUOTES or BARE_WORD.match(scanner.char):
        scanner.fail("a comma is missing before this: write one, or quotes around a value with a blank in it")
    elif scanner.char != "]":
        scanner.fail(f"{scanner.char!r} cannot stand in a list unquoted: put the whole element in quotes")
