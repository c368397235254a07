"""One node of the cluster: what ``ray start`` leaves running, told by its folder."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "0",  # workers that nobody asked for take the CPU that the start needs
    # A node that was killed is known to be dead within two seconds, instead of twenty.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_raylet_start_wait_time_s": "120",  # on a machine that does much else
}
_START = 150.0
WAITED_FOR = set()
"""Processes that this one started itself, and waits for."""


class Node:
    """A node, which may be killed and started anew.

    Args:
        python: The Python that has Ray.
        folder: A folder of its own, with a short path: sockets lie below it, whose paths have 107 characters at most.
        words: What ``ray start`` is told on top.
        environment: What its processes get on top of this one's variables.
    """

    def __init__(self, python, folder, words, environment):
        self.python, self.folder, self.words, self.environment = python, folder, words, environment
        self.lives = 0
        self._starting = None

    @property
    def place(self):
        """The folder of this life: a machine that comes back has an empty disk."""
        return self.folder / str(self.lives)

    @property
    def starting(self):
        """Whether ``ray start`` is at it."""
        return self._starting is not None and self._starting.poll() is None

    def begin(self):
        """Start it and do not wait."""
        self.lives += 1
        self.place.mkdir(parents=True)
        with self._told.open("wb") as told:
            self._starting = subprocess.Popen(
                [*self._command, f"--temp-dir={self.place}", *self.words],
                env=_cleaned(os.environ) | _QUIET | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        WAITED_FOR.add(self._starting.pid)

    def finish(self):
        """Wait until it runs."""
        try:
            code = self._starting.wait(_START)
        except subprocess.TimeoutExpired:
            self._starting.kill()
            code = self._starting.wait()
        if code or not self.raylets():
            raise RuntimeError(f"no Ray node started:\n{self._told.read_text(errors='replace')}")

    def kill(self, *, whole):
        """End the raylet without a warning, by which the node is lost; or all that runs there, as a machine is lost."""
        for raylet in self.raylets():
            with suppress(psutil.Error):
                below = raylet.children(recursive=True) if whole else []
                for process in [raylet, *below]:
                    with suppress(psutil.Error):
                        process.send_signal(signal.SIGKILL)
        until = time.monotonic() + _START
        while self.raylets() and time.monotonic() < until:
            time.sleep(0.02)

    def raylets(self):
        """Return its raylet, if it is alive."""
        return [process for process in psutil.process_iter() if _is_raylet(process, f"{self.place}/")]

    @property
    def _command(self):
        return [self.python, "-c", "from ray.scripts.scripts import main; main()", "start", "--disable-usage-stats"]

    @property
    def _told(self):
        return self.folder / f"start-{self.lives}.log"


def free_ports(number):
    """Return ports of this machine that nobody listens at."""
    import socket

    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def bury():
    """Let those go that fell to this process and have ended, as a machine's init does, but those that it waits for."""
    while True:
        for child in psutil.Process().children():
            with suppress(psutil.Error, ChildProcessError):
                if child.pid not in WAITED_FOR and child.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(child.pid, os.WNOHANG)
        time.sleep(0.3)


def end_all_below():
    """End all processes below this one, and those whose parents are gone; this one must be who they fall to."""
    until = time.monotonic() + _START
    while (left := psutil.Process().children(recursive=True)) and time.monotonic() < until:
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        time.sleep(0.02)


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


def _is_raylet(process, place):
    with suppress(psutil.Error):
        words = process.cmdline()
        program = Path(words[0]).name if words else ""
        return program == "raylet" and any(place in word for word in words) and process.status() != "zombie"
    return False


def _cleaned(environment):
    """What is ours and not of a cluster: the variables of tests, and where they look for modules."""
    own = ("GRID_", "RAY_", "PYTHON", "VIRTUAL_ENV", "COV_", "PYTEST_")
    return {name: value for name, value in environment.items() if not name.startswith(own)}
