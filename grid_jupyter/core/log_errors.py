"""The first error in a log: found soon in a long one, and while the log grows each byte of it is looked at once."""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING

from .log_pieces import CHUNK, Hit, chunks, hit_at, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .logs import Stream

_LOOKED_AT = 64 << 20

_ERROR = re.compile(
    rb"(?:Traceback \(most recent call last\):|[A-Za-z_][\w.]*(?:Error|Exception)\b"
    rb"|[^\n]{0,200}?\b(?:[Ee]rror|ERROR|FATAL): )"
)
# A line that matches holds one of these. To find a text takes a thirtieth of the time that the expression takes.
_SIGNS = (b"Traceback (most recent call last):", b"Error", b"Exception", b"error: ", b"ERROR: ", b"FATAL: ")


class FirstError:
    """Looks for the first line of a log that tells an error, in the first 64 MB; knows what it has looked at."""

    def __init__(self, path: Path, stream: Stream) -> None:
        self._path, self._stream = path, stream
        self._lock = Lock()
        self._start()

    def _start(self) -> None:
        self._hit: Hit | None = None
        self._offset = self._lines = 0

    def look(self) -> Hit | None:
        """Return the line, or nothing if there is none so far."""
        with self._lock:
            if size_of(self._path) < self._offset:
                self._start()  # another log of that name
            return self._hit or (self._go_on() if self._offset < _LOOKED_AT else None)

    def _go_on(self) -> Hit | None:
        for chunk in chunks(self._path, self._offset):
            # The rest of a line that has no end yet is looked at again, with what follows.
            known = len(chunk) if len(chunk) == CHUNK else chunk.rfind(b"\n") + 1
            if error := _first(chunk):
                start = error.start()
                number = self._lines + chunk.count(b"\n", 0, start) + 1
                hit = hit_at(self._stream, chunk, start, error, self._offset, number)
                self._hit = hit if start < known else None
                return hit
            self._offset, self._lines = self._offset + known, self._lines + chunk.count(b"\n")
            if known < len(chunk) or self._offset >= _LOOKED_AT:
                break
        return None


def _first(chunk: bytes) -> re.Match[bytes] | None:
    return next((found for start in _suspects(chunk) if (found := _ERROR.match(chunk, start))), None)


def _suspects(chunk: bytes) -> Iterator[int]:
    """Yield where the lines begin that hold one of the signs."""
    places = [chunk.find(sign) for sign in _SIGNS]
    while (place := min((place for place in places if place >= 0), default=-1)) >= 0:
        yield chunk.rfind(b"\n", 0, place) + 1
        end = chunk.find(b"\n", place)
        if end < 0:
            return
        places = [at if at < 0 or at > end else chunk.find(sign, end) for sign, at in zip(_SIGNS, places, strict=True)]
