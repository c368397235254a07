"""The processes between a watcher and its trials; run as a program, with nothing but the standard library.

::

    watcher ──▶ fork server ──fork──▶ parent ──▶ trial
                                      (one a slot)

The fork server makes parents: forking one takes a moment, starting an interpreter would take many. A parent runs one
trial after the other, and outlives the watcher: it holds the slot and the trial's record, both by locks on open
files, ends whatever the trial leaves behind in its process group, and records how the trial ended. The trial itself
holds none of that.

Messages are lines of JSON. To the fork server: make a parent, with what trials of its slot find in their environment
and two open files, the slot and the parent's end of a socket. To a parent: run a trial, with one open file, its
record. From a parent: the trial's end.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

GRACE = 20.0
"""Seconds between the request to end and the end by force."""

_STILL_HERE = 3600.0
_PART = 1 << 16
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
# What Python or we ignore, a trial must not.
_DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Return the next message with its open files; ``None`` when the other side is gone."""
    text, files = b"", []
    while not text.endswith(b"\n"):
        try:
            part, new, _, _ = socket.recv_fds(channel, _PART, 2)
        except OSError:
            return None
        if not part:
            return None
        text += part
        for file in new:
            os.set_inheritable(file, False)  # noqa: FBT003  (a trial must hold none of our locks)
        files += new
    return json.loads(text), files


def serve(control: socket.socket) -> int:
    """Fork a parent for each request, until the watcher is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for parents
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    while (message := receive(control)) is not None:
        slot, channel = message[1]
        if os.fork() == 0:
            control.close()
            os.environ.update(message[0]["environment"])
            return Parent(slot, socket.socket(fileno=channel)).serve()
        os.close(slot)
        os.close(channel)
    return 0


class Parent:
    """The parent of one slot's trials.

    SIGTERM asks the trial to end and lets it save; when the grace period is over it is ended by force. Both go to all
    that the trial started.
    """

    def __init__(self, slot: int, channel: socket.socket) -> None:
        self._slot = slot
        self._channel = channel
        self._environment = dict(os.environb)
        self._group = 0
        self._asked = False

    def serve(self) -> int:
        """Run trials until the watcher is gone or needs no more."""
        os.setpgid(0, 0)
        _adopt_orphans()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, self._asked_to_end)
        signal.signal(signal.SIGALRM, self._alarm)
        signal.setitimer(signal.ITIMER_REAL, _STILL_HERE)
        while (message := receive(self._channel)) is not None:
            job, (record,) = message
            self._run(job, record)
        return 0

    def _run(self, job: Mapping[str, Any], record: int) -> None:
        started = time.monotonic()
        self._asked = False
        try:
            self._group = self._spawn(job)
        except OSError as error:
            code = _cannot_start(job, error)
        else:
            self._note_group()
            _write(record, {"parent": os.getpid(), "group": self._group, "since": started})
            code = self._wait()
        end = {"exit_code": code, "seconds": time.monotonic() - started, "alone": _alone()}
        _write(record, end)
        os.close(record)
        _write(self._channel.fileno(), end)

    def _spawn(self, job: Mapping[str, Any]) -> int:
        environment = {os.fsencode(name): os.fsencode(value) for name, value in job["environment"].items()}
        os.chdir(job["directory"])
        try:
            return os.posix_spawnp(
                job["argv"][0],
                job["argv"],
                {**self._environment, **environment},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, job["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
                    (os.POSIX_SPAWN_OPEN, 2, job["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
                ],
                setpgroup=0,
                setsigdef=_DEFAULTS,
            )
        finally:
            os.chdir("/")  # the directory is not ours to keep

    def _wait(self) -> int:
        """Wait for the trial's end, end what it left behind, and return its exit code."""
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self._group, os.WEXITED | os.WNOWAIT)
            self._signal(signal.SIGKILL)  # until its leader is waited for, the group's number stays its own
            status = os.waitpid(self._group, 0)[1]
        else:
            status = os.waitpid(self._group, 0)[1]
            self._signal(signal.SIGKILL)
        self._group = 0
        self._note_group()
        return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def _note_group(self) -> None:
        """Say in the slot which group is to be ended should we be killed; none when its number is free again."""
        with suppress(OSError):
            os.pwrite(self._slot, b"%20d" % self._group if self._group else b" " * 20, 0)

    def _signal(self, number: int) -> None:
        if self._group:
            with suppress(OSError):  # all have ended already
                os.killpg(self._group, number)

    def _asked_to_end(self, *_: object) -> None:
        if not self._asked:
            self._asked = True
            self._signal(signal.SIGTERM)
            signal.setitimer(signal.ITIMER_REAL, GRACE)

    def _alarm(self, *_: object) -> None:
        if self._asked:
            self._signal(signal.SIGKILL)
        with suppress(OSError):
            os.utime(self._slot)  # whoever cleans up old files leaves ours alone
        signal.setitimer(signal.ITIMER_REAL, _STILL_HERE)


def _adopt_orphans() -> None:
    """Become the parent of what a trial leaves behind; other systems than Linux know no such thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _alone() -> bool:
    """Whether it is certain that no process of a trial that ended lives on."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return sys.platform == "linux"
    return False


def _cannot_start(job: Mapping[str, Any], error: OSError) -> int:
    """Say so where the trial would have; return the exit code that a shell would give."""
    with suppress(OSError), open(job["stderr"], "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(f"{job['argv'][0]}: {error.strerror}\n")
    return 127 if error.errno == errno.ENOENT else 126


def _write(file: int, said: Mapping[str, Any]) -> None:
    # Where the disk is full, or the watcher gone, the other of the two is told.
    with suppress(OSError):
        os.write(file, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(serve(socket.socket(fileno=int(sys.argv[1]))))
