"""What a version is made from: a folder, a file, or objects of S3."""
# Names need not be UTF-8 before they are checked: plain strings, few Path objects.
# ruff: noqa: PTH112, PTH113

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

from grid_jupyter.errors import CommandError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import FileIO
    from pathlib import Path

    from grid_jupyter.core.settings import Settings

S3 = "s3://"
_CHUNK = 1 << 20
_LONGEST = 900  # S3 takes keys of 1,024 bytes, and some stands before the path
_CLONE = 0x40049409  # FICLONE of Linux: share the blocks


class SourceFile(NamedTuple):
    """A file of a source.

    Attributes:
        path: Where it belongs in the datastore.
        size: Bytes, as it was looked at.
        place: Where it is: a path of this machine, or a key.
        stamp: What differs once it is changed.
    """

    path: str
    size: int
    place: str
    stamp: str


class Source(Protocol):
    """What a version is made from.

    Attributes:
        told: What the user has called it.
        files: Its files in the order of their paths.
    """

    told: str
    files: Sequence[SourceFile]

    def copy(self, file: SourceFile, target: Path) -> str:
        """Copy a file's content to a new file; return its SHA-256.

        Raises:
            StoreError: It cannot be read, or it has changed since it was looked at.
        """


def open_source(text: str, cwd: Path, settings: Settings, credential: str | None = None) -> Source:
    """Return what a user calls a source.

    Args:
        text: A path, from the current directory or with ``~``, or ``s3://BUCKET/PREFIX``.
        cwd: The current directory.
        settings: The user's settings.
        credential: What reads S3.

    Raises:
        CommandError: There is no such thing, or it holds what no datastore can.
        GridError: It cannot be read.
    """
    if text.startswith(S3):
        from .s3_source import S3Source  # boto3, for those who ask for it

        return S3Source.open(text, settings, credential)
    return FolderSource(text, str(cwd / os.path.expanduser(text)))  # noqa: PTH111  (no error)


class FolderSource:
    """A folder with all that is in it, or a single file. Links are followed: what they lead to is taken.

    Args:
        told: What the user has called it.
        top: Its path.

    Raises:
        CommandError: It is not there, holds no files, or holds what no datastore can.
    """

    def __init__(self, told: str, top: str) -> None:
        self.told = told
        if os.path.isdir(top):
            self.files: Sequence[SourceFile] = sorted(_walk(told, top))
        elif os.path.isfile(top):
            self.files = [_seen(told, os.path.basename(os.path.normpath(top)), top)]  # noqa: PTH119
        else:
            raise CommandError(f"{told}: there is no such folder or file; a source is a path, or s3://BUCKET/PREFIX")
        if not self.files:
            raise CommandError(f"{told} holds no files; a datastore has at least one")

    def copy(self, file: SourceFile, target: Path) -> str:
        """Copy a file's content, with shared blocks where the file system can; return its SHA-256."""
        with self._read(file) as reading, target.open("xb", buffering=0) as writing:
            digest = hashlib.sha256()
            with suppress(OSError):
                fcntl.ioctl(writing, _CLONE, reading.fileno())
            cloned = os.fstat(writing.fileno()).st_size > 0
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                if not cloned:
                    writing.write(chunk)
            self._check(file, os.fstat(reading.fileno()))
            return digest.hexdigest()

    def digest(self, file: SourceFile) -> str:
        """Return the SHA-256 of a file's content."""
        with self._read(file) as reading:
            digest = hashlib.file_digest(reading, "sha256")
            self._check(file, os.fstat(reading.fileno()))
            return digest.hexdigest()

    def check(self, file: SourceFile) -> None:
        """See that a file is as it was looked at."""
        with self._read(file) as reading:
            self._check(file, os.fstat(reading.fileno()))

    def _read(self, file: SourceFile) -> FileIO:
        try:
            return open(file.place, "rb", buffering=0)  # noqa: PTH123
        except OSError as error:
            raise StoreError(f"{file.place} cannot be read: {error.strerror}; change its rights") from error

    def _check(self, file: SourceFile, found: os.stat_result) -> None:
        if _stamp(found) != file.stamp:
            raise StoreError(f"{file.place} was changed while it was read; say it again when nothing writes to it")


def _walk(told: str, top: str) -> Iterator[SourceFile]:
    folders = [("", frozenset([os.path.realpath(top)]))]
    while folders:
        prefix, above = folders.pop()
        try:
            with os.scandir(f"{top}/{prefix}") as found:
                entries = list(found)
        except OSError as error:
            raise StoreError(f"{told}/{prefix} cannot be read: {error.strerror}; change its rights") from error
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir():
                real = os.path.realpath(entry.path)
                if real in above:
                    raise CommandError(f"{told}/{path} is a link to a folder that it lies in; remove it first")
                folders.append((f"{path}/", above | {real}))
            else:
                yield _seen(told, path, entry.path)


def _seen(told: str, path: str, place: str) -> SourceFile:
    check_path(told, path)
    try:
        found = os.stat(place)  # noqa: PTH116
    except OSError as error:
        raise CommandError(f"{told}/{path} leads nowhere ({error.strerror}); remove the link first") from error
    if not stat.S_ISREG(found.st_mode):
        raise CommandError(f"{told}/{path} is no file but a pipe, a socket or a device; a datastore takes files alone")
    return SourceFile(path, found.st_size, place, _stamp(found))


def check_path(told: str, path: str) -> None:
    """Refuse a path that cannot stand in a bucket, or would lead out of the datastore.

    Raises:
        CommandError: It cannot.
    """
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        raise CommandError(f"{told}/{os.fsencode(path)!r}: the name is not UTF-8; rename it") from None
    if length > _LONGEST:
        raise CommandError(
            f"{told}/{path[:60]}…: a path in a datastore has up to {_LONGEST} bytes; this has {length:,}"
        )
    if not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise CommandError(f"{told}/{path}: no part of a path may be empty, . or ..; rename it")


def _stamp(found: os.stat_result) -> str:
    return f"{found.st_size}.{found.st_mtime_ns}"
