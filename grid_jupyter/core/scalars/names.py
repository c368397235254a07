"""Under which name a value that stands in a file is a metric, when several sources tell the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grid_jupyter.core.metrics import STEP_NAMES

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

SPLITS = frozenset(("train", "training", "val", "valid", "validation", "test", "eval", "dev"))
"""Folders that say which part of the data a value was measured on, and always stand in front of its name."""

LONGEST = 200

_ODD = re.compile(r"[^A-Za-z0-9_./-]")
_TIMES = re.compile(r"\d+(\.\d+)?")


class Names:
    """The names of one trial's metrics. The first source that gives a name keeps it.

    A source is a kind of file and the folder that it lies in. What is printed is one too.

    Args:
        owners: The source of each name that comes from files.
        printed: The names that come from elsewhere, unless they are among the owners.

    Attributes:
        owners: The same, with what was added.
    """

    def __init__(self, owners: Mapping[str, str], printed: Container[str]) -> None:
        self.owners = dict(owners)
        self._printed = printed
        self._folders: dict[str, set[str]] = {}
        self._known: dict[tuple[str, str, str], str | None] = {}

    def begin_attempt(self) -> None:
        """Forget the folders: another attempt writes into others, and goes on with the same metrics."""
        self.owners = {name: source.partition(":")[0] for name, source in self.owners.items()}

    def add_folder(self, kind: str, folder: str) -> None:
        """Take note of a folder with files of a kind."""
        self._folders.setdefault(kind, set()).add(folder)

    def name(self, kind: str, folder: str, tag: str) -> str | None:
        """Return the name for a tag in the files of a folder; ``None`` where it is told elsewhere, or is a step."""
        key = (kind, folder, tag)
        if key not in self._known:
            self._known[key] = self._choose(kind, folder, tag)
        return self._known[key]

    def _choose(self, kind: str, folder: str, tag: str) -> str | None:
        if not tag or tag in STEP_NAMES:
            return None
        source = f"{kind}:{folder}"
        for candidate in self._candidates(kind, folder, tag):
            name = _clean(candidate)
            owner = self.owners.get(name, "printed" if name in self._printed else None)
            if owner in {None, kind, source}:
                self.owners[name] = source
                return name
            if owner is None or not owner.startswith(f"{kind}:"):
                return None
        return None

    def _candidates(self, kind: str, folder: str, tag: str) -> Iterator[str]:
        """Yield names, the first choice first; the next ones are for folders that give the same names."""
        own = self._prefix(kind, folder)
        yield tag if not own or tag.startswith(f"{own}/") else f"{own}/{tag}"
        yield f"{folder.rpartition('/')[2]}/{tag}"
        yield f"{folder}/{tag}"

    def _prefix(self, kind: str, folder: str) -> str:
        """Return what stands in front of all names of a folder.

        Where a folder above has such files too, it is the path from there on, as TensorBoard names it; torch's
        ``add_hparams`` calls a folder by the time, which says nothing.
        """
        parts = folder.split("/")
        for depth in range(len(parts)):
            above = "/".join(parts[:depth])
            if above != folder and above in self._folders.get(kind, ()):
                return "/".join(part for part in parts[depth:] if not _TIMES.fullmatch(part))
        return parts[-1] if parts[-1] in SPLITS else ""


def _clean(name: str) -> str:
    """Return a name as a printed one could be: other signs become ``_``."""
    name = _ODD.sub("_", name).lstrip("/")[:LONGEST]
    return name if name[:1].isalpha() or name.startswith("_") else f"_{name}"
