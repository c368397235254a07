"""What was submitted to AWS Batch for a run, as it stands on this machine's disk.

A submission is written here before AWS is asked for it, so that whoever comes after a watcher that was killed knows
what may have been submitted, and finishes it. Beside the run's database::

    aws/K.json.gz     the trials of the K-th submission, as it goes to the bucket
    aws/K.job         the job that came of it: its id and its queue
    aws/K.dropped     it was given up before anything was submitted
    aws/K.I.unwanted  its I-th job was ended because nobody waited for it, and not for its trial's sake
"""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.home import unusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FOLDER = "aws"
"""The folder that it is kept in, in the run's own."""

MOST_ATTEMPTS = 10
"""How often AWS Batch itself runs a job at most, in all."""

OVER = frozenset({"SUCCEEDED", "FAILED"})
"""The states in which a job stays."""


@dataclass(eq=False)
class Child:
    """One trial of one submission: a job of AWS Batch, which may run several attempts of it in turn.

    Attributes:
        first: The attempt that Batch's own first one is.
        status: Batch's word for where it stands.
        reason: Batch's reason for that, where it gives one.
        asked: Whether it was asked to end.
        unwanted: Whether that was because nobody waited for it.
    """

    submission: Submission
    index: int
    trial: int
    first: int
    status: str = "SUBMITTED"
    reason: str | None = None
    asked: bool = False
    unwanted: bool = False

    @property
    def id(self) -> str | None:
        """Its id, once it was submitted."""
        job = self.submission.job
        return f"{job}:{self.index}" if job and self.submission.array else job

    @property
    def over(self) -> bool:
        """Whether it runs nothing any more."""
        return self.status in OVER

    def covers(self, attempt: int) -> bool:
        """Whether it runs that attempt, or may come to."""
        return self.first <= attempt < self.first + MOST_ATTEMPTS


@dataclass(eq=False)
class Submission:
    """One submission.

    Attributes:
        number: Which one, from 0.
        content: Its trials, as it goes to the bucket.
        job: The id of its job, once that is known.
        queue: The queue that it went to, likewise.
    """

    number: int
    content: bytes
    job: str | None = None
    queue: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def trials(self) -> Sequence[Mapping[str, Any]]:
        """What the bucket says of each of its trials."""
        found: Sequence[Mapping[str, Any]] = json.loads(gzip.decompress(self.content))["trials"]
        return found

    @cached_property
    def children(self) -> list[Child]:
        """Its trials' jobs, in the order of their indices."""
        return [Child(self, index, each["trial"], each["attempt"]) for index, each in enumerate(self.trials)]

    @property
    def array(self) -> bool:
        """Whether its job is an array."""
        return len(self.children) > 1

    @property
    def over(self) -> bool:
        """Whether none of its jobs runs any more."""
        return all(child.over for child in self.children)


class Journal:
    """The submissions of one run.

    Args:
        folder: Where it is kept; made where it is missing.

    Raises:
        StoreError: It cannot be read or written; likewise of its methods.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.submissions: list[Submission] = []
        self._children: dict[int, list[Child]] = {}
        try:
            folder.mkdir(exist_ok=True)
            self._next = 0
            for submission in self._read():
                self._take(submission)
        except OSError as error:
            raise unusable(folder, error) from error

    def enter(self, manifest: Mapping[str, Any]) -> Submission:
        """Begin a submission: write it down as the next one."""
        packed = gzip.compress(json.dumps(manifest).encode(), mtime=0)
        submission = Submission(self._next, packed)
        self._write(f"{submission.number}.json.gz", packed)
        self._take(submission)
        return submission

    def note(self, submission: Submission, job: str, queue: str) -> None:
        """Write down which job came of a submission."""
        self._write(f"{submission.number}.job", json.dumps({"job": job, "queue": queue}).encode())
        submission.job, submission.queue = job, queue

    def drop(self, submission: Submission) -> None:
        """Give a submission up of which no job came."""
        self._write(f"{submission.number}.dropped", b"")
        self.submissions.remove(submission)
        for child in submission.children:
            self._children[child.trial].remove(child)

    def child(self, trial: int, attempt: int) -> Child | None:
        """Return the job that runs an attempt, or may come to: of several the one that was submitted last."""
        known = self._children.get(trial, ())
        return next((child for child in reversed(known) if child.covers(attempt)), None)

    def forsake(self, child: Child) -> None:
        """Write down that a job is ended because nobody waits for it."""
        child.unwanted = True
        self._write(f"{child.submission.number}.{child.index}.unwanted", b"")

    def _take(self, submission: Submission) -> None:
        self._next = submission.number + 1
        self.submissions.append(submission)
        for child in submission.children:
            self._children.setdefault(child.trial, []).append(child)

    def _read(self) -> Iterator[Submission]:
        numbers = sorted(int(path.name.partition(".")[0]) for path in self._folder.glob("*.json.gz"))
        for number in numbers:
            self._next = number + 1
            if (self._folder / f"{number}.dropped").exists():
                continue
            submission = Submission(number, (self._folder / f"{number}.json.gz").read_bytes())
            noted = self._folder / f"{number}.job"
            if noted.exists():
                known = json.loads(noted.read_text())
                submission.job, submission.queue = known["job"], known["queue"]
            yield submission
        for path in self._folder.glob("*.unwanted"):
            number, index = map(int, path.name.split(".")[:2])
            forsaken = next((one for one in self.submissions if one.number == number), None)
            if forsaken:
                forsaken.children[index].unwanted = forsaken.children[index].asked = True

    def _write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all."""
        draft = self._folder / f".{name}"
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / name)
        except OSError as error:
            raise unusable(self._folder, error) from error
