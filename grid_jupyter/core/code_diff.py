"""How the frozen code of two runs differs."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.errors import StoreError

from .snapshot import Snapshot, object_path
from .text import count

if TYPE_CHECKING:
    from .home import RunFolder
    from .jobs import Launch
    from .snapshot import FrozenFile

MOST_LINES = 400
"""So many lines of differences are kept."""

_MOST_COMPARED = 10 * MOST_LINES  # beyond that, files are only named
_MOST_BYTES = 1_000_000  # of a file whose lines are compared


@dataclass(frozen=True)
class CodeDiff:
    """How the code of one trial differs from another's.

    Attributes:
        same: Whether it does not.
        summary: That in a few words.
        lines: A unified diff, cut at ``MOST_LINES``.
        cut: How many lines were cut off.
    """

    same: bool
    summary: str
    lines: tuple[str, ...] = ()
    cut: int = 0


def code_diff(first: tuple[RunFolder, Launch], second: tuple[RunFolder, Launch]) -> CodeDiff:
    """Compare what was frozen for two runs, a cell that was the script included."""
    if first[0] == second[0]:
        return CodeDiff(same=True, summary="same code")
    try:
        files = [_files(folder) for folder, _ in (first, second)]
    except StoreError as error:
        return CodeDiff(same=False, summary=f"not known: {error}")
    cells = [launch.cell for _, launch in (first, second)]
    old, new = files
    changed = sorted(path for path in old.keys() | new.keys() if _object(old.get(path)) != _object(new.get(path)))
    names = (first[0].name, second[0].name)
    lines: list[str] = []
    if cells[0] != cells[1]:
        lines += _unified(cells[0] or "", cells[1] or "", "the cell", names)
    for path in changed:
        if len(lines) >= _MOST_COMPARED:
            lines.append(f"{path} differs")
            continue
        lines += _of_file(path, (old.get(path), new.get(path)), names, str(first[0].objects))
    differing = len(changed) + (cells[0] != cells[1])
    if not differing:
        return CodeDiff(same=True, summary="same code")
    return CodeDiff(
        same=False,
        summary=f"{count(differing, 'file')} differ{'s' if differing == 1 else ''}",
        lines=tuple(lines[:MOST_LINES]),
        cut=max(0, len(lines) - MOST_LINES),
    )


def _files(folder: RunFolder) -> dict[str, FrozenFile]:
    return {file.path: file for file in Snapshot.read(folder.code).files}


def _object(file: FrozenFile | None) -> str | None:
    return file.object if file else None


def _of_file(
    path: str, files: tuple[FrozenFile | None, FrozenFile | None], names: tuple[str, str], objects: str
) -> list[str]:
    texts = [_text(file, objects) for file in files]
    old, new = texts
    if old is None or new is None:
        return [f"{path} differs; it is no text, too large or gone"]
    return _unified(old, new, path, names)


def _text(file: FrozenFile | None, objects: str) -> str | None:
    """A file's text; empty where there is none, and ``None`` where it cannot be shown line by line."""
    if file is None:
        return ""
    if file.size > _MOST_BYTES:
        return None
    try:
        content = Path(object_path(objects, file.object)).read_bytes()
        return None if b"\0" in content else content.decode()
    except (OSError, UnicodeDecodeError):
        return None


def _unified(old: str, new: str, path: str, names: tuple[str, str]) -> list[str]:
    first, second = (f"{name}/{path}" for name in names)
    made = difflib.unified_diff(old.splitlines(), new.splitlines(), first, second, lineterm="")
    return list(islice(made, _MOST_COMPARED))
