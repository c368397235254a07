"""How the value of each setting is read: from TOML as it is, from an environment variable as text.

A reader raises a ``ValueError`` that says what the setting takes.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_REGION = re.compile(r"[a-z]{2,3}(-[a-z]{2,12}){1,3}-\d{1,2}", re.ASCII)
_SWITCH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _switch(value: object) -> bool:
    found = _SWITCH.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("takes true or false")  # noqa: TRY004  (a sentence, caught below)
    return found


def _count(value: object) -> int:
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError("takes a whole number, 1 or more")
    return number


def _dollars(value: object) -> float:
    number = float(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?|inf", value) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or math.isnan(number) or number < 0:
        raise ValueError("takes dollars an hour, 0 or more, such as 20; inf for no limit")
    return float(number)


def read_text(value: object) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError('takes a text in quotes, such as "work"')
    return value.strip()


def read_region(value: object) -> str:
    """Return the name of an AWS region."""
    if not isinstance(value, str) or not _REGION.fullmatch(value):
        raise ValueError('takes an AWS region in quotes, such as "eu-central-1"')
    return value


READERS: dict[str, Callable[[object], Any]] = {
    "region": read_region,
    "live_prices": _switch,
    "max_trials": _count,
    "max_cost_per_hour": _dollars,
    "cluster": read_text,
    "mlflow": read_text,
}
"""The settings that have one value, each with how it is read; ``GRID_`` and its name is its variable."""
