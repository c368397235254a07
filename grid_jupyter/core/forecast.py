"""How long a run would take, and what it would cost in all."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from grid_jupyter.errors import StoreError

from . import units
from .home import RunFolder, grid_home
from .states import TrialState
from .store import Store
from .text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .plan import Plan

RUNS = 20
"""How many of the newest runs are looked at for one of the same script."""

TRIALS = 200
"""How many of its trials are looked at."""


@dataclass(frozen=True)
class Forecast:
    """What is expected of a run.

    Attributes:
        rounds: How often the place is filled with trials, one round after the other.
        seconds: How long a trial takes.
        source: How that is known, in words.
        certain: Whether a trial takes no longer.
        per_hour: Dollars an hour, where it costs any.
    """

    rounds: int
    seconds: float
    source: str
    certain: bool
    per_hour: float | None

    def __str__(self) -> str:
        """``about $11, 1 h (2 rounds of 30 min, as measured on quiet-lynx-77)``."""
        whole = self.rounds * self.seconds
        parts = [_told(whole)]
        if self.per_hour is not None:
            parts.insert(0, units.format_money(whole / 3600 * self.per_hour))
        start = "at most" if self.certain else "about"
        return f"{start} {', '.join(parts)} ({count(self.rounds, 'round')} of {_told(self.seconds)}, {self.source})"


def _told(seconds: float) -> str:
    return units.format_duration(seconds) if seconds < 60 else units.format_time_left(seconds)


def forecast(plan: Plan) -> Forecast | None:
    """Return what is expected, by how long trials of the same script took or may take; ``None`` where neither is known.

    Only the newest runs are looked at, and none is opened for long: this is shown before each launch.
    """
    rounds = math.ceil(plan.trials / plan.at_once)
    per_hour = plan.placement.expected_per_hour
    most = plan.spec.max_time
    if measured := _measured(plan):
        run, seconds = measured
        return Forecast(
            rounds, min(seconds, most or seconds), f"as measured on {run}", certain=False, per_hour=per_hour
        )
    return None if most is None else Forecast(rounds, most, "--max_time", certain=True, per_hour=per_hour)


def _measured(plan: Plan) -> tuple[str, float] | None:
    """Return the newest run of the same script of which trials succeeded, and how long they took in the median."""
    if plan.cell:  # all cells have the same name
        return None
    for folder in newest_runs():
        with suppress(StoreError), Store(folder) as store:
            launch = store.fact("launch")
            if (launch["project"], launch["script"]) == (str(plan.project.root), str(plan.script)):
                rows = store.trials([TrialState.SUCCEEDED], limit=TRIALS)
                if durations := [row.duration for row in rows if row.duration is not None]:
                    return folder.name, median(durations)
    return None


def newest_runs() -> Iterator[RunFolder]:
    """Yield the folders of the newest runs, by when they last changed; not more than ``RUNS``."""
    runs = grid_home() / "runs"
    try:
        found = [(entry.stat().st_mtime, entry.name) for entry in os.scandir(runs) if not entry.name.startswith(".")]
    except OSError:
        return
    for _, name in sorted(found, reverse=True)[:RUNS]:
        yield RunFolder(runs / name)
