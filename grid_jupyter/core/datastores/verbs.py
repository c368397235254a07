"""``grid datastore``: make, list and delete datastores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.confirming import confirm
from grid_jupyter.core.placement import cluster_name
from grid_jupyter.core.reply import Reply
from grid_jupyter.core.settings import load
from grid_jupyter.core.text import count, table
from grid_jupyter.core.units import format_bytes
from grid_jupyter.errors import CommandError

from .place import choose
from .places import check_keeps, open_place
from .sources import open_source
from .usage import live_data
from .version import check_name, parse_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.command import Command
    from grid_jupyter.core.plan import Surroundings

    from .place import Place
    from .sources import Source
    from .version import Version

_LARGE = 10 * 10**9
"""Bytes above which one is asked before they are sent."""


def create(command: Command, around: Surroundings) -> Reply:
    """Keep a source as the next version."""
    name, source = command.operands
    check_name(name)
    place = _place(command)[0]
    opened: Source = open_source(source, around.cwd, load(), command.options.get("credential"))
    size = sum(file.size for file in opened.files)
    if place.remote and size > _LARGE:
        confirm(command, around, f"Send {format_bytes(size)} {place.told.replace('in', 'to', 1)}?")
    made, new = place.create(name, opened, around.tell)
    told = f"{made.label} has {made.told}" if new else f"{made.label} has the same content; no new version was made"
    return Reply({**_json(made), "new": new}, f"{told}.")


def list_all(command: Command, _: Surroundings) -> Reply:
    """List the versions of one datastore, or of all."""
    place = _place(command)[0]
    names = list(map(check_name, command.operands)) or place.names()
    versions = [version for name in names for version in place.versions(name)]
    if command.operands and not versions:
        choose((), names[0], None, place.names(), place.told)
    return Reply([_json(version) for version in versions], _table(versions, place))


def delete(command: Command, around: Surroundings) -> Reply:
    """Delete a datastore, or one version of it."""
    place, kind = _place(command)
    name, number = parse_label(command.operands[0])
    versions = place.versions(name)
    found = choose(versions, name, number, () if versions else place.names(), place.told)
    chosen = versions if number is None else [found]
    _refuse_used(chosen, kind)
    size = sum(version.size for version in chosen)
    what = chosen[0].label if len(chosen) == 1 else f"all {count(len(chosen), 'version')} of {name}"
    confirm(command, around, f"Delete {what} ({format_bytes(size)}) {place.told}?")
    for version in chosen:
        place.delete(version)
    told = f"{what} {'is' if len(chosen) == 1 else 'are'} deleted."
    return Reply({"name": name, "versions": [version.number for version in chosen]}, told)


def _place(command: Command) -> tuple[Place, str]:
    """What keeps the datastores that a command is about, and the cluster's type."""
    settings = load()
    options = command.options
    kind = settings.cluster_type(cluster_name(settings, options.get("cluster"), rented="credential" in options))
    check_keeps(kind)
    return open_place(kind, settings, options.get("credential")), kind


def _refuse_used(versions: Sequence[Version], kind: str) -> None:
    settings = load()
    labels = {version.label for version in versions}
    for run, cluster, data in live_data():
        if settings.cluster_type(cluster) == kind and (used := labels.intersection(data.labels)):
            raise CommandError(f"{used.pop()} is used by {run}; wait for its end, or grid stop {run} first")


def _json(version: Version) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": version.number,
        "files": version.files,
        "size": version.size,
        "created": version.created,
        "source": version.source,
    }


def _table(versions: Sequence[Version], place: Place) -> str:
    if not versions:
        return f"There are no datastores {place.told}; grid datastore create NAME SOURCE makes one."
    heads = ["datastore", "files", "size", "created", "source"]
    rows = [
        [
            version.label,
            f"{version.files:,}",
            format_bytes(version.size),
            f"{datetime.fromtimestamp(version.created, UTC):%Y-%m-%d %H:%M} UTC",
            version.source,
        ]
        for version in versions
    ]
    return table(heads, rows, right=(1, 2))
