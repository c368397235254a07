"""The agent of one attempt on a node of a Ray cluster."""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NoReturn

from grid_jupyter.remote.agent import machine
from grid_jupyter.remote.agent.attempt import Attempt
from grid_jupyter.remote.agent.end import ASKED
from grid_jupyter.remote.agent.layout import RunKeys, trial_name
from grid_jupyter.remote.agent.problem import Problem
from grid_jupyter.remote.agent.task import Task

from .layout import CODE
from .pipe import Pipe
from .routed import Routed
from .store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_RAY = ("RAY_JOB_CONFIG_JSON_ENV_VAR", "PYTHONBREAKPOINT", "SPT_NOENV")


def main() -> NoReturn:
    """Run the attempt that is told through a pipe."""
    connection, leash = Connection(int(sys.argv[1])), int(sys.argv[2])
    events: SimpleQueue[Any] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: events.put(ASKED))
    about = connection.recv()
    _run(about, connection, leash, events)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that still send something are not waited for


def _run(about: Mapping[str, Any], connection: Connection, leash: int, events: SimpleQueue[Any]) -> None:
    task = Task(
        RunKeys.at(about["prefix"]),
        about["name"],
        int(about["order"]["attempt"]),
        int(about["batch"]),
        about["common"],
        about["order"],
    )
    pipe = Pipe(connection, f"{trial_name(task.trial)}.{task.attempt}")
    here = Path.cwd()  # where Ray has unpacked what was sent, and removes it when no job needs it any more
    store = about["common"].get("store")
    cache = machine.Cache(str(here / ".grid"))
    with cache.attempt(task.name) as folder:
        try:
            objects = Routed(pipe, open_store(store) if store else pipe, here / CODE)
        except Problem as problem:
            pipe.end(task.trial, task.attempt, task.batch, {"error": str(problem)})
            return
        attempt = Attempt(objects, task, cache, folder, around(os.environ), events)
        threading.Thread(target=_hold, args=(leash, attempt), daemon=True).start()
        attempt.run()


def _hold(leash: int, attempt: Attempt) -> None:
    """End all when the other end of the leash is let go."""
    os.read(leash, 1)
    attempt.abandon()
    os._exit(1)


def around(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a script finds around it: what a Ray worker has, but for what is there for the worker alone.

    The worker's own Python, which has what was asked for, comes first in PATH.
    """
    found = {name: value for name, value in environment.items() if name not in _OF_RAY}
    own = str(Path.cwd())
    paths = [path for path in found.pop("PYTHONPATH", "").split(os.pathsep) if path and not _is_below(path, own)]
    if paths:
        found["PYTHONPATH"] = os.pathsep.join(paths)
    found["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), found.get("PATH") or os.defpath])
    return found


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


if __name__ == "__main__":
    main()
