"""Writing texts so that the sweep language reads the same texts back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BARE_WORD = re.compile(r"[\w.\-+/:@=%*~]+")
"""What a list's element may be made of without quotes."""

_ESCAPED = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t"}


def list_text(texts: Iterable[str]) -> str:
    """Return texts as a list, each of them one element."""
    return f"[{', '.join(element_text(text) for text in texts)}]"


def element_text(text: str) -> str:
    """Return a text as one element of a list, in quotes where it needs them."""
    if BARE_WORD.fullmatch(text):
        return text
    return "'" + "".join(_escape(char) for char in text) + "'"


def _escape(char: str) -> str:
    return _ESCAPED.get(char) or (char if char.isprintable() or ord(char) > 0xFFFF else f"\\u{ord(char):04x}")
