"""Agents as they are sent to other machines."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import grid_jupyter

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(grid_jupyter.__file__).parent

_AGENT = "remote/agent"
_SHARED = ("core/cgroup.py", "core/scalars/finder.py")
"""What agents have in common with the rest, and import by its full name."""

_DIGITS = 40
_NOT_SENT = ("bootstrap.py",)


def agent_archive(own: str) -> tuple[str, bytes]:
    """Return the digest of an agent and its zip, which are the same wherever they are made.

    Args:
        own: The package of what a cluster adds to the agent, by its path below ours.
    """
    return pack_agent(own, {})


def pack_agent(own: str, others: dict[str, bytes]) -> tuple[str, bytes]:
    """Likewise, with other files beside it, by their names."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in sorted([*_files(own), *others.items()]):
            # Stored as it is, under a date of its own: not every computer compresses alike.
            archive.writestr(zipfile.ZipInfo(name), content)
    content = written.getvalue()
    return sha256(content).hexdigest()[:_DIGITS], content


def _files(own: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; the packages around them are empty."""
    folders = (_AGENT, own)
    found = [f"{folder}/{path.name}" for folder in folders for path in (PACKAGE / folder).glob("*.py")]
    names = [name for name in (*found, *_SHARED) if not name.endswith(_NOT_SENT)]
    around = {str(folder) for name in names for folder in Path(name).parents} - set(folders)
    yield from ((f"grid_jupyter/{folder}/__init__.py".replace("/./", "/"), b"") for folder in around)
    yield from ((f"grid_jupyter/{name}", (PACKAGE / name).read_bytes()) for name in names)
