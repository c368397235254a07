"""The agent as it is sent to the bucket."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import grid_jupyter

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(grid_jupyter.__file__).parent
_AGENT = "clusters/aws/agent"
_SHARED = ("core/cgroup.py", "core/scalars/finder.py")
"""What the agent has in common with the rest, and imports by its full name."""

_DIGITS = 40


def agent_archive() -> tuple[str, bytes]:
    """Return the agent's digest and its zip, which are the same wherever they are made."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in sorted(_files()):
            # Stored as it is, under a date of its own: not every computer compresses alike.
            archive.writestr(zipfile.ZipInfo(f"grid_jupyter/{name}"), content)
    content = written.getvalue()
    return sha256(content).hexdigest()[:_DIGITS], content


def bootstrap_source() -> str:
    """Return the Python text that a job's container begins with."""
    return (_PACKAGE / _AGENT / "bootstrap.py").read_text("utf-8")


def _files() -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; the packages around them are empty."""
    names = [f"{_AGENT}/{path.name}" for path in (_PACKAGE / _AGENT).glob("*.py") if path.name != "bootstrap.py"]
    names += _SHARED
    around = {str(folder) for name in names for folder in Path(name).parents} - {_AGENT}
    yield from ((f"{folder}/__init__.py".removeprefix("./"), b"") for folder in around)
    yield from ((name, (_PACKAGE / name).read_bytes()) for name in names)
