"""``grid:NAME`` and ``grid:NAME:VERSION`` in the arguments of a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grid_jupyter.core.language.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grid_jupyter.core.space import Space

_START = "grid:"
# Before it stands nothing that would make it the end of a word; behind it a path may go on.
_REFERENCE = re.compile(r"(?<![\w.-])grid:([A-Za-z0-9](?:[\w.-]*\w)?(?::\w+)?)(?![\w-])", re.ASCII)


def find_references(space: Space) -> dict[str, str]:
    """Return what arguments refer to, as it is written behind ``grid:``, each with an argument that does."""
    found: dict[str, str] = {}
    for axis in space.axes:
        if axis.values is None or isinstance(axis.values, Numbers):
            continue
        for value in axis.values:
            if _START in value:
                for written in _REFERENCE.findall(value):
                    found.setdefault(written, axis.name or axis.label)
    return found


def replaced(text: str, meant: Mapping[str, str] | Callable[[str], str | None], start: str = "") -> str:
    """Return a text with each reference replaced; one that means nothing stays.

    Args:
        text: The text.
        meant: What each stands for, by how it is written.
        start: What to put before that.
    """
    if _START not in text:
        return text
    get = meant if callable(meant) else meant.get

    def put(found: re.Match[str]) -> str:
        value = get(found[1])
        return found[0] if value is None else start + value

    return _REFERENCE.sub(put, text)
