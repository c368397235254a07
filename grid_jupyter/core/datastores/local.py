"""The datastores of this machine.

::

    GRID_HOME/datastores/
      .lock              shared by whoever makes a version, so that what is hidden is theirs
      NAME/
        .lock            held while a number is given
        VERSION.json     what the number was given to; stays when the version is deleted
        VERSION/         a version: it appears whole, and nobody may write to it
          manifest.json  the list of its files
          data/PATH
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.core.home import unusable
from grid_jupyter.core.progress import Progress, untold
from grid_jupyter.core.removal import remove_tree
from grid_jupyter.errors import StoreError

from .place import Created
from .version import File, Version, identity_of, manifest_of, parse_label, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .sources import Source

DATASTORES = "datastores"


class LocalDatastores:
    """Keeps datastores below a home; several processes may at once.

    Args:
        home: The folder that holds all runs.
    """

    told = "on this machine"
    remote = False

    def __init__(self, home: Path) -> None:
        self._root = home / DATASTORES

    def names(self) -> Sequence[str]:
        """Return the names of all datastores that have a version, in order."""
        if not self._root.is_dir():
            return []
        return sorted(folder.name for folder in self._root.iterdir() if folder.is_dir() and self.versions(folder.name))

    def versions(self, name: str) -> Sequence[Version]:
        """Return the versions of a datastore, oldest first."""
        return [version for version in self._numbered(name) if self._folder(version).is_dir()]

    def last_number(self, name: str) -> int:
        """Return the highest number that was ever given; 0 for none."""
        return max((version.number for version in self._numbered(name)), default=0)

    def folder(self, label: str) -> Path:
        """Return the folder with the files of ``NAME:VERSION``.

        Raises:
            StoreError: There is no such version any more.
        """
        name, number = parse_label(label)
        data = self._root / name / str(number) / "data"
        if not data.is_dir():
            raise StoreError(f"the datastore {label} is gone from this machine; make it again, or name another version")
        return data

    def files(self, version: Version) -> Sequence[File]:
        """Return the files of a version.

        Raises:
            StoreError: The list of them is gone or damaged.
        """
        path = self._folder(version) / "manifest.json"
        try:
            return read_manifest(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{path} cannot be read; delete {version.label} and make it again") from error

    def create(self, name: str, source: Source, tell: Callable[[str], None] = untold) -> Created:
        """Keep what is in a source as the next version, unless the newest has the same content."""
        folder = self._root / name
        draft = folder / f".draft.{uuid.uuid4().hex}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._locked(fcntl.LOCK_SH):
                try:
                    files = _copied(source, draft / "data", Progress(tell, f"{name} is copied", *_extent(source)))
                    (draft / "manifest.json").write_bytes(manifest_of(files))
                    identity = identity_of(files)
                    newest = next(reversed(self.versions(name)), None)
                    if newest and newest.identity == identity:
                        return Created(newest, new=False)
                    size = sum(file.size for file in files)
                    _close(draft / "data")
                    os.sync()  # a version that is there after a power cut has its content too
                    made = Version(name, 0, time.time(), source.told, identity, size, len(files))
                    return Created(self._publish(draft, made), new=True)
                finally:
                    remove_tree(draft)
        except OSError as error:
            raise unusable(folder, error) from error

    def delete(self, version: Version) -> None:
        """Remove a version; its number is never given to another content."""
        hidden = self._root / version.name / f".deleted.{uuid.uuid4().hex}"
        try:
            with self._locked(fcntl.LOCK_SH):
                self._folder(version).rename(hidden)
                remove_tree(hidden)
        except OSError as error:
            raise unusable(self._folder(version), error) from error

    def remains(self) -> list[Path]:
        """Return what a creation or a deletion that was cut off has left, while none is under way."""
        with suppress(OSError), self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
            return [*self._root.glob("*/.draft.*"), *self._root.glob("*/.deleted.*")]
        return []

    def _folder(self, version: Version) -> Path:
        return self._root / version.name / str(version.number)

    def _numbered(self, name: str) -> list[Version]:
        """All that ever had a number, in order."""
        found = [path for path in (self._root / name).glob("*.json") if path.stem.isdigit()]
        known = []
        for path in sorted(found, key=lambda path: int(path.stem)):
            try:
                known.append(Version.from_json(json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise StoreError(f"{path} is damaged; remove it and the folder {path.stem} beside it") from error
        return known

    def _publish(self, draft: Path, made: Version) -> Version:
        """Give a draft a number and show it under that.

        A number that was given to the same content, and never shown, is taken up again.
        """
        with self._locked(fcntl.LOCK_EX, self._root / made.name / ".lock"):
            last = next(reversed(self._numbered(made.name)), None)
            again = last is not None and last.identity == made.identity and not self._folder(last).exists()
            version = replace(made, number=last.number + (not again) if last else 1)
            about = draft.with_name(f"{draft.name}.json")
            about.write_text(json.dumps(version.to_json()), encoding="utf-8")
            about.rename(self._root / made.name / f"{version.number}.json")
            draft.rename(self._folder(version))
            return version

    @contextmanager
    def _locked(self, how: int, path: Path | None = None) -> Iterator[None]:
        with (path or self._root / ".lock").open("a+b") as lock:
            fcntl.flock(lock, how)
            yield


def _extent(source: Source) -> tuple[int, int]:
    return len(source.files), sum(file.size for file in source.files)


def _copied(source: Source, data: Path, progress: Progress) -> list[File]:
    data.mkdir(parents=True)
    files, made = [], {data}
    for file in source.files:
        target = data / file.path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        digest = source.copy(file, target)
        target.chmod(0o444)
        files.append(File(file.path, file.size, digest))
        progress.add(file.size, 1)
    return files


def _close(data: Path) -> None:
    """Let nobody write into the folders."""
    for folder, _, _ in os.walk(data, topdown=False):
        Path(folder).chmod(0o555)
