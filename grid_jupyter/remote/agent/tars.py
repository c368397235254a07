"""Tar files that were not necessarily made by us."""
# ruff: noqa: PTH115, PTH117, PTH118  (texts of links, which are no paths yet)
# The filters of ``tarfile`` are not in every Python that an image may have, so paths are checked here.

from __future__ import annotations

import os
import shutil
import tarfile
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from .problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_REST = 2.0
"""Seconds without a change after which a file counts as written to its end."""


def unpack(archive: str, target: Path) -> None:
    """Make what is in a tar file: files, folders and links that stay below the target; nothing else.

    Args:
        archive: The tar file, compressed or not.
        target: A folder that nobody else writes into.

    Raises:
        Problem: Something in it would lie outside, or is no file.
        OSError: It cannot be made.
        tarfile.TarError: It is damaged; so are ``EOFError`` and ``zlib.error``.
    """
    links = []
    with tarfile.open(archive) as tar:
        for member in tar:
            path = _inside(target, member.name)
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            elif member.issym():
                links.append((path, member.linkname))
            elif member.isreg():
                _write(tar, member, path)
            else:
                raise Problem(f"{member.name} is neither a file nor a folder nor a link")
    for path, to in links:  # last, so that nothing is written through one
        _link(target, path, to)


class Reading:
    """A file as it was when it was packed; it stays open, so that it is known also under another name.

    Args:
        file: The file, which is still to be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        found = os.fstat(file.fileno())
        self.size, self.mode = found.st_size, found.st_mode & 0o777
        self.time = found.st_mtime_ns

    @property
    def is_whole(self) -> bool:
        """Whether nobody has written to it since."""
        found = os.fstat(self.file.fileno())
        return (found.st_size, found.st_mtime_ns) == (self.size, self.time)


def pack(folder: Path, archive: str) -> list[Reading]:
    """Write the files, folders and links below a folder into a tar file; a link that leads out becomes its file.

    Returns:
        What was read that has changed in the last seconds, or while it was read: to be closed by the caller.

    Raises:
        OSError: A file cannot be read, or is gone meanwhile.
    """
    fresh: list[Reading] = []
    try:
        with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
            for path in entries(folder):
                reading = _add(tar, path, folder)
                if reading:
                    fresh.append(reading)
    except BaseException:
        close(fresh)
        raise
    return fresh


def close(readings: Sequence[Reading]) -> None:
    """Let go of files."""
    for reading in readings:
        reading.file.close()


def _add(tar: tarfile.TarFile, path: Path, folder: Path) -> Reading | None:
    member = tarfile.TarInfo(str(path.relative_to(folder)))
    to = _relative_target(folder, path) if path.is_symlink() else None
    if to is not None:
        member.type, member.linkname = tarfile.SYMTYPE, to
        tar.addfile(member)
    elif path.is_file():
        reading = Reading(path.open("rb"))
        member.size, member.mode, member.mtime = reading.size, reading.mode, reading.time / 1e9
        try:
            tar.addfile(member, reading.file)
        except BaseException:
            reading.file.close()
            raise
        if not reading.is_whole or abs(time.time_ns() - reading.time) < AT_REST * 1e9:
            return reading
        reading.file.close()
    elif path.is_dir() and not path.is_symlink():
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(member)
    return None


def entries(folder: Path) -> Sequence[Path]:
    """Return all that is below a folder, a folder before what is in it; links are not followed."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders.sort()
        found += [Path(parent, name) for name in sorted([*folders, *files])]
    return found


def _inside(target: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise Problem(f"{name} leads out of the archive")
    return target / path


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    assert source is not None  # noqa: S101  (it is a file)
    with source, path.open("xb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    path.chmod(member.mode & 0o777)
    os.utime(path, (member.mtime, member.mtime))


def _link(target: Path, path: Path, to: str) -> None:
    within = os.path.normpath(os.path.join(path.parent.relative_to(target), to))
    if os.path.isabs(to) or within.split("/")[0] == "..":
        raise Problem(f"{path.relative_to(target)} is a link that leads out of the archive")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)


def _relative_target(folder: Path, link: Path) -> str | None:
    """Where a link leads, seen from its own folder; ``None`` if out of the folder that is packed."""
    to = os.readlink(link)
    within = os.path.normpath(os.path.join(link.parent, to))
    if os.path.commonpath([str(folder), within]) != str(folder):
        return None
    return os.path.relpath(within, link.parent)
