"""What may be said of a plot, checked in one place for all doors."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from grid_jupyter.core.addresses import as_number
from grid_jupyter.core.flags import ALONG, PLOT_KINDS
from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.run import Run

WIDTH, HEIGHT = 420, 240

_ONLY_CURVES = ("trials", "smooth", "log", "group_by", "over", "x")
_MOST_CHOSEN = 50
_SMALLEST, _LARGEST = 50, 4000


@dataclass(frozen=True)
class Options:
    """How a run is drawn; ``Run.plot`` tells what each means."""

    kind: str = "curves"
    metric: str | None = None
    mode: str | None = None
    trials: Sequence[int] = ()
    smooth: float = 0.0
    log: bool | None = None
    group_by: str | Sequence[str] | None = None
    over: str | Sequence[str] | None = None
    x: str = "step"
    width: int = WIDTH
    height: int = HEIGHT

    def __post_init__(self) -> None:
        if self.kind not in PLOT_KINDS:
            raise CommandError(f"there is no plot {self.kind!r}; there is {', '.join(PLOT_KINDS)}")
        if self.x not in ALONG:
            raise CommandError(f"curves go along {' or '.join(ALONG)}; got {self.x!r}")
        if self.mode not in {None, "min", "max"}:
            raise CommandError(f"mode is 'min' or 'max'; got {self.mode!r}")
        if not 0 <= self.smooth < 1:
            raise CommandError(f"smooth is 0 (as read) to below 1; got {self.smooth:g}")
        for name in ("width", "height"):
            if not _SMALLEST <= getattr(self, name) <= _LARGEST:
                raise CommandError(f"{name} is {_SMALLEST} to {_LARGEST} pixels; got {getattr(self, name)}")
        given = [each.name for each in fields(self) if getattr(self, each.name) != each.default]
        if self.kind != "curves" and (wrong := next((name for name in given if name in _ONLY_CURVES), None)):
            raise CommandError(f"{wrong} is for curves; leave it out of a plot of {self.kind}")

    def chosen(self, run: Run) -> list[int]:
        """Return the trials that are to stand out.

        Raises:
            CommandError: There is no such trial, or they are too many to be told apart.
        """
        trials = [as_number(trial) for trial in self.trials]
        if wrong := [trial for trial in trials if not 0 <= trial < len(run)]:
            raise CommandError(f"{run.name} has trials 0 to {len(run) - 1}; got {wrong[0]}")
        if len(self.trials) > _MOST_CHOSEN:
            raise CommandError(f"{len(self.trials)} trials cannot be told apart; choose {_MOST_CHOSEN} at most")
        return list(dict.fromkeys(trials))
