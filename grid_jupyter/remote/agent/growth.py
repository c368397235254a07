"""Files that grow: what is new in them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from grid_jupyter.core.scalars.finder import Finder

from .pieces import Part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_AT_ONCE = 4 << 20
"""Bytes of a piece at most."""

_HEAD, _TAIL = 4096, 256


class GrowingFile:
    """One file.

    Args:
        name: What it is called in pieces.
        path: Where it is; it need not be there yet.
        replaceable: Whether a program may begin it anew, as Lightning does for a new column.

    Attributes:
        offset: How much of it has been read.
    """

    def __init__(self, name: str, path: Path, *, replaceable: bool = False) -> None:
        self.name = name
        self._path = path
        self._replaceable = replaceable
        self.offset = 0
        self._head = b""
        self._tail = b""

    def read(self, most: int) -> Part | None:
        """Return what is new, ``most`` bytes at most; ``None`` where nothing is."""
        with suppress(OSError):
            # Neither a link, nor a pipe, which would never end.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                return self._read(descriptor, most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
            finally:
                os.close(descriptor)
        return None

    def _read(self, file: int, most: int) -> Part | None:
        if self._replaceable and not self._is_the_same(file):
            self.offset, self._head, self._tail = 0, b"", b""
        content = os.pread(file, most, self.offset)
        if not content:
            return None
        part = Part(self.name, self.offset, content)
        self.offset += len(content)
        self._head = (self._head + content[: _HEAD - len(self._head)])[:_HEAD]
        self._tail = (self._tail + content[-_TAIL:])[-_TAIL:]
        return part

    def _is_the_same(self, file: int) -> bool:
        """Whether what was read is still there, judged by its beginning and its end."""
        head = os.pread(file, len(self._head), 0)
        return head == self._head and os.pread(file, len(self._tail), self.offset - len(self._tail)) == self._tail


class GrowingFiles:
    """All files of a trial whose growth is of interest.

    Args:
        named: ``stdout``, ``stderr`` and ``metrics``, by name.
        work: The directory in which libraries write metrics into files of their own.
        is_as_frozen: Tells whether a file there is one that came with the project, by path, size and time.
    """

    def __init__(self, named: dict[str, Path], work: Path, is_as_frozen: Callable[[str, int, int], bool]) -> None:
        self._files = {name: GrowingFile(name, path) for name, path in named.items()}
        self._work = work
        self._is_as_frozen = is_as_frozen
        self._finder = Finder(str(work))

    def look(self) -> None:
        """Look for files that libraries have begun."""
        self._finder.look()
        for path in self._finder.found:
            name = f"work/{path}"
            if name not in self._files and not self._came_along(path):
                self._files[name] = GrowingFile(name, self._work / path, replaceable=True)

    def _came_along(self, path: str) -> bool:
        try:
            found = (self._work / path).lstat()
        except OSError:
            return True
        return self._is_as_frozen(path, found.st_size, found.st_mtime_ns)

    def read(self) -> list[Part]:
        """Return what is new, as much as a piece takes."""
        parts, room = [], MOST_AT_ONCE
        for file in self._files.values():
            part = file.read(room) if room else None
            if part:
                parts.append(part)
                room -= len(part.content)
        return parts
