"""Where clusters come from: the packages in ``clusters/``, and what other packages bring.

Another package names its class in the entry-point group ``grid_jupyter.clusters``, under the word that ``--cluster``
takes. What it brings further, such as verbs, are modules beside the one that the class stands in.
"""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import EntryPoint
    from types import ModuleType

    from .cluster import Cluster

GROUP = "grid_jupyter.clusters"

_OURS = importlib.import_module("grid_jupyter.clusters")  # by its name, as it stands above this package

DEFAULT: str = _OURS.DEFAULT
"""The cluster as long as nobody names one."""


def our_types() -> list[str]:
    """Return the types of clusters that come with this version, the default first."""
    found = (module.name for module in pkgutil.iter_modules(_OURS.__path__) if module.ispkg)
    return sorted(found, key=lambda name: (name != DEFAULT, name))


def cluster_types() -> list[str]:
    """Return the types of clusters that there are: ours, and those of other packages."""
    ours = our_types()
    return [*ours, *sorted(_brought().keys() - ours)]


def is_cluster_type(name: str) -> bool:
    """Whether there is a type of clusters of that name."""
    # The entry points of all that is installed take longer to read than all the rest.
    return name in our_types() or name in _brought()


def load_class(kind: str, own: Iterable[str] = ()) -> type[Cluster]:
    """Return the class of a type of clusters.

    Args:
        kind: The type.
        own: The user's own names of clusters, for advice.

    Raises:
        CommandError: There is no such type, or the package that brings it is broken.
    """
    found: type[Cluster]
    if kind in our_types():
        found = importlib.import_module(f"{GROUP}.{kind}").CLUSTER
        return found
    entry = _entry(kind, own)
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        raise _broken(kind, entry, error) from None
    return found


def has_part(kind: str, part: str) -> bool:
    """Whether a type of clusters brings a module of that name, such as ``verbs``; it is not imported."""
    if kind in our_types():
        return any(Path(folder, kind, f"{part}.py").exists() for folder in _OURS.__path__)
    package = _package(kind)
    return bool(package) and find_spec(f"{package}.{part}") is not None


def load_part(kind: str, part: str) -> ModuleType:
    """Return the module of that name that a type of clusters brings."""
    return importlib.import_module(f"{_package(kind)}.{part}")


def _package(kind: str) -> str:
    """The package of a type: the module that its entry point names, or the one in which that stands, if any."""
    if kind in our_types():
        return f"{GROUP}.{kind}"
    entry = _entry(kind)
    try:
        spec = find_spec(entry.module)
    except ImportError as error:
        raise _broken(kind, entry, error) from None
    is_package = spec is not None and spec.submodule_search_locations is not None
    return entry.module if is_package else entry.module.rpartition(".")[0]


def _brought() -> dict[str, EntryPoint]:
    """The clusters of other packages."""
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _entry(kind: str, own: Iterable[str] = ()) -> EntryPoint:
    entries = _brought()
    if kind in entries:
        return entries[kind]
    raise CommandError(
        f"the cluster {kind} is not part of this version of grid-jupyter: "
        f"{_advice(kind, sorted({*our_types(), *entries, *own}))}; "
        "a package that brings another is found once it is installed"
    )


def _advice(kind: str, known: Sequence[str]) -> str:
    near = get_close_matches(kind, known, 1)
    return f"did you mean {near[0]}" if near else f"it has {', '.join(known)}"


def _broken(kind: str, entry: EntryPoint, error: Exception) -> CommandError:
    package = entry.dist.name if entry.dist else entry.module
    return CommandError(f"the cluster {kind} cannot be loaded ({error}); install {package} again")
