"""What trials printed, by byte offset."""

from __future__ import annotations

import codecs
import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

from grid_jupyter.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")

_CHUNK = 1 << 20
_LONGEST = 1 << 20


@dataclass(frozen=True)
class LogLine:
    """One line of a trial's output; bytes that are no UTF-8 show as U+FFFD.

    Attributes:
        text: The line without its end.
        end: What ends it: nothing where it is a piece of a line that is too long to be held whole.
    """

    stream: Stream
    text: str
    end: str = "\n"

    def to_json(self, trial: object) -> dict[str, object]:
        """Return the object that ``--format json`` prints."""
        said: dict[str, object] = {"trial": str(trial), "stream": self.stream, "text": self.text}
        return said if self.end else said | {"continues": True}


def open_log(path: Path) -> BinaryIO:
    """Open a log.

    Raises:
        FileNotFoundError: There is none yet.
        StoreError: Something else was put in its place: no link is followed, and no pipe waited for.
    """
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise StoreError(f"{path} is a link, and no log of a trial") from None
        raise
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise StoreError(f"{path} is no file, and no log of a trial")
    return file


def read(path: Path, offset: int, limit: int = _CHUNK) -> bytes:
    """Return at most ``limit`` bytes of a log from ``offset`` on; nothing where there is no such file yet."""
    try:
        with open_log(path) as file:
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
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._in_pieces = False

    def new(self, *, last: bool = False) -> Iterator[LogLine]:
        """Yield the lines that are new and whole; with ``last``, the rest too."""
        while chunk := read(self._path, self._offset):
            self._offset += len(chunk)
            yield from self._lines(self._decode(chunk))
        if last:
            yield from self._lines(self._decode(b"", final=True))
            if self._rest or self._in_pieces:
                yield from self._lines("\n")

    def _lines(self, text: str) -> Iterator[LogLine]:
        """Yield the lines that are whole with this text, and all but the end of one that is very long."""
        *whole, self._rest = (self._rest + text).split("\n")
        for line in whole:
            yield LogLine(self._stream, line.removesuffix("\r"))
            self._in_pieces = False
        if len(self._rest) > _LONGEST:
            yield LogLine(self._stream, self._rest, end="")
            self._rest, self._in_pieces = "", True


def _split(content: bytes) -> list[str]:
    """Split at newlines alone: a carriage return redraws a line, it does not end one."""
    texts = content.decode("utf-8", "replace").split("\n")
    if texts and not texts[-1]:
        texts.pop()
    return [text.removesuffix("\r") for text in texts]
