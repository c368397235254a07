"""The machines that come nearest to a name that is none."""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

from .machine import Machine, slug

if TYPE_CHECKING:
    from collections.abc import Iterable

_NICKNAME = re.compile(r"(\d{1,4})[_x-]?([a-z][a-z0-9]*)(?:_(\d{1,6})(?:gb?)?)?", re.ASCII)


def nearest_names(wanted: str, machines: Iterable[Machine]) -> list[str]:
    """Return three names of living machines: by meaning for a nickname, else by spelling."""
    living = [machine for machine in machines if not machine.retired]
    meant = _NICKNAME.fullmatch(wanted)
    if meant:
        return _by_meaning(int(meant[1]), meant[2], float(meant[3] or 0), living)
    alike = [machine for machine in living if _model(machine) in wanted]
    if alike:
        return _nicknames(alike)
    spelled = get_close_matches(wanted[:50], [machine.name for machine in living], 3)
    return spelled or _nicknames(living)


def _by_meaning(count: int, model: str, memory: float, living: list[Machine]) -> list[str]:
    known = any(_model(machine) == model for machine in living)

    def distance(machine: Machine) -> tuple[float, ...]:
        number, size = (machine.gpus, machine.gpu_memory_gb) if machine.accelerator else _cpu_sizes(machine)
        unlike = 0.0 if known else 1 - SequenceMatcher(None, model, _model(machine)).ratio()
        other_kind = (machine.accelerator is None) != (model == "cpu")
        return (
            other_kind,
            _model(machine) != model,
            abs(number - count),
            unlike,
            abs((size or 0) - memory),
            machine.on_demand or 0,
        )

    return _nicknames(sorted(living, key=distance))


def _cpu_sizes(machine: Machine) -> tuple[float, float]:
    return machine.vcpus, machine.memory_gb


def _model(machine: Machine) -> str:
    return slug(machine.accelerator) if machine.accelerator else "cpu"


def _nicknames(machines: Iterable[Machine]) -> list[str]:
    return list(dict.fromkeys(machine.nicknames[0] for machine in machines))[:3]
