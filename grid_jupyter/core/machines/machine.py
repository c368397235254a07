"""One machine of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Machine:
    """One type of machine, as the catalogue's date knows it.

    Attributes:
        name: AWS's own name, such as ``g6.12xlarge``.
        gpus: GPUs, a fraction where the machine holds part of one.
        accelerator: The GPU's model, such as ``A10G``; ``None`` without one.
        gpu_memory_gb: Memory of each GPU as it is sold (24 for what a driver reports as 22.4).
        vcpus: Virtual CPUs.
        memory_gb: Memory, in GB of 1024 MB.
        local_disk_gb: Disk inside the machine, which is free and gone with it.
        on_demand: US dollars an hour; ``None`` without a list price.
        retired: Whether AWS starts no new ones.
        note: What to know before taking it, as a clause; empty for most.
        replacement: Name of the nearest machine to take instead, if this one is retired or has a note.
        spot: US dollars an hour of an interruptible one, where AWS was asked; it is never shipped.
    """

    name: str
    gpus: float
    accelerator: str | None
    gpu_memory_gb: float | None
    vcpus: int
    memory_gb: float
    local_disk_gb: int
    on_demand: float | None
    retired: bool
    note: str = ""
    replacement: str | None = None
    spot: float | None = None

    @cached_property
    def nicknames(self) -> tuple[str, ...]:
        """Names by content: with the memory of a GPU first, then with the machine's own."""
        if self.accelerator is None:
            return (f"{self.vcpus}_cpu_{self.memory_gb:g}gb",)
        start = f"{self.gpus:g}_{slug(self.accelerator)}"
        sizes = [size for size in (self.gpu_memory_gb, self.memory_gb) if size]
        return tuple(dict.fromkeys(f"{start}_{size:g}gb" for size in sizes))

    @property
    def label(self) -> str:
        """What it is in a few characters: number, model and memory of its GPUs, or of its CPUs."""
        if self.accelerator is None:
            return f"{self.vcpus} CPUs {self.memory_gb:g} GB"
        return f"{self.gpus:g} \N{MULTIPLICATION SIGN} {self.accelerator} {self.gpu_memory_gb:g} GB"

    def to_json(self) -> dict[str, Any]:
        """Return it as ``grid machines --format json`` shows it."""
        return {
            "name": self.name,
            "nicknames": list(self.nicknames),
            "gpus": self.gpus,
            "accelerator": self.accelerator,
            "gpu_memory_gb": self.gpu_memory_gb,
            "vcpus": self.vcpus,
            "memory_gb": self.memory_gb,
            "on_demand": self.on_demand,
            "spot": self.spot,
            "retired": self.retired,
        }


def slug(accelerator: str) -> str:
    """Return a model as nicknames spell it: ``RTX PRO 6000`` is ``rtxpro6000``."""
    return accelerator.lower().replace(" ", "")
