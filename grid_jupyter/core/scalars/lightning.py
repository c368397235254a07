"""The rows of the ``metrics.csv`` that Lightning's ``CSVLogger`` writes.

When a new metric turns up, Lightning writes the whole file anew, with a longer header over the same rows (its
``fabric/loggers/csv_logs.py``). So it is rows that are counted, and not bytes.
"""

from __future__ import annotations

import csv
import os
import zlib
from typing import TYPE_CHECKING, BinaryIO

from grid_jupyter.core.metrics import LONGEST_LINE, STEP_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1000
"""How many rows are handed on together."""


class Rows:
    """Reads one file as it grows.

    Args:
        taken: How many rows have been taken already.
        first: What the first of them looked like, as ``first`` tells it.

    Attributes:
        taken: How many rows have been taken.
        first: A number for the first row, by which a file that was begun anew is known.
    """

    def __init__(self, taken: int = 0, first: int = 0) -> None:
        self.taken = taken
        self.first = first
        self._header = b""
        self._offset = 0

    def read(self, file: BinaryIO) -> Iterator[list[dict[str, float]]]:
        """Yield the numbers of the rows that are new, by name, piece by piece; a line that has no end yet is left."""
        header, first = file.readline(LONGEST_LINE), file.readline(LONGEST_LINE)
        names = _cells(header)
        if not first.endswith(b"\n") or not set(STEP_NAMES).intersection(names):
            return
        print_of_first = _fingerprint(_row(names, first))
        if print_of_first != self.first:
            self.taken, self.first, self._header = 0, print_of_first, b""
        if header == self._header and self._offset <= os.fstat(file.fileno()).st_size:
            file.seek(self._offset)
        else:
            file.seek(len(header))
            for _ in range(self.taken):
                if not file.readline(LONGEST_LINE).endswith(b"\n"):
                    return  # it is just being written anew
        self._header = header
        yield from self._new(file, names)

    def _new(self, file: BinaryIO, names: list[str]) -> Iterator[list[dict[str, float]]]:
        self._offset = file.tell()
        rows: list[dict[str, float]] = []
        while (line := file.readline(LONGEST_LINE)).endswith(b"\n"):
            rows.append(_numbers(_row(names, line)))
            self.taken += 1
            self._offset += len(line)
            if len(rows) == PIECE:
                yield rows
                rows = []
        if rows:
            yield rows


def _cells(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode(errors="replace").rstrip("\r\n")]), [])
    except csv.Error:
        return []


def _row(names: list[str], line: bytes) -> dict[str, str]:
    """Return the cells of a row that are not empty."""
    return {name: cell for name, cell in zip(names, _cells(line), strict=False) if cell}


def _fingerprint(row: dict[str, str]) -> int:
    """Return a number for a row that stays the same under a longer header; never 0."""
    return zlib.crc32(repr(sorted(row.items())).encode(errors="replace")) or 1


def _numbers(row: dict[str, str]) -> dict[str, float]:
    numbers = {}
    for name, cell in row.items():
        try:
            numbers[name] = float(cell)
        except ValueError:  # a text among numbers
            continue
    return numbers
