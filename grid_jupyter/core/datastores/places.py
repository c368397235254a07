"""Which clusters keep datastores."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.core.home import grid_home
from grid_jupyter.core.placement import HERE
from grid_jupyter.errors import CommandError

from .local import LocalDatastores

if TYPE_CHECKING:
    from grid_jupyter.core.settings import Settings

    from .place import Place

_OURS = "grid_jupyter.clusters"


def check_keeps(kind: str) -> None:
    """See that clusters of a type keep datastores.

    Raises:
        CommandError: They do not.
    """
    folders = importlib.import_module(_OURS).__path__
    if kind != HERE and not any(Path(folder, kind, "datastores.py").exists() for folder in folders):
        raise CommandError(f"a cluster of the type {kind} keeps no datastores; name a path that its machines can read")


def open_place(kind: str, settings: Settings, credential: str | None = None) -> Place:
    """Return what keeps the datastores of a type of clusters.

    A cluster of ours that keeps datastores has a module ``datastores`` with ``open_place(settings, credential)``.

    Raises:
        CommandError: Such clusters keep none.
        CredentialError: The credential cannot be used.
    """
    check_keeps(kind)
    if kind == HERE:
        return LocalDatastores(grid_home())
    place: Place = importlib.import_module(f"{_OURS}.{kind}.datastores").open_place(settings, credential)
    return place
