"""What a trial gets of a Ray cluster: what it asks for, as Ray counts it, on nodes that have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.shares import refuse_odd_gpus
from grid_jupyter.core.text import count
from grid_jupyter.errors import CommandError

from .options import in_words
from .picture import LABELS_SINCE
from .traits import SPOT, Trait, find_trait

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grid_jupyter.core.spec import RunSpec

    from .answers import Node
    from .options import Options
    from .picture import Picture

_GB = 2**30
_SLACK = 1e-9  # thirds of a GPU are no exact numbers


@dataclass(frozen=True)
class Share:
    """One trial's part of a cluster.

    Attributes:
        cpus: CPUs.
        gpus: Whole ones, or a part of one.
        memory: Bytes that are kept for it; Ray counts them, and stops nobody who takes more.
        resources: What else its node must have, by name: a thousandth, so that trials share it.
        labels: What the labels of its node must be.
    """

    cpus: int = 1
    gpus: float = 0
    memory: int = 0
    resources: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> dict[str, float]:
        """What it takes of a node's resources, by Ray's names."""
        counted = {"CPU": self.cpus, "GPU": self.gpus, "memory": self.memory}
        return {name: amount for name, amount in counted.items() if amount} | dict(self.resources)

    @property
    def told(self) -> str:
        """It in words: ``1 CPU and 0.5 GPUs``."""
        parts = [count(self.cpus, "CPU")]
        parts += [f"{self.gpus:g} {'GPU' if self.gpus == 1 else 'GPUs'}"] if self.gpus else []
        parts += [f"{self.memory / _GB:g} GB"] if self.memory else []
        return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)

    def to_options(self) -> dict[str, Any]:
        """Return what a task of Ray's is told, by the names of ``ray.remote``."""
        further = {"memory": self.memory, "resources": dict(self.resources), "label_selector": dict(self.labels)}
        return {"num_cpus": self.cpus, "num_gpus": self.gpus} | {key: value for key, value in further.items() if value}

    def fits_on(self, node: Node) -> int:
        """Return how many such trials a node holds when it does nothing else."""
        if any(node.labels.get(label) != value for label, value in self.labels.items()):
            return 0
        return _times(self, node.resources)

    def fits_in(self, free: Mapping[str, float]) -> int:
        """Return how many such trials fit in what is free of a cluster, at most: it may lie on different nodes."""
        return _times(self, {"memory": float("inf")} | dict(free))


def share_of(spec: RunSpec, options: Options, picture: Picture | None) -> Share:
    """Return what each trial of a run gets.

    Args:
        spec: What is asked for.
        options: What the settings say of the cluster.
        picture: How the cluster is; ``None`` where it was not asked, and nothing can be told of its nodes.

    Raises:
        CommandError: No trial can have that, or no node could ever give it.
    """
    refuse_odd_gpus(spec.gpus or 0)
    share = Share(spec.cpus or 1, spec.gpus or 0, round((spec.memory or 0) * _GB))
    if picture is None:
        return share
    traits = [*_traits(spec, options, picture)]
    labels = {trait.name: trait.value for trait in traits if trait.value is not None}
    if labels and not picture.is_at_least(LABELS_SINCE):
        flag = "--use_spot" if spec.use_spot else f"--instance_type {spec.instance_type}"
        raise CommandError(
            f"{flag}: it is a label of nodes, by which Ray chooses from {LABELS_SINCE[0]}.{LABELS_SINCE[1]} on, and "
            f"{in_words(picture.name)} runs Ray {picture.ray}; update it, or drop the flag"
        )
    resources = {trait.name: 0.001 for trait in traits if trait.value is None}
    share = Share(share.cpus, share.gpus, share.memory, resources, labels)
    if not picture.autoscales:
        _refuse_too_much(share, spec, picture)
    return share


def _traits(spec: RunSpec, options: Options, picture: Picture) -> Iterator[Trait]:
    if spec.instance_type:
        yield find_trait(spec.instance_type, options, picture)
    if spec.use_spot:
        if not picture.autoscales and not any(SPOT.of(node) for node in picture.nodes):
            raise CommandError(
                f"--use_spot: no node of {in_words(picture.name)} has the label {SPOT.name}={SPOT.value}, by which Ray "
                f"knows those that may be taken away; start them with --labels={SPOT.name}={SPOT.value}, or drop "
                "--use_spot"
            )
        yield SPOT


def _refuse_too_much(share: Share, spec: RunSpec, picture: Picture) -> None:
    """Refuse what no node could ever give, naming the flag."""
    if any(share.fits_on(node) for node in picture.nodes):
        return
    suitable = [node for node in picture.nodes if Share(0, 0, 0, share.resources, share.labels).fits_on(node)]
    words = in_words(picture.name)
    if not any(node.resources.get("CPU") for node in picture.nodes):
        raise CommandError(f"no node of {words} has CPUs, on which trials can run; start a node that has")
    flags = [f"--instance_type {spec.instance_type}"] if spec.instance_type else []
    flags += ["--use_spot"] if spec.use_spot else []
    where = f"the largest node of {words}" + (f" for {' and '.join(flags)}" if flags else "")
    _refuse_more(f"--cpus {share.cpus}", share.cpus, _most(suitable, "CPU"), where, "CPUs")
    _refuse_more(f"--gpus {share.gpus:g}", share.gpus, _most(suitable, "GPU"), where, "GPUs")
    memory = int(_most(suitable, "memory") / _GB * 10) / 10
    _refuse_more(f"--memory {spec.memory or 0:g}G", share.memory / _GB, memory, where, "GB for tasks", "G")
    asked = " ".join(f"--{name} {getattr(spec, name):g}" for name in ("cpus", "gpus", "memory") if getattr(spec, name))
    raise CommandError(f"{asked}: no one node of {words} has all of that; ask for less of one of them")


def _refuse_more(flag: str, asked: float, there: float, where: str, unit: str, suffix: str = "") -> None:
    if asked <= there:
        return
    if not there:
        raise CommandError(f"{flag}: {where} has no {unit}; leave {flag.split(maxsplit=1)[0]} out")
    raise CommandError(f"{flag}: {where} has {there:g} {unit}; ask for up to {there:g}{suffix}")


def _most(nodes: Sequence[Node], resource: str) -> float:
    return max((node.resources.get(resource, 0) for node in nodes), default=0)


def _times(share: Share, there: Mapping[str, float]) -> int:
    """How many such trials fit; parts of different GPUs make no trial."""
    fits = [int(there.get(name, 0) / amount + _SLACK) for name, amount in share.asks.items() if name != "GPU"]
    if share.gpus:
        gpus = there.get("GPU", 0)
        fits.append(int(gpus / share.gpus + _SLACK) if share.gpus >= 1 else int(gpus) * int(1 / share.gpus + _SLACK))
    return min(fits, default=1)
