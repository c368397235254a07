"""How far something is that takes long, on one line that is written over and over."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from . import units

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

_INTERVAL = 0.2


class ProgressLine:
    """A line on a stream that a person watches; a notebook shows it as a terminal does.

    Args:
        stream: Where it is written.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._width = 0

    def __call__(self, text: str) -> None:
        """Show a text in place of the one before; an empty one leaves nothing."""
        if not text and not self._width:
            return
        back = "\r" if self._width else ""
        self._stream.write(f"{back}{text:<{self._width}}" if text else f"\r{'':{self._width}}\r")
        self._stream.flush()
        self._width = len(text)


def untold(_: str) -> None:
    """Tell nobody how far it is."""


class Progress:
    """Tells how much of something is done, a few times a second; several threads may add to it.

    Args:
        tell: Is told.
        what: What is being done: ``faces is sent``.
        files: How many files there are.
        size: How many bytes they have.
    """

    def __init__(self, tell: Callable[[str], None], what: str, files: int, size: int) -> None:
        self._tell = tell
        self._what = what
        self._files = files
        self._size = size
        self._done = [0, 0]
        self._next = 0.0
        self._lock = threading.Lock()

    def add(self, size: int, files: int = 0) -> None:
        """Count bytes that are done, and files."""
        with self._lock:
            self._done[0] += size
            self._done[1] += files
            if (now := time.monotonic()) < self._next:
                return
            self._next = now + _INTERVAL
            done, there = units.format_bytes(self._done[0]), units.format_bytes(self._size)
            self._tell(f"{self._what}: {done} of {there}, {self._done[1]:,} of {self._files:,} files")
