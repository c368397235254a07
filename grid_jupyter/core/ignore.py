"""Which files of a project are ignored, and which are never taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from grid_jupyter.errors import ProjectError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

LEFT_OUT = frozenset(
    (
        ".git",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".DS_Store",
    )
)
"""Names that no trial gets: version control, environments, caches."""


@dataclass(frozen=True)
class IgnoreRules:
    """The patterns in force in one directory of a project.

    Args:
        layers: Pattern sets, outermost first, each with the directory (``""``, ``"a/b/"``) it is relative to.
        nested: Whether a ``.gitignore`` of a deeper directory counts.
        docker: The patterns of ``.dockerignore``.
        opened: Directories that must be looked into, as a pattern takes back something below them.
    """

    layers: tuple[tuple[str, GitIgnoreSpec], ...] = ()
    nested: bool = False
    docker: GitIgnoreSpec | None = None
    opened: frozenset[str] = frozenset()

    def ignores(self, path: str, *, folder: bool) -> bool:
        """Whether a path (relative to the root) is ignored, its parents not being ignored."""
        name = f"{path}/" if folder else path
        if self.docker is not None and path not in self.opened and self.docker.match_file(name):
            return True
        for base, spec in reversed(self.layers):
            verdict = spec.check_file(name[len(base) :]).include
            if verdict is not None:
                return verdict
        return False

    def below(self, folder: str, file: Path) -> IgnoreRules:
        """The rules for a directory (``"a/b/"``) that holds a ``.gitignore``.

        Raises:
            ProjectError: The file cannot be read.
        """
        if not self.nested:
            return self
        return replace(self, layers=(*self.layers, (folder, _spec(file, _lines(file)))))


def root_rules(root: Path) -> IgnoreRules:
    """The rules at a project's root: ``.gridignore`` alone, else ``.gitignore`` and ``.dockerignore``.

    Raises:
        ProjectError: One of these files cannot be read.
    """
    own = root / ".gridignore"
    if own.is_file():
        return IgnoreRules(layers=(("", _spec(own, _lines(own))),))
    rules = IgnoreRules(nested=True)
    docker = root / ".dockerignore"
    if docker.is_file():
        lines = [_from_docker(line) for line in _lines(docker)]
        rules = replace(rules, docker=_spec(docker, lines), opened=_taken_back(lines))
    git = root / ".gitignore"
    return rules.below("", git) if git.is_file() else rules


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise ProjectError(f"{file} cannot be read ({error.strerror}); change its permissions") from error
    return [line.rstrip("\r") for line in text.split("\n")]


def _spec(file: Path, lines: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise ProjectError(f"{file} holds a pattern that cannot be read: {error}") from error


def _from_docker(line: str) -> str:
    """Docker's patterns start at the root even without a slash; git's then match at any depth."""
    line = line.strip()
    if not line or line.startswith("#"):
        return ""
    mark, pattern = ("!", line[1:].strip()) if line.startswith("!") else ("", line)
    return f"{mark}/{pattern.removeprefix('./').lstrip('/')}"


def _taken_back(lines: list[str]) -> frozenset[str]:
    patterns = [line[2:] for line in lines if line.startswith("!/") and "*" not in line]
    parents = (parent for pattern in patterns for parent in PurePosixPath(pattern).parents)
    return frozenset(str(parent) for parent in parents if str(parent) != ".")
