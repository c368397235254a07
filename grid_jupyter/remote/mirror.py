"""An attempt's logs, metrics and files, brought to where a local trial would have left them."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.home import BUILD, unusable
from grid_jupyter.core.removal import remove_tree
from grid_jupyter.errors import ServiceError

from .agent.pieces import unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from grid_jupyter.core.home import TrialFolder

    from .agent.layout import RunKeys
    from .agent.objects import Readable

LARGE = 10 << 20
"""Bytes above which a file that a trial wrote is fetched when somebody asks for it."""

MOST_PARTS = 5
"""How often a file of another size than was told is asked for again: it may have changed while it was sent."""

_WORK = "work/"


class Mirror:
    """What one attempt wrote, as far as it is here.

    How far that is stands beside it on the disk, and every piece says where it belongs: to take one twice does no harm.

    Args:
        files: The trial's folder on this machine.

    Raises:
        StoreError: It cannot be written; likewise of its methods.
    """

    def __init__(self, objects: Readable, keys: RunKeys, files: TrialFolder, trial: int, attempt: int) -> None:
        self._objects = objects
        self._keys = keys
        self._files = files
        self._trial, self._attempt = trial, attempt
        self._note = files.path / f"mirror.{attempt}"
        self._parts = 0
        try:
            self._taken, self._base = self._begin()
        except OSError as error:
            raise unusable(files.path, error) from error

    def _begin(self) -> tuple[int, int]:
        """Return how many pieces are here, and where in the metrics of all attempts those of this one begin."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            known = json.loads(self._note.read_text())
            return known["pieces"], known["metrics"]
        self._files.path.mkdir(parents=True, exist_ok=True)
        remove_tree(self._files.work)
        self._files.work.mkdir()
        base = self._files.metrics.stat().st_size if self._files.metrics.exists() else 0
        self._write_note(0, base)
        return 0, base

    def _write_note(self, pieces: int, base: int) -> None:
        draft = self._note.with_name(f".{self._note.name}")
        draft.write_text(json.dumps({"pieces": pieces, "metrics": base}))
        draft.rename(self._note)

    def take(self, pieces: int) -> range:
        """Bring what there is up to that many pieces; return the numbers of those that are no longer needed."""
        new = range(self._taken, pieces)
        if not new:
            return new
        try:
            for number in new:
                piece = self._objects.get(self._keys.piece(self._trial, self._attempt, number))
                for name, offset, content in unpack(piece or b"[]\n"):
                    self._put(name, offset, content)
            self._taken = pieces
            self._write_note(pieces, self._base)
        except OSError as error:
            raise unusable(self._files.path, error) from error
        return new

    def _put(self, name: str, offset: int, content: bytes) -> None:
        path = self._place(name)
        if path is None:
            return
        begins_again = name.startswith(_WORK) and offset == 0
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if begins_again else 0), 0o644)
        with open(descriptor, "wb") as file:  # noqa: PTH123  (a descriptor)
            file.seek(offset + (self._base if name == "metrics" else 0))
            file.write(content)

    def _place(self, name: str) -> Path | None:
        if name.startswith(_WORK):
            inside = _inside(name.removeprefix(_WORK))
            return self._files.work / inside if inside else None
        own = {
            "stdout": self._files.stdout(self._attempt),
            "stderr": self._files.stderr(self._attempt),
            "metrics": self._files.metrics,
        }
        return own.get(name)

    def fetch(self, artifacts: Iterable[Sequence[Any]]) -> None:
        """Bring the files that the attempt wrote, but for the large ones."""
        for path, size in artifacts:
            if size <= LARGE or self._trial == BUILD:  # what a build wrote becomes part of the code
                self._fetch(path, size)

    def _fetch(self, path: str, size: int) -> None:
        prefix = self._keys.artifacts(self._trial, self._attempt)
        came = fetch_file(self._objects, prefix, self._files, path, size)
        if not (came and _size(self._files, path) == size) and self._parts < MOST_PARTS:
            self._parts += 1
            raise ServiceError(f"{path} of trial {self._trial} did not come whole; it is asked for again")


def fetch_file(objects: Readable, prefix: str, files: TrialFolder, path: str, size: int | None = None) -> bool:
    """Bring one file that a trial wrote; say whether it is there.

    Args:
        objects: Have it.
        prefix: How its key begins.
        files: The trial's folder here.
        path: The file.
        size: Its bytes, where they are known; an empty one need not be asked for.

    Raises:
        StoreError: It cannot be written here.
    """
    inside = _inside(path)
    if inside is None:
        return False
    target = files.artifacts / inside
    draft = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if size == 0:
            draft.touch()
        found = size == 0 or objects.download(prefix + path, str(draft))
        if found:
            draft.rename(target)
    except OSError as error:
        raise unusable(target, error) from error
    return found


def _size(files: TrialFolder, path: str) -> int:
    return (files.artifacts / path).stat().st_size


def listed(objects: Readable, state: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the files that an attempt wrote, as path and bytes."""
    found = state.get("artifacts") or ()
    if key := state.get("artifacts_key"):
        found = json.loads(objects.get(key) or b"[]")
    return [(path, size) for path, size in found if _inside(path)]


def _inside(path: str) -> str | None:
    """A path that stays below the folder that it is put in; ``None`` for any other."""
    parts = PurePosixPath(path).parts
    return None if not parts or parts[0] == "/" or ".." in parts else "/".join(parts)
