"""One run of a story: what it says of itself, and what is asked of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from grid_jupyter.core.following import follow
from grid_jupyter.core.limits import Limits
from grid_jupyter.core.run import Run
from grid_jupyter.core.store import Store
from grid_jupyter.core.watching import watcher_lives
from grid_jupyter.errors import GridError

if TYPE_CHECKING:
    from pathlib import Path

    from grid_jupyter.core.logs import Stream
    from grid_jupyter.core.store import TrialRow

    from .scene import Answer, Scene


class Sweep:
    """A run that a scene has launched."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.name = name

    # What it says

    @property
    def handle(self) -> Run:
        """The run, as users hold it."""
        return Run(self.name)

    @property
    def rows(self) -> list[TrialRow]:
        """What is known of its trials."""
        return self.handle.rows()

    @property
    def states(self) -> list[str]:
        """The states of its trials."""
        return [str(row.state) for row in self.rows]

    @property
    def reason(self) -> str:
        """Why the run is held or did not succeed."""
        return self.handle.reason or ""

    def log(self, trial: int = 0, attempt: int = 1, stream: Stream = "stdout") -> bytes:
        """Return what an attempt has written so far, as far as it is here; asking lets it come sooner."""
        run = self.handle
        follow(run.store_folder, trial)
        file = run[trial].log_file(attempt, stream)
        return file.read_bytes() if file.exists() else b""

    def lines(self, trial: int = 0, attempt: int = 1) -> list[str]:
        """Return the whole lines of an attempt's standard output."""
        return [line.decode() for line in self.log(trial, attempt).split(b"\n")[:-1]]

    def files(self, trial: int = 0) -> dict[str, Path]:
        """Return the artifacts of a trial by path, brought here."""
        folder = self.scene.folder / "artifacts" / self.name
        if not folder.exists():
            self.scene.grid("artifacts", self.name, "--download_dir", str(folder))
        top = folder / f"{self.name}-exp{trial}"
        return {path.relative_to(top).as_posix(): path for path in top.rglob("*") if path.is_file()}

    def need_room(self, trials: int) -> None:
        """Skip what needs so many trials at once, where the cluster has not room for them."""
        with Store(self.handle.store_folder) as store:
            at_once = Limits(**store.fact("limits")).at_once
        if at_once < trials:
            pytest.skip(f"needs {trials} trials at once, and {self.scene.suite.cluster} has room for {at_once}")

    # What is waited for

    def until(self, condition: Any, what: str) -> Any:  # noqa: ANN401  (whatever the condition returns)
        """Return the first true value of ``condition``; there is hope as long as anything of the run changes."""
        return self.scene.until(condition, f"{what} in {self.name}", self._progress)

    def until_works(self, *trials: int, attempt: int = 1) -> None:
        """Wait until the scripts of trials have said something, and are known to run."""

        def work() -> bool:
            rows = self.rows
            known = all(rows[trial].attempts >= attempt and rows[trial].state != "starting" for trial in trials)
            return known and all(self.lines(trial, attempt) for trial in trials)

        self.until(work, f"the first line of trial {' and '.join(map(str, trials))}")

    def until_more(self, trial: int, attempt: int = 1) -> None:
        """Wait until a trial has said more than it has now."""
        known = len(self.log(trial, attempt))
        self.until(lambda: len(self.log(trial, attempt)) > known, f"another line of trial {trial}")

    def wait(self) -> int:
        """Follow the run to its end, as ``grid wait`` does, and return that command's exit code."""
        return self.grid("wait", code=None).code

    def _progress(self) -> object:
        try:
            return [(str(row.state), row.attempts, row.reason) for row in self.rows]
        except GridError as error:  # it is being deleted
            return str(error)

    # What is asked of it

    def grid(self, verb: str, *words: str, trial: int | None = None, code: int | None = 0) -> Answer:
        """Run ``grid VERB`` for the run, or for one of its trials."""
        named = self.name if trial is None else f"{self.name}/{trial}"
        return self.scene.grid(verb, named, *words, code=code, progress=self._progress)

    # Its watcher

    def kill_watcher(self) -> None:
        """End the run's watcher by force, once there is one."""
        self.until(lambda: self._kill_watchers() or self.handle.summary().over, "a watcher to kill")
        self.until_unwatched()

    def until_unwatched(self) -> None:
        """Wait until no watcher is at work for the run."""
        self.until(lambda: not watcher_lives(self.handle.store_folder), "the end of the watcher")

    def _kill_watchers(self) -> bool:
        folder, killed = str(self.handle.folder), False
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or [""]
            if words[-1] == folder and "grid_jupyter.watcher" in words:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
                    process.wait(10)
                    killed = True
        return killed

    # Its end

    def clear(self) -> None:
        """End what still goes on of it and delete it, unless that was done."""
        if not (self.scene.suite.home / "runs" / self.name).exists():
            return
        if not self.handle.state.ended:
            self.grid("stop", code=None)  # it may end meanwhile
            self.wait()
        self.grid("delete", "--yes")
