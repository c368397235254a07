"""Paths that a request names, kept inside of the folder that Jupyter serves."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from grid_jupyter.errors import CommandError


class Root:
    """The contents root."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """The folder, without symbolic links.

        Raises:
            CommandError: Jupyter keeps its files somewhere else than on a disk.
        """
        if not self._folder:
            raise CommandError("this Jupyter server keeps its files not on a disk, so no script of them can be run")
        return Path(self._folder).resolve()

    def find(self, path: str) -> Path:
        """Return what a path relative to the root means.

        Raises:
            CommandError: It leads out of the root.
        """
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts or "\0" in path:
            raise CommandError(f"{path!r} is no path below the folder that Jupyter serves")
        return self.confined(self.path / parts, path)

    def confined(self, path: Path, shown: str) -> Path:
        """Return a path without symbolic links.

        Raises:
            CommandError: It leads out of the root.
        """
        real = Path(os.path.realpath(path))  # never raises, as Path.resolve may
        if not real.is_relative_to(self.path):
            raise CommandError(f"{shown} leads out of the folder that Jupyter serves")
        return real

    def relative(self, path: Path) -> str:
        """Return how a request names a file below the root."""
        return path.relative_to(self.path).as_posix()
