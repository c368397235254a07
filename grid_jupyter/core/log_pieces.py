"""A log read by the piece, from any place: a view of it shows its end first, whatever its length."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from .logs import open_log, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .logs import Stream

CHUNK = 1 << 20
_SEARCHED = 256 << 20
_LINE = 10_000
_SHOWN = 1000
_PATIENCE = 10.0


@dataclass(frozen=True)
class Piece:
    """A piece of a log.

    Attributes:
        offset: Its first byte.
        end: The byte behind it.
        size: Bytes of the whole log as of now.
    """

    offset: int
    end: int
    size: int
    text: str


@dataclass(frozen=True)
class Hit:
    """A line that was looked for.

    Attributes:
        offset: Where it begins.
        line: Its number from where the search began, from 1.
        text: Its first 1000 characters.
        column: Where the match in it begins, in characters.
        length: Of the match, in characters.
    """

    stream: Stream
    offset: int
    line: int
    text: str
    column: int
    length: int


@dataclass(frozen=True)
class Hits:
    """What a search found: the first hits, how many there are in the lines that it went through, and where to go on."""

    hits: list[Hit]
    count: int
    lines: int
    next: int | None


def size_of(path: Path) -> int:
    """Return a log's bytes; 0 where there is none yet."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def piece_from(path: Path, offset: int, limit: int, *, over: bool) -> Piece:
    """Return what stands from ``offset`` on; ``over`` says whether nothing more will be written.

    It ends with a line where it holds one's end and more follows, and never within a character that may still come.
    """
    size = size_of(path)
    offset = min(offset, size)
    content = read(path, offset, min(limit, size - offset))
    end = offset + len(content)
    if end < size and (newline := content.rfind(b"\n")) >= 0:
        content = content[: newline + 1]
    elif end < size or not over:
        content = _whole(content) or (content if end < size else b"")
    return Piece(offset, offset + len(content), size, content.decode("utf-8", "replace"))


def piece_until(path: Path, until: int | None, limit: int, *, over: bool) -> Piece:
    """Return what stands before ``until``, or at the end; it begins with a line where it holds one's beginning."""
    size = size_of(path)
    end = size if until is None else min(until, size)
    offset = max(0, end - limit)
    content = read(path, offset, end - offset)
    if offset:
        newline = content.find(b"\n", 0, -1)
        cut = newline + 1 if newline >= 0 else _continuation(content)
        offset, content = offset + cut, content[cut:]
    if until is None and not over:
        content = _whole(content)
    return Piece(offset, offset + len(content), size, content.decode("utf-8", "replace"))


def _whole(content: bytes) -> bytes:
    """The bytes without the first part of a character at their end."""
    for back in range(1, min(4, len(content) + 1)):
        byte = content[-back]
        if byte & 0xC0 == 0x80:  # goes on with a character
            continue
        wanted = 1 if byte < 0x80 else 2 if byte >> 5 == 6 else 3 if byte >> 4 == 14 else 4 if byte >> 3 == 30 else 1
        return content[:-back] if wanted > back else content
    return content


def _continuation(content: bytes) -> int:
    """How many bytes at the beginning belong to a character that began before."""
    return next((place for place, byte in enumerate(content[:4]) if byte & 0xC0 != 0x80), 0)


def lines_before(path: Path, offset: int) -> int:
    """Return how many lines end before an offset: all before it is read."""
    if not offset:
        return 0  # there may be no file yet
    count = 0
    with open_log(path) as file:
        while offset > 0 and (chunk := file.read(min(CHUNK, offset))):
            count += chunk.count(b"\n")
            offset -= len(chunk)
    return count


def search(path: Path, stream: Stream, text: str, *, regex: bool, case: bool, offset: int, limit: int) -> Hits:
    """Return the lines of a log that hold a text, or match a regular expression.

    Args:
        path: The log.
        stream: What it is the log of.
        text: What is looked for.
        regex: Whether it is a regular expression.
        case: Whether capitals matter.
        offset: Where to begin, at the beginning of a line.
        limit: How many hits are listed at most.

    Raises:
        CommandError: The expression is none, or takes too long.
    """
    if regex:
        return _search_apart(path, stream, text, case=case, offset=offset, limit=limit)
    return _search(path, stream, _literal(text, case=case), offset=offset, limit=limit)


def _literal(text: str, *, case: bool) -> re.Pattern[bytes]:
    if case:
        return re.compile(re.escape(text.encode()))
    # In bytes only ASCII knows capitals.
    spelled = (dict.fromkeys((char.encode(), char.lower().encode(), char.upper().encode())) for char in text)
    return re.compile(b"".join(b"(?:%s)" % b"|".join(map(re.escape, spellings)) for spellings in spelled))


def _search_apart(path: Path, stream: Stream, text: str, *, case: bool, offset: int, limit: int) -> Hits:
    """Search in a process of its own: an expression may take for ever, and nothing else could end it."""
    try:
        re.compile(text.encode())
    except (re.error, RecursionError, OverflowError) as error:
        raise CommandError(f"{text!r} is no regular expression: {error}") from None
    read(path, 0, 0)  # what is no log is refused here
    asked = {"path": str(path), "stream": stream, "text": text, "case": case, "offset": offset, "limit": limit}
    command = [sys.executable, "-P", "-m", __name__]
    try:
        done = subprocess.run(
            command, input=json.dumps(asked), capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"{text!r} takes longer than {_PATIENCE:g} s; write a simpler expression") from None
    found = json.loads(done.stdout)
    return Hits([Hit(**hit) for hit in found["hits"]], found["count"], found["lines"], found["next"])


def _main() -> None:
    asked = json.load(sys.stdin)
    pattern = re.compile(asked["text"].encode(), re.MULTILINE | (0 if asked["case"] else re.IGNORECASE))
    found = _search(
        _path(asked["path"]), asked["stream"], pattern, offset=asked["offset"], limit=asked["limit"], by_line=True
    )
    json.dump(asdict(found), sys.stdout)


def _path(name: str) -> Path:
    from pathlib import Path

    return Path(name)


def _search(
    path: Path,
    stream: Stream,
    pattern: re.Pattern[bytes],
    *,
    offset: int,
    limit: int,
    by_line: bool = False,
) -> Hits:
    hits: list[Hit] = []
    count = lines = 0
    end = offset + _SEARCHED
    for chunk in chunks(path, offset):
        for start, found in _matches(chunk, pattern, by_line=by_line):
            count += 1
            if len(hits) < limit:
                number = lines + chunk.count(b"\n", 0, start) + 1
                hits.append(hit_at(stream, chunk, start, found, offset, number))
        lines += chunk.count(b"\n") + (not chunk.endswith(b"\n"))
        offset += len(chunk)
        if offset >= end:
            return Hits(hits, count, lines, offset if offset < size_of(path) else None)
    return Hits(hits, count, lines, None)


def chunks(path: Path, offset: int) -> Iterator[bytes]:
    """Yield a log in pieces of whole lines; a line that is longer than a piece is cut."""
    while chunk := read(path, offset, CHUNK):
        if len(chunk) == CHUNK and (newline := chunk.rfind(b"\n")) >= 0:
            chunk = chunk[: newline + 1]
        yield chunk
        offset += len(chunk)


def _matches(chunk: bytes, pattern: re.Pattern[bytes], *, by_line: bool) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Yield the first match of each line, with where the line begins."""
    if by_line:
        start = 0
        for line in chunk.split(b"\n"):
            if found := pattern.search(chunk, start, min(start + len(line), start + _LINE)):
                yield start, found
            start += len(line) + 1
        return
    place = 0
    while found := pattern.search(chunk, place):
        start = chunk.rfind(b"\n", 0, found.start()) + 1
        yield start, found
        newline = chunk.find(b"\n", found.end())
        if newline < 0:
            return
        place = newline + 1


def hit_at(stream: Stream, chunk: bytes, start: int, found: re.Match[bytes], offset: int, number: int) -> Hit:
    """Return the match of a line that begins at ``start`` of a chunk, which begins at ``offset`` of the log."""
    newline = chunk.find(b"\n", start)
    line = chunk[start : len(chunk) if newline < 0 else newline].decode("utf-8", "replace")
    column = len(chunk[start : found.start()].decode("utf-8", "replace"))
    length = len(found[0].decode("utf-8", "replace"))
    return Hit(stream, offset + start, number, line[:_SHOWN].removesuffix("\r"), column, length)


if __name__ == "__main__":
    _main()
