"""What a trial gets of its machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.core.machines import trials_per_machine
from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from grid_jupyter.core.machines import Machine
    from grid_jupyter.core.spec import RunSpec

_SMALL_GB = 32
_GB = 1024  # in MiB
_SHARED_PER_GPU = 8 * _GB


@dataclass(frozen=True)
class Share:
    """One trial's part of a machine, in what AWS Batch counts.

    Attributes:
        vcpus: Virtual CPUs.
        memory: MiB; what takes more is ended.
        gpus: Whole GPUs, which no other trial gets.
        per_machine: Trials that fit on a machine at once.
    """

    vcpus: int
    memory: int
    gpus: int
    per_machine: int

    @property
    def shared_memory(self) -> int:
        """MiB of ``/dev/shm``; by default it is 64, too little for the workers of a data loader."""
        return min(self.memory // 2, _SHARED_PER_GPU * max(1, self.gpus))


def share_of(spec: RunSpec, machine: Machine) -> Share:
    """Return what each trial of a run gets of such a machine; without ``--gpus`` and ``--cpus`` all of it.

    Raises:
        CommandError: It asks for more than there is, or for a part of a GPU.
    """
    if spec.gpus and spec.gpus != int(spec.gpus):
        raise CommandError(
            f"--gpus {spec.gpus:g}: AWS Batch hands out whole GPUs; write --gpus {max(1, round(spec.gpus))}"
        )
    usable = usable_memory(machine)
    asked = round(spec.memory * _GB) if spec.memory else None
    if asked and asked > usable:
        raise CommandError(
            f"--memory {spec.memory:g}G: of the {machine.memory_gb:g} GB of a {machine.name} the system leaves about "
            f"{usable // _GB}; ask for up to {usable // _GB}G"
        )
    fits = trials_per_machine(machine, gpus=spec.gpus or None, cpus=spec.cpus, memory_gb=spec.memory)
    if asked:
        fits = min(fits, usable // asked)
    return Share(
        vcpus=spec.cpus or machine.vcpus // fits,
        memory=asked or usable // fits,
        gpus=int(spec.gpus or machine.gpus),
        per_machine=fits,
    )


def usable_memory(machine: Machine) -> int:
    """Return the MiB of a machine that trials can have: less than it has, since its system takes some.

    A job that asks for more waits for ever, so this is on the safe side.
    """
    return int(machine.memory_gb * _GB * (0.90 if machine.memory_gb <= _SMALL_GB else 0.94))
