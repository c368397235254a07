"""What a story has: a folder, a project in it, and the ``grid`` command on the cluster that is tested."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from grid_jupyter.errors import GridError

from .sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPTS = Path(__file__).with_name("scripts")
LOOK = 0.1
"""Seconds between two looks at what is waited for."""


class Closed(BaseException):
    """The session is over, so that no story goes on; no ``except`` of a story's may keep it."""


@dataclass
class Suite:
    """What is tested.

    Attributes:
        cluster: The cluster's name.
        flags: Further flags of each ``grid run``.
        timeout: Seconds to wait while nothing changes.
        home: GRID_HOME.
        closing: Set when no story is to go on.
    """

    cluster: str
    flags: tuple[str, ...]
    timeout: float
    home: Path
    closing: threading.Event = field(default_factory=threading.Event)


class Answer(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


class Scene:
    """One story's place; runs of different stories do not wait for each other, where that is for us to say."""

    def __init__(self, suite: Suite, folder: Path) -> None:
        self.suite = suite
        self.folder = folder
        self.project = folder / "project"
        self.project.mkdir(parents=True)
        self.sweeps: list[Sweep] = []
        self._environment = os.environ | {"GRID_HOME": str(suite.home), "GRID_RUNTIME": str(folder / "runtime")}

    def write(self, name: str, content: str | bytes, mode: int = 0o644) -> None:
        """Write a file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)

    def take(self, *scripts: str, folder: str = "") -> None:
        """Copy scripts of the suite into the project."""
        for script in scripts:
            self.write(f"{folder}{script}", (SCRIPTS / script).read_bytes())

    def launch(self, *words: str, folder: str = "", name: str | None = None) -> Sweep:
        """Launch a run on the cluster: flags, the script and its arguments."""
        name = name or f"conform-{self.folder.name.replace('_', '-')}-{secrets.token_hex(3)}"
        self.sweeps.append(sweep := Sweep(self, name))  # known before it is there, so that it is deleted in any case
        flags = ("--cluster", self.suite.cluster, *self.suite.flags, "--yes", "--mlflow", "off", "--name", name)
        self.grid("run", *flags, *words, folder=folder)
        return sweep

    def grid(
        self, *words: str, folder: str = "", code: int | None = 0, progress: Callable[[], object] = bool
    ) -> Answer:
        """Run the command and return what it said; any exit code will do where ``code`` is ``None``."""
        answer = self.run([sys.executable, "-P", "-m", "grid_jupyter.cli", *words], folder, progress)
        if code is not None and answer.code != code:
            raise AssertionError(f"grid {' '.join(words)} ended with {answer.code}: {answer.err or answer.out}")
        return answer

    def run(self, command: list[str], folder: str = "", progress: Callable[[], object] = bool) -> Answer:
        """Run a program of ours to its end; it is given up when ``progress`` has been the same for too long."""
        out, err = self.folder / f"out-{time.monotonic_ns()}", self.folder / f"err-{time.monotonic_ns()}"
        with out.open("wb") as out_file, err.open("wb") as err_file:
            process = subprocess.Popen(
                command,
                cwd=self.project / folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out_file,
                stderr=err_file,
            )
            try:
                self.until(lambda: process.poll() is not None, f"the end of {' '.join(command[3:6])}", progress)
            finally:
                process.kill()
                process.wait()
        return Answer(process.returncode, out.read_text("utf-8"), err.read_text("utf-8"))

    def until(self, condition: Callable[[], Any], what: str, progress: Callable[[], object] = bool) -> Any:  # noqa: ANN401
        """Return the first true value of ``condition``.

        Args:
            condition: What is waited for.
            what: That, in words.
            progress: Tells how far things are: as long as that changes, there is hope.

        Raises:
            AssertionError: Nothing has changed for as long as the suite waits.
        """
        seen, until = progress(), time.monotonic() + self.suite.timeout
        while not (value := condition()):
            if (now := progress()) != seen:
                seen, until = now, time.monotonic() + self.suite.timeout
            if time.monotonic() >= until:
                raise AssertionError(f"waited {self.suite.timeout:g} s in vain for {what}; last seen: {seen}")
            self.pause(LOOK)
        return value

    def pause(self, seconds: float) -> None:
        """Let time go by, unless the session is over."""
        if self.suite.closing.wait(seconds):
            raise Closed

    def clear(self) -> list[str]:
        """End and delete all runs of this story; return what could not be done, in sentences."""
        left = []
        for sweep in self.sweeps:
            try:
                sweep.clear()
            except (AssertionError, GridError) as error:
                left.append(f"{sweep.name} was not deleted: {error}")
        shutil.rmtree(self.project, ignore_errors=True)
        return left
