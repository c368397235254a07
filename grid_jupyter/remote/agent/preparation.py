"""All that a trial needs before its script can start."""

from __future__ import annotations

import os
import tarfile
import threading
import zlib
from typing import TYPE_CHECKING, NamedTuple

from .data import Datastores, filled_in, mount
from .dependencies import Dependencies
from .problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .checkpoint import Checkpoints
    from .machine import Cache
    from .objects import Objects
    from .process import Program
    from .project import Project
    from .task import Task


class Script(NamedTuple):
    """A script that is ready to start."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    directory: Path


class Preparation:
    """Makes a script ready; another thread may stop it.

    Args:
        objects: Have what is needed.
        task: The attempt.
        cache: What the containers of the machine share.
        folder: The attempt's own folder.
        project: The trial's directory, which is made.
        checkpoints: Has what an earlier attempt saved.
        says: Is told what is being done, in a few words.
    """

    def __init__(
        self,
        objects: Objects,
        task: Task,
        cache: Cache,
        folder: Path,
        project: Project,
        checkpoints: Checkpoints,
        says: Callable[[str], None],
    ) -> None:
        self._objects = objects
        self._task = task
        self._cache = cache
        self._folder = folder
        self._project = project
        self._checkpoints = checkpoints
        self._says = says
        self._lock = threading.Lock()
        self._program: Program | None = None
        self._stopped = False

    def make(self, environment: Mapping[str, str]) -> Script:
        """Return the script.

        Args:
            environment: What the script finds around it, but for what is its own.

        Raises:
            Problem: Something that is needed cannot be had.
        """
        order, work = self._task.order, self._project.folder
        stores = Datastores(self._objects, self._cache)
        folders = {name: self._fetch(stores, *name.split(":")) for name in self._task.common.get("data") or {}}
        self._says("fetches the project")
        self._lay_out({path: filled_in(text, folders) for path, text in order["files"].items()})
        directory = work / order["directory"]
        directory.mkdir(parents=True, exist_ok=True)
        found = self._found(environment)
        self._mount(stores, directory, found)
        self._install(found)
        self._says("looks for a checkpoint")
        self._checkpoints.restore()
        return Script([filled_in(word, folders) for word in order["argv"]], found, directory)

    def stop(self) -> None:
        """End what is being installed."""
        with self._lock:
            self._stopped = True
            if self._program:
                self._program.kill()

    def _started(self, program: Program) -> None:
        with self._lock:
            self._program = program
            if self._stopped:
                program.kill()

    def _lay_out(self, files: Mapping[str, str]) -> None:
        try:
            self._project.make(self._objects, self._cache, self._task.common["code"], files)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise Problem(f"the project that was sent is damaged ({error}); submit the run again") from error

    def _found(self, environment: Mapping[str, str]) -> dict[str, str]:
        """What the script finds around it."""
        order, work = self._task.order, self._project.folder
        found = {**environment, **order["environment"]}
        found.update(
            GRID_ATTEMPT=str(self._task.attempt),
            GRID_CHECKPOINT_DIR=str(self._folder / "checkpoint"),
            GRID_METRICS_FILE=str(self._folder / "metrics"),
        )
        paths = [f"{work}/{path}" for path in order["import_paths"]]
        if paths:
            found["PYTHONPATH"] = os.pathsep.join([*paths, *filter(None, [found.get("PYTHONPATH")])])
        return found

    def _fetch(self, stores: Datastores, name: str, version: object) -> Path:
        self._says(f"fetches the datastore {name}:{version}")
        return stores.fetch(name, version)

    def _mount(self, stores: Datastores, directory: Path, found: dict[str, str]) -> None:
        wanted = self._task.common.get("datastore")
        if wanted:
            data = self._fetch(stores, wanted["name"], wanted["version"])
            found["GRID_DATASTORE_DIR"] = str(mount(data, directory, wanted["mount"]))

    def _install(self, found: dict[str, str]) -> None:
        wanted = self._task.common.get("dependencies")
        maker = Dependencies(self._cache, self._folder, self._task.common["code"], found, self._started)
        if not wanted:
            maker.of_image(found)
            return
        self._says(f"installs {wanted['path']}")
        maker.install(wanted["kind"], self._project.folder / wanted["path"]).put_into(found)
