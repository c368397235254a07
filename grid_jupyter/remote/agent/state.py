"""How an attempt is going, as the session reads it."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .task import Task

PREPARING, RUNNING, ENDED = "preparing", "running", "ended"


def first_values(trial: int, attempt: int, batch: int, machine: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of an attempt of which nothing is known yet."""
    return {
        "trial": trial,
        "attempt": attempt,
        "batch": batch,
        "status": PREPARING,
        "doing": None,
        "started": None,
        "ended": None,
        "seconds": None,
        "exit_code": None,
        "out_of_memory": None,
        "lost": None,
        "error": None,
        "pieces": 0,
        "files": {},
        "checkpoint": None,
        "artifacts": [],
        "machine": dict(machine),
    }


class State:
    """The state of one attempt; any thread may change it.

    Attributes:
        version: Another number after each change.
    """

    def __init__(self, task: Task, machine: Mapping[str, Any]) -> None:
        self._lock = threading.Lock()
        self.version = 0
        self._values = first_values(task.trial, task.attempt, task.batch, machine)

    def change(self, **values: Any) -> None:  # noqa: ANN401  (JSON)
        """Set some of it."""
        with self._lock:
            self._values.update(values)
            self.version += 1

    def count_piece(self, files: Mapping[str, int]) -> None:
        """Say that one more piece is sent, up to where in each file."""
        with self._lock:
            self._values["pieces"] += 1
            self._values["files"].update(files)
            self.version += 1

    def to_json(self) -> bytes:
        """Return it as of now."""
        with self._lock:
            return json.dumps({**self._values, "time": time.time()}).encode()
