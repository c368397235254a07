"""An attempt that a watcher waits for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.cluster import Ended, Job


@dataclass(eq=False)
class Attempt:
    """An attempt that the watcher waits for.

    Attributes:
        entry: What its agent is to be told, until it is submitted.
        stopping: Whether it is to end.
        end: How it ended, once all that it wrote is here.
        age: For how many seconds its script has run, as of ``looked``; ``None`` before that.
        delay: What keeps its script from running, in words.
    """

    trial: int
    number: int
    entry: Mapping[str, Any] | None = None
    stopping: bool = False
    end: Ended | None = None
    age: float | None = None
    looked: float = field(default_factory=time.monotonic)
    delay: str | None = "is on its way"

    @property
    def key(self) -> tuple[int, int]:
        """Trial and number, by which it is known."""
        return self.trial, self.number


def entry_of(job: Job, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what an agent is told of an attempt."""
    return {
        "trial": job.trial,
        "attempt": job.attempt,
        "argv": list(job.argv),
        "environment": dict(environment),
        "directory": job.directory,
        "import_paths": list(job.import_paths),
        "files": dict(job.files),
    }
