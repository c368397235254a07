"""Brings what a trial writes into the objects, while it runs and to the last byte; the trial never waits for it."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from .growth import MOST_AT_ONCE
from .patience import LONGEST_PAUSE, is_passing, patiently
from .pieces import pack

if TYPE_CHECKING:
    from .growth import GrowingFiles
    from .objects import Objects
    from .state import State
    from .task import Task

HEARTBEAT = 30.0
"""Seconds after which the state is written although nothing has changed."""

FOLLOWED = 2.0
"""Seconds between two looks at the files of a trial that somebody watches."""

_CONTROL = 5.0
_STEP = 0.5


class Shipper:
    """A thread that brings pieces and states into the objects.

    Args:
        objects: Where they go.
        task: The attempt.
        state: Written whenever it has changed.
        files: What grows.
    """

    def __init__(self, objects: Objects, task: Task, state: State, files: GrowingFiles) -> None:
        self._objects = objects
        self._task = task
        self._state = state
        self._files = files
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._wake = threading.Event()
        self._closing = False
        self._number = 0
        self._pending: tuple[bytes, dict[str, int]] | None = None
        self._more = False
        self._written = -1
        self._written_at = 0.0
        self._read_at = time.monotonic()
        self._asked_at = 0.0
        self._control: str | None = None
        self._every = self._usual = float(task.common.get("flush", 10.0))

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hurry(self, *, all_files: bool = False) -> None:
        """Write the state now, and before it what files have grown by where that is asked for."""
        if all_files:
            self._read_at = 0.0
        self._wake.set()

    def close(self, seconds: float, **last: object) -> None:
        """Bring all that is left into the objects, and the state last.

        Args:
            seconds: For how long to try.
            last: What the state tells only when all else is there.

        Raises:
            Exception: Nothing can be sent.
        """
        self._closing = True
        self._wake.set()
        self._thread.join()
        patiently(self._ship_all, seconds)
        self._state.change(**last)
        patiently(self._ship_state, seconds)

    def _run(self) -> None:
        pause = 0.0
        while not self._closing:
            self._wake.wait(pause or (0.0 if self._more else _STEP))
            self._wake.clear()
            try:
                self._look_at_control()
                self._ship()
                pause = 0.0
            except Exception as error:  # noqa: BLE001  (whatever it is, the trial goes on, and it is tried again)
                if not is_passing(error) and not pause:
                    print(f"grid: {type(error).__name__}: {error}", flush=True)  # noqa: T201
                pause = min(max(2 * pause, 1.0), LONGEST_PAUSE)

    def _ship(self) -> None:
        """Send what is due; calling it again after an error goes on where it was.

        It is one piece at most, and then the state that counts it: a script may write faster than all can be sent.
        """
        if self._pending or self._more or time.monotonic() - self._read_at >= self._every:
            self._ship_piece()
        if self._state.version != self._written or time.monotonic() - self._written_at >= HEARTBEAT:
            self._ship_state()

    def _ship_all(self) -> None:
        self._ship_piece()
        while self._more:
            self._ship_piece()

    def _ship_piece(self) -> None:
        """Send a piece, if files have grown; find out whether there is more by now."""
        late = self._pending is not None  # since it was made more may have been written
        if not late:
            self._make_piece()
        if self._pending:
            content, offsets = self._pending
            self._objects.put(self._task.keys.piece(self._task.trial, self._task.attempt, self._number), content)
            self._state.count_piece(offsets)
            self._number += 1
            self._pending = None
        self._more = self._more or late

    def _make_piece(self) -> None:
        """Make a piece of what is new."""
        self._read_at = time.monotonic()
        self._files.look()
        parts = self._files.read()
        self._more = sum(len(part.content) for part in parts) >= MOST_AT_ONCE
        if parts:
            self._pending = pack(parts), {part.file: part.offset + len(part.content) for part in parts}

    def _ship_state(self) -> None:
        version = self._state.version
        self._objects.put(self._task.keys.state(self._task.trial, self._task.attempt), self._state.to_json())
        self._written, self._written_at = version, time.monotonic()

    def _look_at_control(self) -> None:
        """Ask now and then whether somebody follows this trial."""
        if time.monotonic() - self._asked_at < _CONTROL:
            return
        self._asked_at = time.monotonic()
        found = self._objects.get_changed(self._task.keys.control, self._control)
        if found:
            content, self._control = found
            with suppress(ValueError, KeyError, TypeError):
                followed = self._task.trial in json.loads(content)["followed"]
                self._every = min(FOLLOWED, self._usual) if followed else self._usual
