"""What a run came from, kept at its launch so that it can be told, and made again, when all of it has changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import grid_jupyter

from .git import GitState
from .packages import installed_packages, python_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Provenance:
    """What a run came from, beside its code and parameters.

    Attributes:
        git: The commit and what differed from it; None outside of git.
        python: The version of the trials' Python, as far as it is known.
        packages: The versions of its packages, by name.
        imports: The top-level names of the modules that the script imports.
        grid_jupyter: Our own version.
        repeats: The trials of another run that it runs again: ``RUN/3``, or the run's name for all.
    """

    git: GitState | None
    python: str | None
    packages: Mapping[str, str]
    imports: tuple[str, ...]
    grid_jupyter: str
    repeats: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, for the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Provenance | None:
        """Make it again from what ``to_json`` gave; a run of an earlier version has none."""
        if data is None:
            return None
        git = data["git"] and GitState.from_json(data["git"])
        return cls(**{**data, "git": git, "imports": tuple(data["imports"])})


def provenance(
    git: GitState | None, python: Path | None, imports: Iterable[str], repeats: str | None = None
) -> Provenance:
    """Return what a run comes from that is launched now.

    Args:
        git: Where its project stands.
        python: The Python that runs its script; None for a script in another language.
        imports: What its script imports.
        repeats: The trials that it runs again.
    """
    version = python_version(python) if python else None
    packages = installed_packages(python) if python else {}
    return Provenance(git, version, packages, tuple(sorted(imports)), grid_jupyter.__version__, repeats)
