"""Where the trials of a run are placed, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cluster import Cluster, find_cluster

if TYPE_CHECKING:
    from .machines import Machine
    from .machines.prices import Prices
    from .settings import Settings
    from .spec import RunSpec

HERE, CLOUD, RAY = "local", "aws", "ray"
DEFAULT_MACHINE = "m5a.large"


@dataclass(frozen=True)
class Placement:
    """Where the trials run, and on how much.

    Attributes:
        place: In words: ``this machine``, or the machine type.
        cluster: The cluster's name.
        fits: Trials that fit at once.
        gpus_per_trial: GPUs that each trial gets.
        per_machine: Trials that share a machine; 0 on a cluster without machine types.
        machines: Machines at once; 0 on a cluster without machine types.
        prices: Which prices the machine has, and of when; ``None`` on a cluster without machine types.
        wants_spot: Whether interruptible machines are asked for.
    """

    place: str
    cluster: str
    fits: int
    gpus_per_trial: float
    machine: Machine | None = None
    per_machine: int = 0
    machines: int = 0
    prices: Prices | None = None
    wants_spot: bool = False

    @property
    def elsewhere(self) -> bool:
        """Whether trials run on other machines, which have neither this one's programs nor its data."""
        return self.machine is not None

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


def cluster_name(settings: Settings, asked: str | None, *, cloud: bool) -> str:
    """Return the cluster that a command is for; what only a cloud has leads there, whatever the default is.

    Args:
        settings: The user's settings.
        asked: What ``--cluster`` says.
        cloud: Whether something was asked for that only a cloud has.
    """
    if asked:
        return asked
    elsewhere = cloud and settings.cluster_type(settings.cluster) != CLOUD
    return CLOUD if elsewhere else settings.cluster


def place(
    spec: RunSpec, trials: int, settings: Settings, *, launches: bool = False
) -> tuple[Placement, tuple[str, ...]]:
    """Return where so many trials run, on how much, and what the user should know of it.

    Args:
        spec: What is asked for.
        trials: How many trials.
        settings: The user's settings.
        launches: Whether a launch is to follow.

    Raises:
        CommandError: The cluster or the machine is not known, or cannot do what is asked.
    """
    in_cloud = bool(spec.instance_type or spec.use_spot or spec.credential)
    name = cluster_name(settings, spec.cluster, cloud=in_cloud)
    kind = settings.cluster_type(name)
    if kind == RAY and spec.dry_run:
        # A dry run needs no cluster; what it has room for is only known there.
        return Placement("the ray cluster", name, trials, plain(spec.gpus or 0)), ()
    if kind != CLOUD:
        cluster: Cluster = find_cluster(name)
        capacity = cluster.capacity(spec)
        return Placement(capacity.place, name, capacity.at_once, plain(capacity.gpus_per_trial)), capacity.warnings
    from .machines import load_catalogue, trials_per_machine  # a large table, for clouds alone
    from .machines.prices import wished_prices

    match = load_catalogue().find(spec.instance_type or DEFAULT_MACHINE)
    # Only AWS itself can tell what an interruptible machine costs.
    prices = wished_prices([match.machine], settings, spec.credential, live=launches and spec.use_spot)
    machine = prices.of(match.machine)
    gpus = spec.gpus or None
    per_machine = trials_per_machine(machine, gpus=gpus, cpus=spec.cpus, memory_gb=spec.memory)
    notes = [*match.notes, *([prices.note] if prices.note else [])]
    if spec.cpus and spec.cpus * per_machine >= machine.vcpus:
        notes.append(f"--cpus {spec.cpus} takes the last CPU of a {machine.name}; its own services need one too")
    placement = Placement(
        place=machine.name,
        cluster=name,
        fits=trials,
        gpus_per_trial=plain(gpus or machine.gpus),
        machine=machine,
        per_machine=per_machine,
        prices=prices,
        wants_spot=spec.use_spot,
    )
    return placement, tuple(notes)


def plain(number: float) -> float:
    """Return a whole number without a decimal point."""
    return int(number) if float(number).is_integer() else number
