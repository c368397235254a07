"""Running one run's trials as processes of this machine."""

from __future__ import annotations

import logging
import os
import selectors
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boot import boot_id
from grid_jupyter.core.cluster import Ended, Job
from grid_jupyter.core.datastores.local import LocalDatastores
from grid_jupyter.core.datastores.run_data import VARIABLE, mount
from grid_jupyter.core.home import RunFolder, TrialFolder, unusable
from grid_jupyter.core.workdir import WorkDirs
from grid_jupyter.errors import StoreError

from . import machine, parent
from .parent import ForkServer, Order, Parent, Record
from .processes import end_orphans
from .slots import Room, Share, Slot, Slots
from .warm import THREAD_VARIABLES, Unfit, WarmServer, python_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grid_jupyter.core.snapshot import Snapshot

log = logging.getLogger(__name__)

_ADOPTED_POLL = 0.25
_MOMENT = 0.01
_MEMORY_INTERVAL = 1.0
_KILLED = 128 + signal.SIGKILL
# What a Jupyter kernel sets for itself, and would mislead a script that runs outside of it.
_KERNEL_VARIABLES = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "PYDEVD_USE_FRAME_EVAL")
_LEAST_FREE = 4 * 2**20


class MemoryWatch:
    """Tells whether the system has just ended a process for want of memory."""

    def __init__(self) -> None:
        self._kills = machine.oom_kills()
        self._next = time.monotonic() + _MEMORY_INTERVAL

    def look(self) -> None:
        """Remember how many it has ended so far, now and then."""
        if time.monotonic() >= self._next:
            self._kills = machine.oom_kills()
            self._next = time.monotonic() + _MEMORY_INTERVAL

    def was_short(self) -> bool | None:
        """Whether it has ended one since it was looked at last; ``None`` where that cannot be told."""
        kills = machine.oom_kills()
        return None if kills is None or self._kills is None else kills > self._kills


@dataclass
class _Attempt:
    trial: int
    number: int
    files: TrialFolder
    made: Sequence[str]
    order: Order | None = None
    parent: Parent | None = None  # None for one that another watcher started
    end: Record | None = None
    stopping: bool = False
    asked: bool = False
    since: float = field(default_factory=time.monotonic)

    @property
    def record(self) -> Path:
        """The file that its parent writes and holds."""
        return self.files.record(self.number)


class LocalSession:
    """The trials of one run on this machine.

    Args:
        share: What each trial takes of the machine.
        gpus: All GPUs that this run may use; ``None`` leaves them to the script, as outside of a run.
        warm: Whether to import the script's packages once for all trials.

    Attributes:
        notes: What the user should know about how trials are run.
    """

    def __init__(
        self,
        folder: RunFolder,
        snapshot: Snapshot,
        share: Share,
        gpus: Sequence[machine.Gpu] | None,
        *,
        warm: bool = False,
    ) -> None:
        self._folder = folder
        self._pins_gpus = gpus is not None
        self._gpus = {gpu.id: gpu for gpu in gpus or ()}
        memory = machine.memory_gb() if share.memory else 0.0
        total = Room(machine.cpu_count(), memory, dict.fromkeys(self._gpus, 1.0))
        self._slots = Slots(str(folder.path), share, total, list(self._gpus))
        self.notes: tuple[str, ...] = ()
        self._environment = _threads(share.cpus) | _own_environment()
        self._server = ForkServer(str(folder.path), self._environment)
        if warm:
            self._server = WarmServer(folder.path, self._environment, self._lay_out_work)
        self._imports = False
        self._data = LocalDatastores(folder.path.parent.parent)
        self._directories = WorkDirs(snapshot, folder.objects, folder.spare)
        self._needed = sum(file.size for file in snapshot.files) + _LEAST_FREE
        self._attempts: dict[int, _Attempt] = {}
        self._ready: dict[tuple[int, int], _Attempt] = {}
        self._over: dict[int, _Attempt] = {}
        self._idle: list[Parent] = []
        self._in_line = False
        self._selector = selectors.DefaultSelector()
        self._memory = MemoryWatch()

    def machine(self) -> Mapping[str, Any]:
        """Return this machine in a few words."""
        from .description import describe

        return describe()

    @property
    def waits_for(self) -> str | None:
        """What trials wait for that have no room."""
        if self._imports:
            return "waits for the imports of --warm"
        if not self._in_line:
            return None
        others = [name for path in self._slots.taken_by() if (name := Path(path).name) != self._folder.name]
        return f"waits for room on this machine, which is taken by {', '.join(others) or 'its other trials'}"

    def prepare(self, job: Job) -> None:
        """Make all that the trial needs but its start; where that fails, the start will say so."""
        if not self._folder.trial(job.trial).record(job.attempt).exists():
            with suppress(StoreError):
                self._check_space(self._needed)
                self._ready[job.trial, job.attempt] = self._make(job)

    def close(self) -> None:
        """Let go what waits for a trial, and remove what was only made ready."""
        self._slots.leave_line()
        self._dismiss_idle()
        self._server.close()
        for attempt in self._ready.values():
            self._unmake(attempt)
        self._directories.close()
        self._selector.close()

    def start(self, job: Job) -> Mapping[str, Any] | None:
        """Start a trial in a directory of its own; one that an earlier watcher started already is taken over."""
        attempt = self._ready.get((job.trial, job.attempt))
        if attempt is None and self.adopt(job.trial, job.attempt):
            return {}
        self._check_space(_LEAST_FREE if attempt else self._needed)
        idle = self._take_parent(job)
        if idle is None:
            return None
        try:
            attempt = self._ready.pop((job.trial, job.attempt), None) or self._make(job)
        except BaseException:
            self._idle.append(idle)
            raise
        if attempt.order:
            idle.run(attempt.order)
        attempt.since = time.monotonic()  # it may have been made ready long ago
        attempt.parent = idle
        self._attempts[job.trial] = attempt
        self._selector.register(idle, selectors.EVENT_READ, attempt)
        return {}

    def _take_parent(self, job: Job) -> Parent | None:
        """Take a parent with its slot: one that is idle, unless others wait for the slot; else a new one."""
        if self._idle:
            idle = self._idle.pop()
            if not self._slots.must_yield():
                return idle
            idle.dismiss()
        self._imports = not self._server_is_ready(job)
        if self._imports:
            return None
        slot = self._slots.claim()
        if slot is None:
            self._in_line = True
            return None
        return self._server.parent(slot, self._gpu_environment(slot))

    def _server_is_ready(self, job: Job) -> bool:
        try:
            return self._server.ready(job)
        except Unfit as error:
            self.notes = (f"--warm: not used: {error}",)
            self._server.close()
            self._server = ForkServer(str(self._folder.path), self._environment)
            return True

    def _gpu_environment(self, slot: Slot) -> dict[str, str]:
        return machine.gpu_environment([self._gpus[gpu] for gpu in slot.gpus]) if self._pins_gpus else {}

    def _dismiss_idle(self) -> None:
        for idle in self._idle:
            idle.dismiss()
        self._idle.clear()

    def _make(self, job: Job) -> _Attempt:
        attempt = _Attempt(job.trial, job.attempt, self._folder.trial(job.trial), list(job.files))
        try:
            self._lay_out(attempt, job)
            attempt.order = self._order(attempt, job)
        except (OSError, StoreError) as error:
            # What a full disk left half would keep the watcher from writing even the reason.
            self._unmake(attempt)
            if isinstance(error, OSError):
                raise unusable(attempt.files.path, error) from error
            raise
        return attempt

    def _unmake(self, attempt: _Attempt) -> None:
        if attempt.order:
            attempt.order.cancel()
        attempt.record.unlink(missing_ok=True)
        shutil.rmtree(attempt.files.work, ignore_errors=True)

    def _check_space(self, needed: int) -> None:
        """Leave room on the disk for the books: a trial that cannot have its files must not be started."""
        disk = os.statvfs(self._folder.path)
        free = disk.f_bavail * disk.f_frsize
        if free < needed:
            raise StoreError(
                f"no space for a trial: it needs {needed >> 20} MB, and the disk of {self._folder.path} "
                f"has {free >> 20} MB; make room"
            )

    def _lay_out(self, attempt: _Attempt, job: Job) -> None:
        files = attempt.files
        try:
            os.mkdir(files.path)  # noqa: PTH102
            os.mkdir(files.checkpoint)  # noqa: PTH102
        except FileExistsError:
            files.checkpoint.mkdir(exist_ok=True)
            # What lies there was laid out for a start that never came; an attempt that ran has been collected.
            shutil.rmtree(files.work, ignore_errors=True)
        self._lay_out_work(files.work, job)

    def _lay_out_work(self, work: Path, job: Job) -> None:
        self._directories.make(work)
        if job.data.mounted:
            mount(self._data.folder(job.data.mounted), f"{work}/{job.directory}", job.data.mount)
        for name, text in job.files.items():
            made = work / name
            # The project may hold a link of that name, which must not be followed.
            made.unlink(missing_ok=True)
            made.write_text(job.data.filled_in(text, self._data.folder), encoding="utf-8")

    def _order(self, attempt: _Attempt, job: Job) -> Order:
        files = attempt.files
        return Order.make(
            str(attempt.record),
            {"made": attempt.made, "boot": boot_id()},
            argv=[job.data.filled_in(word, self._data.folder) for word in job.argv],
            environment={**job.environment, **self._paths(files, job)},
            directory=f"{files.work}/{job.directory}",
            stdout=str(files.stdout(job.attempt)),
            stderr=str(files.stderr(job.attempt)),
        )

    def _paths(self, files: TrialFolder, job: Job) -> dict[str, str]:
        """The trial's own folders; where Python would look into the project, it looks into the trial's copy."""
        paths = python_path(files.work, job)
        return {
            "GRID_CHECKPOINT_DIR": str(files.checkpoint),
            "GRID_METRICS_FILE": str(files.metrics),
            **({VARIABLE: str(self._data.folder(job.data.mounted))} if job.data.mounted else {}),
            **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {}),
        }

    def adopt(self, trial: int, attempt: int, handle: Mapping[str, Any] | None = None) -> bool:  # noqa: ARG002
        """Take over an attempt of an earlier watcher, if it ever started; its record tells all, the handle nothing."""
        files = self._folder.trial(trial)
        path = files.record(attempt)
        while (found := parent.read_record(path)) is None or not found.started:
            if not parent.alive(path):
                return False
            time.sleep(_MOMENT)  # the parent is about to start it
        taken = self._attempts[trial] = _Attempt(trial, attempt, files, found.notes.get("made", ()))
        taken.since = taken.since if found.since is None else found.since
        return True

    def age(self, trial: int) -> float:
        """Return for how many seconds the attempt of a trial has been going on."""
        return time.monotonic() - self._attempts[trial].since

    def delay(self, trial: int) -> str | None:  # noqa: ARG002
        """Return nothing: a process that was started runs."""
        return None

    def forget(self, trials: Sequence[int]) -> None:
        """Keep nothing: all that attempts leave is in the run's folder."""

    def poll(self, timeout: float) -> Sequence[int]:
        """Return the trials that ended; wait for one, ``timeout`` seconds at most."""
        self._dismiss_idle()  # what is idle now was not needed since the last time
        if not self._in_line:
            self._slots.leave_line()
        self._in_line = False
        self._ask_to_end()
        if self._attempts:
            self._memory.look()
        adopted = [attempt for attempt in self._attempts.values() if not attempt.parent]
        ready = self._selector.select(min(timeout, _ADOPTED_POLL) if adopted else timeout)
        over: list[_Attempt] = [key.data for key, _ in ready]
        over += [attempt for attempt in adopted if not parent.alive(attempt.record)]
        for attempt in over:
            self._take_end(attempt)
        return [attempt.trial for attempt in over]

    def _take_end(self, attempt: _Attempt) -> None:
        self._over[attempt.trial] = self._attempts.pop(attempt.trial)
        if attempt.parent:
            self._selector.unregister(attempt.parent)
            attempt.end = attempt.parent.end()
            if attempt.end:
                self._idle.append(attempt.parent)
            else:
                attempt.parent.dismiss()

    def collect(self, trial: int) -> Ended:
        """Return how a trial ended, and take its files."""
        attempt = self._over.pop(trial)
        ended = self._judge(attempt)
        return replace(ended, artifacts=self._take_files(attempt))

    def _judge(self, attempt: _Attempt) -> Ended:
        found = attempt.end or parent.read_record(attempt.record) or Record()
        if found.exit_code is not None:
            killed = self._memory.was_short() if found.exit_code == _KILLED else None
            ended = Ended(attempt.trial, attempt.number, found.exit_code, found.time, found.seconds)
            return replace(ended, out_of_memory=killed)
        if found.notes.get("boot", boot_id()) != boot_id():
            return Ended(attempt.trial, attempt.number, None, found.time, lost="this machine restarted", rests=True)
        if found.group:
            end_orphans(found.group, attempt.files.path)
        lost = "its process was killed from outside"
        return Ended(attempt.trial, attempt.number, None, time.time(), lost=lost)

    def _take_files(self, attempt: _Attempt) -> Sequence[tuple[str, int]]:
        """Take the trial's files; what cannot be taken stays where it is and keeps nobody waiting."""
        files = attempt.files
        try:
            for name in attempt.made:
                (files.work / name).unlink(missing_ok=True)
            alone = attempt.end is not None and attempt.end.alone
            return self._directories.collect(files.work, files.artifacts, reuse=alone)
        except (OSError, StoreError) as error:
            log.warning("trial %s: %s", attempt.trial, error)
            return []

    def stop(self, trial: int) -> None:
        """Ask the trial's process group to end; its parent ends it by force after the grace period."""
        if attempt := self._attempts.get(trial):
            attempt.stopping = True
            self._ask_to_end()

    def _ask_to_end(self) -> None:
        """Pass on requests to end; a trial that has just been started may not be there yet."""
        for attempt in self._attempts.values():
            if attempt.stopping and not attempt.asked:
                attempt.asked = parent.ask_to_end(attempt.record)


def _threads(cpus: int) -> dict[str, str]:
    """Trials beside each other would fight for CPUs if each took them all."""
    return dict.fromkeys(THREAD_VARIABLES, str(cpus))


def _own_environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _KERNEL_VARIABLES}
    # A kernel draws into the notebook; a script cannot.
    if "inline" in environment.get("MPLBACKEND", "") or "ipympl" in environment.get("MPLBACKEND", ""):
        del environment["MPLBACKEND"]
    return environment
