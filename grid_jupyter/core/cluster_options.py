"""Reading the table ``[clusters.NAME]`` of a cluster, key by key; every mistake names its line.

A reader takes a value as TOML has it, and raises a ``ValueError`` that says what the key takes.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import ConfigError

from .settings_file import settings_path

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

    from .settings import Settings


def read_cluster_options(
    settings: Settings, cluster: str, kind: str, readers: Mapping[str, Callable[[object], Any]]
) -> dict[str, Any]:
    """Return the values of a cluster's table by their keys; the table need not be there.

    Args:
        settings: The user's settings.
        cluster: The cluster's name.
        kind: What it is, in words: ``an AWS cluster``.
        readers: How the value of each key is read.

    Raises:
        ConfigError: A key or a value is wrong; the sentence names the place.
    """
    table = settings.clusters[cluster].options if cluster in settings.clusters else {}
    values: dict[str, Any] = {}
    for key, value in table.items():
        place = place_of(settings, f"clusters.{cluster}.{key}")
        if key not in readers:
            near = get_close_matches(key, readers, 1)
            advice = f"did you mean {near[0]}" if near else f"there is {', '.join(readers)}"
            raise ConfigError(f"{place}: {key} is no option of {kind}; {advice}")
        try:
            values[key] = readers[key](value)
        except ValueError as error:
            raise ConfigError(f"{place}: {key} {error}") from None
    return values


def place_of(settings: Settings, key: str) -> str:
    """Return the file and line of a key, or of what stands below it; the file alone where it is in none."""
    lines = (line for known, line in settings.origins.items() if f"{known}.".startswith(f"{key}."))
    return next(lines, str(settings_path()))


def read_count(value: object) -> int:
    """Return a whole number, 1 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("takes a whole number, 1 or more")
    return value


def read_seconds(value: object) -> float:
    """Return seconds, an hour at most."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        raise ValueError("takes seconds, more than 0, such as 5")
    return float(value)


def read_matching(pattern: re.Pattern[str], value: object, told: str) -> str:
    """Return a text that fits a pattern; ``told`` says what the key takes."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(told)
    return value
