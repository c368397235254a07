"""What the settings say about a Ray cluster.

::

    [clusters.lab]
    type = "ray"
    address = "http://10.0.0.5:8265"
    token_file = "~/.ray/lab_token"
    store = "/mnt/shared/grid"

    [clusters.lab.instance_types]
    big = "ray.io/accelerator-type=H100"
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.cluster_options import read_cluster_options, read_matching, read_seconds
from grid_jupyter.core.settings_values import read_text
from grid_jupyter.errors import ConfigError

from .address import PORT, dashboard_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grid_jupyter.core.settings import Settings

_VARIABLES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")  # where Ray's own clients look, in this order
_PATH = re.compile(r"/[^\0\n]*[^\0\n/]")
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[^\s/]+)*/?", re.ASCII)
_TRAIT = re.compile(r"[\w./:-]+(?:=[\w.-]+)?", re.ASCII)


@dataclass(frozen=True)
class Options:
    """What a table ``[clusters.NAME]`` of type ``ray`` may say.

    Attributes:
        cluster: The name.
        address: The dashboard's, ``http://HOST:PORT``; ``None`` where nothing tells.
        token_file: Where the token is; ``None`` for where Ray's own clients look.
        python: The Python of the cluster that has Ray; ``None`` to look for it there.
        store: Where large things are kept: a folder that all nodes share, or ``s3://BUCKET/PREFIX``; ``None`` for the
            disk of the head.
        poll: Seconds between two looks at a run.
        checkpoint_every: Seconds between two looks at what a trial has saved in its checkpoint directory.
        instance_types: What nodes are meant by names for ``--instance_type``: ``LABEL=VALUE``, or a resource.
    """

    cluster: str
    address: str | None = None
    token_file: str | None = None
    python: str | None = None
    store: str | None = None
    poll: float = 1.0
    checkpoint_every: float = 60.0
    instance_types: Mapping[str, str] = field(default_factory=dict)


def read_options(settings: Settings, cluster: str = "ray") -> Options:
    """Return what the settings, and Ray's own variables, say about a cluster of that name.

    Raises:
        ConfigError: A key or a value is wrong; the sentence names the place.
    """
    values = read_cluster_options(settings, cluster, "a Ray cluster", _READERS)
    if "address" not in values:
        values["address"] = _address_of_environment()
    return Options(cluster, **values)


def in_words(cluster: str) -> str:
    """Return a cluster's name as sentences have it."""
    return "the Ray cluster" if cluster == "ray" else f"the Ray cluster {cluster}"


def _address_of_environment() -> str | None:
    name = next((name for name in _VARIABLES if os.environ.get(name)), None)
    if name is None:
        return None
    try:
        return dashboard_address(os.environ[name])
    except ValueError as error:
        raise ConfigError(f"{name} {error}") from None


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f'takes the address of a Ray dashboard, such as "http://127.0.0.1:{PORT}"')  # noqa: TRY004
    return dashboard_address(value)


def _python(value: object) -> str:
    return read_matching(_PATH, value, 'takes a whole path on the cluster, such as "/home/ray/anaconda3/bin/python"')


def _store(value: object) -> str:
    told = 'takes a folder that all nodes share, such as "/mnt/shared/grid", or "s3://BUCKET/PREFIX"'
    if isinstance(value, str) and _BUCKET.fullmatch(value):
        return value.rstrip("/")
    path = PurePosixPath(read_matching(_PATH, value.rstrip("/") if isinstance(value, str) else value, told))
    if ".." in path.parts:
        raise ValueError(told)
    return str(path)


def _instance_types(value: object) -> dict[str, str]:
    told = 'is a table of names and what nodes they mean, such as big = "ray.io/accelerator-type=H100", or a resource'
    if not isinstance(value, dict):
        raise ValueError(told)  # noqa: TRY004  (a sentence, caught above)
    return {name: read_matching(_TRAIT, trait, told) for name, trait in value.items()}


_READERS: dict[str, Callable[[object], Any]] = {
    "address": _address,
    "token_file": read_text,
    "python": _python,
    "store": _store,
    "poll": read_seconds,
    "checkpoint_every": read_seconds,
    "instance_types": _instance_types,
}
