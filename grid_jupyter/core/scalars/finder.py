"""Finding the files below a trial's directory in which libraries write metrics, without looking at all of it again."""
# Names need not be UTF-8, and there are many: plain strings, no Path objects.

from __future__ import annotations

import os
import stat
import time

EVENTS = "events"
CSV = "csv"

MOST_FOLDERS = 10_000
"""How many folders of a trial are looked into, those near the top first."""

MOST_FILES = 1000
"""How many files of a trial are followed."""

_SETTLED_NS = 2 * 10**9
"""Nanoseconds after which a change of a folder has surely given it another time, on any file system."""


def kind_of(name: str) -> str | None:
    """Return what a file holds, by its name; TensorBoard knows its files by the same part of the name."""
    if ".tfevents." in name:
        return EVENTS
    return CSV if name == "metrics.csv" else None


class Finder:
    """Looks for such files; links are not followed.

    A folder is listed again only when its time shows that something in it was made or removed, so that a look
    costs one question for each folder of a project, however many files it has.

    Attributes:
        found: The files found so far, by paths below the directory.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._times: dict[str, int] = {"": 0}  # by folder; 0 for one to be listed in any case
        self.found: dict[str, str] = {}

    def look(self) -> None:
        """Find what is new."""
        folders = list(self._times)
        for folder in folders:
            changed = self._time(folder)
            if changed is None and folder:
                del self._times[folder]
            elif changed is not None and changed != self._times[folder]:
                self._times[folder] = changed if time.time_ns() - changed > _SETTLED_NS else 0
                for inner in self._list(folder):
                    if inner not in self._times and len(self._times) < MOST_FOLDERS:
                        self._times[inner] = 0
                        folders.append(inner)

    def _time(self, folder: str) -> int | None:
        """When something in the folder was made or removed; ``None`` if it is no folder any more."""
        try:
            status = os.lstat(f"{self._root}/{folder}")
        except OSError:
            return None
        return status.st_mtime_ns if stat.S_ISDIR(status.st_mode) else None

    def _list(self, folder: str) -> list[str]:
        """Keep the folder's files that count, and return the folders in it, both in the order of their names."""
        folders, files = [], []
        try:
            with os.scandir(f"{self._root}/{folder}") as entries:
                for entry in entries:
                    if kind_of(entry.name) and entry.is_file(follow_symlinks=False):
                        files.append(f"{folder}{entry.name}")
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(f"{folder}{entry.name}/")
        except OSError:  # it is gone, or the script has taken its own right to list it
            return []
        for path in sorted(files):
            if len(self.found) < MOST_FILES:
                self.found.setdefault(path, str(kind_of(path.rpartition("/")[2])))
        return sorted(folders)
