"""Results that decide: which point is tried next, and which trial ends early.

The watcher asks a ``Search`` and does what it says. What a search knows is in the run's database, where the next
watcher finds it. Optuna is imported for runs that search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from grid_jupyter.core.searching import BAYESIAN, require_optuna

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.spec import RunSpec
    from grid_jupyter.core.store import Point, Store, TrialRow
    from grid_jupyter.watcher.books import Books

PRUNED = "pruned at step "
"""How the reason of a trial begins that a search ends early: also another watcher knows it by this."""


class Search(Protocol):
    """What the watcher asks of a search."""

    @property
    def chooses(self) -> bool:
        """Whether a trial's point depends on the results before it."""

    def learn(self) -> None:
        """Look anew at the trials in the store, after they were changed in bulk."""

    def choose(self, trial: int) -> None:
        """See to it that the point of a trial that is about to start is chosen and stored."""

    def told(self, trial: int, points: Sequence[Point]) -> None:
        """Take in new values of a trial's metrics."""

    def ended(self, row: TrialRow) -> None:
        """Take in the end of an attempt."""

    def bad(self) -> list[tuple[int, str]]:
        """Return the running trials that are to end early, with the reasons."""


class NoSearch:
    """All points are settled at launch, and trials run to their ends."""

    chooses = False

    def learn(self) -> None:
        """Nothing is to be known."""

    def choose(self, _trial: int) -> None:
        """Nothing is to be chosen."""

    def told(self, _trial: int, _points: Sequence[Point]) -> None:
        """No value decides anything."""

    def ended(self, _row: TrialRow) -> None:
        """No result decides anything."""

    def bad(self) -> list[tuple[int, str]]:
        """Return none."""
        return []


def find_search(store: Store, books: Books, launch: Launch, spec: RunSpec) -> Search:
    """Return the search of a run, which knows nothing before it learns.

    Raises:
        CommandError: Optuna is needed and was removed since the launch.
    """
    if spec.strategy != BAYESIAN and not spec.early_stop:
        return NoSearch()
    require_optuna(spec)
    from .study import Study

    return Study(store, books, launch, spec)
