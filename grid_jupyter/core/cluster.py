"""What a cluster is to everything above it.

A cluster is found by name: ours are the packages in ``clusters/``, each with its class as ``CLUSTER``; others are
found through the entry-point group ``grid_jupyter.clusters``. The class follows ``Cluster``. Nothing above
``clusters/`` knows any cluster by name: what is asked is what it says of itself. A name of the user's own
(``[clusters.NAME]`` in the settings) stands for one of them, and is the name that the class is made with.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from grid_jupyter.errors import UserError

from .cluster_packages import load_class, our_types
from .datastores.run_data import RunData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .finding import Finding
    from .home import RunFolder
    from .placement import Placement
    from .settings import Settings
    from .snapshot import Snapshot
    from .spec import RunSpec


@dataclass(frozen=True)
class Traits:
    """What all clusters of a type have in common.

    Attributes:
        here: Whether trials are processes of this machine: its programs, files and data are theirs.
        rents: Whether it has types of machines with prices. ``--instance_type``, ``--use_spot`` and ``--credential``
            lead to the first of ours that does.
    """

    here: bool = False
    rents: bool = False


@dataclass(frozen=True)
class Code:
    """What trials are to get of a project, just before the launch.

    Attributes:
        subdir: The directory that the run starts in, relative to the project's top.
        sizes: The files, with their bytes.
        read: Returns the content of one; raises ``GridError`` where it cannot be read.
    """

    subdir: str
    sizes: Mapping[str, int]
    read: Callable[[str], bytes]

    @classmethod
    def frozen(cls, subdir: str, snapshot: Snapshot, objects: Path) -> Code:
        """Return what was frozen into a store."""
        sizes = {file.path: file.size for file in snapshot.files}
        return cls(subdir, sizes, lambda path: snapshot.content(path, objects))


@dataclass(frozen=True)
class Job:
    """One attempt of one trial, ready to start.

    Attributes:
        argv: The command, never to be parsed by a shell.
        environment: What is set on top of the cluster's own environment.
        directory: The working directory, relative to the project's top.
        project: The project's top on the machine that launched, which the trial must not import from.
        import_paths: Folders, relative to the project's top, that Python must look in first.
        files: Further files of this trial alone, by path relative to the project's top.
        data: The datastores of the run; the cluster mounts the one that is to be mounted, tells where in
            ``GRID_DATASTORE_DIR``, and fills in references in ``argv`` and ``files``.
    """

    trial: int
    attempt: int
    argv: Sequence[str]
    environment: Mapping[str, str]
    directory: str
    project: str
    import_paths: Sequence[str]
    files: Mapping[str, str]
    data: RunData = field(default_factory=RunData)


@dataclass(frozen=True)
class Ended:
    """The end of one attempt.

    Attributes:
        exit_code: The script's; 128 + n after signal n; ``None`` when nobody could record it.
        time: When it ended, in UTC seconds.
        seconds: How long it took, where the cluster measured that; clocks may jump in between.
        artifacts: The files it wrote, as path and bytes.
        out_of_memory: Whether the system ended it for want of memory, where that can be told.
        error: Why it did not succeed, in words, where the cluster knows more than the exit code and the log tell.
        lost: Why the cluster took it away, where it did.
        rests: Whether it then waits for ``grid resume`` instead of going on at once.
    """

    trial: int
    attempt: int
    exit_code: int | None
    time: float
    seconds: float | None = None
    artifacts: Sequence[tuple[str, int]] = ()
    lost: str | None = None
    rests: bool = False
    out_of_memory: bool | None = None
    error: str | None = None


class Known(NamedTuple):
    """What a cluster knows of a run that another computer has launched.

    Attributes:
        facts: What is stored with it.
        snapshot: Its code.
        files: Files of the run's folder, by their paths, that the cluster needs to go on with it.
    """

    facts: Mapping[str, Any]
    snapshot: Snapshot
    files: Mapping[str, bytes]


class Session(Protocol):
    """A cluster at work for one run, held by the run's watcher."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about how trials are run, in sentences."""

    def machine(self) -> Mapping[str, Any] | None:
        """Return what trials run on, for the record: ``name``, ``system``, ``cpu``, ``cpus``, ``memory_gb``, ``gpus``.

        ``None`` where it cannot be told yet.
        """

    def prepare(self, job: Job) -> None:
        """Make ready what will probably start next, so that it starts at once; nothing need be done."""

    @property
    def waits_for(self) -> str | None:
        """What the last start waits for that found no room, in words."""

    def start(self, job: Job) -> Mapping[str, Any] | None:
        """Start an attempt and return its handle, plain JSON by which another watcher finds it again.

        Where there is no room now, nothing is started and ``None`` is returned; the cluster keeps this run's place in
        the line for as long as it is asked again between two polls.

        Starting the same attempt a second time takes over the first: a watcher may die before it has stored that
        it started one.

        Raises:
            StoreError: The disk is full, or there is no right to start it; nothing was started.
        """

    def adopt(self, trial: int, attempt: int, handle: Mapping[str, Any]) -> bool:
        """Take over an attempt that an earlier watcher has started; say whether it ever started.

        If it did, ``poll`` reports its end, also when that lies in the past.
        """

    def age(self, trial: int) -> float | None:
        """Return for how many seconds the script of a trial's attempt has been running, whatever clocks did meanwhile.

        ``None`` while it has not begun: until then the attempt costs no time and ``delay`` tells what it waits for.
        """

    def delay(self, trial: int) -> str | None:
        """Return what keeps the script of a started attempt from running yet, in words, where that is known."""

    def poll(self, timeout: float) -> Sequence[int]:
        """Return the trials whose attempts ended; wait for one, ``timeout`` seconds at most."""

    def collect(self, trial: int) -> Ended:
        """Return how the attempt of a trial that ended did end, with the files that it wrote."""

    def stop(self, trial: int) -> None:
        """Ask an attempt to end and save, and end it by force after the grace period."""

    def forget(self, trials: Sequence[int]) -> None:
        """Let the next attempts of trials begin from scratch: what the cluster itself keeps of earlier ones goes.

        Raises:
            GridError: It cannot be removed.
        """

    def close(self) -> None:
        """Leave nothing behind that was only made ready."""


class Cluster(Protocol):
    """A place where trials run.

    Attributes:
        traits: What holds for all clusters of its type.
        name: Its name: the type, or the user's own in the settings, where its options stand.
    """

    traits: ClassVar[Traits]
    name: str

    def __init__(self, name: str) -> None: ...

    def place(self, spec: RunSpec, trials: int, settings: Settings, *, launches: bool = False) -> Placement:
        """Return where the trials of a run would be and on how much, without starting or reserving anything.

        A dry run (``spec.dry_run``) needs no cluster: nothing is connected to then, and what only the cluster could
        tell is left out.

        Args:
            spec: What is asked for.
            trials: How many trials.
            settings: The user's settings.
            launches: Whether a launch is to follow, so that it is worth asking what takes time to tell. Without it
                somebody may be typing, and waits for the answer.

        Raises:
            CommandError: It cannot do what is asked.
        """

    def check(self, spec: RunSpec, settings: Settings, code: Code) -> None:
        """See that a launch can succeed: what it needs is installed, set up, and may be used.

        Args:
            spec: What is asked for.
            settings: The user's settings.
            code: The files that trials get.

        Raises:
            UserError: Something is missing; the sentence says how to get it.
            ServiceError: It cannot be told now.
        """

    def session(self, folder: RunFolder, snapshot: Snapshot, spec: RunSpec) -> Session:
        """Go to work for a run."""

    def find_run(self, name: str, credential: str | None) -> Known:
        """Return the run of that name, which another computer has launched on this cluster.

        Raises:
            UnknownRunError: There is none.
            GridError: It cannot be told.
        """

    def fetch(self, folder: RunFolder, trial: int, paths: Sequence[str]) -> None:
        """Bring files that a trial wrote to this machine; what is gone for good is left out.

        Raises:
            GridError: They cannot be brought.
        """

    def remove(self, folder: RunFolder) -> str | None:
        """Remove what the cluster itself keeps of a run that is over, before its folder goes.

        Returns:
            What stays there for good, since a cluster that does not answer must not keep the user from deleting what is
            here; ``None`` where nothing does.

        Raises:
            GridError: It cannot be removed.
        """

    def doctor(self, settings: Settings, tell: Callable[[str], None]) -> Sequence[Finding]:
        """Look at all that runs need, and return what is in order and what is not; what fails is a finding too.

        Args:
            settings: The user's settings.
            tell: Shows what is being looked at.
        """


def find_cluster(name: str) -> Cluster:
    """Return the cluster of that name: one of ours, what another package brings, or a user's own.

    Raises:
        CommandError: No such cluster is installed.
        ConfigError: It is no cluster of ours, and the settings are wrong.
    """
    if name in our_types():
        return _make(name, name)
    from .settings import load

    settings = load()
    return _make(name, settings.cluster_type(name), tuple(settings.clusters))


def runs_here(name: str) -> bool:
    """Whether trials of a cluster are processes of this machine; not if its package is gone."""
    try:
        return find_cluster(name).traits.here
    except UserError:
        return False


def renting_type() -> str:
    """Return the type of clusters that machines are rented from: the first of ours that has prices."""
    return next(kind for kind in our_types() if load_class(kind).traits.rents)


@functools.cache
def _make(name: str, kind: str, own: tuple[str, ...] = ()) -> Cluster:
    return load_class(kind, own)(name)
