"""What reads a command line: a parser, a command, or a function that a library calls with arguments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grid_jupyter.core.script.tracing.values import (
    MISSING,
    Call,
    Class,
    External,
    Function,
    Imported,
    Live,
    Unknown,
    Value,
    describe,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grid_jupyter.core.script.model import ScriptFlag
    from grid_jupyter.core.script.tracing.interpreter import Interpreter


@dataclass
class Entry:
    """A flag, and the name that its value is kept under."""

    dest: str
    flag: ScriptFlag


class Surface(Live):
    """Something that reads the command line.

    Attributes:
        kind: Its library.
        entries: Its flags.
        used: Whether it was seen to read the command line.
        doubtful: Whether it may have read the command line.
        blind: Whether it was seen to read something else in place of the command line.
        strict: Whether it refuses what it does not know.
        whole: Whether all of its flags are among the entries.
    """

    def __init__(self, run: Interpreter, kind: str) -> None:
        self.kind = kind
        self.entries: list[Entry] = []
        self.used = False
        self.doubtful = False
        self.blind = False
        self.strict = False
        self.whole = True
        run.surfaces.append(self)

    def miss(self, run: Interpreter, call: Call, words: str) -> None:
        """Say that it has flags that are not among the entries."""
        self.whole = False
        run.note(call, words)

    def finish(self) -> None:
        """Do what is only known at the end."""


def value_and_text(call: Call, name: str, position: int | None = None) -> tuple[Value, bool]:
    """An argument as plain data; or the text that computes it, and True."""
    value = call.get(name, position)
    if value is MISSING:
        return None, False
    known = plain(value)
    return (call.text_of(name, position), True) if known is MISSING else (known, False)


def type_name(value: Value) -> tuple[str | None, bool]:
    """The name of a type, or the text that computes it, and True."""
    match value:
        case Class():
            return value.name, False
        case Function():
            return describe(value), not hasattr(value.node, "name")
        case External():
            return value.text.rpartition(".")[2], False
        case Imported():
            return value.name, False
        case Unknown():
            return value.text, True
        case str():
            return value, False
    return None, False


def merged(entries: Iterable[ScriptFlag]) -> list[ScriptFlag]:
    """The flags, those of one name as one; where they differ, that depends on what the script computes."""
    found: dict[tuple[str, str], ScriptFlag] = {}
    for flag in entries:
        key = (flag.command, flag.name)
        first = found.get(key)
        found[key] = flag if first is None else _merge(first, flag)
    return list(found.values())


def _merge(first: ScriptFlag, second: ScriptFlag) -> ScriptFlag:
    changes: dict[str, object] = {"aliases": tuple(dict.fromkeys(first.aliases + second.aliases))}
    computed = list(first.computed)
    for name in ("type", "default", "choices", "help", "required", "takes_value", "multiple"):
        if repr(getattr(first, name)) != repr(getattr(second, name)) and name not in computed:
            computed.append(name)
            if name == "default":
                changes[name] = f"{first.default!r} or {second.default!r}"
    return replace(first, **changes, computed=tuple(computed))  # type: ignore[arg-type]
