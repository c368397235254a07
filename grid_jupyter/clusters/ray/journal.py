"""What was asked of the drivers of a run, as it stands on this machine's disk.

A message is written here before it is sent, so that whoever comes after a watcher that was killed sends it again: a
driver takes each number once. Beside the run's database::

    ray/JOB/K.json.gz   the K-th message to the driver of a job, as it is sent
    ray/JOB/over        that nothing more is asked of the job: it has ended, or is about to
    ray/JOB/closed      that the cluster knows so: all was sent, or the job has ended
    ray/cluster.json    where the last job was submitted
"""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.home import unusable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "ray"
"""The folder that it is kept in, in the run's own."""

_OVER, _CLOSED, _PLACE = "over", "closed", "cluster.json"


@dataclass(eq=False)
class RunJob:
    """One of a run's jobs.

    Attributes:
        number: Which one, from 0.
        messages: What is asked of its driver, as it is sent.
        orders: What its driver was asked to start, by trial and attempt.
        over: Whether nothing more is asked of it.
        closing: Whether its driver is to end.
        closed: Whether the cluster knows so.
        sent: How many messages were sent, as far as this process knows.
        submitted: Whether the cluster has it, likewise.
        node: The id of the node that its driver runs on.
        taken: How many pieces of what it told are here.
        forgotten: How many of those its keeper was told to remove.
        quiet: How many looks in a row found it over and nothing new of it.
    """

    number: int
    messages: list[bytes] = field(default_factory=list)
    orders: dict[tuple[int, int], Mapping[str, Any]] = field(default_factory=dict)
    over: bool = False
    closing: bool = False
    closed: bool = False
    sent: int = 0
    submitted: bool = False
    node: str | None = None
    taken: int = 0
    forgotten: int = 0
    quiet: int = 0

    def take(self, packed: bytes) -> None:
        """Add a message."""
        self.messages.append(packed)
        message = self.message(len(self.messages) - 1)
        self.closing = self.closing or bool(message.get("close"))
        for order in message.get("start", ()):
            self.orders[order["trial"], order["attempt"]] = order

    def message(self, number: int) -> Any:  # noqa: ANN401  (JSON)
        """Return what a message says."""
        return json.loads(gzip.decompress(self.messages[number]))


class Journal:
    """The jobs of one run.

    Args:
        folder: Where it is kept; made where it is missing.

    Raises:
        StoreError: It cannot be read or written; likewise of its methods.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(exist_ok=True)
            numbers = sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())
            self.jobs = [self._read(number) for number in numbers]
        except OSError as error:
            raise unusable(folder, error) from error

    @property
    def current(self) -> RunJob | None:
        """The job of which something may be asked."""
        last = self.jobs[-1] if self.jobs else None
        return None if last is None or last.over else last

    def job_of(self, trial: int, attempt: int) -> RunJob | None:
        """Return the last job that was asked to start an attempt."""
        return next((job for job in reversed(self.jobs) if (trial, attempt) in job.orders), None)

    def runner_of(self, trial: int, attempt: int) -> RunJob | None:
        """Return the job that runs an attempt, also one that its driver has begun by itself."""
        return next((job for number in range(attempt, 0, -1) if (job := self.job_of(trial, number))), None)

    def times(self, trial: int, attempt: int) -> int:
        """Return how many jobs were asked to start an attempt."""
        return sum((trial, attempt) in job.orders for job in self.jobs)

    def enter(self, message: Mapping[str, Any]) -> RunJob:
        """Write down a message to the driver, of a new job where there is none; return the job."""
        job = self.current
        if job is None:
            job = RunJob(self.jobs[-1].number + 1 if self.jobs else 0)
            self._make(job)
            self.jobs.append(job)
        packed = gzip.compress(json.dumps(message).encode(), mtime=0)
        self._write(f"{job.number}/{len(job.messages)}.json.gz", packed)
        job.take(packed)
        return job

    def end(self, job: RunJob) -> None:
        """Write down that nothing more is asked of a job."""
        self._write(f"{job.number}/{_OVER}", b"")
        job.over = True

    def close(self, job: RunJob) -> None:
        """Write down that the cluster knows that a job is to end, or that it has ended."""
        self._write(f"{job.number}/{_CLOSED}", b"")
        job.closed = True

    @property
    def unclosed(self) -> list[RunJob]:
        """The jobs that are to end and may not know."""
        return [job for job in self.jobs if job.over and job.closing and not job.closed]

    @property
    def place(self) -> Mapping[str, str]:
        """Where the last job was submitted: the dashboard's ``address``, and the ``session`` of the cluster."""
        try:
            return dict(json.loads((self._folder / _PLACE).read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    @place.setter
    def place(self, place: Mapping[str, str]) -> None:
        if place != self.place:
            self._write(_PLACE, json.dumps(place).encode())

    def _make(self, job: RunJob) -> None:
        try:
            (self._folder / str(job.number)).mkdir(exist_ok=True)
        except OSError as error:
            raise unusable(self._folder, error) from error

    def _read(self, number: int) -> RunJob:
        folder = self._folder / str(number)
        job = RunJob(number, over=(folder / _OVER).exists(), closed=(folder / _CLOSED).exists())
        while (place := folder / f"{len(job.messages)}.json.gz").exists():
            job.take(place.read_bytes())
        return job

    def _write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all."""
        place = self._folder / name
        draft = place.with_name(f".{place.name}")
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(place)
        except OSError as error:
            raise unusable(self._folder, error) from error
