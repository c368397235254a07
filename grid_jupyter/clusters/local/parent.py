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
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import forkserver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.cluster import Job

    from .slots import Slot

OURS = (sys.executable, "-I", "-S")
"""Our own interpreter, without anything of the user's."""

PROGRAM = Path(forkserver.__file__)


class ForkServer:
    """Makes parents.

    Args:
        name: What it is for, to be seen in a list of processes.
        environment: What trials find around them.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._environment = dict(environment)
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def ready(self, job: Job) -> bool:  # noqa: ARG002
        """Whether it has a parent to give at once."""
        return True

    def parent(self, slot: Slot, environment: Mapping[str, str]) -> Parent:
        """Hand a slot over to a new parent.

        Args:
            slot: The slot, which is the parent's from now on.
            environment: What its trials find in their environment because of the slot.
        """
        ours, theirs = socket.socketpair()
        message = line({"environment": dict(environment)})
        with theirs:
            try:
                socket.send_fds(self._control or self._start(), [message], [slot.file, theirs.fileno()])
            except (BrokenPipeError, ConnectionResetError):  # somebody ended it; its parents live on
                self.close()
                socket.send_fds(self._start(), [message], [slot.file, theirs.fileno()])
        slot.let_go()
        return Parent(ours)

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = self._launch(theirs.fileno())
            except BaseException:
                ours.close()
                raise
        self._control = ours
        return ours

    def _launch(self, control: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*OURS, str(_compiled()), str(control), self._name],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[control],
            cwd="/",
            process_group=0,
        )

    def close(self) -> None:
        """Make no more parents; those that run a trial end with it."""
        if self._control and self._process:
            self._control.close()
            self._process.wait()
            self._control = None


def _compiled() -> Path:
    """The program as Python compiled it when we imported it, where it could: compiling takes longer than starting."""
    compiled = forkserver.__spec__.cached
    return Path(compiled) if compiled and Path(compiled).exists() else PROGRAM


class Parent:
    """One parent, which holds a slot and runs one trial after the other."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def fileno(self) -> int:
        """The descriptor that becomes readable when the trial has ended."""
        return self._channel.fileno()

    def run(self, order: Order) -> None:
        """Start a trial."""
        # A parent that somebody ended is found out by its silence: the record stays without an end.
        with suppress(BrokenPipeError, ConnectionResetError):
            sent = socket.send_fds(self._channel, [order.message], [order.record])
            self._channel.sendall(order.message[sent:])
        os.close(order.record)

    def end(self) -> Record | None:
        """Return the end of its trial, as it stands in the record; ``None`` where the parent itself ended."""
        message = forkserver.receive(self._channel)
        return None if message is None else Record(**message[0], time=time.time())

    def dismiss(self) -> None:
        """Let it go when it runs nothing any more, and its slot with it."""
        self._channel.close()


@dataclass(frozen=True)
class Order:
    """All that a parent needs to run a trial: a message, and the record, open and locked."""

    message: bytes
    record: int

    @classmethod
    def make(cls, record: str, notes: Mapping[str, Any], **job: Any) -> Order:  # noqa: ANN401  (JSON)
        """Make the record.

        Args:
            record: Its path.
            notes: What is noted there before the start.
            job: ``argv``, ``environment``, ``directory``, ``stdout`` and ``stderr``.
        """
        file = os.open(record, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(file, line(notes))
        except BaseException:
            os.close(file)
            raise
        return cls(line(job), file)

    def cancel(self) -> None:
        """Let the record go; the trial is not started."""
        os.close(self.record)


def line(data: Mapping[str, Any]) -> bytes:
    """Return a message."""
    return json.dumps(data).encode() + b"\n"


@dataclass(frozen=True)
class Record:
    """What is known of an attempt from its parent's record.

    Attributes:
        notes: What the watcher noted before the start.
        parent: The parent's process id; ``None`` before it said so.
        group: The id of the trial and of its process group.
        since: When it was started, by the clock that only goes on, of this boot.
        exit_code: The trial's; 128 + n after signal n; ``None`` before its end.
        seconds: How long it took.
        alone: Whether it is certain that it left no process behind.
        time: When the record was last written, in UTC seconds.
    """

    notes: Mapping[str, Any] = field(default_factory=dict)
    parent: int | None = None
    group: int | None = None
    since: float | None = None
    exit_code: int | None = None
    seconds: float | None = None
    alone: bool = False
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
        text, written = record.read_text(), record.stat().st_mtime
    except OSError:
        return None
    notes, *said = text.split("\n")[:-1] or [""]  # what has no end of line was not written whole
    try:
        return Record(json.loads(notes), **{k: v for line in said for k, v in json.loads(line).items()}, time=written)
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
