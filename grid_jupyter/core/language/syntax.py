"""The sweep language: the text of an argument to its meaning. Parsed, never evaluated."""

from __future__ import annotations

import difflib
import re

from grid_jupyter.errors import SweepError

from .calls import parse_call
from .distributions import FUNCTIONS, VECTOR_VALUED
from .lists import parse_list
from .scanner import Scanner
from .splitter import skip_brackets
from .values import Draw, Listing, Range, Text, Value

__all__ = ["Draw", "Listing", "Range", "Text", "Value", "closes", "parse_value"]

KNOWN_NAMES = ("range", *FUNCTIONS)
_CALL = re.compile(r"((?:np\.|numpy\.)?(?:random\.)?)([^\W\d]\w{0,40})\(")
# Above the 0.80 between "normalize" and "normal".
_NEAR = 0.82
_AS_TEXT = 'to pass it as text, write it as one quoted element, ["…"], or use --strategy none'


def parse_value(text: str) -> Value:
    """Read the value of an argument.

    Raises:
        SweepError: The text begins a sweep and does not go on as one.
    """
    scanner = Scanner(text)
    if "\0" in text:
        scanner.fail("a NUL character cannot be passed to a script: leave it out", text.index("\0"))
    scanner.skip_blanks()
    value = _sweep(scanner)
    if value is None:
        return Text(text)
    scanner.skip_blanks()
    if scanner.char:
        scanner.fail(f"nothing may follow the sweep: {_AS_TEXT}")
    return value


def closes(text: str) -> bool:
    """Whether the first bracket of the text is closed in it."""
    opener = re.search(r"[\[(]", text)
    try:
        return opener is not None and skip_brackets(text, opener.start()) > 0
    except SweepError:
        return False


def _sweep(scanner: Scanner) -> Value | None:
    if scanner.char == "[":
        return Listing(parse_list(scanner))
    called = _CALL.match(scanner.text, scanner.position)
    if not called:
        return None
    prefix, name = called.groups()
    if not prefix and name in KNOWN_NAMES:
        return parse_call(scanner, name)
    if not prefix and name in VECTOR_VALUED:
        scanner.fail(f"{name} gives vectors, and an argument takes one value: {_AS_TEXT}")
    if scanner.text.rstrip().endswith(")"):
        _refuse_near(scanner, prefix, name)
    return None


def _refuse_near(scanner: Scanner, prefix: str, name: str) -> None:
    near = difflib.get_close_matches(name.lower(), KNOWN_NAMES, 1, _NEAR)
    if near and (not prefix or near[0] == name):
        scanner.fail(f"{prefix}{name} is not known: write {near[0]}(…); {_AS_TEXT}")
