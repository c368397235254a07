"""Keeps what agents send, on the disk of the driver's node, and hands on to the session what they tell."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.remote.agent.folder import Folder
from grid_jupyter.remote.agent.layout import RunKeys, trial_name
from grid_jupyter.remote.agent.state import ENDED, first_values

from .layout import DRIVER, is_piece, objects_folder, stays_there
from .outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN = 1.0
"""Seconds after which is tried again to write what was told."""


class Keeper:
    """An actor of Ray's, which does one thing at a time.

    What is told is on the disk when the call that tells it returns, and on its way to the session.

    Args:
        logs: The folder of logs.
        label: The run's.
        prefix: How the run's keys begin.
        job: Which of the run's jobs this is.
    """

    def __init__(self, logs: str, label: str, prefix: str, job: int) -> None:
        self._keys = RunKeys.at(prefix)
        self._objects = Folder(Path(logs, objects_folder(label)))
        self._drafts = Path(logs, objects_folder(label)).with_name("drafts")
        self._drafts.mkdir(parents=True, exist_ok=True)
        self._outbox = Outbox(Path(logs), label, job)
        self._timer: asyncio.TimerHandle | None = None

    async def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        if stays_there(key):
            self._objects.put(key, content)
            return
        # To tell is first: of an end that is among the objects it is believed that the session knows.
        self._outbox.add(key, content)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._outbox.pause, self._write)
        if not is_piece(key):
            self._objects.put(key, content)
        if key == DRIVER:  # its last word ends the job, and this keeper with it
            self._outbox.write()

    def _write(self) -> None:
        """Write what was told since the last piece."""
        self._timer = None
        try:
            self._outbox.write()
        except OSError:
            self._timer = asyncio.get_running_loop().call_later(_AGAIN, self._write)

    async def get(self, key: str) -> bytes | None:
        """Return an object's content; ``None`` where there is none."""
        return self._objects.get(key)

    async def get_changed(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Return an object's content and its tag; ``None`` where there is none, or none with another tag."""
        return self._objects.get_changed(key, etag)

    async def put_part(self, draft: str, offset: int, content: bytes) -> None:
        """Write a part of a file that becomes an object later; the first one begins it."""
        place = self._drafts / draft
        if not offset:
            place.parent.mkdir(exist_ok=True)
            place.touch()
        with place.open("r+b") as file:
            file.seek(offset)
            file.write(content)
            file.truncate()

    async def take(self, draft: str, key: str) -> None:
        """Make an object of a file that was written in parts."""
        place = self._objects.place(key)
        place.parent.mkdir(parents=True, exist_ok=True)
        (self._drafts / draft).replace(place)

    async def get_part(self, key: str, offset: int, size: int) -> bytes | None:
        """Return a part of an object; ``None`` where there is no such object."""
        try:
            with self._objects.place(key).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            return None

    async def delete(self, key: str) -> None:
        """Delete an object."""
        self._objects.delete(key)

    async def end(self, trial: int, attempt: int, batch: int, told: Mapping[str, Any]) -> bool:
        """Take in that an attempt is over, and tell of its end if its agent could not; say whether it had not."""
        self._remove_drafts(trial, attempt)
        key = self._keys.state(trial, attempt)
        known = json.loads(self._objects.get(key) or b"null") or first_values(trial, attempt, batch, {})
        if known["status"] == ENDED:
            return False
        now = time.time()
        seconds = now - known["started"] if known["started"] else None
        last = {**known, "status": ENDED, "doing": None, "ended": now, "seconds": seconds, "time": now, **told}
        await self.put(key, json.dumps(last).encode())
        return True

    def _remove_drafts(self, trial: int, attempt: int) -> None:
        """Remove what is left of files that were sent up to an attempt that is over: its agent may have been killed."""
        for folder in self._drafts.glob(f"{trial_name(trial)}.*"):
            if int(folder.suffix[1:]) <= attempt:
                shutil.rmtree(folder, ignore_errors=True)

    async def forget(self, taken: int) -> None:
        """Remove what was told and was taken."""
        self._outbox.forget(taken)
