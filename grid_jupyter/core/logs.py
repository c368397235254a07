"""What trials printed, by byte offset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")

_CHUNK = 1 << 20


@dataclass(frozen=True)
class LogLine:
    """One line of a trial's output, without its end; bytes that are no UTF-8 show as U+FFFD."""

    stream: Stream
    text: str


def read(path: Path, offset: int, limit: int = _CHUNK) -> bytes:
    """Return at most ``limit`` bytes of a log from ``offset`` on; nothing where there is no such file yet."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(limit)
    except FileNotFoundError:
        return b""


def lines(path: Path, stream: Stream) -> Iterator[LogLine]:
    """Yield all lines of a log that is no longer written."""
    yield from LineReader(path, stream).new(last=True)


def tail(path: Path, stream: Stream, count: int) -> list[LogLine]:
    """Return the last ``count`` lines of a log, from its last megabytes alone: one for every 1,000 lines."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return []
    window = min(size, _CHUNK * (1 + count // 1000))
    content = read(path, size - window, window)
    return [LogLine(stream, line) for line in _split(content)[-count:]]


class LineReader:
    """Reads a growing log line by line, from its start or from its present end."""

    def __init__(self, path: Path, stream: Stream, *, at_end: bool = False) -> None:
        self._path = path
        self._stream = stream
        self._offset = path.stat().st_size if at_end and path.exists() else 0
        self._rest = b""

    def new(self, *, last: bool = False) -> Iterator[LogLine]:
        """Yield the lines that are new and whole; with ``last``, the rest too."""
        while chunk := read(self._path, self._offset):
            self._offset += len(chunk)
            whole, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
            if newline:
                yield from (LogLine(self._stream, line) for line in _split(whole + newline))
        if last and self._rest:
            yield from (LogLine(self._stream, line) for line in _split(self._rest))
            self._rest = b""


def _split(content: bytes) -> list[str]:
    """Split at newlines alone: a carriage return redraws a line, it does not end one."""
    texts = content.decode("utf-8", "replace").split("\n")
    if texts and not texts[-1]:
        texts.pop()
    return [text.removesuffix("\r") for text in texts]
