"""Where things are kept.

::

    GRID_HOME/
      prices.json        live prices that were asked for a little while ago
      index.db           what `status` and `history` list; can be rebuilt from runs/
      datastores/NAME/   data sets in their versions; see datastores/local.py
      objects/           the content of frozen files, by digest, shared by all runs; .lock keeps them
      runs/NAME/         one run: deleting it is removing this folder
        run.db           its plan, trials, metrics and artifacts
        code.json        which files were frozen for it
        requests/        what front ends ask of the watcher, one file each
        followed/        the trials whose logs somebody looks at, one file each
        watcher.lock     held by the watcher while it lives
        watcher.log
        mlflow.*         the same of what writes the run to MLflow, where it is, and its note
        trials/INDEX/    one trial: logs, metrics file, checkpoint, artifacts
        build/           the same of the build actions, where there are any
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

from grid_jupyter.errors import StoreError


def grid_home() -> Path:
    """Return the folder that holds all runs: ``GRID_HOME``, else the platform's user data directory."""
    if chosen := os.environ.get("GRID_HOME"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("grid-jupyter", appauthor=False))


def make_home() -> Path:
    """Create the home's folders and return it.

    Raises:
        StoreError: The folder cannot be made or written.
    """
    home = grid_home()
    try:
        for folder in (home / "runs", home / "objects"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(home, error) from error
    if not os.access(home / "runs", os.W_OK):
        raise StoreError(f"{home} is not writable; set GRID_HOME to a folder that is")
    return home


def unusable(path: Path, error: OSError) -> StoreError:
    """Return the sentence for a failed write below the home."""
    return StoreError(f"{path}: {error.strerror or error}; free the way or set GRID_HOME to another folder")


BUILD = -1
"""What stands for the number of a trial where the build actions run as if they were one."""


@dataclass(frozen=True)
class TrialFolder:
    """The names of one trial's files; none need exist.

    The files of one attempt carry its number, since a trial may be tried again.
    """

    path: Path

    def stdout(self, attempt: int) -> Path:
        """What the attempt wrote to standard output, byte for byte."""
        return self.path / f"stdout.{attempt}"

    def stderr(self, attempt: int) -> Path:
        """What the attempt wrote to standard error, byte for byte."""
        return self.path / f"stderr.{attempt}"

    def record(self, attempt: int) -> Path:
        """What the trial's parent records, locked for as long as it lives."""
        return self.path / f"process.{attempt}"

    @functools.cached_property
    def metrics(self) -> Path:
        """``GRID_METRICS_FILE``: a JSON object a line, kept over all attempts."""
        return self.path / "metrics.jsonl"

    @functools.cached_property
    def checkpoint(self) -> Path:
        """``GRID_CHECKPOINT_DIR``, kept over all attempts."""
        return self.path / "checkpoint"

    @functools.cached_property
    def artifacts(self) -> Path:
        """The files that the trial wrote."""
        return self.path / "artifacts"

    @functools.cached_property
    def work(self) -> Path:
        """The copy of the project that it runs in; gone when it has ended."""
        return self.path / "work"


@dataclass(frozen=True)
class RunFolder:
    """The names of one run's files."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def database(self) -> Path:
        """The run's database; opened through SQLite alone, since closing it by hand drops SQLite's locks."""
        return self.path / "run.db"

    @property
    def code(self) -> Path:
        """Which files were frozen for it; told apart from the database, which may be damaged."""
        return self.path / "code.json"

    @property
    def requests(self) -> Path:
        """Where requests to the watcher are put."""
        return self.path / "requests"

    @property
    def followed(self) -> Path:
        """Where it is said whose logs somebody looks at."""
        return self.path / "followed"

    @property
    def watcher_lock(self) -> Path:
        """Held by the watcher while it lives."""
        return self.path / "watcher.lock"

    @property
    def watcher_log(self) -> Path:
        """What the watcher itself has to say."""
        return self.path / "watcher.log"

    @property
    def tracking_lock(self) -> Path:
        """Held by whoever writes the run to MLflow."""
        return self.path / "mlflow.lock"

    @property
    def tracking_log(self) -> Path:
        """What that has to say."""
        return self.path / "mlflow.log"

    @property
    def tracking_note(self) -> Path:
        """What of it a user should know."""
        return self.path / "mlflow.note"

    @property
    def spare(self) -> Path:
        """Directories between two trials; gone when no watcher lives."""
        return self.path / "spare"

    @property
    def objects(self) -> Path:
        """The content of frozen files, shared by all runs of the home."""
        return self.path.parent.parent / "objects"

    def trial(self, index: int) -> TrialFolder:
        """Return the names of one trial's files, or of those of the build actions."""
        return TrialFolder(self.path / "build" if index == BUILD else self.path / "trials" / str(index))


def run_folder(name: str) -> RunFolder:
    """Return the folder of the run of that name, which need not exist."""
    return RunFolder(grid_home() / "runs" / name)


NETWORK_FILESYSTEMS = frozenset(
    [
        "9p",
        "afs",
        "afpfs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    ]
)


@functools.cache
def on_network(folder: Path) -> bool:
    """Whether a folder lies on a network file system, where SQLite's shared memory is not safe."""
    folder = folder.resolve()
    holding = [(point, kind) for point, kind in reversed(_mounts()) if folder.is_relative_to(point)]
    _, kind = max(holding, key=lambda mount: len(mount[0]), default=("", ""))
    return kind.lower() in NETWORK_FILESYSTEMS


def _mounts() -> list[tuple[str, str]]:
    """Return mount points with their file systems' names."""
    try:
        lines = Path("/proc/self/mounts").read_bytes().splitlines()
    except OSError:  # another system than Linux
        import psutil

        return [(part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True)]
    fields = [line.split() for line in lines]
    # A blank in a path is written as \040.
    return [(os.fsdecode(point).replace("\\040", " "), os.fsdecode(kind)) for _, point, kind, *_ in fields]
