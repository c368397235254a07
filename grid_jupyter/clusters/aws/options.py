"""What the settings say about an AWS cluster.

::

    [clusters.cloud]
    type = "aws"
    subnets = ["subnet-0a1b2c3d"]
    max_vcpus = 256

    [clusters.cloud.secrets]
    WANDB_API_KEY = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:wandb-AbCdEf"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.cluster_options import read_cluster_options, read_count, read_matching, read_seconds

from .secrets import SECRET_ARN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grid_jupyter.core.settings import Settings

_AMI = re.compile(r"ami-[0-9a-f]{8,17}")
IMAGE = re.compile(r"[\w.-]+(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@[\w:]+)?", re.ASCII)
"""A container image: where it is kept, its name, its tag or its digest."""

_SUBNET = re.compile(r"subnet-[0-9a-f]{8,17}")
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Options:
    """What a table ``[clusters.NAME]`` of type ``aws`` may say.

    Attributes:
        ami: The machine image to start machines from, instead of the newest of AWS Batch's own.
        image: The container image of runs that name none.
        subnets: The subnets for machines; empty for those that the account was set up with.
        max_vcpus: The most virtual CPUs of one type of machine at once; ``None`` for what AWS allows.
        poll: Seconds between two looks at the jobs of a run.
        checkpoint_every: Seconds between two uploads of what a trial has saved in its checkpoint directory.
        secrets: ARNs in Secrets Manager or Parameter Store, by the variables of trials that get their values.
    """

    ami: str | None = None
    image: str | None = None
    subnets: tuple[str, ...] = ()
    max_vcpus: int | None = None
    poll: float = 5.0
    checkpoint_every: float = 300.0
    secrets: Mapping[str, str] = field(default_factory=dict)


def read_options(settings: Settings, cluster: str = "aws") -> Options:
    """Return what the settings say about a cluster of that name; of ``aws`` they need say nothing.

    Raises:
        ConfigError: A key or a value is wrong; the sentence names the place.
    """
    return Options(**read_cluster_options(settings, cluster, "an AWS cluster", _READERS))


def _ami(value: object) -> str:
    return read_matching(_AMI, value, 'takes a machine image\'s id, such as "ami-0123456789abcdef0"')


def _image(value: object) -> str:
    return read_matching(IMAGE, value, 'takes a container image, such as "python:3.12"')


def read_subnets(value: object) -> tuple[str, ...]:
    """Return the ids of subnets: of a list, or of a text with commas between them.

    Raises:
        ValueError: It is something else; the text says what it takes.
    """
    told = 'takes ids of subnets, such as ["subnet-0a1b2c3d"]'
    found = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not found:
        raise ValueError(told)
    return tuple(dict.fromkeys(read_matching(_SUBNET, subnet, told) for subnet in found))


def _secrets(value: object) -> dict[str, str]:
    told = "is a table of variables and ARNs in Secrets Manager or Parameter Store, never of values"
    if not isinstance(value, dict):
        raise ValueError(told)  # noqa: TRY004  (a sentence, caught above)
    return {read_matching(_VARIABLE, name, told): read_matching(SECRET_ARN, arn, told) for name, arn in value.items()}


_READERS: dict[str, Callable[[object], Any]] = {
    "ami": _ami,
    "image": _image,
    "subnets": read_subnets,
    "max_vcpus": read_count,
    "poll": read_seconds,
    "checkpoint_every": read_seconds,
    "secrets": _secrets,
}
