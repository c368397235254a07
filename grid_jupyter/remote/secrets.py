"""Variables that look like secrets, which others could read on their way to other machines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"(?:secret|passw(?:or)?d|token|credentials?|_key|apikey)\Z", re.IGNORECASE)
_VALUE = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|://[^/\s:@]*:[^/\s@]+@")


def find_secret(environment: Mapping[str, str]) -> str | None:
    """Return the name of the first variable that looks like a secret, by its name or by its value."""
    found = (name for name, value in environment.items() if value and (_NAME.search(name) or _VALUE.search(value)))
    return next(found, None)
