"""Flags on a command line that the script does not take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .model import ScriptFlags
    from .sources import ScriptSource

_LEFT_OUT = frozenset(("--help", "--helpfull", "--version"))
_BOTH_DASHES = frozenset(("HfArgumentParser", "fire", "simple_parsing", "tyro"))
_EXACT = frozenset(("click", "typer"))
_LIBRARY = {
    "LightningCLI": ("--config", "--print_config"),
    "click": ("--show-completion", "--install-completion"),
    "jsonargparse": ("--config", "--print_config", "--print_shtab"),
    "tyro": ("--tyro-print-completion", "--tyro-write-completion"),
    "typer": ("--show-completion", "--install-completion"),
}


def mistyped(source: ScriptSource, names: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """The names among ``names`` that are no flags of a script, each with the flag that comes nearest, if one does.

    None where it is not sure that all of the script's flags were read. The script is only gone through if a name stands
    in none of its sources in quotes, and if they are not too long for that.

    Args:
        source: The script and what it imports.
        names: Names with two dashes in front; others are passed over.
    """
    asked = [name for name in dict.fromkeys(names) if name.startswith("--") and not _is_written(source, name)]
    if not asked or not source.is_short:
        return
    import difflib

    flags = source.flags
    if flags.complete:
        known = list(dict.fromkeys(spelling for spelling in flags.spellings() if spelling.startswith("--")))
        for name in asked:
            if not _is_taken(name, known, flags):
                near = difflib.get_close_matches(name, known, 1)
                yield name, near[0] if near else None


def speaks_of(source: ScriptSource, name: str) -> bool:
    """Whether a flag's name stands anywhere in a script or what it imports, in any form: ``use_spot``, ``use-spot``."""
    parts = re.split("[-_]", name.removeprefix("--"))
    word = re.compile(rf"(?<![^\W_]){'[-_ ]?'.join(map(re.escape, parts))}(?![^\W_])", re.IGNORECASE)
    return any(word.search(text) for text in source.texts)


def _is_written(source: ScriptSource, name: str) -> bool:
    written = re.compile(rf"[\"'/]{re.escape(name)}[\"'/ ]")
    return any(written.search(text) for text in source.texts)


def _is_taken(name: str, known: Sequence[str], flags: ScriptFlags) -> bool:
    """Whether a script may take a name; many libraries take the beginning of one, and some both kinds of dashes."""
    own = {*_LEFT_OUT, *(spelling for kind in flags.kinds for spelling in _LIBRARY.get(kind, ()))}
    both = not _BOTH_DASHES.isdisjoint(flags.kinds)
    exact = _EXACT.issuperset(flags.kinds)
    asked = _plain(name) if both else name
    for spelling in (*own, *known):
        taken = _plain(spelling) if both else spelling
        if asked == taken or (not exact and taken.startswith(asked)) or asked.startswith(f"{taken}."):
            return True
    return False


def _plain(name: str) -> str:
    return name[:2] + name[2:].replace("-", "_")
