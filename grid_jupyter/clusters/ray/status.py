"""Reading what ``ray status`` shows: the same for clusters with Ray's old autoscaler, its new one, and none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLE = re.compile(r"(?:Total |Pending )?(Active|Idle|Pending|Usage|Demands):")  # Ray 2.40 has the short ones
_USED = re.compile(r"\s+([\d.]+)/([\d.]+) (\S+)")
_WAITING = re.compile(r"\s+\{.*\}: (\d+)\+? pending tasks/actors")
_NODES = re.compile(r"\s+\d+ (\S+)")
_BY_HAND = re.compile(r"node_[0-9a-f]{56}")  # the type that Ray makes up for a node that somebody has started


@dataclass(frozen=True)
class Status:
    """What a cluster is doing.

    Attributes:
        free: What is not in use of all nodes together: ``CPU``, ``GPU``, resources of the user's own; not memory.
        waiting: Tasks and actors that wait for room.
        autoscales: Whether Ray may start nodes of the cluster itself: they have types, as those that somebody has
            started by hand have not.
    """

    free: Mapping[str, float]
    waiting: int
    autoscales: bool


def read_status(text: str) -> Status | None:
    """Return what the text says; ``None`` where it says nothing yet."""
    free: dict[str, float] = {}
    waiting, autoscales, title = 0, False, ""
    for line in text.splitlines():
        if found := _TITLE.match(line):
            title = found[1]
        elif not line.startswith(" "):
            title = ""
        elif title == "Usage" and (found := _USED.match(line)):
            free[found[3]] = float(found[2]) - float(found[1])
        elif title == "Demands" and (found := _WAITING.match(line)):
            waiting += int(found[1])
        elif title in {"Active", "Idle"} and (found := _NODES.match(line)):
            autoscales = autoscales or not _BY_HAND.fullmatch(found[1])
    return Status(free, waiting, autoscales) if free else None
