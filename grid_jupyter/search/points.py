"""The points of a search: which are taken, which come next at random, and how Optuna sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.distributions import BaseDistribution

    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.space import Space
    from grid_jupyter.core.spec import RunSpec
    from grid_jupyter.core.store import Store
    from grid_jupyter.watcher.books import Books

FINE = 1000
"""From so many values on, an axis is as good as continuous; Optuna would look at each value for each result."""


class Points:
    """Each trial's combination, chosen once and stored before the trial starts.

    To Optuna, each group of axes that varies is one parameter: the place among the group's values. Near places of an
    ordered axis are near values, on the scale by which the axis is divided; so places are all that it has to know.
    """

    def __init__(self, launch: Launch, spec: RunSpec, store: Store, books: Books) -> None:
        self._store = store
        self._books = books
        self._space = space = launch.space
        self._begins = launch.selection.pick or int
        self._chosen = launch.selection.chosen if launch.selection.chosen is not None else {}
        self._taken: set[int] = set()
        self._random = 0
        self._sieve = None
        if spec.where:
            from grid_jupyter.core.sieve import Sieve
            from grid_jupyter.core.where import parse_where

            self._sieve = Sieve(space, parse_where(spec.where, [axis.label for axis in space.axes]))
        self._parameters = [
            (group, space.axes[places[0]].label) for group, places in enumerate(space.groups) if space.counts[group] > 1
        ]
        self.distributions = {label: _distribution(space, group) for group, label in self._parameters}

    def learn(self) -> None:
        """Read what is stored."""
        self._chosen |= self._store.choices(len(self._chosen))
        self._taken.update(self._chosen.values())

    def has(self, trial: int) -> bool:
        """Whether a trial's point is chosen."""
        return trial in self._chosen

    def take(self, trial: int, params: Mapping[str, Any]) -> bool:
        """Take a point for a trial, unless it was taken before or may not be."""
        combination = self._combination(params)
        if combination in self._taken or (self._sieve and not self._sieve.keeps(combination)):
            return False
        self._keep(trial, combination)
        return True

    def take_random(self, trial: int) -> None:
        """Take the next point in the random order; there is one for each trial."""
        while self._begins(self._random) in self._taken:
            self._random += 1
        self._keep(trial, self._begins(self._random))

    def _keep(self, trial: int, combination: int) -> None:
        self._books.choose(trial, combination)
        self._chosen[trial] = combination
        self._taken.add(combination)

    def params(self, trial: int) -> dict[str, Any]:
        """A trial's point as Optuna's parameters."""
        digits = self._space.digits(self._chosen[trial])
        return {
            label: (digits[group] + 0.5) / self._space.counts[group] if self._is_fine(label) else digits[group]
            for group, label in self._parameters
        }

    def _combination(self, params: Mapping[str, Any]) -> int:
        digits = [0] * len(self._space.counts)
        for group, label in self._parameters:
            count = self._space.counts[group]
            digits[group] = min(int(params[label] * count), count - 1) if self._is_fine(label) else int(params[label])
        combination = 0
        for count, digit in zip(self._space.counts, digits, strict=True):
            combination = combination * count + digit
        return combination

    def _is_fine(self, label: str) -> bool:
        return isinstance(self.distributions[label], FloatDistribution)


def _distribution(space: Space, group: int) -> BaseDistribution:
    count = space.counts[group]
    if count >= FINE:
        return FloatDistribution(0.0, 1.0)
    ordered = all(space.axes[place].ordered for place in space.groups[group])
    return IntDistribution(0, count - 1) if ordered else CategoricalDistribution(range(count))
