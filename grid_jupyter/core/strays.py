"""Words among a script's arguments that were meant otherwise: mistyped flags, and Grid's own behind the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .flags import RUN_FLAGS
from .script import mistyped, speaks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .arguments import Arguments
    from .script import ScriptSource


def strays(script: str, source: ScriptSource, arguments: Arguments) -> Iterator[str]:
    """Warn of flags that a script surely does not take.

    Args:
        script: What the script is called.
        source: The script and what it imports.
        arguments: Its arguments; flags have the names that the script is passed.
    """
    names = list(dict.fromkeys(item.name for item in arguments.items if item.name and item.name.startswith("--")))
    unknown = dict(mistyped(source, names))
    for name in names:
        own = _grids(name)
        if own and (name in unknown or (source.is_python and not speaks_of(source, name))):
            yield f"{name} stands behind {script}, so {script} gets it; write {own} before {script} to give it to Grid."
        elif name in unknown:
            near = unknown[name]
            yield f"{script} has no flag {name}" + (f"; the nearest is {near}." if near else ".")


def _grids(name: str) -> str | None:
    """Grid's flag of a name, whatever its dashes."""
    spelled = f"--{name.removeprefix('--').replace('-', '_')}"
    return next((flag.name for flag in RUN_FLAGS if spelled in {flag.name, *flag.aliases} and not flag.refused), None)
