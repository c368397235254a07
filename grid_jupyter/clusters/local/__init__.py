"""This machine as a cluster: trials are processes, at most as many at once as fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from grid_jupyter.core.cluster import Traits
from grid_jupyter.core.shares import RENTED_ONLY, refuse_odd_gpus, unused
from grid_jupyter.errors import CommandError, UnknownRunError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.cluster import Cluster, Code, Known
    from grid_jupyter.core.finding import Finding
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.placement import Placement
    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.core.spec import RunSpec

    from .machine import Gpu
    from .session import LocalSession


_OF_NO_USE = ("dependency_file", *RENTED_ONLY)


class LocalCluster:
    """The machine that the command was given on."""

    traits: ClassVar[Traits] = Traits(here=True)

    def __init__(self, name: str) -> None:
        self.name = name

    def place(self, spec: RunSpec, trials: int, settings: Settings, *, launches: bool = False) -> Placement:  # noqa: ARG002
        """Return how many trials fit beside each other, by CPUs, memory and GPUs.

        Raises:
            CommandError: This machine has less than a trial asks for, or what only a rented one has is asked for.
        """
        from grid_jupyter.core.placement import Placement

        from . import machine

        _refuse_rented(self.name, spec)
        fits = [_fit("--cpus", spec.cpus or 1, machine.cpu_count(), "CPUs")]
        if spec.memory:
            fits.append(_fit("--memory", spec.memory, machine.memory_gb(), "GB of memory"))
        if spec.gpus:
            fits.append(_gpu_fit(spec.gpus, machine.gpus()))
        warnings = unused(spec, _OF_NO_USE, "this machine")
        return Placement("this machine", self.name, min(fits), spec.gpus or 0, warnings=warnings)

    def check(self, spec: RunSpec, settings: Settings, code: Code) -> None:
        """Find nothing missing: this machine is here."""

    def session(self, folder: RunFolder, snapshot: Snapshot, spec: RunSpec) -> LocalSession:
        """Go to work for a run."""
        from . import machine
        from .session import LocalSession
        from .slots import Share

        gpus = None if spec.gpus is None else _usable(spec.gpus, machine.gpus())
        share = Share(spec.cpus or 1, spec.memory or 0.0, spec.gpus or 0.0)
        # With actions a trial is a shell, which no imported packages make faster.
        return LocalSession(folder, snapshot, share, gpus, warm=spec.warm and not spec.actions.experiment)

    def find_run(self, name: str, credential: str | None) -> Known:  # noqa: ARG002
        """Find none: no other computer runs anything here.

        Raises:
            UnknownRunError: Always.
        """
        raise UnknownRunError(f"there is no run {name} on this machine; grid history lists them all")

    def fetch(self, folder: RunFolder, trial: int, paths: Sequence[str]) -> None:
        """Bring nothing: what trials wrote is here."""

    def remove(self, folder: RunFolder) -> None:
        """Remove nothing: all of a run is in its folder."""

    def doctor(self, settings: Settings, tell: Callable[[str], None]) -> Sequence[Finding]:  # noqa: ARG002
        """Look at what trials get of this machine, and at where runs are kept."""
        from .doctor import examine

        return examine()


CLUSTER: type[Cluster] = LocalCluster


def _refuse_rented(name: str, spec: RunSpec) -> None:
    """Refuse what only a rented machine has: with one of these flags alone the run would not be here."""
    for flag in ("instance_type", "use_spot", "credential"):
        if getattr(spec, flag):
            drop = f"drop one, --{flag} or --cluster {name}"
            raise CommandError(f"--{flag}: this machine has no instance types: {drop}")


def _fit(flag: str, asked: float, there: float, unit: str) -> int:
    if asked > there:
        raise CommandError(f"{flag} {asked:g}: this machine has {there:g} {unit}; ask for up to {there:g}")
    return int(there // asked)


def _usable(asked: float, gpus: Sequence[Gpu]) -> Sequence[Gpu]:
    """Those of which a trial may get so many: CUDA lets a process use only one MIG instance."""
    return gpus if asked <= 1 else [gpu for gpu in gpus if gpu.whole]


def _gpu_fit(asked: float, gpus: Sequence[Gpu]) -> int:
    there = len(_usable(asked, gpus))
    refuse_odd_gpus(asked)
    if asked > there < len(gpus):
        raise CommandError(
            f"--gpus {asked:g}: a process can use only one MIG instance, and this machine has {there} whole GPUs; "
            f"ask for up to {max(1, there)}"
        )
    if not there:
        raise CommandError(f"--gpus {asked:g}: this machine has no NVIDIA GPU; leave --gpus out")
    if asked < 1:
        return there * int(1 / asked + 1e-9)  # parts of different GPUs make no trial
    return _fit("--gpus", asked, there, "GPUs")
