"""What AWS answers when it is asked for prices."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PRICING_REGION = "us-east-1"
"""The price list is served in a few regions only; each of them knows the prices of all."""


def on_demand_prices(pricing: Any, region: str, names: Collection[str] = ()) -> dict[str, float]:  # noqa: ANN401
    """Return dollars an hour of Linux machines by their names; those without a list price are left out.

    Args:
        pricing: A client of the service ``pricing``.
        region: Whose prices.
        names: The machines that are wanted; none for all that the region has.
    """
    wanted = {
        "regionCode": region,
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
    }
    if len(names) == 1:
        wanted["instanceType"] = next(iter(names))
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()]
    prices: dict[str, float] = {}
    for page in pricing.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", Filters=filters):
        for text in page["PriceList"]:
            product = json.loads(text)
            name = product["product"]["attributes"].get("instanceType")
            price = min(_hourly(product), default=None)
            if name and price and (not names or name in names):
                prices[name] = min(price, prices.get(name, price))
    return prices


def _hourly(product: dict[str, Any]) -> Iterator[float]:
    """The prices of an hour in a product's terms; capacity blocks, which are sold otherwise, stand there with 0."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = float(dimension["pricePerUnit"].get("USD", 0))
            if dimension["unit"] == "Hrs" and price > 0:
                yield price


def spot_prices(ec2: Any, names: Collection[str]) -> dict[str, float]:  # noqa: ANN401
    """Return what an hour of each interruptible Linux machine costs now, in the cheapest zone of the region."""
    pages = ec2.get_paginator("describe_spot_price_history").paginate(
        InstanceTypes=sorted(names), ProductDescriptions=["Linux/UNIX"], StartTime=datetime.now(UTC)
    )
    prices: dict[str, float] = {}
    for page in pages:
        for entry in page["SpotPriceHistory"]:
            name, price = entry["InstanceType"], float(entry["SpotPrice"])
            prices[name] = min(price, prices.get(name, price))
    return prices
