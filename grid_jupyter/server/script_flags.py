"""A script's own flags, from the core's reader of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.core import script as reader

if TYPE_CHECKING:
    from pathlib import Path


def script_flags(script: Path, root: Path) -> dict[str, Any]:
    """Return what the source tells of a script's flags; nothing where this version has no reader of them."""
    read_flags = getattr(reader, "read_flags", None)
    if read_flags is None:
        return {"kinds": [], "flags": [], "complete": False, "notes": ["This version does not read a script's flags."]}
    found: dict[str, Any] = read_flags(script, root).to_json()
    return found
