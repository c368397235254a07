"""What instance types there are, and which quota each counts against."""

import json
from functools import cache
from importlib import resources


@cache
def instance_types():
    """Return vCPUs, memory in MiB as the container agent registers it, and GPUs, by type."""
    text = resources.files("grid_jupyter.core.machines").joinpath("catalogue.json").read_text()
    return {one["name"]: _shape(one) for one in json.loads(text)["machines"]}


def _shape(one):
    # "the ECS container agent … the total memory of an instance is not all available to containers" (ECS developer
    # guide, memory management): some is the kernel's and the agent's.
    share = 0.9 if one["memory_gb"] <= 32 else 0.94
    return {"VCPU": one["vcpus"], "MEMORY": int(one["memory_gb"] * 1024 * share), "GPU": one.get("gpus", 0)}


def chosen(wanted):
    """Return the types that a compute environment means, the smallest first."""
    # "You can specify instance families to launch any instance type within those families (for example, c5 or p3), or
    # you can specify specific sizes within a family (such as c5.8xlarge)." – model, instanceTypes
    found = [name for name in instance_types() if name in wanted or name.partition(".")[0] in wanted]
    return sorted(found, key=lambda name: instance_types()[name]["VCPU"])


def quota_code(name, market):
    """Return the code of the vCPU quota of EC2 that a type counts against."""
    family = name.partition(".")[0]
    if family.startswith(("g", "vt")):
        return {"EC2": "L-DB2E81BA", "SPOT": "L-3819A6DF"}[market]
    if family.startswith("p"):
        return {"EC2": "L-417A185B", "SPOT": "L-C4BD4855" if family.startswith("p5") else "L-7212CCBC"}[market]
    return {"EC2": "L-1216C47A", "SPOT": "L-34B43A08"}[market]
