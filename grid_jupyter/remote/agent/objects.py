"""Where agents and sessions keep what they tell each other: contents by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Item(NamedTuple):
    """An object of a listing; its tag changes whenever its content does."""

    key: str
    etag: str
    size: int


class PassingError(Exception):
    """What keeps objects from being read or written may be over the next time."""


class Objects(Protocol):
    """Objects by their keys, which look like paths."""

    def put(self, key: str, content: bytes) -> None:
        """Write an object, whatever was there."""

    def put_once(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one; say whether it was written."""

    def get(self, key: str) -> bytes | None:
        """Return an object's content; ``None`` where there is none."""

    def get_changed(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Return an object's content and its tag; ``None`` where there is none, or none with another tag."""

    def has(self, key: str) -> bool:
        """Whether there is an object of that key."""

    def list(self, prefix: str) -> Iterator[Item]:
        """Yield the objects whose keys start so, in the order of their keys."""

    def upload(self, path: str, key: str) -> None:
        """Write a file's content."""

    def download(self, key: str, path: str) -> bool:
        """Write an object's content to a file; say whether there is one."""

    def delete(self, prefix: str) -> int:
        """Delete all objects whose keys start so; return how many there were."""
