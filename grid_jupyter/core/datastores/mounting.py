"""Where a datastore is mounted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.core.home import grid_home
from grid_jupyter.errors import CommandError

from .local import DATASTORES

if TYPE_CHECKING:
    from grid_jupyter.core.survey import Survey

_FLAG = "--datastore_mount_dir"


def cloud_mount(name: str, wanted: str | None) -> str:
    """Return where a machine of a cloud has it: ``/datastores/NAME`` where nothing else is asked for."""
    return _normal(wanted) if wanted else f"/datastores/{name}"


def local_mount(name: str, label: str, wanted: str | None) -> tuple[str, str | None]:
    """Return where this machine has it, and why it is not where it was asked for.

    It is below the working directory, ``datastores/NAME`` where nothing else is asked for. An absolute path is
    linked if the user may make a link there; else it becomes relative.
    """
    if not wanted:
        return f"{DATASTORES}/{name}", None
    place = _normal(os.path.expanduser(wanted))  # noqa: PTH111  (no error)
    if not place.startswith("/"):
        return place, None
    hindrance = _hindrance(Path(place), label)
    if hindrance is None:
        return place, None
    return place.lstrip("/"), f"{_FLAG} {wanted}: {hindrance}; it is {place.lstrip('/')} in the working directory"


def check_free(mount: str, subdir: str, files: Survey) -> None:
    """See that the project has nothing where a datastore comes below the working directory.

    Raises:
        CommandError: It has.
    """
    if mount.startswith("/"):
        return
    place = os.path.normpath(f"{subdir}/{mount}")
    links = {path for path, _ in files.links} | {shared.path for shared in files.shared}
    above = {str(folder) for folder in Path(place).parents}
    names = {file.path for file in files.files} | links
    taken = place in names or place in files.dirs or not above.isdisjoint(names)
    if taken or any(name.startswith(f"{place}/") for name in names):
        raise CommandError(f"{_FLAG} {mount}: the project has something there; choose another place")


def _normal(path: str) -> str:
    place = os.path.normpath(path)
    if place in {".", "/", "//"} or place.split("/")[0] == "..":
        raise CommandError(f"{_FLAG} {path}: choose a folder of its own, such as data, or an absolute path")
    return place


def _hindrance(place: Path, label: str) -> str | None:
    """Why no link can be made at an absolute path."""
    if place.is_symlink():
        if not Path(os.readlink(place)).is_relative_to(grid_home() / DATASTORES):  # noqa: PTH115
            return "there is another link"
        from .usage import live_data  # reads runs, for this alone

        for run, _, data in live_data():
            if data.mount == str(place) and data.mounted != label:
                return f"{run} has {data.mounted} there"
        return None if os.access(place.parent, os.W_OK) else "you may not write there"
    if place.exists():
        return "there is something already"
    above = next(folder for folder in place.parents if folder.exists())
    return None if above.is_dir() and os.access(above, os.W_OK | os.X_OK) else "you may not write there"
