"""Which versions of datastores a run uses, as it is stored with it."""

from __future__ import annotations

import os
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import StoreError

from .references import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VARIABLE = "GRID_DATASTORE_DIR"
"""The variable that tells a script where the datastore is."""


@dataclass(frozen=True)
class RunData:
    """The versions of datastores that a run uses; a label is ``NAME:VERSION``.

    On a cluster that is not asked before the launch, a plan has names in the place of labels.

    Attributes:
        mounted: The label of the one that is mounted; empty for none.
        mount: Where: an absolute path, or one below the working directory.
        named: The labels of those that arguments refer to, by how they are written behind ``grid:``.
    """

    mounted: str = ""
    mount: str = ""
    named: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.labels)

    @property
    def labels(self) -> list[str]:
        """All labels, each once; the one that is mounted comes first."""
        return list(dict.fromkeys(filter(None, [self.mounted, *self.named.values()])))

    def pinned(self, word: str) -> str:
        """Return a word with ``grid:NAME:VERSION`` for each reference, also where no version was written."""
        return replaced(word, self.named, "grid:") if self.named else word

    def filled_in(self, text: str, folder: Callable[[str], object]) -> str:
        """Return a text with a folder for each ``grid:NAME:VERSION``.

        Args:
            text: The text, which ``pinned`` has been through.
            folder: Tells the folder of a label.
        """
        labels = set(self.named.values())
        return replaced(text, lambda label: str(folder(label)) if label in labels else None) if labels else text

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> RunData:
        """Make it again from what ``to_json`` gave; nothing gives none."""
        return cls(**(data or {}))


def mount(folder: Path, directory: str, where: str) -> None:
    """Make a datastore appear, by a link, where a script looks for it; a link that is there already is replaced.

    Args:
        folder: The datastore's files.
        directory: The script's working directory.
        where: The place: an absolute path, or one below the working directory.

    Raises:
        StoreError: Something else is there, or nothing can be made there.
    """
    try:
        _link(folder, os.path.join(directory, where))  # noqa: PTH118  (no error)
    except OSError as error:
        raise StoreError(
            f"the datastore cannot be mounted at {where}: {error.strerror}; choose another --datastore_mount_dir"
        ) from error


def _link(folder: Path, place: str) -> None:
    if os.path.islink(place) and os.readlink(place) == str(folder):  # noqa: PTH114, PTH115
        return
    draft = Path(f"{place}.{uuid.uuid4().hex[:8]}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.symlink_to(folder)
    try:
        draft.replace(place)
    except OSError:
        draft.unlink()
        raise
