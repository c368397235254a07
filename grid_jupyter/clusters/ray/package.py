"""What is sent with a run: its code, and the agent; equal for equal code, so that a cluster has it once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from grid_jupyter.core.units import format_bytes
from grid_jupyter.errors import CommandError, ConfigError
from grid_jupyter.remote.archive import pack_agent
from grid_jupyter.remote.code import pack
from grid_jupyter.remote.secrets import find_secret

from .agent.layout import CODE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grid_jupyter.core.snapshot import Snapshot

MOST_CODE = 100 * 10**6
"""Bytes of code that a run takes along: with the agent a little less than a dashboard takes in one request."""

_OWN = "clusters/ray/agent"
_NAMED = 10


class Package(NamedTuple):
    """A zip, and its name by its content."""

    name: str
    content: bytes


def make_package(snapshot: Snapshot, objects: Path) -> Package:
    """Return what is sent with a run.

    Args:
        snapshot: What was frozen.
        objects: The store that it was frozen into.

    Raises:
        StoreError: A frozen file is missing or damaged.
    """
    code = io.BytesIO()
    pack(snapshot, objects, code)
    digest, content = pack_agent(_OWN, {CODE: code.getvalue()})
    return Package(f"_ray_pkg_{digest}.zip", content)


def refuse_large(code: Mapping[str, int]) -> None:
    """Refuse code that is more than a Ray cluster takes.

    Args:
        code: Its files, with their bytes.

    Raises:
        CommandError: It is; the sentence names the largest files.
    """
    size = sum(code.values())
    if size <= MOST_CODE:
        return
    largest = sorted(code, key=lambda path: (-code[path], path))[:_NAMED]
    named = ", ".join(f"{path} ({format_bytes(code[path])})" for path in largest)
    raise CommandError(
        f"the code is {format_bytes(size)}, and a Ray cluster takes up to {format_bytes(MOST_CODE)}: name in "
        f".gridignore what trials do not need, and keep data on a path that all nodes have. The largest are {named}"
    )


def refuse_secrets(environment: Mapping[str, str]) -> None:
    """Refuse variables that look like secrets: what is sent to a driver can be read by all who may use the cluster.

    Args:
        environment: The variables that a run's configuration sets.

    Raises:
        ConfigError: There is one.
    """
    if name := find_secret(environment):
        raise ConfigError(
            f"environment: {name} looks like a secret, and whoever may use the Ray cluster could read it; set it on "
            "the nodes, where Ray is started, and trials have it too"
        )
