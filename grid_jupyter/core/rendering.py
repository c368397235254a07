"""A run as the command line that asks for it again."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from .flags import RUN_FLAGS, Flag, Group, Kind
from .language.writing import list_text
from .spec import RunSpec
from .units import parse_duration, write_duration

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
    return " ".join(quoted(word) for word in words)


def _flag_words(flag: Flag, spec: RunSpec) -> list[str]:
    value = getattr(spec, flag.dest)
    if value == RunSpec.__dataclass_fields__[flag.dest].default:
        return []
    if flag.kind is Kind.SWITCH:
        return [flag.name] if value else []
    values = value if isinstance(value, tuple) else (value,)
    return [text for one in values for text in (flag.name, value_text(flag.kind, one))]


def value_text(kind: Kind, value: object) -> str:
    """Return a flag's value as it would be typed."""
    # Within the digits that the readers of units take.
    if kind is Kind.MEMORY and isinstance(value, float):
        return f"{_decimal(value)}G" if value >= 1 else f"{_decimal(value * 1024**2)}K"
    if kind is Kind.DURATION and isinstance(value, float):
        return _duration_text(value)
    return str(value)


def _duration_text(seconds: float) -> str:
    written = write_duration(seconds)
    if parse_duration("", written) == seconds:
        return written
    days, rest = divmod(seconds, 86400)
    return f"{_decimal(days)}d{_decimal(rest)}s" if days else f"{_decimal(rest)}s"


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


def magic(command: str) -> str:
    """Return a command line for a cell."""
    return command if command.startswith("%") else f"%{command}"


def quoted(word: str) -> str:
    """Return a word so that a shell and a magic line read it back as it is."""
    if re.fullmatch(r"[\w.\-+/:@=%~,]+", word):
        return word
    if not re.search(r'["$`\\!]', word):
        return f'"{word}"'
    return shlex.quote(word)
