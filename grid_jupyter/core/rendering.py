"""A run as the command line that asks for it again."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from .flags import RUN_FLAGS, Flag, Group, Kind
from .language.writing import list_text
from .spec import RunSpec

if TYPE_CHECKING:
    from .words import Word


def command_line(spec: RunSpec) -> str:
    """Return the words of ``grid`` that ask for this, quoted for a shell and for a magic line alike."""
    words = ["grid" if spec.cell is None else "%%grid", "run"]
    for flag in RUN_FLAGS:
        if not flag.hidden and flag.group is not Group.OUTPUT:
            words += _flag_words(flag, spec)
    if spec.cell is None:
        words += ["--", spec.script] if spec.script.startswith("-") else [spec.script]
    elif spec.words:
        words.append("--")
    words += [word_text(word) for word in spec.words]
    return " ".join(_quoted(word) for word in words)


def _flag_words(flag: Flag, spec: RunSpec) -> list[str]:
    value = getattr(spec, flag.dest)
    if value == RunSpec.__dataclass_fields__[flag.dest].default:
        return []
    if flag.kind is Kind.SWITCH:
        return [flag.name] if value else []
    values = value if isinstance(value, tuple) else (value,)
    return [text for one in values for text in (flag.name, _value_text(flag, one))]


def _value_text(flag: Flag, value: object) -> str:
    # Within the digits that the readers of units take.
    if flag.kind is Kind.MEMORY and isinstance(value, float):
        return f"{_decimal(value)}G" if value >= 1 else f"{_decimal(value * 1024**2)}K"
    if flag.kind is Kind.DURATION and isinstance(value, float):
        days, seconds = divmod(value, 86400)
        return f"{_decimal(days)}d{_decimal(seconds)}s" if days else f"{_decimal(seconds)}s"
    return str(value)


def _decimal(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def word_text(word: Word) -> str:
    """Return a word of the script as it would be typed; what must not be swept becomes a list of one element."""
    if word.values is not None:
        return word.text + list_text(word.values)
    if word.literal:
        name, equals, text = word.text.partition("=") if word.text.startswith("-") else ("", "", word.text)
        if text.lstrip().startswith("[") or re.match(r"\s*\w+\(", text):
            return name + equals + list_text([text])
    return word.text


def _quoted(word: str) -> str:
    if re.fullmatch(r"[\w.\-+/:@=%~,]+", word):
        return word
    if not re.search(r'["$`\\!]', word):
        return f'"{word}"'
    return shlex.quote(word)
