"""What is known of a script's flags, as plain data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class ScriptFlag:
    """A flag of a script, or a positional argument.

    Attributes:
        name: As the script spells it, dashes in front included; a positional has none. The long spelling of several.
        aliases: Its other spellings, such as ``-l`` and ``--no-amp``.
        type: What its text is converted to, as a name: ``int``, ``float``, ``str``, ``bool``, or what the source says.
        default: The value without it; None where there is none.
        choices: The values that are allowed, or None.
        help: Its description, or None.
        required: Whether the script refuses to run without it.
        takes_value: Whether a value follows; not so for one that is only there or not.
        multiple: Whether it takes several values, or may be repeated to give several.
        source: Where it is defined, ``train.py:12``; the file relative to the project's root.
        computed: Names of the attributes above whose value the source computes; they hold the source text, or None.
        value_optional: Whether a value may follow or not.
        command: The subcommand that it belongs to, as in ``db migrate``; empty for none.
    """

    name: str
    aliases: tuple[str, ...] = ()
    type: str = "str"
    default: object = None
    choices: tuple[object, ...] | None = None
    help: str | None = None
    required: bool = False
    takes_value: bool = True
    multiple: bool = False
    source: str = ""
    computed: tuple[str, ...] = ()
    value_optional: bool = False
    command: str = ""

    @property
    def positional(self) -> bool:
        """Whether it is an argument without a name on the command line."""
        return not self.name.startswith(("-", "+"))

    @property
    def spellings(self) -> tuple[str, ...]:
        """All its names."""
        return (self.name, *self.aliases)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON; a value that JSON has no form for is its Python text."""
        return {key: _jsonable(value) for key, value in asdict(self).items()}


@dataclass(frozen=True)
class ScriptFlags:
    """The flags of a script.

    Attributes:
        kinds: The libraries that read its command line, such as ``argparse``.
        flags: Its flags and positionals, in the order of the source.
        complete: Whether these are surely all: what is not among them is no flag of the script.
        notes: Why they may not be all, each with its place.
    """

    kinds: tuple[str, ...] = ()
    flags: tuple[ScriptFlag, ...] = ()
    complete: bool = False
    notes: tuple[str, ...] = ()

    def spellings(self) -> Iterator[str]:
        """All names of all flags; a positional has none."""
        for flag in self.flags:
            if not flag.positional:
                yield from flag.spellings

    def to_json(self) -> dict[str, Any]:
        """Return all as plain JSON."""
        flags = [flag.to_json() for flag in self.flags]
        return {"kinds": list(self.kinds), "flags": flags, "complete": self.complete, "notes": list(self.notes)}


def _jsonable(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case list() | tuple():
            return [_jsonable(item) for item in value]
        case set() | frozenset():
            return sorted((_jsonable(item) for item in value), key=str)
        case dict():
            return {str(key): _jsonable(item) for key, item in value.items()}
    return repr(value)
