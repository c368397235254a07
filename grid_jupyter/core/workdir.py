"""A trial's own directory: made from the snapshot, and emptied of its artifacts afterwards."""
# On the path of every trial, and names need not be UTF-8: plain strings, no Path objects.
# ruff: noqa: PTH101, PTH102, PTH103, PTH104, PTH106, PTH108, PTH112, PTH114, PTH116, PTH211

from __future__ import annotations

import errno
import itertools
import os
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from grid_jupyter.errors import StoreError

from .snapshot import digest_of, object_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .snapshot import FrozenFile, Snapshot

MOST_KEPT = 8
"""How many directories are kept at most between two trials."""

_NO_ARTIFACT = frozenset(("__pycache__", ".ipynb_checkpoints"))


# Inode, size, mtime and ctime: not even its owner can change a file and leave all four as they were.
_Stamp = tuple[int, int, int, int]
_FOLDER = (0, 0, 0, 0)


class WorkDirs:
    """Makes the directories of a run's trials, and empties them.

    A trial's directory consists of copies (shared blocks where the file system can), never of hard links. One that no
    process can reach any more is handed on to the next trial, with what its own trial changed made anew.

    Args:
        snapshot: What to put into each.
        objects: The store that the snapshot was frozen into.
        spare: Where directories are kept in between; what an earlier watcher left there is removed.

    Raises:
        StoreError: ``spare`` cannot be made.
    """

    def __init__(self, snapshot: Snapshot, objects: Path, spare: Path) -> None:
        self._snapshot = snapshot
        self._frozen = {file.path: file for file in snapshot.files}
        self._objects = str(objects)
        self._spare = str(spare)
        self._stamps: dict[str, dict[str, _Stamp]] = {}
        self._kept: list[tuple[str, dict[str, _Stamp]]] = []
        self._names = itertools.count()
        try:
            shutil.rmtree(spare, ignore_errors=True)
            os.mkdir(spare)
        except OSError as error:
            raise StoreError(f"{spare} cannot be made: {error.strerror}") from error

    def make(self, target: Path) -> None:
        """Make one trial's directory. Each file gets its recorded time.

        Args:
            target: The directory to make; it may exist if it is empty.

        Raises:
            StoreError: It cannot be made, or the store lacks an object.
        """
        root = str(target)
        try:
            if self._kept:
                kept, stamps = self._kept.pop()
                os.rename(kept, root)
            else:
                stamps = {}
                os.makedirs(root, exist_ok=True)
            self._complete(root, stamps)
        except OSError as error:
            raise StoreError(f"the trial's directory {root} cannot be made: {error.strerror}") from error
        self._stamps[root] = stamps

    def _complete(self, root: str, stamps: dict[str, _Stamp]) -> None:
        """Make what is not there yet."""
        if len(stamps) == len(self._frozen) + len(self._snapshot.dirs) + len(self._snapshot.links):
            return
        for folder in self._snapshot.dirs:
            if folder not in stamps:
                os.mkdir(f"{root}/{folder}")
                stamps[folder] = _FOLDER
        for file in self._snapshot.files:
            if file.path not in stamps:
                _copy(object_path(self._objects, file.object), f"{root}/{file.path}", file)
                stamps[file.path] = _stamp(os.lstat(f"{root}/{file.path}"))
        for path, link in self._snapshot.links:
            if path not in stamps:
                os.symlink(link, f"{root}/{path}")
                stamps[path] = _stamp(os.lstat(f"{root}/{path}"))

    def collect(self, work: Path, artifacts: Path, *, reuse: bool = False) -> list[tuple[str, int]]:
        """Move a trial's new and changed files out of its directory, and remove the directory.

        Links are never followed. Where an earlier attempt left a file of the same name, the newer one
        takes its place. After a crash in the middle, calling it again finishes the work.

        Args:
            work: The trial's directory; none of its processes may be alive.
            artifacts: Where the files go, under the same relative paths.
            reuse: Whether the directory may be handed on: it is certain that no process has it open.

        Returns:
            All files in ``artifacts`` with their sizes in bytes, sorted by path.

        Raises:
            StoreError: A file cannot be moved or removed; what was not moved is still in ``work``.
        """
        source, target = str(work), str(artifacts)
        stamps = self._stamps.pop(source, {})
        try:
            if os.path.isdir(source) and not os.path.islink(source):
                untouched = self._take(source, target, stamps)
                if reuse and len(self._kept) < MOST_KEPT:
                    kept = f"{self._spare}/{next(self._names)}"
                    os.rename(source, kept)
                    self._kept.append((kept, untouched))
                else:
                    shutil.rmtree(source)
            return sorted(_listing(target)) if os.path.isdir(target) else []
        except OSError as error:
            raise StoreError(f"the artifacts in {source} cannot be collected: {error}") from error

    def close(self) -> None:
        """Remove what was kept for trials to come."""
        self._kept.clear()
        shutil.rmtree(self._spare, ignore_errors=True)

    def _take(self, work: str, artifacts: str, stamps: dict[str, _Stamp]) -> dict[str, _Stamp]:
        """Move new and changed files out, remove what is neither; return what is left, which is as it was made.

        What Python compiled from a file that is left stays too: compiling again would cost every trial time.
        """
        left: dict[str, _Stamp] = {}
        folders, emptied = [""], []
        for prefix in folders:
            compiled = False
            for entry in _entries(f"{work}/{prefix}"):
                path = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{path}/")
                elif path in stamps and _stamp(entry.stat(follow_symlinks=False)) == stamps[path]:
                    left[path] = stamps[path]
                elif _source_of(prefix, entry.name) in left:
                    compiled = True
                elif _is_artifact(entry, path, self._frozen):
                    _move(entry.path, artifacts, path)
                else:
                    os.unlink(entry.path)
            if prefix[:-1] in stamps:
                left[prefix[:-1]] = _FOLDER
            elif prefix and not compiled:
                emptied.append(prefix)
        for prefix in reversed(emptied):
            with suppress(OSError):  # compiled files are left below it
                os.rmdir(f"{work}/{prefix}")
        return left


def _source_of(folder: str, name: str) -> str:
    """The source that Python made a compiled file from."""
    around = folder.removesuffix("__pycache__/")
    return f"{around}{name.partition('.')[0]}.py" if name.endswith(".pyc") and around != folder else ""


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _copy(source: str, target: str, file: FrozenFile) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            if _copy_content(reading, writing, file.size) != file.size:
                raise StoreError(f"the frozen copy of {file.path} is damaged; submit the run again")
            os.fchmod(writing, file.mode)
            os.utime(writing, ns=(file.mtime, file.mtime))
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_content(reading: int, writing: int, size: int) -> int:
    """Copy up to ``size`` bytes; return how many there were."""
    done = 0
    if hasattr(os, "copy_file_range"):
        try:
            while done < size and (count := os.copy_file_range(reading, writing, size - done)):
                done += count
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
                raise
    while done < size and (chunk := os.read(reading, 1 << 20)):
        while chunk:
            count = os.write(writing, chunk)
            done += count
            chunk = chunk[count:]
    return done


def _entries(folder: str) -> list[os.DirEntry[str]]:
    # A script may have taken its own right to list the folder, or to take files out of it.
    if os.stat(folder).st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(folder, stat.S_IRWXU)
    with os.scandir(folder) as found:
        return list(found)


def _is_artifact(entry: os.DirEntry[str], path: str, frozen: dict[str, FrozenFile]) -> bool:
    if not entry.is_file(follow_symlinks=False) or entry.name.endswith(".pyc"):
        return False
    if not _NO_ARTIFACT.isdisjoint(path.split("/")[:-1]):
        return False
    file = frozen.get(path)
    if file is None:
        return True
    info = entry.stat(follow_symlinks=False)
    if info.st_size != file.size:
        return True
    return info.st_mtime_ns != file.mtime and _content_differs(entry.path, file)


def _content_differs(path: str, file: FrozenFile) -> bool:
    if not os.access(path, os.R_OK):
        os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
    return digest_of(path) != file.object


def _move(source: str, artifacts: str, path: str) -> None:
    folder, _, name = path.rpartition("/")
    parent = _make_folder(artifacts, folder)
    target = f"{parent}/{name}"
    if os.path.isdir(target):
        _step_aside(target)
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # Between file systems: whole under another name first, so that a crash leaves no half file.
        shutil.copy2(source, f"{target}.part")
        os.rename(f"{target}.part", target)
        os.unlink(source)


def _make_folder(artifacts: str, folder: str) -> str:
    path = artifacts
    os.makedirs(artifacts, exist_ok=True)
    if folder and not os.path.isdir(f"{artifacts}/{folder}"):
        for part in folder.split("/"):
            path = f"{path}/{part}"
            if not os.path.isdir(path):
                if os.path.lexists(path):
                    _step_aside(path)
                os.mkdir(path)
    return f"{artifacts}/{folder}" if folder else artifacts


def _step_aside(path: str) -> None:
    """Rename what an earlier attempt left where a folder is needed now, or the other way round."""
    free = next(name for number in itertools.count(1) if not os.path.lexists(name := f"{path}.{number}"))
    os.rename(path, free)


def _listing(folder: str) -> Iterator[tuple[str, int]]:
    folders = [""]
    for prefix in folders:
        with os.scandir(f"{folder}/{prefix}") as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{prefix}{entry.name}/")
                elif entry.is_file(follow_symlinks=False):
                    yield prefix + entry.name, entry.stat(follow_symlinks=False).st_size
