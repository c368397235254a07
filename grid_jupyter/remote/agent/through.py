"""Objects that lie elsewhere under other keys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from .objects import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .objects import Objects


class Through(ABC):
    """Hands everything on."""

    @abstractmethod
    def _of(self, key: str) -> tuple[Objects, str]:
        """Return where an object lies, and its key there, which ends as the key does."""

    def put(self, key: str, content: bytes) -> None:
        """Write an object, whatever was there."""
        objects, there = self._of(key)
        objects.put(there, content)

    def put_once(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one; say whether it was written."""
        objects, there = self._of(key)
        return objects.put_once(there, content)

    def get(self, key: str) -> bytes | None:
        """Return an object's content; ``None`` where there is none."""
        objects, there = self._of(key)
        return objects.get(there)

    def get_changed(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Return an object's content and its tag; ``None`` where there is none, or none with another tag."""
        objects, there = self._of(key)
        return objects.get_changed(there, etag)

    def has(self, key: str) -> bool:
        """Whether there is an object of that key."""
        objects, there = self._of(key)
        return objects.has(there)

    def list(self, prefix: str) -> Iterator[Item]:
        """Yield the objects whose keys start so, in the order of their keys."""
        objects, there = self._of(prefix)
        more = len(there) - len(prefix)
        for item in objects.list(there):
            yield Item(item.key[more:], item.etag, item.size)

    def upload(self, path: str, key: str) -> None:
        """Write a file's content."""
        objects, there = self._of(key)
        objects.upload(path, there)

    def download(self, key: str, path: str) -> bool:
        """Write an object's content to a file; say whether there is one."""
        objects, there = self._of(key)
        return objects.download(there, path)

    def delete(self, prefix: str) -> int:
        """Delete all objects whose keys start so; return how many there were."""
        objects, there = self._of(prefix)
        return objects.delete(there)


class Prefixed(Through):
    """Some objects whose keys begin alike, without that beginning.

    Args:
        objects: All of them.
        prefix: How keys begin, without a slash at its end; empty for all.
    """

    def __init__(self, objects: Objects, prefix: str) -> None:
        self._objects = objects
        self._prefix = f"{prefix}/" if prefix else ""

    def _of(self, key: str) -> tuple[Objects, str]:
        return self._objects, self._prefix + key
