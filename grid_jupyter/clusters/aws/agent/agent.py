"""One attempt of one trial from its claim to its end."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from . import artifacts, machine, notice
from .batch import read_task
from .bucket import Bucket
from .checkpoint import Checkpoints
from .claim import claim
from .end import ASKED, End, Ended
from .growth import GrowingFiles
from .patience import patiently
from .preparation import Preparation, Script
from .problem import Problem
from .process import Program
from .project import Project
from .shipping import Shipper
from .state import ENDED, RUNNING, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .batch import Task
    from .machine import Cache

_BETWEEN_KILLS = 5.0


def run(environment: Mapping[str, str]) -> int:
    """Run the attempt that an environment of AWS Batch's tells of; return the exit code that Batch is to see."""
    bucket = connect(environment)
    try:
        task = patiently(lambda: read_task(bucket, environment))
    except Problem as problem:
        print(f"grid: {problem}", flush=True)  # noqa: T201
        return 1
    events: SimpleQueue[Any] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: events.put(ASKED))
    if not patiently(lambda: claim(bucket, task)):
        return 0
    cache = machine.Cache(environment.get("GRID_CACHE", ""))
    with cache.attempt(task.name) as folder:
        return Attempt(bucket, task, cache, folder, environment, events).run()


def connect(environment: Mapping[str, str]) -> Bucket:
    """Return the bucket; whoever calls has patience."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=5, read_timeout=30, max_pool_connections=30, retries={"mode": "standard", "max_attempts": 3}
    )
    client = boto3.client("s3", config=config)
    return Bucket(client, environment["GRID_BUCKET"], environment["GRID_BUCKET_OWNER"])


class Attempt:
    """The attempt.

    Args:
        bucket: What is known of it goes there.
        task: Which it is.
        cache: What the containers of the machine share.
        folder: Its own folder, which is removed afterwards.
        environment: The container's.
        events: ``ASKED`` comes here when it is to end.
    """

    def __init__(
        self,
        bucket: Bucket,
        task: Task,
        cache: Cache,
        folder: Path,
        environment: Mapping[str, str],
        events: SimpleQueue[Any],
    ) -> None:
        self._bucket = bucket
        self._task = task
        self._folder = folder
        self._environment = environment
        self._events = events
        self._state = State(task, machine.describe())
        self._project = Project(folder / "work")
        self._stdout, self._stderr = folder / "stdout", folder / "stderr"
        files = {"stdout": self._stdout, "stderr": self._stderr, "metrics": folder / "metrics"}
        growing = GrowingFiles(files, self._project.folder, self._project.is_as_frozen)
        self._shipper = Shipper(bucket, task, self._state, growing)
        saved = folder / "checkpoint"
        saved.mkdir()
        self._checkpoints = Checkpoints(bucket, task, saved, folder / "checkpoint.tar", self._state, self._tell)
        self._preparation = Preparation(bucket, task, cache, folder, self._project, self._checkpoints, self._says)

    def run(self) -> int:
        """Run it; return the exit code that AWS Batch is to see."""
        self._shipper.start()
        notice.watch(self._environment, self._events.put)
        end = End()
        try:
            self._live(end)
        except Exception as error:  # noqa: BLE001  (whatever it is, the session is to know)
            traceback.print_exc()
            end.error = f"the agent failed: {type(error).__name__}: {error}"
        self._wind_up(end)
        return end.code_for_batch

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
        """Bring all that is left into the bucket: what cannot be done again first."""
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
                kept = artifacts.ship(self._bucket, self._task, self._project, end.until, self._tell)
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
