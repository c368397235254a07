"""A version of a datastore, and the list of its files."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from grid_jupyter.core.units import format_bytes
from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,62}\w)?", re.ASCII)


class File(NamedTuple):
    """A file of a version: its path with slashes, its size in bytes, and the SHA-256 of its content."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Version:
    """A version of a datastore; its content never changes, and its number never means another.

    Attributes:
        name: The datastore's name.
        number: Its number, from 1.
        created: When it was made, in UTC seconds.
        source: What it was made from, as it was written.
        identity: A digest of all its content.
        size: Bytes of all files.
        files: How many files.
    """

    name: str
    number: int
    created: float
    source: str
    identity: str
    size: int
    files: int

    @property
    def label(self) -> str:
        """``NAME:VERSION``."""
        return f"{self.name}:{self.number}"

    @property
    def told(self) -> str:
        """What it holds, in words: ``1,204 files, 82 MB``."""
        return f"{self.files:,} file{'' if self.files == 1 else 's'}, {format_bytes(self.size)}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Version:
        """Make it again from what ``to_json`` gave."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


def identity_of(files: Iterable[File]) -> str:
    """Return a digest that is equal for equal paths and contents."""
    listed = json.dumps(sorted(files))
    return hashlib.sha256(listed.encode()).hexdigest()


def manifest_of(files: Iterable[File]) -> bytes:
    """Return the list of files as it is stored beside them."""
    return json.dumps({"version": 1, "files": sorted(files)}).encode()


def read_manifest(content: bytes) -> Sequence[File]:
    """Return the files that ``manifest_of`` has listed."""
    return [File(*file) for file in json.loads(content)["files"]]


def check_name(name: str) -> str:
    """Return a name that a datastore may have.

    Raises:
        CommandError: It may not.
    """
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{name!r}: a datastore's name has up to 64 letters, digits and _.-, with a letter or digit at both ends, "
            "such as faces-2024"
        )
    return name


def parse_label(text: str) -> tuple[str, int | None]:
    """Return the name and the number of ``NAME`` or ``NAME:VERSION``.

    Raises:
        CommandError: It is neither.
    """
    name, colon, number = text.partition(":")
    if colon and not (number.isascii() and number.isdigit() and len(number) < 10 and int(number)):
        raise CommandError(f"{text}: a version is a number from 1 on; write {name}:1, or {name} alone")
    return check_name(name), int(number) if colon else None
