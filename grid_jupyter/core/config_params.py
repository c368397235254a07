"""``hyper_params.params``: a script's arguments in YAML, as the command line would write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .language.writing import element_text

if TYPE_CHECKING:
    from .config_file import Entry

_NAME = re.compile(r"-{0,2}[A-Za-z_][A-Za-z0-9_.-]*")


def read_params(params: Entry) -> tuple[str, ...]:
    """Return the words of all arguments: each name with its dashes, and the text of its value.

    Raises:
        ConfigError: A name or a value is none that a command line could have.
    """
    lines: dict[str, int] = {}
    words: list[str] = []
    for key, entry in params.mapping().items():
        if not _NAME.fullmatch(key):
            entry.fail("is no name of an argument; write it as in lr or --lr")
        name = key if key.startswith("-") else f"--{key}"
        if name in lines:
            entry.fail(f"is given twice, first in line {lines[name]}; remove one")
        lines[name] = entry.line
        words += [name, _value(entry)]
    return tuple(words)


def _value(entry: Entry) -> str:
    if entry.is_empty:
        entry.fail("has no value; write one, such as 0.1 or a list")
    if not entry.is_list:
        return entry.text()
    if not entry.items():
        entry.fail("is an empty list; write at least one value")
    return _sweep(entry)


def _sweep(entry: Entry) -> str:
    return f"[{', '.join(_sweep(item) if item.is_list else _element(item) for item in entry.items())}]"


def _element(entry: Entry) -> str:
    if entry.is_mapping:
        entry.fail("is a mapping; to pass it as text, put it in quotes")
    return element_text(entry.text())
