"""The frozen copy of a project: each content once, named by its digest."""
# Names need not be UTF-8: plain strings, no Path objects.
# ruff: noqa: PTH101, PTH103, PTH104, PTH108, PTH116, PTH120, PTH123

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from grid_jupyter.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from .survey import Survey

_CHUNK = 1 << 20
_READINGS = 3


class FrozenFile(NamedTuple):
    """A file of a snapshot: ``object`` is the digest of its content, ``mtime`` in nanoseconds."""

    path: str
    object: str
    size: int
    mode: int
    mtime: int


class FrozenLink(NamedTuple):
    """A symbolic link of a snapshot; an absolute target is shared data."""

    path: str
    target: str


@dataclass(frozen=True)
class Snapshot:
    """What a trial's directory is made from; paths are relative, directories stand parents first."""

    files: tuple[FrozenFile, ...]
    links: tuple[FrozenLink, ...]
    dirs: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """A name for what is frozen: equal for equal content, whenever it was saved."""
        files = sorted([file.path, file.object, file.mode] for file in self.files)
        manifest = json.dumps([files, sorted(self.links), sorted(self.dirs)])
        return blake2b(manifest.encode(), digest_size=20).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"files": self.files, "links": self.links, "dirs": self.dirs}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Snapshot:
        """Make it again from what ``to_json`` gave."""
        return cls(
            files=tuple(FrozenFile(*item) for item in data["files"]),
            links=tuple(FrozenLink(*item) for item in data["links"]),
            dirs=tuple(data["dirs"]),
        )

    def write(self, path: Path) -> None:
        """Write it as ASCII JSON, names that are not UTF-8 included.

        Raises:
            OSError: It cannot be written.
        """
        path.write_text(json.dumps(self.to_json()), encoding="ascii")

    def replace(self, path: Path) -> None:
        """Write it in the place of another; whoever reads meanwhile has one or the other.

        Raises:
            OSError: It cannot be written.
        """
        draft = path.with_name(f".{path.name}")
        self.write(draft)
        draft.rename(path)

    def with_files(self, root: Path, paths: Iterable[str], objects: Path) -> Snapshot:
        """Return it with further files, which are frozen; one of the same path takes the old one's place.

        Raises:
            StoreError: A file cannot be read, or the store cannot be written.
        """
        added = {path: file for path in paths if (file := _freeze_file(str(root), path, str(objects)))}
        folders = {str(folder) for path in added for folder in PurePosixPath(path).parents if folder.name}
        return Snapshot(
            (*(file for file in self.files if file.path not in added), *added.values()),
            tuple(link for link in self.links if link.path not in added),
            (*self.dirs, *sorted(folders - set(self.dirs))),
        )

    def content(self, path: str, objects: Path) -> bytes:
        """Return what a file held when it was frozen.

        Args:
            path: One of the files.
            objects: The store that it was frozen into.

        Raises:
            StoreError: It cannot be read there.
        """
        frozen = next(file for file in self.files if file.path == path)
        try:
            with open(object_path(str(objects), frozen.object), "rb") as file:
                return file.read()
        except OSError as error:
            raise StoreError(f"the frozen copy of {path} is gone; submit the run again") from error

    @classmethod
    def read(cls, path: Path) -> Snapshot:
        """Read what ``write`` wrote.

        Raises:
            StoreError: There is no such file, or something else is in it.
        """
        try:
            return cls.from_json(json.loads(path.read_text(encoding="ascii")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(f"{path}, the record of the frozen project, is damaged; submit the run again") from error


def freeze(survey: Survey, objects: Path) -> Snapshot:
    """Copy a project's files into the object store; several may freeze into it at once.

    A file that is written to meanwhile is read again, a few times; a file that is gone is left out.

    Args:
        survey: What to take.
        objects: The store's directory, made where it is missing.

    Raises:
        StoreError: A file cannot be read, or the store cannot be written.
    """
    root, store = str(survey.root), str(objects)
    files = []
    for source in survey.files:
        frozen = _freeze_file(root, source.path, store)
        if frozen is not None:
            files.append(frozen)
    shared = [FrozenLink(item.path, item.target) for item in survey.shared]
    links = sorted([*(FrozenLink(*link) for link in survey.links), *shared])
    return Snapshot(tuple(files), tuple(links), survey.dirs)


def object_path(objects: str, name: str) -> str:
    """Where the content of that digest lies."""
    return f"{objects}/{name[:2]}/{name[2:]}"


def digest_of(path: str) -> str:
    """The digest of a file's content, as ``FrozenFile.object`` names it."""
    digest = blake2b(digest_size=20)
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _freeze_file(root: str, path: str, store: str) -> FrozenFile | None:
    try:
        # Were it replaced by a pipe by now, opening it must not wait.
        source = os.open(f"{root}/{path}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}); change its permissions") from error
    try:
        for _ in range(_READINGS):
            before = os.fstat(source)
            if not stat.S_ISREG(before.st_mode):
                return None
            name, size = _keep(source, path, store)
            after = os.fstat(source)
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                break
            os.lseek(source, 0, os.SEEK_SET)
        return FrozenFile(path, name, size, stat.S_IMODE(after.st_mode) & 0o777, after.st_mtime_ns)
    finally:
        os.close(source)


def _keep(source: int, path: str, store: str) -> tuple[str, int]:
    """Store what a file descriptor yields; return its digest and size."""
    try:
        first = os.read(source, _CHUNK)
        return _keep_small(first, store) if len(first) < _CHUNK else _keep_large(source, first, store)
    except OSError as error:
        raise StoreError(f"{path} cannot be frozen into {store}: {error.strerror}") from error


def _keep_small(content: bytes, store: str) -> tuple[str, int]:
    name = blake2b(content, digest_size=20).hexdigest()
    if not _is_kept(store, name, len(content)):
        temporary = _temporary(store)
        with open(temporary, "xb", buffering=0) as file:
            _write_all(file.fileno(), content)
        _publish(temporary, store, name)
    return name, len(content)


def _keep_large(source: int, first: bytes, store: str) -> tuple[str, int]:
    temporary = _temporary(store)
    digest, size = blake2b(digest_size=20), 0
    try:
        with open(temporary, "xb", buffering=0) as file:
            chunk = first
            while chunk:
                digest.update(chunk)
                size += len(chunk)
                _write_all(file.fileno(), chunk)
                chunk = os.read(source, _CHUNK)
    except OSError:
        os.unlink(temporary)
        raise
    name = digest.hexdigest()
    if _is_kept(store, name, size):
        os.unlink(temporary)
    else:
        _publish(temporary, store, name)
    return name, size


def _is_kept(store: str, name: str, size: int) -> bool:
    # A size that differs is a file cut short by a crash of the machine: it is written again.
    try:
        return os.stat(object_path(store, name)).st_size == size
    except FileNotFoundError:
        return False


def _temporary(store: str) -> str:
    os.makedirs(store, exist_ok=True)
    return f"{store}/.{os.urandom(12).hex()}.tmp"


def _write_all(target: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(target, view) :]


def _publish(temporary: str, store: str, name: str) -> None:
    path = object_path(store, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.chmod(temporary, 0o444)
    os.rename(temporary, path)
