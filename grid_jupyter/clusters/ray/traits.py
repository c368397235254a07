"""By what nodes are told apart: resources of the user's own, and labels.

Ray itself labels nodes with ``ray.io/accelerator-type``, and on Kubernetes with ``ray.io/node-group`` and
``ray.io/market-type``; a model of GPU is a resource too, ``accelerator_type:H100``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from grid_jupyter.errors import CommandError

from .options import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .answers import Node
    from .options import Options
    from .picture import Picture

_MODEL = "accelerator_type:"
_COUNTED = ("CPU", "GPU", "memory", "object_store_memory")
_OWN_ID = ("ray.io/node-id", "ray.io/node_id")  # as it is since 2.49 and was before


class Trait(NamedTuple):
    """Something that some nodes have.

    Attributes:
        name: The resource's, or the label's.
        value: The label's; ``None`` for a resource.
    """

    name: str
    value: str | None

    @property
    def short(self) -> str:
        """What ``--instance_type`` calls it."""
        return self.name.removeprefix(_MODEL) if self.value is None else self.value

    def of(self, node: Node) -> bool:
        """Whether a node has it."""
        return node.resources.get(self.name, 0) > 0 if self.value is None else node.labels.get(self.name) == self.value


SPOT = Trait("ray.io/market-type", "spot")
"""What nodes have that may be taken away."""


def find_trait(asked: str, options: Options, picture: Picture) -> Trait:
    """Return what nodes must have that ``--instance_type`` means: as the settings say, or a resource or label so named.

    Raises:
        CommandError: No node has it.
    """
    if asked in options.instance_types:
        name, equals, value = options.instance_types[asked].partition("=")
        trait = Trait(name, value if equals else None)
        if not picture.autoscales and not any(trait.of(node) for node in picture.nodes):
            raise CommandError(
                f"--instance_type {asked}: the settings say that it is {options.instance_types[asked]}, which no node "
                f"of {in_words(options.cluster)} has; {_there(picture.nodes)}"
            )
        return trait
    # What is a resource is taken as such: every version of Ray chooses nodes by them.
    known = sorted(_traits(picture.nodes), key=lambda trait: trait.value is not None)
    found = next((trait for trait in known if trait.short.casefold() == asked.casefold()), None)
    if found is None:
        told = f"--instance_type {asked}: no node of {in_words(options.cluster)} has a resource or a label of that name"
        if picture.autoscales:  # which may start nodes that nobody has seen yet
            raise CommandError(
                f"{told} now; where the cluster can start such nodes, tell what they have, as in "
                f'{asked} = "ray.io/accelerator-type=H100" below [clusters.{options.cluster}.instance_types]'
            )
        raise CommandError(f"{told}; {_there(picture.nodes)}")
    return found


def names_of(nodes: Sequence[Node]) -> list[str]:
    """Return what ``--instance_type`` can mean on these nodes."""
    return sorted({trait.short for trait in _traits(nodes)})


def _traits(nodes: Sequence[Node]) -> Iterator[Trait]:
    for node in nodes:
        for name in node.resources:
            if name not in _COUNTED and not name.startswith("node:"):
                yield Trait(name, None)
        for label, value in node.labels.items():
            if label not in _OWN_ID:
                yield Trait(label, value)


def _there(nodes: Sequence[Node]) -> str:
    names = names_of(nodes)
    return f"there is {', '.join(names)}" if names else "all nodes are alike, so drop it"
