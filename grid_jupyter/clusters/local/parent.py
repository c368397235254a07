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
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

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
out=$1; shift
exec 3>&2 2>/dev/null
"$@" </dev/null >"$out" 2>&3 3>&-
code=$?
echo $code && kill -KILL 0
exit $code
"""


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
    """A parent that waits behind its gate.

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
        stdout.touch()
        with record.open("w+b", buffering=0) as held, stderr.open("wb") as errors:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.write(json.dumps(notes).encode() + b"\n")
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", SCRIPT, "grid-trial", str(stdout), *argv],
                stdin=subprocess.PIPE,
                stdout=held,
                stderr=errors,
                cwd=directory,
                env=environment,
                start_new_session=True,
                bufsize=0,
            )

    def go(self) -> None:
        """Open the gate: the trial starts."""
        gate = self._gate()
        with gate, suppress(BrokenPipeError):
            gate.write(b"go\n")

    def dismiss(self) -> None:
        """Break the gate: the parent leaves, and no trial starts."""
        self._gate().close()
        self.process.wait()

    def _gate(self) -> IO[bytes]:
        assert self.process.stdin is not None  # noqa: S101  (asked for above)
        return self.process.stdin

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """What it ended with itself, where no signal ended it."""
        code = self.process.returncode
        return code if code is not None and code >= 0 else None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the trial's process group, if the parent has not ended."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


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
