"""A place in a sweep text, and the steps that lists and calls share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import SweepError

from .splitter import skip_string

if TYPE_CHECKING:
    from typing import NoReturn

_BLANKS = re.compile(r"\s*")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|['\"\\nt])")
# What no argument of a program can hold.
_UNPASSABLE = re.compile(r"[\0\ud800-\udfff]")
_ESCAPED = {"n": "\n", "t": "\t"}


@dataclass
class Scanner:
    """A text and the position of the next character."""

    text: str
    position: int = 0

    @property
    def char(self) -> str:
        """The next character, or an empty string at the end."""
        return self.text[self.position : self.position + 1]

    def skip_blanks(self) -> None:
        """Go to the next character that is no blank."""
        found = _BLANKS.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def take(self, pattern: re.Pattern[str]) -> str:
        """What matches here, or an empty string."""
        found = pattern.match(self.text, self.position)
        if not found:
            return ""
        self.position = found.end()
        return found.group()

    def take_string(self) -> str:
        """The content of the quoted string that opens here."""
        start = self.position
        self.position = skip_string(self.text, start)
        content = self.text[start + 1 : self.position - 1]
        value = _ESCAPE.sub(_unescape, content) if "\\" in content else content
        if value != content and _UNPASSABLE.search(value):
            self.fail("\\x00 and halves of a character cannot be passed to a script: leave them out", start)
        return value

    def fail(self, problem: str, position: int | None = None) -> NoReturn:
        """Refuse the text at ``position``, by default the next character."""
        raise SweepError(problem, self.text, self.position if position is None else position)


def _unescape(found: re.Match[str]) -> str:
    escape = found.group(1)
    return chr(int(escape[1:], 16)) if escape[0] in "xu" else _ESCAPED.get(escape, escape)


def shorten(name: str) -> str:
    """A name cut so that it fits a sentence."""
    return name if len(name) <= 40 else f"{name[:39]}…"
