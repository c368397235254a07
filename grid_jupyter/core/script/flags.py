"""The flags that a script takes, for all that ask for them again and again: a form, a completion, a page."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .sources import read_script

if TYPE_CHECKING:
    from pathlib import Path

    from .model import ScriptFlags
    from .sources import ScriptSource

_MOST_KEPT = 32
_Stamp: TypeAlias = tuple[int, int] | None


@dataclass(frozen=True)
class _Kept:
    flags: ScriptFlags
    stamps: dict[Path, _Stamp]


_kept: OrderedDict[tuple[Path, Path], _Kept] = OrderedDict()


def read_flags(path: Path, root: Path, text: str | None = None) -> ScriptFlags:
    """Read the flags that a script takes from its source and its project's modules; nothing of it is run.

    Any source will do: what cannot be read leaves a note, and less is found. The answer is remembered until one of the
    files that were read changes, or a folder in which modules were looked for.

    Args:
        path: The script.
        root: The project's root, whose modules are followed.
        text: The script's text, where it is no file (yet): a cell.
    """
    if text is not None:
        return read_script(path, root, text).flags
    key = (path.absolute(), root.absolute())
    kept = _kept.get(key)
    if kept is None or any(_stamp(file) != stamp for file, stamp in kept.stamps.items()):
        source = read_script(path, root)
        # Before it is gone through: a change from here on is seen the next time.
        stamps = {file: _stamp(file) for file in _read_for(source)}
        kept = _Kept(source.flags, stamps)
        _kept[key] = kept
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return kept.flags


def _read_for(source: ScriptSource) -> set[Path]:
    files = {file.path for file in source.files}
    return files | {file.parent for file in files} | set(source.bases)


def _stamp(file: Path) -> _Stamp:
    try:
        known = file.stat()
    except OSError:
        return None
    return known.st_mtime_ns, known.st_size
