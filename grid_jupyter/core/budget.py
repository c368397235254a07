"""What a run has used of machines, in time and dollars, and what it may use.

Machine time is the seconds of all attempts, each times its share of a machine: of four trials side by side on one
machine, each takes a quarter. The watcher keeps count in the store (the fact ``spend``); all others read it there.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from . import units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .placement import Placement
    from .store import Store


@dataclass(frozen=True)
class Tariff:
    """What a trial's time is counted as.

    Attributes:
        place: Where trials run, in words.
        per_machine: Trials that have room on one machine.
        price: Dollars an hour of one machine; ``None`` where it has none.
    """

    place: str
    per_machine: int
    price: float | None = None

    @classmethod
    def of(cls, placement: Placement) -> Tariff:
        """Return that of a place; machines that may be taken away count at their own price, where that is known."""
        machine = placement.machine
        price = (machine.spot if placement.pays_spot else machine.on_demand) if machine else None
        return cls(placement.place, placement.per_machine or placement.fits, price)

    def share(self, at_once: int) -> float:
        """Return how much of a machine each trial takes where so many run at once."""
        return math.ceil(at_once / self.per_machine) / at_once

    def read(self, budget: str) -> units.Budget:
        """Return what a budget limits.

        Raises:
            CommandError: It is no budget, or in dollars where nothing has a price.
        """
        limit = units.parse_budget("--budget", budget)
        if limit.dollars and self.price is None:
            raise CommandError(f"--budget {budget}: {self.place} has no price; give machine time, such as --budget 2h")
        return limit

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, for the store."""
        return asdict(self)


@dataclass(frozen=True)
class Account:
    """A run's spend, and its budget where it has one.

    Attributes:
        budget: As it was typed.
        seconds: Machine time used.
    """

    tariff: Tariff
    budget: str | None
    seconds: float

    @classmethod
    def read(cls, store: Store) -> Account:
        """Return what is stored."""
        limits, tariff = store.fact("limits"), store.fact("tariff")
        known = Tariff(**tariff) if tariff else Tariff(store.fact("cluster"), limits["fits"])
        return cls(known, limits.get("budget"), total(store.fact("spend")))

    @property
    def dollars(self) -> float:
        """Money spent."""
        return self.seconds / 3600 * (self.tariff.price or 0.0)

    def used(self, limit: units.Budget) -> float:
        """Return what is used, in the unit of a limit."""
        return self.seconds if limit.seconds else self.dollars

    @property
    def over(self) -> str | None:
        """That the budget is spent, in words; ``None`` while it is not."""
        if self.budget is None or self.used(limit := self.tariff.read(self.budget)) < _amount(limit):
            return None
        return f"the budget of {budget_text(limit)} is spent"

    @property
    def more(self) -> str:
        """A budget with which the run can go on: twice the old one, or as often doubled as it takes."""
        limit = self.tariff.read(self.budget or "1s")
        amount = _amount(limit)
        while amount <= self.used(limit):
            amount *= 2
        return units.write_duration(amount) if limit.seconds else f"{amount:.2f}".removesuffix(".00")

    @property
    def exhausted(self) -> Account:
        """The account of a run that was held for its budget; it may fall short by the moment a trial took to start."""
        limit = self.tariff.read(self.budget) if self.budget else units.Budget()
        seconds = limit.seconds or (limit.dollars or 0.0) * 3600 / (self.tariff.price or 1.0) * (1 + 1e-9)
        return Account(self.tariff, self.budget, max(self.seconds, seconds))

    def raised(self, budget: str) -> Account:
        """Return the account with another budget.

        Raises:
            CommandError: It is no budget, has the wrong unit, or is spent already.
        """
        account = Account(self.tariff, budget, self.seconds)
        if account.over:
            limit = self.tariff.read(budget)
            used = units.format_duration(self.seconds) if limit.seconds else units.format_money(self.dollars)
            raise CommandError(f"--budget {budget}: {used} spent already; name more, such as --budget {account.more}")
        return account

    def lasts(self, at_once: int) -> float:
        """Return for how many seconds the budget lasts from now on where so many trials run at once."""
        if self.budget is None:
            return math.inf
        limit = self.tariff.read(self.budget)
        left = max(0.0, _amount(limit) - self.used(limit))
        seconds = left if limit.seconds else left / (self.tariff.price or 1.0) * 3600
        return seconds / (self.tariff.share(at_once) * at_once)

    @property
    def told(self) -> str | None:
        """What is spent, in words, where anybody wants to know: ``$1.84 of $20.00 spent``."""
        limit = self.tariff.read(self.budget) if self.budget else None
        parts = []
        if self.tariff.price is not None:
            of = f" of {budget_text(limit)}" if limit and limit.dollars else ""
            parts.append(f"{units.format_money(self.dollars)}{of} spent")
        if limit and limit.seconds:
            parts.append(f"{units.format_duration(self.seconds)} of {budget_text(limit)} machine time")
        return ", ".join(parts) or None


def total(spend: Mapping[str, Any] | None) -> float:
    """Return the machine time of a stored account: of attempts that ended, and of those that run, as of then."""
    return float(spend["ended"] + sum(spend["running"].values())) if spend else 0.0


def _amount(limit: units.Budget) -> float:
    return limit.seconds or limit.dollars or 0.0


def budget_text(limit: units.Budget) -> str:
    """Return a budget in words: ``$20.00`` or ``2h``."""
    return units.write_duration(limit.seconds) if limit.seconds else units.format_money(limit.dollars or 0.0)
