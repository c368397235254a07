"""Which combinations become trials, and in what order."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from .language.streams import picks_generator, sample_generator
from .shuffle import Integers, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Literal

    from .sieve import Sieve
    from .space import Space
    from .where import Where

    Strategy = Literal["grid_search", "random_search", "none", "bayesian"]

MAX_MISSES = 1_000_000
_SAMPLE = 10_000


@dataclass(frozen=True)
class Selection:
    """The trials of a run, as numbers of combinations.

    Attributes:
        count: How many trials.
        survivors: How many combinations satisfy ``--where``.
        estimated: Whether ``survivors`` (and ``count`` with it, for a grid) comes from a sample.
        refusal: Why this cannot be launched, or an empty string.
        pick: The combination of a trial; None where the trials are all combinations in order.
        chosen: Where a search chooses by results: the combinations that it has chosen so far, by trial. ``pick`` is
            then the random order in which it begins, and to which it returns where it knows no better.
    """

    count: int
    survivors: int
    estimated: bool = False
    refusal: str = ""
    pick: Callable[[int], int] | None = None
    chosen: dict[int, int] | None = None

    def knows(self, trial: int) -> bool:
        """Whether the combination of a trial is settled; that of a search is when the trial is about to start."""
        return self.chosen is None or trial in self.chosen

    @property
    def launchable(self) -> bool:
        """Whether the trials are known well enough to start them."""
        return not self.refusal

    def combination(self, trial: int) -> int:
        """The combination of a trial.

        Raises:
            IndexError: There is no such trial.
            KeyError: A search has not chosen it yet.
            CommandError: The trials are an estimate, and this one is not found in bearable time.
        """
        if not 0 <= trial < self.count:
            raise IndexError(trial)
        if self.chosen is not None:
            return self.chosen[trial]
        return self.pick(trial) if self.pick else trial

    def to_json(self) -> Any:  # noqa: ANN401  (whatever JSON is stored)
        """The combinations in order; None for all of them; a search tells how it begins."""
        picks = [self.pick(trial) for trial in range(self.count)] if self.pick else None
        return picks if self.chosen is None else {"begins": picks}

    @classmethod
    def from_json(cls, data: Any, space: Space) -> Selection:  # noqa: ANN401
        """The selection that ``to_json`` told of; what a search has chosen is kept apart."""
        if data is None:
            return cls(space.size, space.size)
        if isinstance(data, dict):
            return replace(cls.from_json(data["begins"], space), chosen={})
        return cls(len(data), len(data), pick=data.__getitem__)


def select(space: Space, *, where: Where | None, strategy: Strategy, trials: int | None, seed: int) -> Selection:
    """Choose the combinations that become trials.

    Args:
        space: All combinations.
        where: What they must satisfy.
        strategy: All of them, or ``trials`` of them, without replacement: at random, or as a search chooses.
        trials: How many, at most all; a larger number of random ones goes on where a smaller ended.
        seed: What the random picks depend on.

    Raises:
        CommandError: ``trials`` does not go with the strategy, or too few combinations satisfy ``where``.
        SweepError: ``where`` compares what cannot be compared.
    """
    _check_trials(strategy, trials)
    if strategy == "bayesian":
        begins = select(space, where=where, strategy="random_search", trials=trials, seed=seed)
        return replace(begins, chosen={})
    if where is None:
        return _all(space, trials, seed)
    from .sieve import MAX_TABLE, Sieve  # as most runs have no condition

    sieve = Sieve(space, where)
    if space.size <= MAX_TABLE:
        return _listed(sieve, trials, seed)
    survivors = _estimate(sieve, seed)
    if trials is None:
        return _endless(sieve, survivors)
    return _sampled(sieve, survivors, trials, seed)


def _check_trials(strategy: Strategy, trials: int | None) -> None:
    if strategy == "random_search" and trials is None:
        raise CommandError("--strategy random_search needs --trials: how many combinations to pick")
    if strategy not in {"random_search", "bayesian"} and trials is not None:
        raise CommandError(f"--trials has no use with --strategy {strategy}: add --strategy random_search")
    if trials is not None and trials < 1:
        raise CommandError("--trials must be at least 1")


def _all(space: Space, trials: int | None, seed: int) -> Selection:
    if trials is None:
        return Selection(space.size, space.size)
    picks = _Lazy(shuffled(space.size, picks_generator(seed)))
    return Selection(min(trials, space.size), space.size, pick=picks)


def _listed(sieve: Sieve, trials: int | None, seed: int) -> Selection:
    """From a space small enough to look at every combination."""
    kept = sieve.survivors()
    if not len(kept):
        raise _none_left(sieve)
    if trials is None:
        return Selection(len(kept), len(kept), pick=lambda trial: int(kept[trial]))
    order = _Lazy(shuffled(len(kept), picks_generator(seed)))
    return Selection(min(trials, len(kept)), len(kept), pick=lambda trial: int(kept[order(trial)]))


def _estimate(sieve: Sieve, seed: int) -> int:
    size = sieve.space.size
    if sieve.table is not None:
        survivors = int(sieve.table.sum()) * (size // sieve.table.size)
        if not survivors:
            raise _none_left(sieve)
        return survivors
    integers = Integers(sample_generator(seed))
    return sum(sieve.keeps(integers.below(size)) for _ in range(_SAMPLE)) * size // _SAMPLE


def _endless(sieve: Sieve, survivors: int) -> Selection:
    from .sieve import MAX_TABLE

    refusal = (
        f"--where over {sieve.space.size:,} combinations needs --strategy random_search or bayesian, with --trials: "
        f"a grid looks at every one, which ends at {MAX_TABLE:,}"
    )
    first = _Lazy(_sifted(sieve, iter(range(sieve.space.size))))
    return Selection(survivors, survivors, estimated=True, refusal=refusal, pick=first)


def _sampled(sieve: Sieve, survivors: int, trials: int, seed: int) -> Selection:
    order = shuffled(sieve.space.size, picks_generator(seed))
    exact = sieve.table is not None
    wanted = min(trials, survivors) if exact else min(trials, sieve.space.size)
    picks = list(itertools.islice(_sifted(sieve, order), wanted))
    return Selection(len(picks), max(survivors, len(picks)), estimated=True, pick=picks.__getitem__)


def _sifted(sieve: Sieve, candidates: Iterator[int]) -> Iterator[int]:
    found = misses = 0
    for candidate in candidates:
        if sieve.keeps(candidate):
            found += 1
            yield candidate
            continue
        misses += 1
        if misses == MAX_MISSES:
            raise CommandError(
                f"--where {sieve.where.text}: {found} combinations were found and {MAX_MISSES:,} missed: "
                "ask for fewer --trials, or for a condition that more combinations satisfy"
            )


def _none_left(sieve: Sieve) -> CommandError:
    return CommandError(f"--where {sieve.where.text}: no combination satisfies it")


class _Lazy:
    """Items of an iterator by their place, taken from it when they are asked for."""

    def __init__(self, items: Iterator[int]) -> None:
        self._items = items
        self._taken: list[int] = []

    def __call__(self, place: int) -> int:
        missing = place + 1 - len(self._taken)
        if missing > 0:
            self._taken.extend(itertools.islice(self._items, missing))
        return self._taken[place]
