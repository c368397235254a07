"""``grid machines``: which machines there are, and what they cost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.settings import load
from grid_jupyter.core.text import count, table
from grid_jupyter.core.units import format_money
from grid_jupyter.errors import CommandError

from .catalogue import load_catalogue
from .machine import Machine, slug
from .prices import live_prices, wished_prices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .prices import Prices

_NO_PRICE = float("inf")
_TEXTS = ("machine", "GPUs", "short name", "note")


@dataclass(frozen=True)
class MachineList:
    """Machines in the order in which they are shown.

    Attributes:
        machines: The machines, at these prices.
        prices: Which prices, and of when.
        notes: What to know of the list as a whole: what a name stands for, why prices are not live.
        empty: What is said where no machine is left.
    """

    machines: tuple[Machine, ...]
    prices: Prices
    notes: tuple[str, ...] = ()
    empty: str = ""

    def __len__(self) -> int:
        return len(self.machines)

    def __iter__(self) -> Iterator[Machine]:
        return iter(self.machines)

    def __getitem__(self, place: int) -> Machine:
        return self.machines[place]

    def to_json(self) -> list[dict[str, Any]]:
        """Return what ``--format json`` prints."""
        return [machine.to_json() for machine in self.machines]

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """The cells of the columns by their heads; a column without any content is left out."""
        columns = {
            "machine": [machine.name for machine in self.machines],
            "GPUs": [_gpus(machine) for machine in self.machines],
            "GPU GB": [_size(machine.gpu_memory_gb) for machine in self.machines],
            "$/h": [_price(machine.on_demand) for machine in self.machines],
            "spot $/h": [_price(machine.spot) for machine in self.machines],
            "CPUs": [_size(machine.vcpus) for machine in self.machines],
            "RAM GB": [_size(machine.memory_gb) for machine in self.machines],
            "disk GB": [_size(machine.local_disk_gb) for machine in self.machines],
            "short name": [short_name(machine) for machine in self.machines],
            "note": [self._note(machine) for machine in self.machines],
        }
        return {head: cells for head, cells in columns.items() if any(cells)}

    @property
    def heads(self) -> list[str]:
        """The heads of the columns."""
        return list(self.columns)

    @property
    def numeric(self) -> list[int]:
        """The places of the columns that hold numbers alone."""
        return [place for place, head in enumerate(self.heads) if head not in _TEXTS]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the cells of each machine."""
        return list(zip(*self.columns.values(), strict=True))

    def _note(self, machine: Machine) -> str:
        if machine.retired:
            return f"retired: take {machine.replacement}"
        return str(self._marks[machine.note]) if machine.note else ""

    def remarks(self) -> list[str]:
        """Return what the numbers in the last column mean."""
        return [f"{mark}  {note}" for note, mark in self._marks.items()]

    @cached_property
    def _marks(self) -> dict[str, int]:
        notes = dict.fromkeys(machine.note for machine in self.machines if machine.note and not machine.retired)
        return {note: mark for mark, note in enumerate(notes, 1)}

    @property
    def headline(self) -> str:
        """How many there are, and which prices are shown."""
        return f"{count(len(self.machines), 'machine')} · {self.prices.told}"

    def text(self) -> str:
        """Return the list for a terminal."""
        if not self.machines:
            return "\n".join([*self.notes, self.empty])
        return "\n".join([table(self.heads, self.rows(), self.numeric), *self.remarks(), *self.notes, self.headline])


def list_machines(name: str | None, options: Mapping[str, Any]) -> MachineList:
    """Return the machines that fit the flags of ``grid machines``.

    Args:
        name: A machine, or a short name, to list alone; ``None`` for all.
        options: The flags that were given, by name.

    Raises:
        UserError: A name is unknown, the settings are wrong, or ``--live`` finds no credentials.
        ServiceError: ``--live`` was said, and AWS does not answer.
    """
    settings = load()
    live = options.get("live", False)
    if options.get("sort") == "spot" and not (live or settings.live_prices):
        raise CommandError("--sort spot: only AWS knows what spot machines cost; add --live")
    catalogue = load_catalogue()
    machines: Sequence[Machine] = catalogue.machines if name is None else catalogue.fitting(name)
    notes = () if name is None else catalogue.find(name, flag="").notes
    if name is None and not options.get("retired"):
        machines = [machine for machine in machines if not machine.retired]
    tests = _tests(options, catalogue.machines)
    fitting = [machine for machine in machines if all(test(machine) for test in tests)]
    prices = (live_prices if live else wished_prices)(fitting, settings, options.get("credential"))
    priced = [prices.of(machine) for machine in fitting]
    if name is None or "sort" in options:
        priced.sort(key=_ORDERS[options.get("sort", "price")])
    most = options.get("max_price")
    kept = [machine for machine in priced if most is None or _or_last(machine.on_demand) <= most]
    told = (*notes, *([prices.note] if prices.note else []))
    return MachineList(tuple(kept), prices, told, _empty(priced, prices))


def short_name(machine: Machine) -> str:
    """Return the nickname that finds this very machine, if one does."""
    catalogue = load_catalogue()
    own = (name for name in machine.nicknames if catalogue.fitting(name)[0].name == machine.name)
    return next(own, "")


def _tests(options: Mapping[str, Any], machines: Sequence[Machine]) -> list[Callable[[Machine], bool]]:
    tests: list[Callable[[Machine], bool]] = []
    for flag, has in _AMOUNTS.items():
        if asked := options.get(flag):
            tests.append(lambda machine, asked=asked, has=has: has(machine) >= asked)  # type: ignore[misc]
    if options.get("gpus") == 0:
        tests.append(lambda machine: not machine.gpus)
    if model := options.get("accelerator"):
        wanted = _model(model, machines)
        tests.append(lambda machine: machine.accelerator == wanted)
    return tests


_AMOUNTS: dict[str, Callable[[Machine], float]] = {
    "gpus": lambda machine: machine.gpus,
    "gpu_memory": lambda machine: machine.gpu_memory_gb or 0,
    "cpus": lambda machine: machine.vcpus,
    "memory": lambda machine: machine.memory_gb,
}


def _model(name: str, machines: Sequence[Machine]) -> str:
    """Return a GPU's model as the catalogue writes it, from any spelling with the same letters and digits."""
    models = {slug(machine.accelerator): machine.accelerator for machine in machines if machine.accelerator}
    wanted = re.sub(r"[\s_-]", "", name).lower()
    if wanted in models:
        return models[wanted]
    near = get_close_matches(wanted[:50], models, 1)
    advice = f"did you mean {models[near[0]]}" if near else f"choose {', '.join(sorted(models.values()))}"
    raise CommandError(f"--accelerator {name!r} is no known model; {advice}")


def _cheapest(machine: Machine) -> tuple[float, str]:
    return _or_last(machine.on_demand), machine.name


def _or_last(price: float | None) -> float:
    return _NO_PRICE if price is None else price


_ORDERS: dict[str, Callable[[Machine], tuple[float | str, ...]]] = {
    "price": _cheapest,
    "spot": lambda machine: (_or_last(machine.spot), *_cheapest(machine)),
    "name": lambda machine: (machine.name.partition(".")[0], *_cheapest(machine)),
}
for _flag, _has in _AMOUNTS.items():
    _ORDERS[_flag] = lambda machine, has=_has: (-has(machine), *_cheapest(machine))  # type: ignore[misc]


def _empty(priced: Sequence[Machine], prices: Prices) -> str:
    """Say why the list is empty."""
    known = [machine for machine in priced if machine.on_demand is not None]
    if not known:
        return "No machine has all that. Leave a condition out."
    cheapest = min(known, key=_cheapest)
    return (
        f"No machine costs as little; the cheapest is {cheapest.name}, "
        f"{format_money(cheapest.on_demand or 0)} an hour ({prices.told})."
    )


def _gpus(machine: Machine) -> str:
    return f"{machine.gpus:g} \N{MULTIPLICATION SIGN} {machine.accelerator}" if machine.accelerator else ""


def _size(amount: float | None) -> str:
    return f"{amount:g}" if amount else ""


def _price(price: float | None) -> str:
    return "" if price is None else f"{price:.3f}"
