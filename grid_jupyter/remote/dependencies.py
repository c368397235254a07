"""Which file of a project tells what is to be installed."""

from __future__ import annotations

from pathlib import PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILES = ("requirements.txt", "environment.yml", "environment.yaml")


def dependency_file(subdir: str, named: str | None, paths: Iterable[str]) -> dict[str, str] | None:
    """Return the file's ``kind``, ``requirements`` or ``environment``, and its ``path``; ``None`` where there is none.

    It is the one that was named, else one of a usual name where the run starts, else one at the project's top.

    Args:
        subdir: Where the run starts, relative to the project's top.
        named: What ``--dependency_file`` says, relative to that.
        paths: The project's files.
    """
    here = PurePosixPath(subdir)
    there = set(paths)
    usual = [str(folder / name) for folder in dict.fromkeys((here, PurePosixPath())) for name in _FILES]
    path = normpath(here / named) if named else next((path for path in usual if path in there), None)
    if path is None:
        return None
    return {"kind": "environment" if path.endswith((".yml", ".yaml")) else "requirements", "path": path}
