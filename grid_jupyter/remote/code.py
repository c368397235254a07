"""A run's frozen code as one archive, equal for equal code, so that it is kept once wherever it is sent."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from grid_jupyter.core.snapshot import object_path
from grid_jupyter.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from grid_jupyter.core.snapshot import Snapshot

_TIME = 315532800  # the first of January 1980, before which some archives know no time


def pack(snapshot: Snapshot, objects: Path, target: BinaryIO) -> None:
    """Write the archive of a frozen project.

    Raises:
        StoreError: A frozen file is missing or damaged.
        OSError: The archive cannot be written.
    """
    with (
        gzip.GzipFile("", "wb", 6, target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for folder in sorted(snapshot.dirs):
            archive.addfile(_member(folder, tarfile.DIRTYPE, 0o755))
        for path, target_path in sorted(snapshot.links):
            if _stays_inside(path, target_path):
                member = _member(path, tarfile.SYMTYPE, 0o777)
                member.linkname = target_path
                archive.addfile(member)
        for file in sorted(snapshot.files):
            member = _member(file.path, tarfile.REGTYPE, file.mode)
            member.size = file.size
            try:
                content = open(object_path(str(objects), file.object), "rb")  # noqa: PTH123, SIM115
            except FileNotFoundError as error:
                raise StoreError(f"the frozen copy of {file.path} is gone; submit the run again") from error
            with content:
                if os.fstat(content.fileno()).st_size != file.size:
                    raise StoreError(f"the frozen copy of {file.path} is damaged; submit the run again")
                archive.addfile(member, content)


def _member(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.type, member.mode, member.mtime = kind, mode, _TIME
    return member


def _stays_inside(path: str, target: str) -> bool:
    """Whether a link leads to something of the project."""
    depth = len(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(target).parts:
        depth += -1 if part == ".." else 1
        if depth < 0 or part == "/":
            return False
    return True
