"""The tiny parent that each trial has.

It outlives the watcher and records how the trial ended, so that no result is lost with the watcher. It is a
shell because a shell starts in a millisecond; the trial's command reaches it as positional parameters, which no
shell ever parses.

Its record is one file with three lines: what the watcher noted before the start, the parent's process id, and the
trial's exit code. The parent's standard output is that file, locked by the watcher before the fork: the lock is
held for exactly as long as the parent lives, and the trial, which has an output of its own, never holds it.

The parent's standard input is a gate. The parent waits behind it, so that it can be made while other trials run,
and starts its trial at once when the gate opens. Where the watcher dies first, the gate breaks and it leaves.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# 1. Wait for the gate, and say who we are.
# 2. Outlive what ends the trial. A trap with a command is not inherited by the trial, an ignored signal would be.
# 3. Keep the shell's own words ("Killed") out of the trial's standard error.
# 4. Record the end, and end what the trial left behind in its process group, ourselves included. Where the disk is
#    full, the exit code goes to the watcher, our parent.
SCRIPT = """
read -r go || exit 0
echo $$
trap : HUP INT QUIT TERM
cd "$1" || exit
out=$2; shift 2
exec 3>&2 2>/dev/null
"$@" </dev/null >"$out" 2>&3 3>&-
code=$?
echo $code && kill -KILL 0
exit $code
"""

_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


@dataclass(frozen=True)
class Record:
    """What is known of an attempt from its parent's record.

    Attributes:
        notes: What the watcher noted before the start.
        pid: The parent's process id, and the id of the process group; ``None`` before it said so.
        exit_code: The trial's; 128 + n after signal n; ``None`` before its end.
        time: When the record was last written, in UTC seconds.
    """

    notes: Mapping[str, Any] = field(default_factory=dict)
    pid: int | None = None
    exit_code: int | None = None
    time: float = 0.0


class Parent:
    """A parent that waits behind its gate, in a process group of its own.

    Args:
        argv: The trial's command.
        record: Where it records.
        notes: What is noted there before the start.
        directory: The trial's working directory.
        environment: The trial's whole environment.
        stdout: Where the trial's standard output goes.
        stderr: Where its standard error goes.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        record: Path,
        notes: Mapping[str, Any],
        directory: Path,
        environment: Mapping[str, str],
        stdout: Path,
        stderr: Path,
    ) -> None:
        self._returned: int | None = None
        waiting, self._gate = os.pipe()
        try:
            with stdout.open("wb"), record.open("w+b", buffering=0) as held, stderr.open("wb") as errors:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held.write(json.dumps(notes).encode() + b"\n")
                self._pid = os.posix_spawn(
                    "/bin/sh",
                    ["/bin/sh", "-c", SCRIPT, "grid-trial", str(directory), str(stdout), *argv],
                    environment,
                    file_actions=[
                        (os.POSIX_SPAWN_DUP2, waiting, 0),
                        (os.POSIX_SPAWN_DUP2, held.fileno(), 1),
                        (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
                    ],
                    setpgroup=0,
                    setsigdef=_IGNORED_BY_PYTHON,
                )
        except BaseException:
            os.close(self._gate)
            raise
        finally:
            os.close(waiting)

    def go(self) -> None:
        """Open the gate: the trial starts."""
        with suppress(BrokenPipeError):
            os.write(self._gate, b"go\n")
        os.close(self._gate)

    def dismiss(self) -> None:
        """Break the gate: the parent leaves, and no trial starts."""
        os.close(self._gate)
        os.waitpid(self._pid, 0)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        if self._returned is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._returned = os.waitstatus_to_exitcode(status)
        return self._returned is not None

    @property
    def exit_code(self) -> int | None:
        """What it ended with itself, where no signal ended it."""
        return self._returned if self._returned is not None and self._returned >= 0 else None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the trial's process group, if the parent has not ended."""
        if self._returned is None:
            with suppress(ProcessLookupError):
                os.killpg(self._pid, number)


def alive(record: Path) -> bool:
    """Whether the parent that holds this record lives."""
    try:
        with record.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def read_record(record: Path) -> Record | None:
    """Return what a record says; ``None`` where no parent ever wrote into it."""
    try:
        text, time = record.read_text(), record.stat().st_mtime
    except OSError:
        return None
    lines = text.split("\n")[:-1]  # what has no end of line was not written whole
    try:
        notes = json.loads(lines[0])
        numbers = [int(line) for line in lines[1:3]]
    except (IndexError, ValueError):
        return None
    if not numbers:
        return None
    return Record(notes, numbers[0], numbers[1] if len(numbers) > 1 else None, time)


def signal_group(record: Path, number: signal.Signals) -> None:
    """Send a signal to the trial's process group; nothing happens if its parent is gone."""
    if alive(record):
        _signal(record, number)


def end_orphans(record: Path) -> None:
    """End what a parent that was killed itself has left behind in its process group."""
    _signal(record, signal.SIGKILL)


def _signal(record: Path, number: signal.Signals) -> None:
    found = read_record(record)
    if found and found.pid:
        with suppress(OSError):
            os.killpg(found.pid, number)
