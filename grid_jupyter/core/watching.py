"""Starting a run's watcher, and knowing whether it lives; the same for what writes the run to MLflow."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .boot import boot_id
from .home import RunFolder, unusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TRIES = 40
_PAUSE = 0.05

# The shell starts the watcher and leaves at once: nobody's child, in a session of its own, it outlives whoever
# asked for it and is reaped by init.
_DETACH = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 &'


@contextmanager
def held_by_us(folder: RunFolder, lock_file: Path | None = None) -> Iterator[bool]:
    """Hold the run's watcher lock, or another of its locks; yield whether we got it.

    Raises:
        StoreError: The folder cannot be written.
    """
    try:
        lock = (lock_file or folder.watcher_lock).open("a+b")
    except OSError as error:
        raise unusable(folder.path, error) from error
    with lock:
        yield _locked(lock.fileno())


def _locked(descriptor: int) -> bool:
    """Lock it, with patience for a watcher that is about to leave and for those who only look."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return True
    return False


def _exclusively_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def watcher_lives(folder: RunFolder) -> bool:
    """Whether a watcher is at work for the run."""
    return _lives(folder.watcher_lock)


def _lives(lock_file: Path) -> bool:
    try:
        with lock_file.open("rb") as lock:
            return _exclusively_held(lock.fileno())
    except FileNotFoundError:
        return False


def note_boot(folder: RunFolder) -> None:
    """Write into the lock which boot of the machine its watcher lives in."""
    with suppress(OSError):  # on a full disk a restart is not noticed, which is no reason to stop
        folder.watcher_lock.write_text(boot_id(), "ascii")


def has_restarted(folder: RunFolder) -> bool:
    """Whether the machine was started again since the run had its last watcher."""
    noted = folder.watcher_lock.read_text("ascii") if folder.watcher_lock.exists() else ""
    return noted not in {"", boot_id()}


def start_watcher(folder: RunFolder) -> None:
    """Start the run's watcher, detached; a second one leaves by itself.

    Raises:
        StoreError: The folder cannot be written.
    """
    _start("grid_jupyter.watcher", folder, folder.watcher_lock, folder.watcher_log)


def start_exporter(folder: RunFolder) -> None:
    """Start what writes the run to MLflow, detached, unless it is at work.

    Raises:
        StoreError: The folder cannot be written.
    """
    if not _lives(folder.tracking_lock):
        _start("grid_jupyter.exporter", folder, folder.tracking_lock, folder.tracking_log)


def _start(module: str, folder: RunFolder, lock: Path, log: Path) -> None:
    # -P: a module of the user's in the current directory must not stand in for one of Python's.
    command = [sys.executable, "-P", "-m", module, str(folder.path)]
    try:
        lock.touch()
        subprocess.run(
            ["/bin/sh", "-c", _DETACH, "grid-watcher", str(log), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder.path,
            start_new_session=True,
            check=True,
        )
    except OSError as error:
        raise unusable(folder.path, error) from error
