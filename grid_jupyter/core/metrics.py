"""Metrics out of what a script writes.

Two sources, read byte by byte as they grow: the lines of standard output that are nothing but metrics, and the
JSON objects of ``GRID_METRICS_FILE``. What libraries write into files of their own is read in ``scalars/``.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from typing import TYPE_CHECKING

from .store import Point

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

STEP_NAMES = ("step", "global_step", "epoch")
"""The names that give a line's step, in this order, and are no metrics themselves."""

CHUNK = 1024 * 1024
LONGEST_LINE = 64 * 1024

# What is matched with a second plus is never given back: a line that does not fit is left at once.
_NAME = rb"[A-Za-z_][\w./-]*+"
_NUMBER = rb"[+-]?(?:\d++\.?\d*+(?:[eE][+-]?\d++)?|\.\d++(?:[eE][+-]?\d++)?|nan|NaN|NAN|inf|Inf|INF|[Ii]nfinity)"
_PAIR = rb"(%s)[ \t]*+[:=][ \t]*+(%s)" % (_NAME, _NUMBER)
_GAP = rb"(?:[ \t]*,[ \t]*|[ \t]+)"
_PAIRS_LINE = re.compile(rb"%s(?:%s%s)*,?" % (_PAIR, _GAP, _PAIR))
_EACH_PAIR = re.compile(_PAIR)
# A line that cannot be one is dismissed at its first characters, so that a million lines cost next to nothing: as the
# pattern begins with the end of the line before, a search leaps from line to line.
_CANDIDATE = re.compile(
    rb"\n[ \t]*+(\{.*\}(?=[ \t]*+\r?\n)|%s[ \t]*+[:=][ \t]*+[-+.\dnNiI].*)" % _NAME  # no dot is an end of line
)


def parse_line(line: bytes) -> dict[str, float]:
    """Return the numbers of one line of standard output by name; empty if it is not a line of metrics."""
    if len(line) > LONGEST_LINE:
        return {}
    line = line.strip()
    if line.startswith(b"{"):
        return parse_object(line)
    if not _PAIRS_LINE.fullmatch(line):
        return {}
    return {name.decode(): float(number) for name, number in _EACH_PAIR.findall(line)}


def parse_object(line: bytes) -> dict[str, float]:
    """Return the numbers of one flat JSON object by name; empty if the line is none."""
    try:
        data = json.loads(line)
        if not isinstance(data, dict) or any(isinstance(value, dict | list) for value in data.values()):
            return {}
        return {
            name: float(value)
            for name, value in data.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and re.fullmatch(_NAME, name.encode())
        }
    except (ValueError, OverflowError, RecursionError):
        # No JSON, half a character in a name, a number that no float holds, or an abyss of brackets.
        return {}


class Reader:
    """Reads the metrics of one trial as its files grow.

    Args:
        trial: The trial.
        counts: How many values of each metric are known already; a metric without a step is counted on from there.

    Attributes:
        counts: The same as of now.
        elsewhere: Names that another source has given first, and that do not count here.
    """

    def __init__(self, trial: int, counts: Mapping[str, int]) -> None:
        self._trial = trial
        self.counts = dict(counts)
        self.elsewhere: Container[str] = ()
        self._offsets: dict[Path, int] = {}

    def skip_to(self, path: Path, offset: int) -> None:
        """Take what lies before ``offset`` as read."""
        self._offsets[path] = offset

    @property
    def offsets(self) -> dict[Path, int]:
        """How far each file has been read, in bytes."""
        return dict(self._offsets)

    def read_output(self, path: Path, *, last: bool = False) -> Iterator[list[Point]]:
        """Yield what is new in a file of standard output, piece by piece; with ``last``, an unfinished line counts."""
        for chunk in self._chunks(path, last=last):
            lines = _CANDIDATE.findall(b"\n%s\n" % chunk)
            now = time.time()
            yield [point for line in lines for point in self._points(parse_line(line), now)]

    def read_file(self, path: Path, *, last: bool = False) -> Iterator[list[Point]]:
        """Yield what is new in a file of JSON objects, one a line, piece by piece."""
        for chunk in self._chunks(path, last=last):
            now = time.time()
            yield [point for line in chunk.split(b"\n") for point in self._points(parse_object(line), now)]

    def _chunks(self, path: Path, *, last: bool) -> Iterator[bytes]:
        """Yield the new whole lines in bounded pieces."""
        try:
            file = path.open("rb")
        except OSError:
            return
        with file:
            offset = self._offsets.get(path, 0)
            if offset > os.fstat(file.fileno()).st_size:
                offset = 0  # it was begun anew
            file.seek(offset)
            while piece := file.read(CHUNK):
                end = piece.rfind(b"\n") + 1
                if not end and (last or len(piece) == CHUNK):
                    end = len(piece)  # the last line, or one too long to be a metric
                if not end:
                    break
                offset += end
                self._offsets[path] = offset
                yield piece[:end]
                file.seek(offset)
                if end < len(piece) < CHUNK and not last:
                    break

    def _points(self, numbers: Mapping[str, float], now: float) -> Iterator[Point]:
        step = step_of(numbers)
        for name, value in numbers.items():
            if name in STEP_NAMES or name in self.elsewhere:
                continue
            count = self.counts.get(name, 0)
            self.counts[name] = count + 1
            yield Point(self._trial, name, count if step is None else step, value, now)


def step_of(numbers: Mapping[str, float]) -> float | None:
    """Return the step of numbers that belong together, if one of them is it."""
    for name in STEP_NAMES:
        if name in numbers and math.isfinite(numbers[name]):
            return numbers[name]
    return None
