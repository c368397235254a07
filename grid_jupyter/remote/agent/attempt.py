"""One attempt of one trial, from its preparation to its end."""

from __future__ import annotations

import threading
import time
import traceback
from queue import Empty
from typing import TYPE_CHECKING, Any

from . import artifacts, machine
from .checkpoint import Checkpoints
from .end import End, Ended
from .growth import GrowingFiles
from .preparation import Preparation, Script
from .problem import Problem
from .process import Program
from .project import Project
from .shipping import Shipper
from .state import ENDED, RUNNING, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from queue import SimpleQueue

    from .machine import Cache
    from .objects import Objects
    from .task import Task

_BETWEEN_KILLS = 5.0


class Attempt:
    """The attempt.

    Args:
        objects: What is known of it goes there.
        task: Which it is.
        cache: What the containers of the machine share.
        folder: Its own folder, which is removed afterwards.
        environment: What the script finds around it, but for what is its own.
        events: ``ASKED`` or a ``Notice`` comes here when it is to end.
    """

    def __init__(
        self,
        objects: Objects,
        task: Task,
        cache: Cache,
        folder: Path,
        environment: Mapping[str, str],
        events: SimpleQueue[Any],
    ) -> None:
        self._objects = objects
        self._task = task
        self._folder = folder
        self._environment = environment
        self._events = events
        self._state = State(task, machine.describe())
        self._project = Project(folder / "work")
        self._stdout, self._stderr = folder / "stdout", folder / "stderr"
        files = {"stdout": self._stdout, "stderr": self._stderr, "metrics": folder / "metrics"}
        growing = GrowingFiles(files, self._project.folder, self._project.is_as_frozen)
        self._shipper = Shipper(objects, task, self._state, growing)
        saved = folder / "checkpoint"
        saved.mkdir()
        self._checkpoints = Checkpoints(objects, task, saved, folder / "checkpoint.tar", self._state, self._tell)
        self._program: Program | None = None
        self._preparation = Preparation(objects, task, cache, folder, self._project, self._checkpoints, self._says)

    def run(self) -> End:
        """Run it and return how it ended."""
        self._shipper.start()
        end = End()
        try:
            self._live(end)
        except Exception as error:  # noqa: BLE001  (whatever it is, the session is to know)
            traceback.print_exc()
            end.error = f"the agent failed: {type(error).__name__}: {error}"
        self._wind_up(end)
        return end

    def abandon(self) -> None:
        """End all programs of it by force and at once: nobody is left to be told of it."""
        self._preparation.stop()
        if self._program:
            self._program.kill()

    def _live(self, end: End) -> None:
        """Prepare and run the script, until it ends or is to end."""
        threading.Thread(target=self._prepare, daemon=True).start()
        event = self._events.get()
        if isinstance(event, Script):
            self._run(event, end)
        elif isinstance(event, Problem):
            end.error = str(event)
            self._tell(f"error: {event}", event.details)
        elif isinstance(event, Exception):
            raise event
        else:
            end.is_to_come(event)
            self._preparation.stop()

    def _prepare(self) -> None:
        try:
            self._events.put(self._preparation.make(self._environment))
        except Exception as error:  # noqa: BLE001  (told where it is waited for)
            self._events.put(error)

    def _run(self, script: Script, end: End) -> None:
        """Run the script to its end."""
        began, kills = time.monotonic(), machine.oom_kills()
        self._state.change(status=RUNNING, doing=None, started=time.time())
        self._shipper.hurry()
        try:
            program = Program(script.argv, script.environment, script.directory, self._stdout, self._stderr)
        except OSError as error:
            end.cannot_start(script.argv[0], error, self._stderr)
            return
        self._program = program
        self._checkpoints.start()
        program.wait_in_background(lambda code: self._events.put(Ended(code)))
        event = self._events.get()
        if not isinstance(event, Ended):
            grace = end.is_to_come(event, self._task.common)
            program.ask_to_end()
            event = self._end_of(program, grace)
        end.has_come(event.code, time.monotonic() - began, (kills, machine.oom_kills()))

    def _end_of(self, program: Program, grace: float) -> Ended:
        """Wait for the end of a script that was asked for it, and end it by force when its time is up."""
        until = time.monotonic() + grace
        while True:
            try:
                event = self._events.get(timeout=max(until - time.monotonic(), 0.0))
            except Empty:
                program.kill()
                until = time.monotonic() + _BETWEEN_KILLS
                continue
            if isinstance(event, Ended):
                return event

    def _wind_up(self, end: End) -> None:
        """Send all that is left: what cannot be done again first."""
        self._state.change(
            doing=None,
            ended=time.time(),
            seconds=end.seconds,
            exit_code=end.exit_code,
            out_of_memory=end.out_of_memory,
            lost=end.lost,
            error=end.error,
        )
        self._shipper.hurry(all_files=True)
        kept: dict[str, Any] = {}
        try:
            self._checkpoints.close()
            if end.ran:
                if not end.succeeded:
                    self._checkpoints.keep(end.seconds_left)
                kept = artifacts.ship(self._objects, self._task, self._project, end.until, self._tell)
        except Exception as error:  # noqa: BLE001  (the rest is worth keeping)
            traceback.print_exc()
            self._tell(f"artifacts were not kept: {error}")
        try:
            self._shipper.close(end.seconds_left, status=ENDED, **kept)
        except Exception:  # noqa: BLE001  (nobody is left to be told but the container's own log)
            traceback.print_exc()

    def _tell(self, sentence: str, before: bytes = b"") -> None:
        """Tell the user where the script would: in the trial's standard error."""
        with self._stderr.open("ab") as file:
            file.write(before + f"grid: {sentence}\n".encode("utf-8", "backslashreplace"))

    def _says(self, doing: str) -> None:
        print(f"grid: {doing}", flush=True)  # noqa: T201
        self._state.change(doing=doing)
        self._shipper.hurry()
