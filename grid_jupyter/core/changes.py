"""What has changed in the store, whoever changed it, told by a few looks at its files."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from . import index
from .home import RunFolder, grid_home
from .summary import STARTING_TIME
from .watching import watcher_lives

if TYPE_CHECKING:
    from pathlib import Path

LOOKED_AT = 200
"""How many runs that go on are looked at each time; where there are more they take turns."""

_SETTLED = 0.02

FileStamp = tuple[int, int, int] | None


@dataclass(frozen=True)
class Stamp:
    """How a run's files look; it differs whenever the run does.

    Attributes:
        watched: Whether its watcher lives, or is so lately gone that another may be starting.
    """

    database: FileStamp
    log: FileStamp
    note: FileStamp
    requests: FileStamp
    watched: bool

    @property
    def made(self) -> int:
        """A number that another run of the same name does not have."""
        return self.database[0] if self.database else 0


def stamp(folder: RunFolder) -> Stamp:
    """Return how a run's files look now."""
    database = folder.database
    return Stamp(
        database=_file(database),
        log=_file(database.with_name(f"{database.name}-wal")),
        note=_file(folder.tracking_note),
        requests=_file(folder.requests),
        watched=_watched(folder),
    )


def _file(path: Path) -> FileStamp:
    try:
        status = path.stat()
    except OSError:
        return None
    if not status.st_size and path.name.endswith("-wal"):
        return None  # a log without content comes and goes with those who only read
    # Within one tick of the clock a second change leaves the time as it is: what is so young is looked at again.
    young = time.time() - status.st_mtime < _SETTLED
    return status.st_ino, status.st_size, status.st_mtime_ns + young


def _watched(folder: RunFolder) -> bool:
    if watcher_lives(folder):
        return True
    try:
        return 0 <= time.time() - folder.watcher_lock.stat().st_mtime < STARTING_TIME
    except OSError:
        return False


class Changes:
    """Tells which runs have changed since it was last asked.

    A run that has ended stands in the index and is not looked at: as soon as it goes on the index changes. So the work
    does not grow with the number of runs.

    Attributes:
        version: Grows with each change.
    """

    def __init__(self) -> None:
        self.version = 0
        self._home: Path | None = None
        self._lists: tuple[FileStamp, ...] = ()
        self._stamps: dict[str, Stamp | None] = {}  # of a run that has ended: None
        self._turn = 0

    def look(self) -> set[str]:
        """Return the names of the runs that were made, changed or deleted since the last look; none at the first."""
        home = grid_home()
        first, self._home = home != self._home, home
        lists = tuple(_file(home / name) for name in ("runs", "index.db", "index.db-wal"))
        changed: set[str] = set()
        if first or lists != self._lists:
            self._lists = lists
            changed = self._list(home)
        for name in self._due():
            now = stamp(RunFolder(home / "runs" / name))
            if now != self._stamps[name]:
                self._stamps[name] = now
                changed.add(name)
        self.version += bool(changed)
        return set() if first else changed

    def _list(self, home: Path) -> set[str]:
        """List the runs anew; return those that came, went, ended or went on."""
        try:
            names = {entry.name for entry in os.scandir(home / "runs") if not entry.name.startswith(".")}
        except OSError:
            names = set()
        ended = names & index.ended_runs(home)
        before = self._stamps
        self._stamps = {name: None if name in ended else before.get(name) or _NEW for name in names}
        turned = {name for name in names & before.keys() if (before[name] is None) != (name in ended)}
        return (names ^ before.keys()) | turned

    def _due(self) -> list[str]:
        going = [name for name, known in self._stamps.items() if known is not None]
        if len(going) <= LOOKED_AT:
            return going
        self._turn = (self._turn + LOOKED_AT) % len(going)
        return list(islice((*going, *going), self._turn, self._turn + LOOKED_AT))


_NEW = Stamp(None, None, None, None, watched=False)
