"""Pieces: what several files have grown by, in one object. One line of JSON tells what the bytes behind it are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Part(NamedTuple):
    """Some bytes of a file.

    Attributes:
        file: ``stdout``, ``stderr``, ``metrics``, or ``work/PATH`` of a file below the trial's directory.
        offset: Where in the file they begin; 0 once more where a file was begun anew.
        content: The bytes.
    """

    file: str
    offset: int
    content: bytes


def pack(parts: Iterable[Part]) -> bytes:
    """Return a piece."""
    parts = list(parts)
    told = [{"file": part.file, "offset": part.offset, "size": len(part.content)} for part in parts]
    return b"".join([json.dumps(told).encode(), b"\n", *(part.content for part in parts)])


def unpack(piece: bytes) -> list[Part]:
    """Return what is in a piece.

    Raises:
        ValueError: It is damaged.
    """
    line, _, content = piece.partition(b"\n")
    parts, at = [], 0
    for told in json.loads(line):
        parts.append(Part(told["file"], told["offset"], content[at : at + told["size"]]))
        at += told["size"]
    if at != len(content):
        raise ValueError(f"a piece of {len(content)} bytes should have {at}")
    return parts
