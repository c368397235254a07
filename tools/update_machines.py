"""Renew the catalogue of machines from AWS: ``python tools/update_machines.py``.

It asks EC2 which machines there are and the price list what they cost, and writes ``catalogue.json`` anew. Sizes and
prices come from AWS; what AWS does not tell (a catch, what to take instead) stays as it was written by hand. Machines
that AWS no longer describes become retired. Look at what it says and at the difference before you commit it.

It needs credentials that allow ``ec2:DescribeInstanceTypes`` and ``pricing:GetProducts``.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.machines.aws_prices import PRICING_REGION, on_demand_prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Entry = dict[str, Any]

FILE = Path(__file__).parents[1] / "grid_jupyter" / "core" / "machines" / "catalogue.json"
REGION = "us-east-1"
SOURCE = (
    "AWS: EC2 DescribeInstanceTypes and the price list of on-demand Linux machines in us-east-1; "
    "of retired machines the last known price"
)
CPU_FAMILIES = ("m5a", "m7i", "t2", "t3")
SOLD_AS = (4, 8, 12, 16, 24, 32, 40, 48, 80, 96, 141, 180, 270)
"""GB by which GPUs are sold; a driver reports a little less."""

CLOSE = 0.1
MODELS = {"RTX PRO Server 4500": "RTX PRO 4500", "RTX PRO Server 6000": "RTX PRO 6000"}
FRACTION = "its GPU is a fraction, which AWS Batch cannot hand to a trial"
PRICELESS = "it has no list price"


def main() -> int:
    """Renew the file and say what changed."""
    import boto3

    ec2 = boto3.client("ec2", region_name=REGION)
    pricing = boto3.client("pricing", region_name=PRICING_REGION)
    old = json.loads(FILE.read_text(encoding="utf-8"))
    new, changes = renewed(old, ec2, pricing, datetime.now(UTC).date().isoformat())
    FILE.write_text(written(new), encoding="utf-8")
    print("\n".join(changes) or "nothing changed but the date")
    return 0


def renewed(old: Mapping[str, Any], ec2: Any, pricing: Any, today: str) -> tuple[dict[str, Any], list[str]]:  # noqa: ANN401
    """Return the new catalogue, and what changed in words.

    Args:
        old: The catalogue as it is.
        ec2: A client of EC2.
        pricing: A client of the price list.
        today: The new catalogue's date.
    """
    known = {entry["name"]: entry for entry in old["machines"]}
    prices = on_demand_prices(pricing, REGION)
    described = {info["InstanceType"]: info for info in _described(ec2) if _wanted(info)}
    gone = [name for name, entry in known.items() if not entry["retired"] and name not in described]
    if len(gone) > len(described) or not prices:
        sys.exit(
            f"AWS described {len(described)} machines and {len(prices)} prices, too few to be all: nothing written"
        )
    entries = {name: _entry(info, prices.get(name), known.get(name, {})) for name, info in described.items()}
    for name, entry in known.items():
        if name in gone or entry["retired"]:
            entries[name] = entry | {"retired": True, "on_demand": prices.get(name, entry["on_demand"])}
    for entry in entries.values():
        if (entry["retired"] or entry.get("note")) and not entry.get("replacement"):
            entry["replacement"] = _nearest(entry, entries.values())
    order = list(known)
    machines = sorted(entries.values(), key=lambda entry: _place(entry["name"], order))
    catalogue = {"date": today, "region": REGION, "source": SOURCE, "machines": machines}
    return catalogue, list(_changes(known, entries))


def written(catalogue: Mapping[str, Any]) -> str:
    """Return the catalogue as the file holds it: a machine a line."""
    heads = [f'  "{key}": {json.dumps(catalogue[key])},' for key in ("date", "region", "source")]
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in catalogue["machines"])
    return "\n".join(["{", *heads, '  "machines": [', lines, "  ]", "}", ""])


def _described(ec2: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    pages = ec2.get_paginator("describe_instance_types").paginate(
        Filters=[{"Name": "processor-info.supported-architecture", "Values": ["x86_64"]}]
    )
    for page in pages:
        yield from page["InstanceTypes"]


def _wanted(info: Mapping[str, Any]) -> bool:
    """Whether a machine belongs into the catalogue: all with NVIDIA's GPUs, and some families without any."""
    if "GpuInfo" in info:
        return info["GpuInfo"]["Gpus"][0].get("Manufacturer", "").upper() == "NVIDIA"
    family, _, size = info["InstanceType"].partition(".")
    enough = info["MemoryInfo"]["SizeInMiB"] >= 4096
    return family in CPU_FAMILIES and "metal" not in size and enough and _cpus(info) > 1


def _cpus(info: Mapping[str, Any]) -> int:
    return int(info["VCpuInfo"]["DefaultVCpus"])


def _entry(info: Mapping[str, Any], price: float | None, old: Mapping[str, Any]) -> Entry:
    gpus, model, memory = _gpus(info)
    entry = {
        "name": info["InstanceType"],
        "gpus": gpus,
        "accelerator": model,
        "gpu_memory_gb": memory,
        "vcpus": _cpus(info),
        "memory_gb": _plain(info["MemoryInfo"]["SizeInMiB"] / 1024),
        "local_disk_gb": info.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
        "on_demand": price,
        "retired": old.get("retired", False),
    }
    note = old.get("note") or (FRACTION if gpus % 1 else "") or (PRICELESS if price is None else "")
    if note:
        entry["note"] = note
    if (note or entry["retired"]) and old.get("replacement"):
        entry["replacement"] = old["replacement"]
    return entry


def _gpus(info: Mapping[str, Any]) -> tuple[float, str | None, float | None]:
    """Number, model and memory of each; of a part of a GPU, that part and its memory."""
    if "GpuInfo" not in info:
        return 0, None, None
    gpu = info["GpuInfo"]["Gpus"][0]
    model = MODELS.get(gpu["Name"], gpu["Name"])
    memory = gpu["MemoryInfo"]["SizeInMiB"] / 1024
    if not gpu.get("Count"):
        return gpu["LogicalGpuCount"] * gpu["GpuPartitionSize"], model, round(memory, 1)
    sold = min(SOLD_AS, key=lambda size: abs(size - memory))
    return gpu["Count"], model, sold if abs(sold - memory) < CLOSE * memory else _plain(round(memory, 1))


def _nearest(entry: Mapping[str, Any], entries: Iterable[Entry]) -> str:
    """The cheapest that can be had with no less of anything that counts; of fewer GPUs only where there is none."""

    def shortfall(other: Entry) -> tuple[float, ...]:
        sizes = ("gpus", "gpu_memory_gb") if entry["accelerator"] else ("vcpus", "memory_gb")
        return (*(max(0, (entry[size] or 0) - (other[size] or 0)) for size in sizes), other["on_demand"])

    usable = [other for other in entries if other["on_demand"] and not other["retired"] and not other.get("note")]
    alike = [other for other in usable if (other["accelerator"] is None) == (entry["accelerator"] is None)]
    return str(min(alike, key=shortfall)["name"])


def _place(name: str, order: list[str]) -> tuple[int, str]:
    """Sort key: known machines stay where they are, new ones come behind their family, new families last."""
    if name in order:
        return order.index(name), ""
    family = [place for place, known in enumerate(order) if known.partition(".")[0] == name.partition(".")[0]]
    return (family[-1] if family else len(order)), name


def _changes(known: Mapping[str, Entry], entries: Mapping[str, Entry]) -> Iterator[str]:
    for name, entry in entries.items():
        old = known.get(name)
        if old is None:
            yield f"new: {name}, {entry['on_demand']}"
            continue
        differing = [key for key in entry if entry[key] != old.get(key)]
        yield from (f"{name}: {key} {old.get(key)} -> {entry[key]}" for key in differing)


def _plain(number: float) -> float:
    return int(number) if float(number).is_integer() else number


if __name__ == "__main__":
    sys.exit(main())
