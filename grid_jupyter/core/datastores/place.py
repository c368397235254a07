"""What keeps datastores, and how a version is found there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple, Protocol

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .sources import Source
    from .version import Version


class Created(NamedTuple):
    """What came of a creation.

    Attributes:
        version: The version that has the content now.
        new: Whether it was made for it; else the newest had the same content already.
    """

    version: Version
    new: bool


class Place(Protocol):
    """Keeps datastores.

    Attributes:
        told: Where that is, in words: ``on this machine``.
        remote: Whether data has to be sent there.
    """

    told: str
    remote: bool

    def names(self) -> Sequence[str]:
        """Return the names of all datastores that have a version, in order."""

    def versions(self, name: str) -> Sequence[Version]:
        """Return the versions of a datastore, oldest first; none where there is no such datastore."""

    def create(self, name: str, source: Source, tell: Callable[[str], None]) -> Created:
        """Keep what is in a source as the next version, unless the newest has the same content.

        A version appears whole or not at all.

        Args:
            name: The datastore's name.
            source: What to keep.
            tell: Is told how far it is.

        Raises:
            GridError: The source cannot be read, or there is no room for it.
        """

    def delete(self, version: Version) -> None:
        """Remove a version; its number is never given to another content."""


def choose(versions: Sequence[Version], name: str, number: int | None, known: Iterable[str], where: str) -> Version:
    """Return the version of that number, or the newest.

    Args:
        versions: Those of the datastore, oldest first.
        name: The datastore's name.
        number: The number; ``None`` for the newest.
        known: The names of all datastores, for advice.
        where: Where they are, in words.

    Raises:
        CommandError: There is no such datastore, or it has no such version.
    """
    if not versions:
        near = get_close_matches(name, list(known), 1)
        advice = f"did you mean {near[0]}" if near else f"grid datastore create {name} SOURCE makes one"
        raise CommandError(f"there is no datastore {name} {where}; {advice}")
    found = versions[-1] if number is None else next((one for one in versions if one.number == number), None)
    if found is None:
        raise CommandError(f"the datastore {name} has no version {number} {where}; the newest is {versions[-1].label}")
    return found
