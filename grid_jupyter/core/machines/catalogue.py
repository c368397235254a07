"""The shipped list of machines, and how a name finds one of them.

A nickname such as ``8_v100_32gb`` has had two meanings: the memory of each GPU, or the machine's own. The
memory of a GPU is tried first, and the machine's only where no machine fits that. Of several that fit, living
machines without a caveat come first, then the cheapest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from grid_jupyter.core.units import format_money
from grid_jupyter.errors import CommandError

from .machine import Machine
from .nearest import nearest_names

_SHOWN = 3


@dataclass(frozen=True)
class Match:
    """The machine that a name stands for, and sentences on what the choice means."""

    machine: Machine
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Machines, and prices of ``region`` as of ``date`` (ISO), from ``source``."""

    date: str
    region: str
    source: str
    machines: tuple[Machine, ...]

    def find(self, name: str, flag: str = "--instance_type ") -> Match:
        """Return the machine that an AWS name or a nickname stands for, in any case.

        Args:
            name: The name.
            flag: What the name was given to, for the error.

        Raises:
            CommandError: No machine has that name; the nearest are named.
        """
        wanted = name.strip().lower()
        fits = self.fitting(wanted)
        if not fits:
            near = ", ".join(nearest_names(wanted, self.machines))
            raise CommandError(f"{flag}{name!r} is no known machine; near it: {near}")
        machine, *others = fits
        notes = (_choice_note(wanted, machine, others), self._caveat(machine))
        return Match(machine, tuple(note for note in notes if note))

    def named(self, name: str) -> Machine:
        """Return the machine with exactly this AWS name; a ``KeyError`` if there is none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Machine]:
        return {machine.name: machine for machine in self.machines}

    def fitting(self, name: str) -> list[Machine]:
        """Return all machines that a name may stand for, the one that it does first; none for an unknown one."""
        return sorted(self._fitting(name.strip().lower()), key=preference)

    def _fitting(self, wanted: str) -> list[Machine]:
        if wanted in self._by_name:
            return [self._by_name[wanted]]
        by_first = [machine for machine in self.machines if wanted == machine.nicknames[0]]
        return by_first or [machine for machine in self.machines if wanted in machine.nicknames]

    def _caveat(self, machine: Machine) -> str:
        if not machine.retired and not machine.note:
            return ""
        reason = "is retired" if machine.retired else f"has a catch: {machine.note}"
        instead = f"; the nearest is {priced(self.named(machine.replacement))}" if machine.replacement else ""
        return f"{machine.name} ({machine.label}) {reason}{instead}"


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that is shipped with this version."""
    data = json.loads(files(__package__).joinpath("catalogue.json").read_text("utf-8"))
    return Catalogue(
        data["date"], data["region"], data["source"], tuple(Machine(**entry) for entry in data["machines"])
    )


def preference(machine: Machine) -> tuple[bool, bool, float, str]:
    """Sort key: living before retired, without a caveat before with one, then cheap before dear."""
    price = float("inf") if machine.on_demand is None else machine.on_demand
    return machine.retired, bool(machine.note), price, machine.name


def priced(machine: Machine) -> str:
    """Return name, label and price: ``m5a.large (2 CPUs 8 GB), $0.09 an hour``."""
    price = "no list price" if machine.on_demand is None else f"{format_money(machine.on_demand)} an hour"
    return f"{machine.name} ({machine.label}), {price}"


def _choice_note(wanted: str, machine: Machine, others: list[Machine]) -> str:
    if not others:
        return ""
    names = [other.name for other in others]
    rest = names if len(names) <= _SHOWN + 1 else [*names[:_SHOWN], f"{len(names) - _SHOWN} more"]
    return f"{wanted} is {priced(machine)}; it could also be {_listed(rest)}"


def _listed(names: list[str]) -> str:
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
