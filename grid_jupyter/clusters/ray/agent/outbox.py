"""What the session is told: numbered pieces on the disk of the driver's node, which the dashboard gives out."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from grid_jupyter.remote.agent.folder import Folder
from grid_jupyter.remote.agent.pieces import Part, pack

from .layout import notes_file, out_folder, run_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST = 8 << 20
"""Bytes of a piece, unless one part has more: it must come within the time that the session waits for it."""

SOON, LATER = 0.02, 0.25
"""Seconds for which what is told is gathered: soon is for those who have told little of late."""

_MANY, _OF_LATE = 8, 2.0
"""How many pieces within how many seconds are much: as many as there are where all of them come later."""


class Outbox:
    """The pieces of a job.

    What is added is on the disk at once, in the notes, and comes into a piece at the next writing: who tells something
    need not wait for what others tell meanwhile. What is left in the notes of a keeper that was killed, the next one of
    the run tells before all else.

    Args:
        logs: The folder of logs.
        label: The run's.
        job: Which of the run's jobs this is.
    """

    def __init__(self, logs: Path, label: str, job: int) -> None:
        self._pieces = Folder(logs / out_folder(label, job))
        there = [int(item.key) for item in self._pieces.list("")]
        self._first, self._number = min(there, default=0), max(there, default=-1) + 1
        self._notes = logs / notes_file(label, job)
        self._notes.parent.mkdir(parents=True, exist_ok=True)
        self._noted = 0
        self._last: deque[float] = deque(maxlen=_MANY)
        self._left = [*(logs / run_folder(label)).glob("[0-9]*/notes")]
        self._waiting = [part for notes in self._left for part in self._read(notes)]
        with suppress(OSError):  # then it is written with what comes next
            self.write()

    def _read(self, notes: Path) -> list[Part]:
        """Return what is in notes, the last of which may have been cut off."""
        found: list[Part] = []
        whole = 0
        with notes.open("rb") as file, suppress(ValueError):
            while line := file.readline():
                told = json.loads(line)
                content = file.read(told["size"])
                if len(content) < told["size"]:
                    break
                found.append(Part(told["file"], 0, content))
                whole = file.tell()
        if notes == self._notes:
            self._cut(whole)
        return found

    def _cut(self, size: int) -> None:
        """Leave in the notes what is whole."""
        with suppress(OSError):
            os.truncate(self._notes, size)
        self._noted = size

    def add(self, key: str, content: bytes) -> None:
        """Add something for the session.

        Raises:
            OSError: The disk is full, and it is as before.
        """
        line = json.dumps({"file": key, "size": len(content)}).encode()
        try:
            with self._notes.open("ab") as file:
                file.write(b"%b\n%b" % (line, content))
        except OSError:
            self._cut(self._noted)
            raise
        self._noted += len(line) + 1 + len(content)
        self._waiting.append(Part(key, 0, content))

    @property
    def pause(self) -> float:
        """For how many seconds to gather before the next writing: for each piece the session has to ask once."""
        much = len(self._last) == _MANY and time.monotonic() - self._last[0] < _OF_LATE
        return LATER if much else SOON

    def write(self) -> None:
        """Write what was added since the last piece, as one, or several where it is much.

        Raises:
            OSError: The disk is full; it is in the notes still.
        """
        while parts := _first_of(self._waiting):
            self._pieces.put(f"{self._number:06}", pack(parts))
            self._number += 1
            self._last.append(time.monotonic())
            del self._waiting[: len(parts)]
        for notes in (*self._left, self._notes):
            notes.unlink(missing_ok=True)
        self._left, self._noted = [], 0

    def forget(self, taken: int) -> None:
        """Remove pieces that were taken, but for the last, by which the next keeper knows where to go on."""
        last = min(taken, self._number - 1)
        for number in range(self._first, last):
            self._pieces.place(f"{number:06}").unlink(missing_ok=True)
        self._first = max(self._first, last)


def _first_of(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts that make up the next piece."""
    room = LARGEST
    for number, part in enumerate(parts):
        room -= len(part.content)
        if room < 0:
            return parts[: max(1, number)]
    return parts[:]
