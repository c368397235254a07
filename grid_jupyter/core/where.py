"""``--where``: which combinations are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import SweepError

from .where_nodes import Mismatch, Node, Scope, scalar, truth
from .where_syntax import parse_condition

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True)
class Where:
    """A condition over the arguments of the script.

    Attributes:
        text: As it was written.
        labels: The arguments that it mentions.
        node: What it means.
    """

    text: str
    labels: frozenset[str]
    node: Node

    def holds(self, params: Mapping[str, str]) -> bool:
        """Whether a combination is kept.

        Raises:
            SweepError: It compares what cannot be compared, such as a text and a number.
        """
        return self.holds_for({label: scalar(params[label]) for label in self.labels})

    def holds_for(self, scope: Scope) -> bool:
        """The same for values that are numbers already where they read as such."""
        try:
            return truth(self.node, scope)
        except Mismatch as error:
            raise SweepError(error.problem, self.text, error.position, "--where") from None


def parse_where(text: str, labels: Collection[str]) -> Where:
    """Read the text of ``--where``; ``labels`` are the arguments that it may mention.

    Raises:
        SweepError: The text is no condition, or names what is no argument.
    """
    node = parse_condition(text, labels)
    return Where(text, frozenset(node.labels()), node)
