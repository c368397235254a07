"""What may stand behind a flag or a verb, each with a word about it: a machine's price, a run's state."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from grid_jupyter.errors import GridError, StoreError

from .cluster_packages import cluster_types
from .forecast import newest_runs
from .index import list_runs
from .project import find_project
from .settings import load
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .flags import Flag, Verb
    from .settings import Settings

_MOST = 200
_ROWS = 50
_FILES: Mapping[str, tuple[str, ...]] = {
    "config": (".yml", ".yaml"),
    "save_config": (".yml", ".yaml"),
    "dependency_file": (".txt", ".yml", ".yaml"),
    "link": ("",),
    "no_link": ("",),
    "csv": (".csv",),
    "json": (".json",),
    "save": (".png", ".svg", ".html", ".json"),
    "download_dir": ("/",),
}
_ENDS = frozenset(("stop", "pause", "preempt", "wait"))
"""Verbs for runs that go on."""


def option_values(flag: Flag, cwd: Path, script: str | None = None) -> Mapping[str, str]:
    """Return the values that are known of a flag, each with a word about it; nothing where any text will do.

    Args:
        flag: The flag.
        cwd: The current directory.
        script: The script that is swept, where it is known.
    """
    if flag.choices:
        return dict.fromkeys(flag.choices, "")
    if flag.dest == "metric":
        return _metrics(cwd, script)
    return _KNOWN[flag.dest]() if flag.dest in _KNOWN else {}


def file_kinds(flag: Flag) -> tuple[str, ...] | None:
    """Return how the files end that a flag takes; ``None`` where it takes none."""
    return _FILES.get(flag.dest)


def _machines() -> dict[str, str]:
    from .machines import load_catalogue
    from .machines.catalogue import preference
    from .units import format_money

    named: dict[str, str] = {}
    living = [machine for machine in load_catalogue().machines if not machine.retired]
    for machine in sorted(living, key=preference):
        price = "no list price" if machine.on_demand is None else f"{format_money(machine.on_demand)}/h"
        for name in (*machine.nicknames[:1], machine.name):
            named.setdefault(name, f"{price}, {machine.label}")
    return named


def _settings() -> Settings:
    try:
        return load()
    except GridError:
        from .settings import Settings

        return Settings()


def clusters(settings: Settings) -> dict[str, str]:
    """Return the clusters that may be named, each with its type: those that there are, and the user's own."""
    own = {name: cluster.type for name, cluster in settings.clusters.items()}
    return {name: name for name in cluster_types()} | own


def _clusters() -> dict[str, str]:
    return {name: "" if name == kind else kind for name, kind in clusters(_settings()).items()}


def _credentials() -> dict[str, str]:
    named = _settings().credentials
    return {name: one.profile or one.role_arn or "" for name, one in named.items()}


def _kernels() -> dict[str, str]:
    from jupyter_client.kernelspec import KernelSpecManager

    specs = KernelSpecManager().get_all_specs()
    python = {name: spec["spec"] for name, spec in specs.items() if spec["spec"].get("language") == "python"}
    return {name: spec.get("display_name", "") for name, spec in sorted(python.items())}


def _datastores() -> dict[str, str]:
    from .datastores.local import LocalDatastores
    from .home import grid_home

    place = LocalDatastores(grid_home())
    return {name: f"{(last := place.versions(name)[-1]).label}, {last.told}" for name in place.names()}


def _versions() -> dict[str, str]:
    from .datastores.local import LocalDatastores
    from .home import grid_home

    place = LocalDatastores(grid_home())
    told: dict[str, str] = {}
    for name in place.names():
        versions = place.versions(name)
        told[name] = f"{len(versions)} versions"
        told |= {version.label: version.told for version in versions}
    return told


_KNOWN: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "instance_type": _machines,
    "cluster": _clusters,
    "credential": _credentials,
    "python": _kernels,
    "datastore_name": _datastores,
}
_OPERANDS: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "machines": _machines,
    "credential": _credentials,
    "doctor": _clusters,
    "datastore create": _datastores,
    "datastore list": _datastores,
    "datastore delete": _versions,
}


def _metrics(cwd: Path, script: str | None) -> dict[str, str]:
    """The metrics of the newest runs; where a script is known, of those of the same one."""
    wanted = None
    if script:
        with suppress(GridError):
            project = find_project(cwd)
            wanted = (str(project.root), os.path.normpath(project.subdir / script))
    found: dict[str, str] = {}
    for folder in newest_runs():
        with suppress(StoreError), Store(folder) as store:
            launch = store.fact("launch")
            if wanted in {None, (launch["project"], launch["script"])}:
                for row in store.trials(limit=_ROWS):
                    found |= {name: folder.name for name in row.metrics if name not in found}
    return found


def operand_values(verb: Verb, begun: str) -> Mapping[str, str]:
    """Return the runs or trials that a verb may be about, newest first, each with its state."""
    run, slash, _ = begun.partition("/")
    try:
        if slash and "/INDEX" in verb.operands:
            return _trials(run)
        if "RUN" not in verb.operands:
            return _OPERANDS[verb.name]() if verb.name in _OPERANDS else {}
        runs = [one for one in list_runs() if verb.name not in _ENDS or not one.state.ended]
    except GridError:
        return {}
    needs_trial = verb.operands.startswith("RUN/INDEX")
    return {f"{one.run}/" if needs_trial else one.run: str(one.state) for one in islice(runs, _MOST)}


def _trials(name: str) -> dict[str, str]:
    from .run import Run

    run = Run(name)
    rows, _ = run.first_started(_MOST)
    known = {row.trial: str(row.state) for row in rows}
    return {f"{name}/{trial}": known.get(trial, "queued") for trial in range(min(len(run), _MOST))}
