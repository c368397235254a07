"""How many trials share a machine, and how many machines that takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from .catalogue import load_catalogue, preference

if TYPE_CHECKING:
    from .machine import Machine

_SLACK = 1e-9  # 0.3 / 0.1 is a little under 3


def trials_per_machine(machine: Machine, *, gpus: float | None, cpus: int | None, memory_gb: float | None) -> int:
    """Return how many trials fit on one machine at once, 1 or more.

    A trial takes the whole machine unless ``gpus`` says less; where no GPUs are asked for or none are there,
    ``cpus`` divides the machine instead. 0 means the same as ``None``.

    Raises:
        CommandError: A trial asks for more than the machine has.
    """
    by_gpus = _share("--gpus", gpus, machine.gpus, machine)
    by_cpus = _share("--cpus", cpus, machine.vcpus, machine)
    by_memory = _share("--memory", memory_gb, machine.memory_gb, machine)
    whole_machine = gpus is None and machine.gpus > 0
    if whole_machine or (by_gpus is None and by_cpus is None):
        return 1
    return min(share for share in (by_gpus, by_cpus, by_memory) if share is not None)


def machines_needed(at_once: int, per_machine: int) -> int:
    """Return how many machines hold ``at_once`` trials."""
    return math.ceil(at_once / per_machine)


def _share(flag: str, asked: float | None, has: float, machine: Machine) -> int | None:
    if not asked:
        return None
    if asked > has:
        raise CommandError(_too_much(flag, asked, has, machine))
    return int(has / asked + _SLACK)


def _too_much(flag: str, asked: float, has: float, machine: Machine) -> str:
    unit = "G" if flag == "--memory" else ""
    start = f"{flag} {asked:g}{unit}: {machine.name} has {f'{has:g}{unit}' if has else 'none'}"
    advice = [f"ask for up to {has:g}{unit}"] if has else [f"leave {flag} out"]
    larger = _larger(flag, asked, machine)
    if larger:
        advice.append(f"take {larger.nicknames[0] if flag == '--gpus' else larger.name}")
    return f"{start}; {', or '.join(advice)}"


def _larger(flag: str, asked: float, machine: Machine) -> Machine | None:
    amount = {"--gpus": "gpus", "--cpus": "vcpus", "--memory": "memory_gb"}[flag]
    fits = [other for other in load_catalogue().machines if getattr(other, amount) >= asked]

    def unlikeness(other: Machine) -> tuple[object, ...]:
        model = other.accelerator != machine.accelerator
        memory = other.gpu_memory_gb != machine.gpu_memory_gb
        return model, memory, other.gpus < machine.gpus, *preference(other)

    kept = [other for other in fits if not other.retired or machine.retired]
    return min(kept, key=unlikeness, default=None)
