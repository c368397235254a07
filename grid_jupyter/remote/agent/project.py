"""The trial's own copy of the project, and what the trial makes of it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from .patience import patiently
from .problem import Problem
from .tars import entries, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .machine import Cache
    from .objects import Objects

_NO_ARTIFACT = frozenset(("__pycache__", ".ipynb_checkpoints"))


class _File(NamedTuple):
    size: int
    time: int
    digest: bytes


class Project:
    """A trial's directory.

    Args:
        folder: Where it is; ``make`` makes it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, _File] = {}
        self._own: tuple[str, ...] = ()

    def make(self, objects: Objects, cache: Cache, code: str, files: Mapping[str, str]) -> None:
        """Lay out the project as it was frozen.

        Args:
            objects: Have it; it is fetched once for all trials of the machine.
            cache: What those share.
            code: The archive's key.
            files: Further files of this trial alone, by path; they are no artifacts.

        Raises:
            Problem: It is not there.
        """

        def fetch(path: Path) -> None:
            if not patiently(lambda: objects.download(code, str(path))):
                raise Problem("the project is not there any more; submit the run again")

        archive = cache.once("code", code.rpartition("/")[2], fetch)
        self.folder.mkdir()
        unpack(str(archive), self.folder)
        for path in entries(self.folder):
            if not path.is_symlink() and path.is_file():
                found = path.stat()
                self._files[self._name(path)] = _File(found.st_size, found.st_mtime_ns, _digest(path))
        for name, text in files.items():
            made = self.folder / name
            made.parent.mkdir(parents=True, exist_ok=True)
            if made.is_symlink() or made.exists():  # a link of that name must not be followed
                made.unlink()
            made.write_text(text, encoding="utf-8")
        self._own = tuple(files)

    def is_as_frozen(self, name: str, size: int, time: int) -> bool:
        """Whether a file came with the project and has the size and the time, in nanoseconds, that it came with."""
        file = self._files.get(name)
        return file is not None and (file.size, file.time) == (size, time)

    def artifacts(self) -> Iterator[tuple[Path, str]]:
        """Yield the new and changed files, each with its path below the directory; links are not followed."""
        for path in entries(self.folder):
            name = self._name(path)
            if name not in self._own and self._is_artifact(path, name):
                yield path, name

    def _is_artifact(self, path: Path, name: str) -> bool:
        if path.is_symlink() or not path.is_file() or name.endswith(".pyc"):
            return False
        if not _NO_ARTIFACT.isdisjoint(name.split("/")[:-1]):
            return False
        found = path.stat()
        if self.is_as_frozen(name, found.st_size, found.st_mtime_ns):
            return False
        file = self._files.get(name)
        return file is None or file.size != found.st_size or file.digest != _digest(path)

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))


def _digest(path: Path) -> bytes:
    digest = blake2b(digest_size=20)
    with path.open("rb") as file:
        while True:
            content = file.read(1 << 20)
            if not content:
                return digest.digest()
            digest.update(content)
