"""The tiny parent that each trial has.

It outlives the watcher and records how the trial ended, so that no result is lost with the watcher. It is a
shell because a shell starts in a millisecond; the trial's command reaches it as positional parameters, which no
shell ever parses.

The parent's standard input is the lock file, locked by the watcher before the fork: the lock is held for exactly
as long as the parent lives, and the trial, whose standard input is empty, never holds it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# 1. Say who we are, for a watcher that finds the lock held.
# 2. Outlive what ends the trial. A trap with a command is not inherited by the trial, an ignored signal would be.
# 3. Keep the shell's own words ("Killed") out of the trial's standard error.
# 4. Record the end, and end what the trial left behind in its process group, ourselves included. Where the disk is
#    full, the exit code goes to the watcher, our parent.
SCRIPT = """
echo $$ >&0
end=$1; shift
trap : HUP INT QUIT TERM
exec 3>&2 2>/dev/null
"$@" </dev/null 2>&3 3>&-
code=$?
echo $code >"$end" && kill -KILL 0
exit $code
"""


def spawn(
    argv: Sequence[str],
    *,
    lock: Path,
    end: Path,
    directory: Path,
    environment: Mapping[str, str],
    stdout: IO[bytes],
    stderr: IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start a trial under its parent, in a session and process group of its own."""
    with lock.open("w+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, "grid-trial", str(end), *argv],
            stdin=held,
            stdout=stdout,
            stderr=stderr,
            cwd=directory,
            env=environment,
            start_new_session=True,
        )


def alive(lock: Path) -> bool:
    """Whether the parent that was started with this lock lives."""
    try:
        with lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def read_pid(lock: Path) -> int | None:
    """Return the process id that the parent wrote, which is also its process group's."""
    try:
        return int(lock.read_text())
    except (OSError, ValueError):
        return None


def signal_group(lock: Path, number: signal.Signals) -> None:
    """Send a signal to the trial's process group; nothing happens if its parent is gone."""
    if alive(lock) and (pid := read_pid(lock)):
        with suppress(OSError):
            os.killpg(pid, number)


def end_orphans(lock: Path) -> None:
    """End what a parent that was killed itself has left behind in its process group."""
    if pid := read_pid(lock):
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def read_end(end: Path) -> tuple[int, float] | None:
    """Return the recorded exit code and its time, or ``None`` if no whole record is there."""
    try:
        text, time = end.read_text(), end.stat().st_mtime
    except OSError:
        return None
    return (int(text), time) if text.endswith("\n") and text.strip().isdigit() else None
