"""A fork server that has imported what the script imports, as the watcher sees it.

It is run by the trials' Python and reads its own program as ``sitecustomize``, from a folder that holds nothing else
and stands first in PYTHONPATH. While it imports it lies in a copy of the project, since packages may look for their
settings there, and prints into files, since each trial has to print the same.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.core.home import unusable
from grid_jupyter.core.preload import Preload, find_preload

from .parent import PROGRAM, ForkServer, line

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from grid_jupyter.core.cluster import Job

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

_PART = 1 << 16
_DEATHS = 2
"""How often it may die while it imports before trials are started without it."""


class Unfit(Exception):  # noqa: N818
    """Trials cannot be forked; the text says why."""


class WarmServer(ForkServer):
    """Makes parents that fork their trials from a Python that has done the script's imports.

    Args:
        run: The run's folder.
        environment: What trials find around them.
        lay_out: Makes a copy of the project for a job.
    """

    def __init__(self, run: Path, environment: Mapping[str, str], lay_out: Callable[[Path, Job], None]) -> None:
        super().__init__(str(run), environment)
        self._folder = run.resolve() / "warm"
        self._lay_out = lay_out
        self._job: Job | None = None
        self._heard = b""
        self._ready = False
        self._importing = ""
        self._deaths = 0

    def ready(self, job: Job) -> bool:
        """Whether it has done the imports; they are begun where they were not.

        Raises:
            Unfit: It cannot be used.
            StoreError: The disk is full.
        """
        self._job = job
        control = self._control or self._start()
        if select.select([control], [], [], 0)[0]:
            self._hear(control)
        return self._ready

    def _hear(self, control: socket.socket) -> None:
        try:
            part = control.recv(_PART)
        except ConnectionResetError:
            part = b""
        if not part:
            self._take_death()
        *lines, self._heard = (self._heard + part).split(b"\n")
        for said in map(json.loads, lines):
            if "unfit" in said:
                raise Unfit(said["unfit"])
            self._importing = said.get("importing", "")
            self._ready = "ready" in said
        if self._ready:
            self._clear()

    def _take_death(self) -> None:
        """Begin again; one that dies again during the same imports is of no use."""
        was_ready = self._ready
        self.close()
        self._deaths = 0 if was_ready else self._deaths + 1
        if self._deaths == _DEATHS:
            raise Unfit(f"{self._importing or 'starting Python'} ended the process that it was done in")

    def _start(self) -> socket.socket:
        assert self._job is not None  # noqa: S101  (only one that was ready makes parents)
        self._heard, self._ready = b"", False
        try:
            preload = self._prepare(self._job)
        except OSError as error:
            raise unusable(self._folder, error) from error
        if preload.unfit:
            raise Unfit(preload.unfit)
        control = super()._start()
        order = {
            "script": self._job.argv[1],
            "copy": str(self._work),
            "environment": self._found(self._job),
            **preload.to_json(),
        }
        with suppress(BrokenPipeError, ConnectionResetError):  # it died, which is found when it is asked
            control.sendall(line(order))
        return control

    def _prepare(self, job: Job) -> Preload:
        """Make the folders, and read what is to be imported."""
        self._clear()
        self._site.mkdir(parents=True)
        (self._site / "sitecustomize.py").symlink_to(PROGRAM)
        self._lay_out(self._work, job)
        return find_preload(self._directory(job) / job.argv[1], [Path(path) for path in self._search(job, inside=True)])

    def _launch(self, control: int) -> subprocess.Popen[bytes]:
        job = self._job
        assert job is not None  # noqa: S101
        one = dict.fromkeys(THREAD_VARIABLES, "1")
        path = os.pathsep.join([str(self._site), *self._search(job, inside=False)])
        with tempfile.TemporaryFile(dir=self._folder) as output, tempfile.TemporaryFile(dir=self._folder) as errors:
            try:
                return subprocess.Popen(
                    [job.argv[0], f"/dev/fd/{control}", self._name],
                    env={**self._found(job), **one, "PYTHONPATH": path},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    pass_fds=[control],
                    cwd=self._directory(job),
                    process_group=0,
                )
            except OSError as error:
                raise Unfit(f"{job.argv[0]}: {error.strerror}") from error

    @property
    def _site(self) -> Path:
        return self._folder / "site"

    @property
    def _work(self) -> Path:
        return self._folder / "work"

    def _directory(self, job: Job) -> Path:
        return self._work / job.directory

    def _search(self, job: Job, *, inside: bool) -> list[str]:
        """What trials have in PYTHONPATH, inside of the project or outside."""
        paths = [os.path.normpath(self._directory(job) / path) for path in python_path(self._work, job)]
        return [path for path in paths if Path(path).is_relative_to(self._work) is inside]

    def _found(self, job: Job) -> dict[str, str]:
        """The environment of the trials, less what each has for itself."""
        common = {name: value for name, value in job.environment.items() if not name.startswith("GRID_")}
        return {**self._environment, **common}

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Make no more parents; what is still being imported is of no use."""
        if self._control and self._process and not self._ready:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        super().close()
        self._ready = False
        self._clear()


def python_path(work: Path, job: Job) -> list[str]:
    """Return a job's PYTHONPATH, which leads into a copy of the project where it leads into the project."""
    inherited = job.environment.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    paths = [f"{work}/{path}" for path in job.import_paths]
    for path in inherited.split(os.pathsep) if inherited else ():
        inside = Path(path).is_absolute() and Path(path).is_relative_to(job.project)
        paths.append(str(work / Path(path).relative_to(job.project)) if inside else path)
    return paths
