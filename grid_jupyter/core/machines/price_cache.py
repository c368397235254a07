"""Live prices that were asked for a little while ago, in ``GRID_HOME/prices.json``.

It is a convenience: a file that is missing, damaged or not writable only means that AWS is asked again.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.home import grid_home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEPT = 15 * 60
"""Seconds for which a price counts as live."""


@dataclass(frozen=True)
class Quote:
    """What an hour of one machine costs, in dollars; ``None`` where it is not sold so.

    Attributes:
        on_demand: The list price.
        spot: The price of an interruptible one, where that is cheapest.
        at: When AWS said so, in UTC seconds.
    """

    on_demand: float | None
    spot: float | None
    at: float


def read_quotes(region: str, now: float) -> dict[str, Quote]:
    """Return the quotes of a region that still count, by machine."""
    try:
        quotes = {name: Quote(*quote) for name, quote in _read(_file())[region].items()}
        return {name: quote for name, quote in quotes.items() if 0 <= now - quote.at < KEPT}
    except (KeyError, TypeError, AttributeError):
        return {}


def write_quotes(region: str, quotes: Mapping[str, Quote]) -> None:
    """Keep a region's quotes in place of its former ones."""
    file = _file()
    everything = _read(file) | {region: {name: astuple(quote) for name, quote in quotes.items()}}
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(everything), encoding="utf-8")
        draft.replace(file)


def _file() -> Path:
    return grid_home() / "prices.json"


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
