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
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.settings_file import settings_path
from grid_jupyter.errors import ConfigError

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
    table = settings.clusters[cluster].options if cluster in settings.clusters else {}
    values: dict[str, Any] = {}
    for key, value in table.items():
        place = _place(settings, f"clusters.{cluster}.{key}")
        if key not in _READERS:
            near = get_close_matches(key, _READERS, 1)
            advice = f"did you mean {near[0]}" if near else f"there is {', '.join(_READERS)}"
            raise ConfigError(f"{place}: {key} is no option of an AWS cluster; {advice}")
        try:
            values[key] = _READERS[key](value)
        except ValueError as error:
            raise ConfigError(f"{place}: {key} {error}") from None
    return Options(**values)


def _place(settings: Settings, key: str) -> str:
    """Return the file and line of a key, or of what stands below it."""
    lines = (line for known, line in settings.origins.items() if f"{known}.".startswith(f"{key}."))
    return next(lines, str(settings_path()))


def _ami(value: object) -> str:
    return _matching(_AMI, value, 'takes a machine image\'s id, such as "ami-0123456789abcdef0"')


def _image(value: object) -> str:
    return _matching(IMAGE, value, 'takes a container image, such as "python:3.12"')


def read_subnets(value: object) -> tuple[str, ...]:
    """Return the ids of subnets: of a list, or of a text with commas between them.

    Raises:
        ValueError: It is something else; the text says what it takes.
    """
    told = 'takes ids of subnets, such as ["subnet-0a1b2c3d"]'
    found = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not found:
        raise ValueError(told)
    return tuple(dict.fromkeys(_matching(_SUBNET, subnet, told) for subnet in found))


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("takes a whole number, 1 or more")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        raise ValueError("takes seconds, more than 0, such as 5")
    return float(value)


def _secrets(value: object) -> dict[str, str]:
    told = "is a table of variables and ARNs in Secrets Manager or Parameter Store, never of values"
    if not isinstance(value, dict):
        raise ValueError(told)  # noqa: TRY004  (a sentence, caught above)
    return {_matching(_VARIABLE, name, told): _matching(SECRET_ARN, arn, told) for name, arn in value.items()}


def _matching(pattern: re.Pattern[str], value: object, told: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(told)
    return value


_READERS: dict[str, Callable[[object], Any]] = {
    "ami": _ami,
    "image": _image,
    "subnets": read_subnets,
    "max_vcpus": _count,
    "poll": _seconds,
    "checkpoint_every": _seconds,
    "secrets": _secrets,
}
