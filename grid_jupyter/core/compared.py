"""By what the trials of a run are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .queries import best_trial
from .results import Leader, choose_mode

if TYPE_CHECKING:
    from .store import Store
    from .view import RunView


class Compared:
    """By what the trials of a run are compared, and which is best."""

    def __init__(self, metric: str | None, mode: str | None, leader: Leader | None) -> None:
        self.metric = metric
        self.mode = mode
        self.leader = leader

    @classmethod
    def of(cls, view: RunView, store: Store, metric: str | None, mode: str | None) -> Compared:
        """Return what was asked for, else the run's own choice."""
        own_metric, own_mode = view.criterion
        if metric in {None, own_metric} and mode in {None, own_mode}:
            return cls(own_metric, own_mode, view.leader)
        chosen = metric or own_metric
        direction = mode or (choose_mode(chosen, None) if chosen else None)
        leader = best_trial(store, view.run.launch, chosen, direction) if chosen and direction else None
        return cls(chosen, direction, leader)
