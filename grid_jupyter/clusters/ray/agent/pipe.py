"""Objects through a pipe: an agent asks, the task of Ray's that has started it hands it on to the keeper."""

from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.remote.agent.objects import PassingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection

    from grid_jupyter.remote.agent.objects import Item

PART = 4 << 20
"""Bytes of a file that are sent at once, so that others get their turn."""


class Pipe:
    """The agent's end; calls raise ``PassingError`` while nobody answers.

    Args:
        connection: The way to the task.
        attempt: The attempt, as ``TRIAL.ATTEMPT``.
    """

    def __init__(self, connection: Connection, attempt: str) -> None:
        self._connection = connection
        self._attempt = attempt
        self._lock = threading.Lock()

    def _ask(self, verb: str, *words: object) -> Any:  # noqa: ANN401  (what the keeper returns)
        with self._lock:
            try:
                self._connection.send((verb, words))
                error, answer = self._connection.recv()
            except (EOFError, OSError) as gone:
                raise PassingError("the Ray worker does not answer") from gone
        if error:
            raise PassingError(error)
        return answer

    def put(self, key: str, content: bytes) -> None:
        """Write an object, whatever was there."""
        self._ask("put", key, content)

    def put_once(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one; say whether it was written."""
        if self.has(key):
            return False
        self.put(key, content)
        return True

    def get(self, key: str) -> bytes | None:
        """Return an object's content; ``None`` where there is none."""
        found: bytes | None = self._ask("get", key)
        return found

    def get_changed(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Return an object's content and its tag; ``None`` where there is none, or none with another tag."""
        found: tuple[bytes, str] | None = self._ask("get_changed", key, etag)
        return found

    def has(self, key: str) -> bool:
        """Whether there is an object of that key."""
        return self._ask("get_part", key, 0, 0) is not None

    def list(self, prefix: str) -> Iterator[Item]:
        """Agents ask for no lists."""
        raise NotImplementedError(prefix)

    def upload(self, path: str, key: str) -> None:
        """Write a file's content, in parts; what is left of an upload that was cut off is written over by the next."""
        draft, offset = f"{self._attempt}/{sha256(key.encode()).hexdigest()}", 0
        with Path(path).open("rb") as file:
            while True:
                content = file.read(PART)
                if not content and offset:
                    break
                self._ask("put_part", draft, offset, content)
                offset += len(content)
                if not content:
                    break
        self._ask("take", draft, key)

    def download(self, key: str, path: str) -> bool:
        """Write an object's content to a file, in parts; say whether there is one."""
        offset = 0
        with Path(path).open("wb") as file:
            while True:
                content = self._ask("get_part", key, offset, PART)
                if content is None:
                    return False
                file.write(content)
                offset += len(content)
                if len(content) < PART:
                    return True

    def delete(self, prefix: str) -> int:
        """Delete an object."""
        self._ask("delete", prefix)
        return 1

    def end(self, trial: int, attempt: int, batch: int, told: Mapping[str, Any]) -> None:
        """Tell of the end of an attempt that did not come so far as to tell itself."""
        self._ask("end", trial, attempt, batch, told)
