"""What forms are made from: Grid's own flags, the machines that there are, the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from grid_jupyter.core.candidates import clusters
from grid_jupyter.core.cluster import find_cluster
from grid_jupyter.core.cluster_packages import DEFAULT
from grid_jupyter.core.flags import RUN_FLAGS, Flag
from grid_jupyter.core.project import find_project
from grid_jupyter.core.script import read_flags
from grid_jupyter.core.settings import load
from grid_jupyter.core.settings_report import settings_json
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.errors import ProjectError

from . import shapes
from .verbs import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.machines.listing import MachineList

    from .places import Root


def flags() -> dict[str, Any]:
    """Return the flags of ``grid run``."""
    return {"flags": [_flag(flag) for flag in RUN_FLAGS if not flag.refused]}


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "name": flag.name, "kind": flag.kind.name.lower(), "group": flag.group.value, "help": flag.help,
        "metavar": flag.metavar, "default": flag.default, "choices": list(flag.choices), "aliases": list(flag.aliases),
        "limit": flag.limit, "minimum": flag.minimum, "repeats": flag.repeats, "hidden": flag.hidden,
    }  # fmt: skip


def script(path: str, root: Root) -> dict[str, Any]:
    """Return the flags of a script below the contents root, read from its source.

    Raises:
        ProjectError: There is no such file.
    """
    file = root.find(path)
    if not file.is_file():
        raise ProjectError(f"{path} does not exist")
    read = read_flags(file, find_project(file.parent).root)
    return {"path": root.relative(file), **read.to_json()}


def machines(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this machine has, and the machines that fit what is asked for, as ``grid machines`` does."""
    flags = [f"--{flag}" if value is True else f"--{flag}={value}" for flag, value in query.items()
             if flag != "name" and value not in {None, False}]  # fmt: skip
    name = [] if query["name"] is None else [query["name"]]
    listed = cast("MachineList", say(["machines", *flags, *name]).value)
    here = find_cluster(DEFAULT).place(RunSpec(script=""), 1, load())
    prices = listed.prices
    return {
        "here": {"place": here.place, "at_once": here.fits},
        "prices": {"live": prices.live, "as_of": prices.as_of, "region": prices.region, "told": prices.told},
        "notes": [*listed.notes, *([] if len(listed) else [listed.empty])],
        "machines": [shapes.machine(machine) for machine in listed],
    }


def settings() -> dict[str, Any]:
    """Return the settings that hold, as ``grid config`` does, and what may be named in a command."""
    own = load()
    return settings_json() | {
        "clusters": [{"name": name, "type": kind} for name, kind in clusters(own).items()],
        "credentials": [*own.credentials],
    }
