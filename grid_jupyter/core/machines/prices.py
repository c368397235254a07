"""The one source of prices: those that are shipped, or those of AWS as of now.

Every price is shown with its kind, its date and its region. AWS is asked only on request: ``--live``, or
``live_prices`` in the settings.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grid_jupyter.errors import GridError

from .catalogue import load_catalogue
from .price_cache import Quote, read_quotes, write_quotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grid_jupyter.core.settings import Settings

    from .machine import Machine

PATIENCE = 20.0
"""Seconds for AWS to answer."""


@dataclass(frozen=True)
class Prices:
    """Prices of machines, all of one kind and region.

    Attributes:
        region: Where they hold.
        as_of: The day (ISO) that they are of; of the oldest, where they differ.
        told: Kind, date and region, as a clause: ``shipped prices of 2026-07-20, us-east-1``.
        quotes: Live prices by machine; ``None`` for the shipped ones.
        note: Why they are not those that were wished for; empty where they are.
    """

    region: str
    as_of: str
    told: str
    quotes: Mapping[str, Quote] | None = field(default=None, repr=False)
    note: str = ""

    @property
    def live(self) -> bool:
        """Whether AWS was asked."""
        return self.quotes is not None

    def of(self, machine: Machine) -> Machine:
        """Return the machine at these prices."""
        if self.quotes is None:
            return machine
        quote = self.quotes[machine.name]
        return replace(machine, on_demand=quote.on_demand, spot=quote.spot)


def shipped_prices(note: str = "") -> Prices:
    """Return the prices that come with this version; nothing is asked for them."""
    catalogue = load_catalogue()
    told = f"shipped prices of {catalogue.date}, {catalogue.region}"
    return Prices(catalogue.region, catalogue.date, told, note=note)


def wished_prices(
    machines: Sequence[Machine], settings: Settings, credential: str | None = None, *, live: bool = False
) -> Prices:
    """Return live prices of these machines if they or the settings ask for them, else, or unanswered, the shipped."""
    if not (live or settings.live_prices):
        return shipped_prices()
    try:
        return live_prices(machines, settings, credential)
    except GridError as error:
        return shipped_prices(f"no live prices: {error}")


def live_prices(machines: Sequence[Machine], settings: Settings, credential: str | None = None) -> Prices:
    """Return what AWS asks for these machines in the user's region.

    Raises:
        CredentialError: There are no credentials, or they do not allow it.
        ServiceError: AWS does not answer.
    """
    from grid_jupyter.core.boto import find_credential, region_of, within

    def ask() -> Prices:
        region = region_of(settings, find_credential(settings, credential))
        now = time.time()
        quotes = read_quotes(region, now)
        if missing := [machine for machine in machines if machine.name not in quotes]:
            quotes |= _asked(missing, settings, credential, now)
            write_quotes(region, quotes)
        oldest = datetime.fromtimestamp(min((quotes[machine.name].at for machine in machines), default=now), UTC)
        told = f"live prices of {oldest:%Y-%m-%d %H:%M} UTC, {region}"
        return Prices(region, oldest.date().isoformat(), told, quotes)

    return within(PATIENCE, ask)


def _asked(machines: Sequence[Machine], settings: Settings, credential: str | None, now: float) -> dict[str, Quote]:
    from grid_jupyter.core.boto import make_client, open_session, told_plainly

    from .aws_prices import PRICING_REGION, on_demand_prices, spot_prices

    session = open_session(settings, credential)
    living = [machine.name for machine in machines if not machine.retired]
    with told_plainly():
        pricing = make_client(session, "pricing", PRICING_REGION)
        on_demand = on_demand_prices(pricing, session.region_name, [machine.name for machine in machines])
        spot = spot_prices(make_client(session, "ec2"), living) if living else {}
    return {machine.name: Quote(on_demand.get(machine.name), spot.get(machine.name), now) for machine in machines}
