"""What a freeze of the project would take, link and leave out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class SourceFile:
    """A file to freeze; ``path`` is relative to the root, ``ignored`` if it comes although it is ignored."""

    path: str
    size: int
    ignored: bool


@dataclass(frozen=True)
class Shared:
    """What a trial sees through a link: ``size`` in bytes, a lower bound where ``at_least``."""

    path: str
    target: str
    size: int
    folder: bool
    at_least: bool = False

    def __str__(self) -> str:
        size = format_bytes(self.size)
        return f"{self.path}{'/' if self.folder else ''} ({'at least ' if self.at_least else ''}{size})"


@dataclass(frozen=True)
class Survey:
    """What would be frozen.

    Args:
        root: The project's root.
        files: The files to freeze.
        links: Symbolic links kept as they are: path and target.
        shared: Linked, not frozen.
        dirs: Every directory of a trial, parents first.
        fresh: Those of ``dirs`` that start empty though the project's are not.
    """

    root: Path
    files: tuple[SourceFile, ...]
    links: tuple[tuple[str, str], ...]
    shared: tuple[Shared, ...]
    dirs: tuple[str, ...]
    fresh: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """The size of all files to freeze."""
        return sum(file.size for file in self.files)

    def holds(self, path: PurePosixPath) -> bool:
        """Whether a file is frozen (not shared, not left out)."""
        name = str(path)
        return any(file.path == name for file in self.files) or any(link == name for link, _ in self.links)

    def recently_changed(self, seconds: float = 300, paths: Iterable[str] | None = None) -> list[str]:
        """Files saved in the last seconds, of ``paths`` or of all that would be frozen."""
        since = time.time() - seconds
        names = paths if paths is not None else [file.path for file in self.files]
        return [name for name in names if _changed_after(self.root / name, since)]

    def summary(self, most: int = 4, *, alone: bool = False) -> str:
        """One line for a plan: what is frozen and, up to ``most`` names and unless ``alone``, what is shared."""
        count = len(self.files)
        text = f"{count} file{'' if count == 1 else 's'}, {format_bytes(self.bytes)}, frozen now"
        if alone or not self.shared:
            return text
        largest = sorted(self.shared, key=lambda item: (-item.size, item.path))
        more = f" and {len(largest) - most} more" if len(largest) > most else ""
        return f"{text} · shared, not frozen: {', '.join(map(str, largest[:most]))}{more}"


def largest(files: Iterable[SourceFile], *, by_size: bool, most: int = 10) -> list[str]:
    """The files and directories that hold the most bytes (or files), for a person.

    A directory stands for all below it, unless one entry of it holds most of that.
    """
    weights: dict[str, int] = {}
    children: dict[str, set[str]] = {}
    for file in files:
        path, weight = file.path, file.size if by_size else 1
        weights[path] = weights.get(path, 0) + weight
        while path:
            folder = f"{path.rstrip('/').rpartition('/')[0]}/".lstrip("/")
            children.setdefault(folder, set()).add(path)
            weights[folder] = weights.get(folder, 0) + weight
            path = folder
    named: list[str] = []
    folders = [""]
    while folders:
        for path in children.get(folders.pop(), ()):
            heaviest = max((weights[child] for child in children.get(path, ())), default=0)
            (folders if 2 * heaviest > weights[path] else named).append(path)
    named.sort(key=lambda path: (-weights[path], path))
    unit = format_bytes if by_size else "{:,} files".format
    return [f"{path} ({unit(weights[path])})" for path in named[:most]]


def _changed_after(file: Path, since: float) -> bool:
    try:
        return file.stat().st_mtime >= since
    except OSError:
        return False
