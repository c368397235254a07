"""The script that renews the catalogue, and what is asked of AWS, against the shapes of botocore's models."""

from __future__ import annotations

import json
import runpy
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from botocore.stub import ANY, Stubber
from stand_ins.aws import product

from grid_jupyter.core.machines.aws_prices import on_demand_prices, spot_prices
from grid_jupyter.core.machines.machine import Machine

TOOL = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "update_machines.py"))
X86 = {"Filters": [{"Name": "processor-info.supported-architecture", "Values": ["x86_64"]}]}
LINUX = [
    {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
    {"Type": "TERM_MATCH", "Field": "operatingSystem", "Value": "Linux"},
    {"Type": "TERM_MATCH", "Field": "tenancy", "Value": "Shared"},
    {"Type": "TERM_MATCH", "Field": "preInstalledSw", "Value": "NA"},
    {"Type": "TERM_MATCH", "Field": "capacitystatus", "Value": "Used"},
]
PRODUCTS = {"ServiceCode": "AmazonEC2", "Filters": LINUX}


@pytest.fixture
def client():
    """Return a function that makes a client and its stubber; what was to be asked must have been asked."""
    stubbers = []

    def make(service):
        made = boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        stubber = Stubber(made)
        stubber.activate()
        stubbers.append(stubber)
        return made, stubber

    yield make
    for stubber in stubbers:
        stubber.assert_no_pending_responses()


def machine(name, cpus, memory, gpu=None, disk=0):
    """A machine as EC2 describes it."""
    info = {
        "InstanceType": name,
        "VCpuInfo": {"DefaultVCpus": cpus},
        "MemoryInfo": {"SizeInMiB": int(memory * 1024)},
        "InstanceStorageSupported": bool(disk),
    }
    if disk:
        info["InstanceStorageInfo"] = {"TotalSizeInGB": disk}
    if gpu:
        info["GpuInfo"] = {"Gpus": [gpu]}
    return info


def gpu(model, count, mib, maker="NVIDIA", **more):
    return {"Name": model, "Manufacturer": maker, "Count": count, "MemoryInfo": {"SizeInMiB": mib}, **more}


# What is asked


def test_prices_on_demand_are_read_to_the_last_page(client):
    pricing, stubber = client("pricing")
    free = product("p5e.48xlarge", 0.0)
    yearly = product("g6.xlarge", 900.0, unit="Quantity")
    stubber.add_response("get_products", {"PriceList": [product("g6.xlarge", 0.8048)], "NextToken": "2"}, PRODUCTS)
    more = {"PriceList": [product("g5.xlarge", 1.006), free, yearly]}
    stubber.add_response("get_products", more, PRODUCTS | {"NextToken": "2"})
    assert on_demand_prices(pricing, "us-east-1") == {"g6.xlarge": 0.8048, "g5.xlarge": 1.006}


def test_one_machine_is_asked_for_by_name(client):
    pricing, stubber = client("pricing")
    named = [*LINUX, {"Type": "TERM_MATCH", "Field": "instanceType", "Value": "g6.xlarge"}]
    answer = {"PriceList": [product("g6.xlarge", 0.8048)]}
    stubber.add_response("get_products", answer, {"ServiceCode": "AmazonEC2", "Filters": named})
    assert on_demand_prices(pricing, "us-east-1", ["g6.xlarge"]) == {"g6.xlarge": 0.8048}


def test_a_spot_price_is_that_of_the_cheapest_zone(client):
    ec2, stubber = client("ec2")
    asked = {"InstanceTypes": ["g5.xlarge", "g6.xlarge"], "ProductDescriptions": ["Linux/UNIX"], "StartTime": ANY}

    def entry(name, price, zone):
        when = datetime(2026, 11, 1, tzinfo=UTC)
        return {"InstanceType": name, "SpotPrice": price, "AvailabilityZone": zone, "Timestamp": when}

    first = [entry("g6.xlarge", "0.41", "a"), entry("g6.xlarge", "0.35", "b")]
    stubber.add_response("describe_spot_price_history", {"SpotPriceHistory": first, "NextToken": "2"}, asked)
    second = [entry("g6.xlarge", "0.39", "c"), entry("g5.xlarge", "0.5", "a")]
    stubber.add_response("describe_spot_price_history", {"SpotPriceHistory": second}, asked | {"NextToken": "2"})
    assert spot_prices(ec2, ["g6.xlarge", "g5.xlarge"]) == {"g6.xlarge": 0.35, "g5.xlarge": 0.5}


# The catalogue

OLD = {
    "date": "2026-01-01",
    "region": "us-east-1",
    "source": "made up",
    "machines": [
        {"name": "g5.xlarge", "gpus": 1, "accelerator": "A10G", "gpu_memory_gb": 24, "vcpus": 4, "memory_gb": 16,
         "local_disk_gb": 250, "on_demand": 1.0, "retired": False},
        {"name": "p3.2xlarge", "gpus": 1, "accelerator": "V100", "gpu_memory_gb": 16, "vcpus": 8, "memory_gb": 61,
         "local_disk_gb": 0, "on_demand": 3.06, "retired": True, "replacement": "g5.xlarge"},
        {"name": "g4dn.xlarge", "gpus": 1, "accelerator": "T4", "gpu_memory_gb": 16, "vcpus": 4, "memory_gb": 16,
         "local_disk_gb": 125, "on_demand": 0.526, "retired": False},
        {"name": "t3.large", "gpus": 0, "accelerator": None, "gpu_memory_gb": None, "vcpus": 2, "memory_gb": 8,
         "local_disk_gb": 0, "on_demand": 0.08, "retired": False, "note": "by hand", "replacement": "m7i.large"},
        {"name": "m7i.large", "gpus": 0, "accelerator": None, "gpu_memory_gb": None, "vcpus": 2, "memory_gb": 8,
         "local_disk_gb": 0, "on_demand": 0.1, "retired": False},
    ],
}  # fmt: skip
DESCRIBED = [
    machine("m7i.large", 2, 8),
    machine("m7i.metal-24xl", 96, 384),
    machine("c9.large", 2, 4),
    machine("t3.nano", 2, 0.5),
    machine("t3.large", 2, 8),
    machine("g5.xlarge", 4, 16, gpu("A10G", 1, 22888), 250),
    machine("g5.2xlarge", 8, 32, gpu("A10G", 1, 22888), 450),
    machine("g4ad.xlarge", 4, 16, gpu("Radeon Pro V520", 1, 8192, "AMD")),
    machine("g6f.large", 2, 8, gpu("L4", 0, 2861, LogicalGpuCount=1, GpuPartitionSize=0.125), 100),
    machine("g9.xlarge", 4, 30.5, gpu("RTX PRO Server 6000", 2, 97887), 1900),
    machine("p9.48xlarge", 192, 2048, gpu("H200", 8, 144384), 30400),
]
PRICES = {"g5.xlarge": 1.006, "g5.2xlarge": 1.212, "g6f.large": 0.202, "g9.xlarge": 7.0, "p3.2xlarge": 3.06,
          "m7i.large": 0.1008, "t3.large": 0.0832}  # fmt: skip


@pytest.fixture
def renew(client):
    """Return a function that renews a catalogue from what AWS describes."""

    def make(old, described, prices):
        ec2, stubbed = client("ec2")
        half = len(described) // 2
        stubbed.add_response("describe_instance_types", {"InstanceTypes": described[:half], "NextToken": "2"}, X86)
        stubbed.add_response("describe_instance_types", {"InstanceTypes": described[half:]}, X86 | {"NextToken": "2"})
        pricing, stubbed = client("pricing")
        answer = {"PriceList": [product(name, price) for name, price in prices.items()]}
        stubbed.add_response("get_products", answer, PRODUCTS)
        return TOOL["renewed"](old, ec2, pricing, "2026-11-01")

    return make


def test_the_catalogue_is_renewed(renew):
    new, changes = renew(OLD, DESCRIBED, PRICES)
    assert (new["date"], new["region"]) == ("2026-11-01", "us-east-1")
    assert [entry["name"] for entry in new["machines"]] == [
        "g5.xlarge", "g5.2xlarge", "p3.2xlarge", "g4dn.xlarge", "t3.large", "m7i.large",
        "g6f.large", "g9.xlarge", "p9.48xlarge",
    ]  # fmt: skip
    by_name = {entry["name"]: entry for entry in new["machines"]}
    assert by_name["g5.2xlarge"] == {
        "name": "g5.2xlarge", "gpus": 1, "accelerator": "A10G", "gpu_memory_gb": 24, "vcpus": 8, "memory_gb": 32,
        "local_disk_gb": 450, "on_demand": 1.212, "retired": False,
    }  # fmt: skip
    part = by_name["g6f.large"]
    assert (part["gpus"], part["gpu_memory_gb"], part["replacement"]) == (0.125, 2.8, "g5.xlarge")
    assert "fraction" in part["note"]
    large = by_name["g9.xlarge"]
    assert (large["accelerator"], large["gpu_memory_gb"], large["memory_gb"]) == ("RTX PRO 6000", 96, 30.5)
    assert (by_name["p9.48xlarge"]["gpu_memory_gb"], by_name["p9.48xlarge"]["on_demand"]) == (141, None)
    assert "no list price" in by_name["p9.48xlarge"]["note"]
    # What was written by hand stays.
    assert (by_name["t3.large"]["note"], by_name["t3.large"]["replacement"]) == ("by hand", "m7i.large")
    assert by_name["p3.2xlarge"] == OLD["machines"][1]
    # What AWS no longer describes is retired, with its last price.
    lost = by_name["g4dn.xlarge"]
    assert (lost["retired"], lost["on_demand"], lost["replacement"]) == (True, 0.526, "g5.xlarge")
    assert "new: g9.xlarge, 7.0" in changes
    assert "g5.xlarge: on_demand 1.0 -> 1.006" in changes
    assert "g4dn.xlarge: retired False -> True" in changes
    assert not any("p3.2xlarge" in change for change in changes)


def test_what_is_written_is_a_catalogue(renew):
    new, _ = renew(OLD, DESCRIBED, PRICES)
    text = TOOL["written"](new)
    assert json.loads(text) == new
    assert all(Machine(**entry).nicknames for entry in json.loads(text)["machines"])
    assert len(text.splitlines()) == len(new["machines"]) + 7


def test_the_shipped_file_is_written_so():
    text = TOOL["FILE"].read_text(encoding="utf-8")
    assert TOOL["written"](json.loads(text)) == text


def test_an_answer_that_cannot_be_all_is_not_believed(renew):
    with pytest.raises(SystemExit, match="nothing written"):
        renew(OLD, DESCRIBED[:1], PRICES)
