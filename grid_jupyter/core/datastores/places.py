"""Which clusters keep datastores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.cluster_packages import has_part, load_class, load_part
from grid_jupyter.core.home import grid_home
from grid_jupyter.errors import CommandError

from .local import LocalDatastores

if TYPE_CHECKING:
    from grid_jupyter.core.settings import Settings

    from .place import Place

_PART = "datastores"


def keeps(kind: str) -> bool:
    """Whether clusters of a type keep datastores."""
    return load_class(kind).traits.here or has_part(kind, _PART)


def check_keeps(kind: str) -> None:
    """See that clusters of a type keep datastores.

    Raises:
        CommandError: They do not.
    """
    if not keeps(kind):
        raise CommandError(f"a cluster of the type {kind} keeps no datastores; name a path that its machines can read")


def open_place(kind: str, settings: Settings, credential: str | None = None) -> Place:
    """Return what keeps the datastores of a type of clusters.

    Where trials run here, that is this machine. Another type of clusters that keeps datastores brings a module
    ``datastores`` with ``open_place(settings, credential)``.

    Raises:
        CommandError: Such clusters keep none.
        CredentialError: The credential cannot be used.
    """
    check_keeps(kind)
    if load_class(kind).traits.here:
        return LocalDatastores(grid_home())
    place: Place = load_part(kind, _PART).open_place(settings, credential)
    return place
