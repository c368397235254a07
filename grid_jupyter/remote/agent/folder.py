"""Objects that are files below a folder, which may be shared by many machines."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .objects import Item

if TYPE_CHECKING:
    from collections.abc import Iterator


class Folder:
    """A folder; an object is there whole or not at all.

    Calls raise ``OSError`` where a disk is full or a folder gone.

    Args:
        path: The folder; it is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, key: str) -> Path:
        """Return where an object lies.

        Raises:
            ValueError: The key leads out of the folder.
        """
        parts = PurePosixPath(key).parts
        if not parts or parts[0] == "/" or ".." in parts:
            raise ValueError(f"{key} leads out of the folder")
        return self.path.joinpath(*parts)

    def put(self, key: str, content: bytes) -> None:
        """Write an object, whatever was there."""
        place = self.place(key)
        draft = _draft(place)
        draft.write_bytes(content)
        draft.replace(place)

    def put_once(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one; say whether it was written."""
        place = self.place(key)
        draft = _draft(place)
        try:
            draft.write_bytes(content)
            os.link(draft, place)
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        return True

    def get(self, key: str) -> bytes | None:
        """Return an object's content; ``None`` where there is none."""
        try:
            return self.place(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def get_changed(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Return an object's content and its tag; ``None`` where there is none, or none with another tag."""
        try:
            with self.place(key).open("rb") as file:
                tag = _tag(os.fstat(file.fileno()))
                return None if tag == etag else (file.read(), tag)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def has(self, key: str) -> bool:
        """Whether there is an object of that key."""
        return self.place(key).is_file()

    def list(self, prefix: str) -> Iterator[Item]:
        """Yield the objects whose keys start so, in the order of their keys."""
        head, _, _ = prefix.rpartition("/")
        found = []
        for parent, _, names in os.walk(self.place(head) if head else self.path):
            for name in names:
                path = Path(parent, name)
                key = path.relative_to(self.path).as_posix()
                if key.startswith(prefix) and not name.startswith(_DRAFT):
                    status = path.stat()
                    found.append(Item(key, _tag(status), status.st_size))
        yield from sorted(found)

    def upload(self, path: str, key: str) -> None:
        """Write a file's content."""
        place = self.place(key)
        draft = _draft(place)
        shutil.copyfile(path, draft)
        draft.replace(place)

    def download(self, key: str, path: str) -> bool:
        """Write an object's content to a file; say whether there is one."""
        try:
            shutil.copyfile(self.place(key), path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return False
        return True

    def delete(self, prefix: str) -> int:
        """Delete all objects whose keys start so; return how many there were."""
        keys = [item.key for item in self.list(prefix)]
        for key in keys:
            self.place(key).unlink()
        if prefix.endswith("/"):
            shutil.rmtree(self.place(prefix), ignore_errors=True)
        return len(keys)


_DRAFT = ".grid-"


def _draft(place: Path) -> Path:
    """A new name beside it, under which it is written."""
    place.parent.mkdir(parents=True, exist_ok=True)
    file, name = tempfile.mkstemp(prefix=_DRAFT, dir=place.parent)
    os.fchmod(file, 0o644)  # agents of other users read it too
    os.close(file)
    return Path(name)


def _tag(status: os.stat_result) -> str:
    """Each content has a file of its own: what is written anew is renamed to where it lies."""
    return f"{status.st_ino}.{status.st_mtime_ns}.{status.st_size}"
