"""Programs, each with a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


class Program:
    """A program that runs; standard output and standard error go straight to files.

    Args:
        argv: The command, never parsed by a shell.
        environment: All of its environment.
        directory: Where it starts.
        stdout: A file that is appended to.
        stderr: Likewise.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], directory: Path, stdout: Path, stderr: Path
    ) -> None:
        with stdout.open("ab") as out, stderr.open("ab") as err:
            self._process = subprocess.Popen(
                list(argv),
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self._guard = _guard(self._process.pid)
        self._lock = threading.Lock()
        self._over = False

    def wait(self) -> int:
        """Wait for its end, end what it left behind, and return its exit code; 128 + n after signal n."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self.kill()  # until its leader is waited for, the group's number stays its own
        with self._lock:
            self._over = True
            if self._guard:
                self._guard.kill()
                self._guard.communicate()
            code = self._process.wait()
        return 128 - code if code < 0 else code

    def wait_in_background(self, then: Callable[[int], None]) -> None:
        """Call back with the exit code."""
        threading.Thread(target=lambda: then(self.wait()), daemon=True).start()

    def ask_to_end(self) -> None:
        """Send SIGTERM to all of it."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End all of it by force."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with self._lock, suppress(OSError):  # all have ended already
            if not self._over:
                os.killpg(self._process.pid, number)


def _guard(group: int) -> subprocess.Popen[bytes] | None:
    """Start what ends a process group by force when this process is gone, however that came: nobody else would.

    It waits for a line that never comes, and for the end of the pipe, which comes with the end of this process. Where
    there is no shell there is none: such a container ends with its first process.
    """
    with suppress(OSError):
        return subprocess.Popen(
            ["/bin/sh", "-c", 'read line; kill -s KILL -- "-$1"', "grid-guard", str(group)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return None
