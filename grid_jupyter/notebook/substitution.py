"""``{name}`` and ``$name`` in a magic line: the notebook's variables as arguments.

As a whole value a list becomes an axis and anything else is text; inside a value the text is put in.
``{{name}}`` and ``$$name`` stand for themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grid_jupyter.core.values import scalar_text, word_for
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = r"[^\W\d]\w*"
_PLACE = re.compile(
    rf"\{{\{{(?P<brace_kept>{_NAME})\}}\}}|\$\$(?P<dollar_kept>{_NAME})|\{{(?P<brace>{_NAME})\}}|\$(?P<dollar>{_NAME})"
)
_WHOLE = re.compile(rf"(?P<prefix>--?[^\s=]+=|)(?:\{{(?P<brace>{_NAME})\}}|\$(?P<dollar>{_NAME}))")


@dataclass
class Substitution:
    """Puts variables into the words of a line.

    Attributes:
        variables: The notebook's variables.
        notes: Sentences about names that are not defined, for the preview.
    """

    variables: Mapping[str, object]
    notes: list[str] = field(default_factory=list)

    def words(self, texts: Sequence[str]) -> tuple[Word, ...]:
        """Return the words with the variables in place.

        Raises:
            CommandError: A variable is of a type that no argument can hold.
        """
        return tuple(self._word(text) for text in texts)

    def _word(self, text: str) -> Word:
        whole = _WHOLE.fullmatch(text)
        if whole:
            name = whole["brace"] or whole["dollar"]
            if name in self.variables:
                return self._whole(name, whole["prefix"])
        return Word(_PLACE.sub(self._part, text))

    def _whole(self, name: str, prefix: str) -> Word:
        try:
            return word_for(self.variables[name], prefix=prefix)
        except CommandError as error:
            raise CommandError(f"${name}: {error}") from None

    def _part(self, match: re.Match[str]) -> str:
        if name := match["brace_kept"]:
            return f"{{{name}}}"
        if name := match["dollar_kept"]:
            return f"${name}"
        name = match["brace"] or match["dollar"]
        if name not in self.variables:
            self.notes.append(f"{match[0]} is not defined in this notebook; it is passed as text.")
            return match[0]
        value = scalar_text(self.variables[name])
        if value is None:
            kind = type(self.variables[name]).__name__
            raise CommandError(
                f"${name} is of type {kind} and stands inside a value; only a text, number, bool or Path can, "
                "a list must be the whole value"
            )
        return value
