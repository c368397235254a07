"""The machine that is wanted: where it starts, what runs on it, what it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grid_jupyter.clusters.aws.images import image_for, load_images
from grid_jupyter.clusters.aws.network import find_group, usable_subnets, zones_with
from grid_jupyter.clusters.aws.options import read_options
from grid_jupyter.core.finding import Finding, Level
from grid_jupyter.core.machines.prices import live_prices
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.core.units import format_money
from grid_jupyter.errors import GridError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grid_jupyter.clusters.aws.cloud import Cloud

    from .case import Case

_OPEN = "0.0.0.0/0"


def check_network(case: Case) -> Iterator[Finding]:
    """Whether machines start where they are to be had, and reach the internet from there."""
    cloud, name = case.cloud, case.machine.name
    group = find_group(cloud)
    if group is None:
        yield Finding("network", Level.PROBLEM, "it is not set up; run grid aws setup")
        return
    subnets = usable_subnets(cloud, group, read_options(case.settings, case.cluster))
    zones = zones_with(cloud, name)
    usable = [subnet for subnet in subnets if subnet["AvailabilityZone"] in zones]
    if not usable:
        where = f"only {', '.join(sorted(zones))}" if zones else "no zone"
        told = f"{where} of {cloud.region} has {name}; take another machine, region, or grid aws setup --subnets"
        yield Finding("network", Level.PROBLEM, told)
        return
    tables = _routes(cloud, group["VpcId"])
    cut_off = [subnet["SubnetId"] for subnet in usable if not _reaches_out(subnet, tables)]
    if cut_off:
        told = (
            f"machines in {', '.join(cut_off)} reach no internet, which they pull containers from: give them public "
            "addresses or a NAT gateway, or choose others with grid aws setup --subnets"
        )
        yield Finding("network", Level.PROBLEM if len(cut_off) == len(usable) else Level.WARNING, told)
    else:
        found = ", ".join(sorted(subnet["AvailabilityZone"] for subnet in usable))
        yield Finding("network", Level.OK, f"{name} starts in {found}")


def _routes(cloud: Cloud, vpc: str) -> dict[str, dict[str, Any]]:
    """Return where each subnet of a network sends what goes out; under an empty name that of all others."""
    tables = cloud.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        outwards = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == _OPEN]
        out = outwards[0] if outwards else {}
        for association in table["Associations"]:
            found["" if association.get("Main") else association.get("SubnetId", "")] = out
    return found


def _reaches_out(subnet: dict[str, Any], tables: dict[str, dict[str, Any]]) -> bool:
    out = tables.get(subnet["SubnetId"], tables.get("", {}))
    if str(out.get("GatewayId", "")).startswith("igw-"):
        return bool(subnet["MapPublicIpOnLaunch"])  # an internet gateway serves public addresses alone
    return bool(out)


def check_image(case: Case) -> Iterator[Finding]:
    """Which container trials run in."""
    options = read_options(case.settings, case.cluster)
    image = image_for(RunSpec(script="train.py"), case.machine, options)
    dated = "of the settings" if image == options.image else f"of {load_images()['date']}"
    yield Finding("image", Level.OK, f"{image}, {dated}")


def check_prices(case: Case) -> Iterator[Finding]:
    """What AWS asks for the machine now."""
    settings = replace(case.settings, region=case.cloud.region)
    try:
        machine = live_prices([case.machine], settings, case.credential).of(case.machine)
    except GridError as error:
        yield Finding("prices", Level.WARNING, f"no live prices, the shipped ones are shown instead: {error}")
        return
    prices = {"on demand": machine.on_demand, "spot": machine.spot}
    told = ", ".join(f"{format_money(price)} an hour {kind}" for kind, price in prices.items() if price is not None)
    yield Finding("prices", Level.OK if told else Level.WARNING, f"{machine.name}: {told or 'AWS names no price'}")
