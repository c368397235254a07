"""A run as it is being watched: what changed is read, the rest is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .limits import Limits
from .results import Leader, find_leader, metric_names
from .store import Store
from .summary import RunSummary, summarise

if TYPE_CHECKING:
    from .run import Run
    from .store import TrialRow


class RunView:
    """A picture of a run that is renewed at little cost.

    Attributes:
        summary: State and counts as of the last refresh.
        leader: The best trial so far, where a metric tells.
        durations: Of the trials that succeeded last, in seconds.
        at_once: How many trials run at once at most.
    """

    summary: RunSummary
    leader: Leader | None
    durations: list[float]
    at_once: int

    def __init__(self, run: Run) -> None:
        self.run = run
        self._rows: dict[int, TrialRow] = {}
        self._seen = 0
        self.refresh()

    @property
    def rows(self) -> list[TrialRow]:
        """The trials that were started or stopped at some time, in no order."""
        return list(self._rows.values())

    @property
    def metrics(self) -> list[str]:
        """The metrics seen so far, the one that tells the best first."""
        names = metric_names(self._rows.values())
        first = [self.leader.metric] if self.leader else []
        return list(dict.fromkeys([*first, *names]))

    def refresh(self) -> None:
        """Read what is new.

        Raises:
            GridError: The run was deleted, or cannot be read any more.
        """
        with Store(self.run.store_folder) as store:
            self.summary = summarise(self.run.store_folder, store)
            self._seen, changed = store.changed_since(self._seen)
            self.durations = store.durations()
            self.at_once = Limits(**store.fact("limits")).at_once
        self._rows.update({row.trial: row for row in changed})
        launch = self.run.launch
        self.leader = find_leader(self._rows.values(), launch.metric, launch.mode)
