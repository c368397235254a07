"""Running one run's trials as processes of this machine."""

from __future__ import annotations

import logging
import os
import select
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.cluster import Ended, Job
from grid_jupyter.core.home import RunFolder, TrialFolder, unusable
from grid_jupyter.core.workdir import collect, materialise
from grid_jupyter.errors import StoreError

from . import parent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grid_jupyter.core.snapshot import Snapshot

log = logging.getLogger(__name__)

GRACE = 20.0
"""Seconds between the request to end and the end by force."""

_ADOPTED_POLL = 0.25
_MOMENT = 0.01
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
# What a Jupyter kernel sets for itself, and would mislead a script that runs outside of it.
_KERNEL_VARIABLES = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "PYDEVD_USE_FRAME_EVAL")


@dataclass
class _Attempt:
    trial: int
    number: int
    files: TrialFolder
    parent: parent.Parent | None = None  # None for one that another watcher started
    gpus: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    kill_at: float | None = None

    @property
    def record(self) -> Path:
        """The file that its parent writes and holds."""
        return self.files.record(self.number)

    def over(self) -> bool:
        """Whether its parent has ended."""
        return self.parent.over if self.parent else not parent.alive(self.record)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the trial and all that it started."""
        if self.parent:
            self.parent.signal_group(number)
        else:
            parent.signal_group(self.record, number)


class LocalSession:
    """The trials of one run on this machine.

    Args:
        cpus: CPUs of each trial, told to the libraries that start threads.
        gpus_per_trial: GPUs of each trial; ``None`` leaves the choice to the script, as outside of a run.
        gpus: All GPUs that may be handed out.
    """

    def __init__(
        self,
        folder: RunFolder,
        snapshot: Snapshot,
        *,
        cpus: int,
        gpus_per_trial: int | None,
        gpus: Sequence[str],
    ) -> None:
        self._folder = folder
        self._snapshot = snapshot
        self._cpus = cpus
        self._gpus_per_trial = gpus_per_trial
        self._free_gpus = list(gpus)
        self._attempts: dict[int, _Attempt] = {}
        self._ready: dict[tuple[int, int], _Attempt] = {}
        self._over: dict[int, _Attempt] = {}
        self._environment = _own_environment()
        self._wakeup = _wake_on_child()

    def prepare(self, job: Job) -> None:
        """Have the trial's parent wait behind its gate; where that fails, the start will say so."""
        if (job.trial, job.attempt) in self._ready or self._gpus_per_trial:
            return  # which GPUs it gets is known when others have ended
        with suppress(StoreError):
            self._ready[job.trial, job.attempt] = self._make(job)

    def close(self) -> None:
        """Dismiss the parents that still wait, and remove their directories."""
        for attempt in self._ready.values():
            self._unmake(attempt)

    def start(self, job: Job) -> Mapping[str, Any]:
        """Start a trial in a directory of its own; one that an earlier watcher started already is taken over."""
        attempt = self._ready.pop((job.trial, job.attempt), None)
        if attempt is None and self.adopt(job.trial, job.attempt):
            return {}
        attempt = attempt or self._make(job)
        if attempt.parent:
            attempt.parent.go()
        self._attempts[job.trial] = attempt
        return {}

    def _make(self, job: Job) -> _Attempt:
        """Make all that a trial needs but its start."""
        wanted = self._gpus_per_trial or 0
        attempt = _Attempt(job.trial, job.attempt, self._folder.trial(job.trial), gpus=self._free_gpus[:wanted])
        try:
            self._lay_out(attempt, job)
            self._engage(attempt, job)
        except (OSError, StoreError) as error:
            # What a full disk left half would keep the watcher from writing even the reason.
            self._unmake(attempt)
            if isinstance(error, OSError):
                raise unusable(attempt.files.path, error) from error
            raise
        self._free_gpus = self._free_gpus[wanted:]
        return attempt

    def _unmake(self, attempt: _Attempt) -> None:
        if attempt.parent:
            attempt.parent.dismiss()
        attempt.record.unlink(missing_ok=True)
        shutil.rmtree(attempt.files.work, ignore_errors=True)

    def _lay_out(self, attempt: _Attempt, job: Job) -> None:
        files = attempt.files
        try:
            files.path.mkdir()
            files.checkpoint.mkdir()
        except FileExistsError:
            files.checkpoint.mkdir(exist_ok=True)
            # What lies there was laid out for a start that never came; an attempt that ran has been collected.
            shutil.rmtree(files.work, ignore_errors=True)
        materialise(self._snapshot, self._folder.objects, files.work)
        for name, text in job.files.items():
            made = files.work / name
            # The project may hold a link of that name, which must not be followed.
            made.unlink(missing_ok=True)
            made.write_text(text, encoding="utf-8")
        attempt.made = list(job.files)

    def _engage(self, attempt: _Attempt, job: Job) -> None:
        files = attempt.files
        environment = self._threads() | self._environment | dict(job.environment)
        environment |= self._paths(files, job, environment.get("PYTHONPATH", ""))
        if self._gpus_per_trial is not None:
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(attempt.gpus)
        attempt.parent = parent.Parent(
            job.argv,
            record=attempt.record,
            notes={"gpus": attempt.gpus, "made": attempt.made},
            directory=files.work / job.directory,
            environment=environment,
            stdout=files.stdout(job.attempt),
            stderr=files.stderr(job.attempt),
        )

    def _threads(self) -> dict[str, str]:
        """Trials beside each other would fight for CPUs if each took them all."""
        return dict.fromkeys(_THREAD_VARIABLES, str(self._cpus))

    def _paths(self, files: TrialFolder, job: Job, inherited: str) -> dict[str, str]:
        """The trial's own folders; where Python would look into the project, it looks into the trial's copy."""
        project = Path(job.project)
        paths = [str(files.work / path) for path in job.import_paths]
        for path in inherited.split(os.pathsep) if inherited else ():
            inside = Path(path).is_absolute() and Path(path).is_relative_to(project)
            paths.append(str(files.work / Path(path).relative_to(project)) if inside else path)
        return {
            "GRID_CHECKPOINT_DIR": str(files.checkpoint),
            "GRID_METRICS_FILE": str(files.metrics),
            **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {}),
        }

    def adopt(self, trial: int, attempt: int, handle: Mapping[str, Any] | None = None) -> bool:  # noqa: ARG002
        """Take over an attempt of an earlier watcher, if it ever started; its record tells all, the handle nothing."""
        files = self._folder.trial(trial)
        path = files.record(attempt)
        while (found := parent.read_record(path)) is None:
            if not parent.alive(path):
                return False
            time.sleep(_MOMENT)  # it is about to say who it is, or to leave behind a broken gate
        gpus = list(found.notes.get("gpus", ()))
        self._free_gpus = [gpu for gpu in self._free_gpus if gpu not in gpus]
        self._attempts[trial] = _Attempt(trial, attempt, files, gpus=gpus, made=list(found.notes.get("made", ())))
        return True

    def poll(self, timeout: float) -> Sequence[int]:
        """Return the trials that ended; wait for one, ``timeout`` seconds at most."""
        over = self._find_over()
        if not over and timeout > 0:
            self._wait(timeout)
            over = self._find_over()
        return over

    def _wait(self, timeout: float) -> None:
        now = time.monotonic()
        deadlines = [attempt.kill_at - now for attempt in self._attempts.values() if attempt.kill_at]
        adopted = [_ADOPTED_POLL for attempt in self._attempts.values() if not attempt.parent]
        wait = max(0.0, min([timeout, *deadlines, *adopted]))
        if select.select([self._wakeup], [], [], wait)[0]:
            with suppress(BlockingIOError):
                os.read(self._wakeup, 4096)

    def _find_over(self) -> list[int]:
        over = [attempt for attempt in self._attempts.values() if attempt.over()]
        for attempt in over:
            self._over[attempt.trial] = self._attempts.pop(attempt.trial)
            self._free_gpus += attempt.gpus
        for attempt in self._attempts.values():
            if attempt.kill_at and attempt.kill_at <= time.monotonic():
                attempt.signal(signal.SIGKILL)
        return [attempt.trial for attempt in over]

    def collect(self, trial: int) -> Ended:
        """Return how a trial ended, and take its files."""
        attempt = self._over.pop(trial)
        ended = self._judge(attempt)
        return replace(ended, artifacts=self._take_files(attempt))

    @staticmethod
    def _judge(attempt: _Attempt) -> Ended:
        found = parent.read_record(attempt.record) or parent.Record(time=time.time())
        code = found.exit_code
        if code is None and attempt.parent:
            code = attempt.parent.exit_code  # it could not record the trial's, and returned it
        if code is not None:
            return Ended(attempt.trial, attempt.number, code, found.time)
        if found.time < _boot_time():
            return Ended(attempt.trial, attempt.number, None, found.time, lost="this machine restarted", rests=True)
        parent.end_orphans(attempt.record)
        lost = None if attempt.kill_at else "its process was killed from outside"
        return Ended(attempt.trial, attempt.number, None, time.time(), lost=lost)

    def _take_files(self, attempt: _Attempt) -> Sequence[tuple[str, int]]:
        """Take the trial's files; what cannot be taken stays where it is and keeps nobody waiting."""
        files = attempt.files
        try:
            for name in attempt.made:
                (files.work / name).unlink(missing_ok=True)
            return collect(self._snapshot, files.work, files.artifacts)
        except (OSError, StoreError) as error:
            log.warning("trial %s: %s", attempt.trial, error)
            return []

    def stop(self, trial: int) -> None:
        """Ask the trial's process group to end, and end it by force after the grace period."""
        attempt = self._attempts.get(trial)
        if attempt and attempt.kill_at is None:
            attempt.kill_at = time.monotonic() + GRACE
            attempt.signal(signal.SIGTERM)


def _own_environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _KERNEL_VARIABLES}
    # A kernel draws into the notebook; a script cannot.
    if "inline" in environment.get("MPLBACKEND", "") or "ipympl" in environment.get("MPLBACKEND", ""):
        del environment["MPLBACKEND"]
    return environment


def _wake_on_child() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _boot_time() -> float:
    import psutil

    return psutil.boot_time()
