"""Where the trials of a run are placed, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .cluster import find_cluster, renting_type
from .cluster_packages import load_class

if TYPE_CHECKING:
    from .machines import Machine
    from .machines.prices import Prices
    from .settings import Settings
    from .spec import RunSpec


@dataclass(frozen=True)
class Placement:
    """Where the trials run, and on how much.

    Attributes:
        place: In words: ``this machine``, or the machine type.
        cluster: The cluster's name.
        fits: Trials that fit at once.
        gpus_per_trial: GPUs that each trial gets.
        here: Whether trials are processes of this machine, as the cluster's traits say.
        machine: The type of machine; ``None`` on a cluster without machine types.
        per_machine: Trials that share a machine; 0 on a cluster without machine types.
        machines: Machines at once; 0 on a cluster without machine types.
        prices: Which prices the machine has, and of when; ``None`` on a cluster without machine types.
        wants_spot: Whether interruptible machines are asked for.
        warnings: What the user should know before launching.
        facts: Further lines of the plan, each a head and a text; a head is a word of up to eight letters. They hold
            for the moment alone.
    """

    place: str
    cluster: str
    fits: int
    gpus_per_trial: float
    here: bool = False
    machine: Machine | None = None
    per_machine: int = 0
    machines: int = 0
    prices: Prices | None = None
    wants_spot: bool = False
    warnings: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Whether trials run on other machines, which have neither this one's programs nor its data."""
        return not self.here

    @property
    def cost_per_hour(self) -> float | None:
        """Dollars an hour of the machines at once, on demand; ``None`` if there are none or no price is known."""
        return self._of_all(self.machine.on_demand if self.machine else None)

    @property
    def spot_per_hour(self) -> float | None:
        """The same of interruptible machines, which only AWS itself can tell."""
        return self._of_all(self.machine.spot if self.machine else None)

    @property
    def expected_per_hour(self) -> float | None:
        """The same of the kind that is asked for; where its spot price is unknown, the most that it costs."""
        return self.spot_per_hour if self.pays_spot else self.cost_per_hour

    @property
    def pays_spot(self) -> bool:
        """Whether what an hour is expected to cost is a spot price."""
        return self.wants_spot and self.spot_per_hour is not None

    @property
    def priced(self) -> str | None:
        """Which prices these are, as a clause; ``None`` on a cluster without machine types."""
        if self.prices is None:
            return None
        unknown = self.wants_spot and not self.pays_spot
        return f"on demand, spot costs less; {self.prices.told}" if unknown else self.prices.told

    def cost_json(self) -> dict[str, object] | None:
        """Return what ``--format json`` tells of the cost; ``None`` where there is none or no price is known."""
        on_demand, spot = self.cost_per_hour, self.spot_per_hour
        if self.prices is None or (on_demand is None and spot is None):
            return None
        return {"on_demand": on_demand, "spot": spot, "as_of": self.prices.as_of}

    def _of_all(self, price: float | None) -> float | None:
        return None if price is None else round(price * self.machines, 6)


def cluster_name(settings: Settings, asked: str | None, *, rented: bool) -> str:
    """Return the cluster that a command is for; what only a rented machine has leads there, whatever the default is.

    Args:
        settings: The user's settings.
        asked: What ``--cluster`` says.
        rented: Whether something was asked for that only a rented machine has.
    """
    if asked:
        return asked
    if rented and not load_class(settings.cluster_type(settings.cluster)).traits.rents:
        return renting_type()
    return settings.cluster


def place(spec: RunSpec, trials: int, settings: Settings, *, launches: bool = False) -> Placement:
    """Return where so many trials run, on how much, and what the user should know of it.

    Args:
        spec: What is asked for.
        trials: How many trials.
        settings: The user's settings.
        launches: Whether a launch is to follow.

    Raises:
        CommandError: The cluster or the machine is not known, or cannot do what is asked.
    """
    rented = bool(spec.instance_type or spec.use_spot or spec.credential)
    cluster = find_cluster(cluster_name(settings, spec.cluster, rented=rented))
    found = cluster.place(spec, trials, settings, launches=launches)
    return replace(found, here=cluster.traits.here, gpus_per_trial=plain(found.gpus_per_trial))


def plain(number: float) -> float:
    """Return a whole number without a decimal point."""
    return int(number) if float(number).is_integer() else number
