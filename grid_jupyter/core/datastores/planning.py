"""Which versions of datastores a run will use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grid_jupyter.core.cluster_packages import load_class
from grid_jupyter.core.home import grid_home
from grid_jupyter.core.units import format_bytes, parse_datastore
from grid_jupyter.errors import ArgumentError, CommandError

from .local import LocalDatastores
from .mounting import check_free, cloud_mount, local_mount
from .place import choose
from .places import check_keeps, open_place
from .references import find_references
from .run_data import RunData
from .version import Version, check_name, parse_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.space import Space
    from grid_jupyter.core.spec import RunSpec
    from grid_jupyter.core.survey import Survey

_NAME, _VERSION, _MOUNT = "--datastore_name", "--datastore_version", "--datastore_mount_dir"


@dataclass(frozen=True)
class PlannedData:
    """What a plan knows of the datastores of a run.

    Attributes:
        data: Which are used, and how. For a cloud, which is not asked before the launch, labels may lack versions.
        lines: The same in words.
        warnings: What the user should know.
    """

    data: RunData = field(default_factory=RunData)
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def plan_data(spec: RunSpec, space: Space, kind: str, subdir: str, files: Survey) -> PlannedData:
    """Return which datastores a run will use.

    Args:
        spec: What was asked for.
        space: The arguments, which may refer to some.
        kind: The cluster's type.
        subdir: The working directory, relative to the project's top.
        files: What a trial's directory holds.

    Raises:
        CommandError: There is no such datastore, or it cannot be mounted where it was asked for.
    """
    references = find_references(space)
    if spec.datastore_name is None:
        for flag, value in ((_VERSION, spec.datastore_version), (_MOUNT, spec.datastore_mount_dir)):
            if value is not None:
                raise CommandError(f"{flag} {value}: of which datastore? Add {_NAME} NAME")
        if not references:
            return PlannedData()
    check_keeps(kind)
    here = load_class(kind).traits.here
    labels = {written: _referred(written, argument, here=here) for written, argument in references.items()}
    data, warnings = RunData(named=labels), []
    if spec.datastore_name:
        name, note = _mounted_name(spec.datastore_name)
        try:
            label = _label(name, spec.datastore_version, here=here)
        except CommandError as error:
            raise CommandError(f"{_NAME} {spec.datastore_name}: {error}") from None
        place, moved = (
            local_mount(name, label, spec.datastore_mount_dir)
            if here
            else (cloud_mount(name, spec.datastore_mount_dir), None)
        )
        check_free(place, subdir, files)
        data = replace(data, mounted=label, mount=place)
        warnings = [text for text in (note, moved) if text]
    return PlannedData(data, tuple(data_lines(data, here=here)), tuple(warnings))


def data_lines(data: RunData, *, here: bool) -> Sequence[str]:
    """Return what is used in words, a line for each datastore.

    Args:
        data: What a run uses.
        here: Whether its trials run on this machine.
    """
    lines = []
    for label in data.labels:
        known = _known_here(label)
        size = f" ({format_bytes(known.size)})" if known else ""
        where = f" at {data.mount}" if label == data.mounted else ""
        sent = ""
        if not here:
            sent = ", sent once unless it is there" if known else ", looked up at the launch"
        lines.append(f"{label}{size}{where}{sent}")
    return lines


def settle_data(data: RunData, kind: str, settings: Settings, credential: str | None) -> RunData:
    """Return what a run uses, each with a version that is there, or that can be sent there.

    Args:
        data: What was planned.
        kind: The cluster's type.
        settings: The user's settings.
        credential: What ``--credential`` says.

    Raises:
        GridError: There is no such datastore, or the cluster cannot be asked.
    """
    if not data:
        return data
    here = LocalDatastores(grid_home())
    place = open_place(kind, settings, credential)

    def settled(label: str) -> str:
        name, number = parse_label(label)
        there = place.versions(name)
        versions = _joined(there, here.versions(name), number) if place.remote else there
        known = [*place.names(), *(here.names() if place.remote else ())] if not versions else ()
        where = f"{place.told} or {here.told}" if place.remote else place.told
        return choose(versions, name, number, known, where).label

    found = {label: settled(label) for label in data.labels}
    named = {written: found[label] for written, label in data.named.items()}
    return replace(data, mounted=found.get(data.mounted, ""), named=named)


def _joined(there: Sequence[Version], here: Sequence[Version], number: int | None) -> list[Version]:
    """All versions of a datastore; if the one that is meant has another content here and there, that is refused."""
    joined = {version.number: version for version in (*here, *there)}
    meant = number or max(joined, default=0)
    contents = {version.identity for version in (*here, *there) if version.number == meant}
    if len(contents) > 1:
        label = joined[meant].label
        raise CommandError(
            f"the datastore {label} of this machine is not the {label} of the cluster; make the one that is meant "
            f"the next version there: grid datastore create {joined[meant].name} SOURCE --cluster CLUSTER"
        )
    return [joined[known] for known in sorted(joined)]


def _referred(written: str, argument: str, *, here: bool) -> str:
    """The label of what an argument refers to."""
    try:
        return _label(*parse_label(written), here=here)
    except CommandError as error:
        raise ArgumentError(str(error), argument) from None


def _label(name: str, number: int | None, *, here: bool) -> str:
    """The label of a version, which is here; for a cloud, what was asked for where it is not here."""
    if here:
        kept = LocalDatastores(grid_home())
        versions = kept.versions(name)
        return choose(versions, name, number, kept.names() if not versions else (), kept.told).label
    return name if number is None else f"{name}:{number}"


def _known_here(label: str) -> Version | None:
    name, number = parse_label(label)
    versions = LocalDatastores(grid_home()).versions(name)
    return next((one for one in reversed(versions) if number in {None, one.number}), None)


def _mounted_name(text: str) -> tuple[str, str | None]:
    """The name of ``NAME`` or ``USER:NAME``, and what to say of the user."""
    named = parse_datastore(_NAME, text)
    if named.user is None:
        return check_name(named.name), None
    if named.name.isdigit() and LocalDatastores(grid_home()).versions(named.user):
        raise CommandError(f"{_NAME} {text}: write the version as {_VERSION} {named.name}")
    return check_name(named.name), f"{_NAME} {text}: datastores have no users here; {named.name} is taken"
