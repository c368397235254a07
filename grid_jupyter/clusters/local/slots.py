"""What all of a user's runs share on this machine: CPUs, memory and GPUs, handed out in slots.

A slot is a file in a folder of this machine, locked by the trials' parent for as long as it lives: the kernel frees
what a killed process held. A run that finds no room leaves a ticket, a file that its watcher locks; those that came
first are served first. All of it is looked at and changed under one lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time
import uuid
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import StoreError

from .processes import end_orphans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_EPSILON = 1e-9

_GROUP = 20
"""How many bytes of a slot's file tell the process group of its trial; the parent writes them."""


@dataclass(frozen=True)
class Share:
    """What one trial takes.

    Attributes:
        cpus: CPUs.
        memory: GB.
        gpus: GPUs; below 1, a part of one.
    """

    cpus: int = 1
    memory: float = 0.0
    gpus: float = 0.0


@dataclass
class Room:
    """What is free.

    Attributes:
        cpus: CPUs.
        memory: GB.
        gpus: The free part of each GPU, by its identity.
    """

    cpus: float
    memory: float
    gpus: dict[str, float]

    def take(self, share: Share, gpus: Mapping[str, float]) -> None:
        """Take a share, with these parts of GPUs."""
        self.cpus -= share.cpus
        self.memory -= share.memory
        for gpu, part in gpus.items():
            if gpu in self.gpus:
                self.gpus[gpu] -= part

    def fits(self, share: Share) -> bool:
        """Whether there are CPUs and memory for a share."""
        return self.cpus >= share.cpus and (not share.memory or self.memory >= share.memory)

    def choose(self, wanted: float, among: Sequence[str]) -> dict[str, float] | None:
        """Choose GPUs; ``None`` where there are too few.

        A part of a GPU goes where others have a part already, so that whole ones stay free.
        """
        if 0 < wanted < 1:
            fit = [gpu for gpu in among if self.gpus.get(gpu, 0) >= wanted - _EPSILON]
            return {min(fit, key=self.gpus.__getitem__): wanted} if fit else None
        free = [gpu for gpu in among if self.gpus.get(gpu, 0) >= 1 - _EPSILON]
        return dict.fromkeys(free[: int(wanted)], 1.0) if len(free) >= wanted else None


@dataclass(frozen=True)
class Slot:
    """A slot that was claimed; the lock is held by ``file``, and by whoever it is handed to."""

    file: int
    gpus: Mapping[str, float]

    def let_go(self) -> None:
        """Close the file; the slot is free unless another process holds it too."""
        os.close(self.file)


@dataclass(frozen=True)
class _Entry:
    """A claim or a ticket of a process that lives.

    Attributes:
        run: The run's folder.
        share: What is held, or waited for.
        gpus: The parts of GPUs that are held; for a ticket, those among which it may choose.
    """

    run: str
    share: Share
    gpus: Mapping[str, float] = field(default_factory=dict)


class Slots:
    """The slots of one run.

    Args:
        run: The run, by its folder.
        share: What each of its trials takes.
        total: What the machine has.
        gpus: The GPUs that this run may use, by their identity.
    """

    def __init__(self, run: str, share: Share, total: Room, gpus: Sequence[str] = ()) -> None:
        self._run = run
        self._share = share
        self._total = total
        self._gpus = gpus
        folder = runtime_folder()
        self._claims, self._tickets, self._mutex = folder / "slots", folder / "tickets", folder / "lock"
        self._ticket: tuple[Path, int] | None = None
        self._touched = 0.0

    def claim(self) -> Slot | None:
        """Claim a slot; where there is no room, wait in line for the next time and return ``None``.

        Raises:
            StoreError: The folder of slots cannot be written.
        """
        with self._alone():
            room = self._room()
            gpus = room.choose(self._share.gpus, self._gpus)
            if gpus is None or not room.fits(self._share):
                self._wait_in_line()
                return None
            self.leave_line()
            file = _lock_new(self._claims, _Entry(self._run, self._share, gpus))[1]
            return Slot(file, gpus)

    def taken_by(self) -> list[str]:
        """Return the folders of the runs that hold slots."""
        with self._alone():
            return sorted({entry.run for entry in _living(self._claims)})

    def must_yield(self) -> bool:
        """Whether a slot that is about to be used again belongs to a run that waits and has fewer."""
        if not _others(self._tickets, self._ticket):
            return False
        with self._alone():
            held: dict[str, int] = {}
            for entry in _living(self._claims):
                held[entry.run] = held.get(entry.run, 0) + 1
            waiting = [held.get(entry.run, 0) for entry in _living(self._tickets) if entry.run != self._run]
        ours = held.get(self._run, 0)
        return any(theirs == 0 or ours - theirs > 1 for theirs in waiting)

    def leave_line(self) -> None:
        """Wait no longer."""
        if self._ticket:
            path, file = self._ticket
            self._ticket = None
            path.unlink(missing_ok=True)
            os.close(file)

    def _wait_in_line(self) -> None:
        if not self._ticket:
            wanted = _Entry(self._run, self._share, dict.fromkeys(self._gpus, 0.0))
            self._ticket = _lock_new(self._tickets, wanted)

    def _room(self) -> Room:
        """What is free for us: what nobody holds, less what those before us in the line wait for."""
        room = Room(self._total.cpus, self._total.memory, dict(self._total.gpus))
        for entry in _living(self._claims):
            room.take(entry.share, entry.gpus)
        for entry in _living(self._tickets, before=self._ticket[0].name if self._ticket else None):
            gpus = room.choose(entry.share.gpus, list(entry.gpus))
            room.take(entry.share, dict.fromkeys(entry.gpus, 1.0) if gpus is None else gpus)
        return room

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with self._mutex.open("a+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise _unusable(self._mutex.parent, error) from error


def runtime_folder() -> Path:
    """Make this user's folder for slots on this machine's own disk, and return it: ``GRID_RUNTIME``, else in ``/tmp``.

    Raises:
        StoreError: It cannot be made, or is somebody else's.
    """
    chosen = os.environ.get("GRID_RUNTIME")
    folder = Path(chosen) if chosen else Path(f"/tmp/grid-jupyter-{os.getuid()}")  # noqa: S108  (checked below)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise _unusable(folder, error) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise StoreError(f"{folder} is not a folder of yours alone; remove it or set GRID_RUNTIME to another")
    for name in ("slots", "tickets"):
        (folder / name).mkdir(exist_ok=True)
    return folder


def _unusable(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"{folder}: {error.strerror}; free the way or set GRID_RUNTIME to a folder on a local disk")


def _lock_new(folder: Path, entry: _Entry) -> tuple[Path, int]:
    """Make a file that says what it stands for, locked; its name sorts by its age."""
    path = folder / f"{time.monotonic_ns():020d}-{uuid.uuid4().hex}"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(file, b" " * _GROUP + json.dumps(asdict(entry)).encode())
    except BaseException:
        os.close(file)
        path.unlink(missing_ok=True)  # on a full disk nobody could read what it stands for
        raise
    return path, file


def _others(folder: Path, ours: tuple[Path, int] | None) -> bool:
    names = os.listdir(folder)  # noqa: PTH208  (after each trial)
    return len(names) > (1 if ours else 0)


def _living(folder: Path, before: str | None = None) -> Iterator[_Entry]:
    """Yield what living processes hold, oldest first; what the dead left is cleared away."""
    for name in sorted(os.listdir(folder)):  # noqa: PTH208
        if before is not None and name >= before:
            return
        path = folder / name
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue  # a ticket that was just given up
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(_GROUP)
                yield _read(json.load(file))
            else:
                _clear(path, file.read())


def _clear(path: Path, content: bytes) -> None:
    """Remove a file that nobody holds; a trial whose parent was killed cannot be told the end of, and must end."""
    if group := content[:_GROUP].strip():
        end_orphans(int(group), Path(json.loads(content[_GROUP:])["run"]))
    path.unlink(missing_ok=True)


def _read(data: Any) -> _Entry:  # noqa: ANN401  (JSON)
    return _Entry(data["run"], Share(**data["share"]), data["gpus"])
