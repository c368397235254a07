"""Giving space back: frozen files that no run uses, and what crashes have left."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.errors import StoreError

from .datastores.local import LocalDatastores
from .home import RunFolder, unusable
from .removal import remove_tree
from .snapshot import Snapshot, object_path
from .states import TrialState
from .store import Store
from .watching import held_by_us, watcher_lives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .store import TrialRow


@dataclass(frozen=True)
class Freed:
    """What was given back.

    Attributes:
        files: How many files.
        size: Their size in bytes.
        unread: The list of a run's frozen files that could not be read, so that no frozen file was removed.
    """

    files: int
    size: int
    unread: Path | None = None


class _Unread(Exception):  # noqa: N818  (it stops a clean-up quietly)
    """Which files a run uses is not known."""


@contextmanager
def objects_in_use(home: Path) -> Iterator[None]:
    """Keep all frozen files: while a run is being launched, nobody else knows which ones it uses.

    Raises:
        StoreError: The store of frozen files cannot be locked.
    """
    with _locked(home, fcntl.LOCK_SH):
        yield


@contextmanager
def _locked(home: Path, how: int) -> Iterator[None]:
    try:
        lock = (home / "objects" / ".lock").open("a+b")
    except OSError as error:
        raise unusable(home / "objects", error) from error
    with lock:
        try:
            fcntl.flock(lock, how)
        except OSError as error:
            raise unusable(home / "objects", error) from error
        yield


def remove_run(folder: RunFolder) -> None:
    """Remove the folder of a run that is hidden already, and the frozen files that it alone has used.

    The frozen files stay for ``collect_garbage`` while something is being launched, or where it is not known which
    of them other runs use.
    """
    home = folder.path.parent.parent
    with suppress(StoreError, OSError, _Unread), _locked(home, fcntl.LOCK_EX | fcntl.LOCK_NB):
        unused = _objects_of(folder)
        for run in _runs(home):
            if not unused:
                break
            unused -= _objects_of(run)
        for name in unused:
            Path(object_path(str(folder.objects), name)).unlink(missing_ok=True)
    with suppress(OSError):
        remove_tree(folder.path)


def collect_garbage(home: Path) -> Freed:
    """Remove what nobody uses: frozen files, drafts and remains of runs, directories of trials that have ended.

    Raises:
        StoreError: Something of it cannot be removed.
    """
    left = _sizes(home, LocalDatastores(home).remains())
    if not (home / "objects").exists():
        return Freed(len(left), sum(left))
    # What is hidden now belongs to no launch under way, which would hold the lock.
    with _locked(home, fcntl.LOCK_EX):
        try:
            for run in _runs(home):
                _hide_work(run)
            hidden = [*(home / "runs").glob(".*"), *(home / "objects").glob(".*.tmp")]
            sizes = left + [size for path in hidden for size in _remove(path)]
            unread = None
            try:
                sizes += [size for path in _unused_objects(home) for size in _remove(path)]
            except _Unread as error:
                (unread,) = error.args
        except OSError as error:
            raise unusable(home, error) from error
    return Freed(len(sizes), sum(sizes), unread)


def _sizes(home: Path, paths: list[Path]) -> list[int]:
    """Remove files and folders; return the sizes of the files."""
    try:
        return [size for path in paths for size in _remove(path)]
    except OSError as error:
        raise unusable(home, error) from error


def _runs(home: Path) -> list[RunFolder]:
    return [RunFolder(path) for path in (home / "runs").iterdir() if not path.name.startswith(".")]


def _objects_of(folder: RunFolder) -> set[str]:
    try:
        return {file.object for file in Snapshot.read(folder.code).files}
    except StoreError as error:
        raise _Unread(folder.code) from error


def _unused_objects(home: Path) -> list[Path]:
    used: set[str] = set()
    for run in _runs(home):
        used |= _objects_of(run)
    return [path for path in (home / "objects").glob("[0-9a-f][0-9a-f]/*") if path.parent.name + path.name not in used]


def _hide_work(folder: RunFolder) -> None:
    """Move the directories of trials that neither run nor will be taken over out of the run.

    Removing them takes time, in which nobody could start a watcher.
    """
    trials = [int(path.parent.name) for path in folder.path.glob("trials/*/work")]
    if not trials or watcher_lives(folder):
        return
    with held_by_us(folder) as ours, suppress(StoreError), Store(folder) as store:
        for trial in trials if ours else ():
            if _is_left(folder, store.trial(trial)):
                work = folder.trial(trial).work
                work.rename(folder.path.with_name(f".deleted-{folder.name}-{trial}-{time.time_ns()}"))


def _is_left(folder: RunFolder, row: TrialRow) -> bool:
    """Whether nothing of value is in a trial's directory; a watcher may have died before it stored a start."""
    never_started = not folder.trial(row.trial).record(row.attempts + 1).exists()
    return row.state.ended or (row.state is TrialState.QUEUED and never_started)


def _remove(path: Path) -> list[int]:
    """Remove a file or a folder; return the sizes of the files."""
    if path.is_symlink() or not path.is_dir():
        size = path.lstat().st_size
        path.unlink()
        return [size]
    sizes = [os.lstat(f"{folder}/{name}").st_size for folder, _, names in os.walk(path) for name in names]
    remove_tree(path)
    return sizes
