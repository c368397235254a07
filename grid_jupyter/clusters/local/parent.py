"""The trials' tiny parents, as the watcher sees them.

A parent's record of an attempt is one file with three lines of JSON: what the watcher noted before the start; the
process ids of the parent and of the trial; the trial's exit code and seconds. It is locked by the watcher before the
parent knows of it, and from then on for as long as the parent is at it: whoever finds it unlocked knows that no more
will come.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .forkserver import receive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .slots import Slot

_PROGRAM = Path(__file__).with_name("forkserver.py")


class ForkServer:
    """Makes parents.

    Args:
        name: What it is for, to be seen in a list of processes.
        environment: What trials find around them.
        python: The interpreter and its options; our own, which loads nothing of the user's, where there is none.
    """

    def __init__(
        self, name: str, environment: Mapping[str, str], python: Sequence[str] = (sys.executable, "-I", "-S")
    ) -> None:
        self._name = name
        self._environment = dict(environment)
        self._python = python
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def parent(self, slot: Slot) -> Parent:
        """Hand a slot over to a new parent."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._ask(slot.file, theirs.fileno())
            except (BrokenPipeError, ConnectionResetError):  # somebody ended it; its parents live on
                self.close()
                self._ask(slot.file, theirs.fileno())
        slot.let_go()
        return Parent(ours, slot)

    def _ask(self, *files: int) -> None:
        socket.send_fds(self._control or self._start(), [b"{}\n"], files)

    def _start(self) -> socket.socket:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*self._python, str(_PROGRAM), str(theirs.fileno()), self._name],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd="/",
                process_group=0,
            )
        return self._control

    def close(self) -> None:
        """Make no more parents; those that run a trial end with it."""
        if self._control and self._process:
            self._control.close()
            self._process.wait()
            self._control = None


class Parent:
    """One parent, which holds a slot and runs one trial after the other."""

    def __init__(self, channel: socket.socket, slot: Slot) -> None:
        self._channel = channel
        self.slot = slot

    def fileno(self) -> int:
        """The descriptor that becomes readable when the trial has ended."""
        return self._channel.fileno()

    def run(self, job: bytes, record: Path, notes: Mapping[str, Any]) -> None:
        """Start a trial.

        Args:
            job: What ``job`` made.
            record: Where the parent records it.
            notes: What is noted there before the start.
        """
        file = os.open(record, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(file, json.dumps(notes).encode() + b"\n")
            # A parent that somebody ended is found out by its silence: its record stays without an end.
            with suppress(BrokenPipeError, ConnectionResetError):
                _send_all(self._channel, job, file)
        finally:
            os.close(file)

    def end(self) -> tuple[int, float] | None:
        """Return the exit code and seconds of the trial that ended; ``None`` where the parent itself ended."""
        message = receive(self._channel)
        return None if message is None else (message[0]["exit_code"], message[0]["seconds"])

    def dismiss(self) -> None:
        """Let it go when it runs nothing any more, and its slot with it."""
        self._channel.close()


def job(argv: Sequence[str], *, environment: Mapping[str, str], directory: Path, stdout: Path, stderr: Path) -> bytes:
    """Return the message that has a parent run a trial."""
    message = {
        "argv": argv,
        "environment": environment,
        "directory": str(directory),
        "stdout": str(stdout),
        "stderr": str(stderr),
    }
    return json.dumps(message).encode() + b"\n"


def _send_all(channel: socket.socket, message: bytes, file: int) -> None:
    sent = socket.send_fds(channel, [message], [file])
    channel.sendall(message[sent:])


@dataclass(frozen=True)
class Record:
    """What is known of an attempt from its parent's record.

    Attributes:
        notes: What the watcher noted before the start.
        parent: The parent's process id; ``None`` before it said so.
        group: The id of the trial and of its process group.
        exit_code: The trial's; 128 + n after signal n; ``None`` before its end.
        seconds: How long it took.
        time: When the record was last written, in UTC seconds.
    """

    notes: Mapping[str, Any] = field(default_factory=dict)
    parent: int | None = None
    group: int | None = None
    exit_code: int | None = None
    seconds: float | None = None
    time: float = 0.0

    @property
    def started(self) -> bool:
        """Whether the trial was started, or could not be."""
        return self.group is not None or self.exit_code is not None


def alive(record: Path) -> bool:
    """Whether a parent is at the attempt with this record."""
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
    notes, *said = text.split("\n")[:-1] or [""]  # what has no end of line was not written whole
    try:
        return Record(json.loads(notes), **{k: v for line in said for k, v in json.loads(line).items()}, time=time)
    except (ValueError, TypeError):
        return None


def ask_to_end(record: Path) -> bool:
    """Have the parent end its trial, which gets time to save; say whether there was one to be asked."""
    found = read_record(record)
    if not found or not found.parent or not alive(record):
        return False
    with suppress(ProcessLookupError):
        os.kill(found.parent, signal.SIGTERM)
    return True
