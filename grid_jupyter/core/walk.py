"""Looking over a project's files, reading nothing but names and sizes."""
# Names need not be UTF-8 and there may be 20,000 of them: plain strings, no Path objects.
# ruff: noqa: PTH110, PTH111, PTH112, PTH113, PTH115, PTH120, PTH202

from __future__ import annotations

import enum
import os
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from grid_jupyter.errors import ProjectError

from .home import grid_home
from .ignore import LEFT_OUT, IgnoreRules, root_rules
from .survey import Shared, SourceFile, Survey, largest
from .units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .project import Project

MOST_BYTES = 200_000_000
MOST_FILES = 20_000
COPIED_TO = 10_000_000
"""Ignored files up to this size (bytes) are copied, larger ones linked."""

FRESH = frozenset(
    (
        "artifacts",
        "checkpoints",
        "lightning_logs",
        "logs",
        "mlruns",
        "multirun",
        "outputs",
        "results",
        "runs",
        "wandb",
    )
)
"""Ignored directories of these names start empty in every trial."""

CHECKPOINTS = (".pt", ".ckpt", ".pth")


def survey(project: Project, *, link: Sequence[str] = (), no_link: Sequence[str] = ()) -> Survey:
    """Look at a project's files as they are now.

    A directory that the rules would link or leave out, but that holds the current directory or a
    named path, is looked into instead: a trial never starts inside of a shared directory.

    Args:
        project: The project.
        link: Paths (relative to the current directory, else to the root) to link whatever the rules say.
        no_link: Paths to freeze whatever the rules say.

    Raises:
        ProjectError: A named path does not exist or cannot be linked, the project is too large, or a
            directory cannot be read.
    """
    linked = frozenset(_named(project, "--link", name) for name in link)
    frozen = frozenset(_named(project, "--no_link", name) for name in no_link)
    if both := linked & frozen:
        raise ProjectError(f"{min(both)} is named by --link and by --no_link; drop one")
    for path in linked:
        if project.subdir.is_relative_to(path):
            raise ProjectError(f"--link {path}: trials start in it, so each needs its own; link what lies in it")
    return _Walk(project, linked, frozen).run()


class _Way(enum.Enum):
    """What becomes of an entry."""

    FREEZE = "not ignored: frozen"
    COPY = "ignored, frozen all the same"
    LINK = "shared"
    EMPTY = "a directory that starts empty"
    SKIP = "left out"


class _Inside(enum.Enum):
    """What holds for the entries of a directory."""

    PROJECT = "the ignore rules decide"
    FORCED = "all is frozen"
    IGNORED = "all is ignored"
    DROPPED = "all is left out"


@dataclass(frozen=True)
class _Place:
    prefix: str
    rules: IgnoreRules
    inside: _Inside


@dataclass(frozen=True)
class _Entry:
    path: str
    name: str
    size: int
    folder: bool
    symlink: bool


class _Walk:
    def __init__(self, project: Project, linked: frozenset[str], frozen: frozenset[str]) -> None:
        self.root = str(project.root)
        self.home = str(grid_home())
        self.linked = linked
        self.frozen = frozen
        self.opened = _parents((*linked, *frozen, f"{project.subdir}/x"))
        self.found = _Found()
        self.limits = _Limits()
        self.places: list[_Place] = []

    def run(self) -> Survey:
        self.places.append(_Place("", root_rules(Path(self.root)), _Inside.PROJECT))
        while self.places and not self.limits.given_up:
            self._look_into(self.places.pop())
        if self.limits.exceeded:
            raise ProjectError(self.limits.told(self.root, self.found.files))
        files, linked = _within_bytes(self.root, self.found.files)
        shared = _measured([*self.found.shared, *linked])
        return Survey(
            root=Path(self.root),
            files=tuple(sorted(files, key=lambda file: file.path)),
            links=tuple(sorted(self.found.links)),
            shared=tuple(sorted(shared, key=lambda item: item.path)),
            dirs=tuple(sorted(self.found.dirs)),
            fresh=tuple(sorted(self.found.fresh)),
        )

    def _look_into(self, place: _Place) -> None:
        folder = f"{self.root}/{place.prefix}"
        try:
            with os.scandir(folder) as scan:
                entries = list(scan)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ProjectError(
                f"{place.prefix or folder} cannot be read ({error.strerror}); change its permissions or --link it"
            ) from error
        if place.prefix and any(entry.name == ".gitignore" and entry.is_file() for entry in entries):
            place = replace(place, rules=place.rules.below(place.prefix, Path(f"{folder}.gitignore")))
        for found in entries:
            entry = self._entry(found, place.prefix + found.name)
            if self.limits.given_up:
                return
            if entry is not None:
                self._take(entry, place)

    def _entry(self, found: os.DirEntry[str], path: str) -> _Entry | None:
        """The entry, or None for what is broken, gone, or neither file, directory nor link."""
        follow = path in self.frozen
        try:
            if found.is_symlink() and not follow:
                return _Entry(path, found.name, 0, folder=found.is_dir(), symlink=True)
            info = found.stat(follow_symlinks=follow)
        except OSError:
            return None
        folder = stat.S_ISDIR(info.st_mode)
        if not folder and not stat.S_ISREG(info.st_mode):
            return None
        return _Entry(path, found.name, info.st_size, folder=folder, symlink=False)

    def _take(self, entry: _Entry, place: _Place) -> None:
        way = self._way(entry, place)
        if entry.symlink:
            self._take_symlink(entry, way)
        elif entry.folder:
            self._take_folder(entry, way, place)
        elif way in {_Way.FREEZE, _Way.COPY}:
            self.limits.count(entry.size, ignored=way is _Way.COPY)
            self.found.files.append(SourceFile(entry.path, entry.size, ignored=way is _Way.COPY))
        elif way is _Way.LINK:
            self.limits.count(0, ignored=True)
            self.found.share(entry, f"{self.root}/{entry.path}")

    def _way(self, entry: _Entry, place: _Place) -> _Way:
        if entry.path in self.linked:
            return _Way.LINK
        if entry.path in self.frozen:
            return _Way.FREEZE
        if place.inside is _Inside.DROPPED or self._is_left_out(entry):
            return _Way.SKIP
        if place.inside is _Inside.FORCED:
            return _Way.FREEZE
        if place.inside is _Inside.PROJECT and not place.rules.ignores(entry.path, folder=_counts_as_folder(entry)):
            return _Way.FREEZE
        return _way_of_ignored(entry)

    def _is_left_out(self, entry: _Entry) -> bool:
        if entry.name in LEFT_OUT:
            return True
        full = f"{self.root}/{entry.path}"
        # Our own store would be frozen into each of its runs.
        return entry.folder and (full == self.home or os.path.exists(f"{full}/pyvenv.cfg"))

    def _take_folder(self, entry: _Entry, way: _Way, place: _Place) -> None:
        path = entry.path
        opened = path in self.opened and path not in self.linked
        if way is _Way.FREEZE or opened:
            self.limits.count_folder()
            self.found.dirs.append(path)
            inside = _Inside.FORCED if path in self.frozen else _inside_of(way, place.inside)
            self.places.append(_Place(f"{path}/", place.rules, inside))
        elif way is _Way.EMPTY:
            self.found.start_empty(path)
        elif way is _Way.LINK:
            self.limits.count(0, ignored=True)
            self.found.share(entry, f"{self.root}/{path}")

    def _take_symlink(self, entry: _Entry, way: _Way) -> None:
        full = f"{self.root}/{entry.path}"
        resolved = os.path.realpath(full)
        if way is _Way.EMPTY:
            self.found.start_empty(entry.path)
        elif way is not _Way.SKIP and (os.path.isfile(resolved) or os.path.isdir(resolved)):
            self.limits.count(0, ignored=False)
            target = os.readlink(full)
            if entry.path not in self.linked and self._stays_inside(entry.path, target, resolved):
                self.found.links.append((entry.path, target))
            else:
                self.found.share(entry, resolved)

    def _stays_inside(self, path: str, target: str, resolved: str) -> bool:
        if target.startswith("/") or not f"{resolved}/".startswith(f"{self.root}/"):
            return False
        # A link that leaves the root by name and comes back would leave a trial's directory.
        return os.path.normpath(f"./{os.path.dirname(path)}/{target}").split("/", 1)[0] != ".."


class _Found:
    def __init__(self) -> None:
        self.files: list[SourceFile] = []
        self.links: list[tuple[str, str]] = []
        self.shared: list[Shared] = []
        self.dirs: list[str] = []
        self.fresh: list[str] = []

    def start_empty(self, path: str) -> None:
        self.dirs.append(path)
        self.fresh.append(path)

    def share(self, entry: _Entry, target: str) -> None:
        size = os.path.getsize(target) if entry.symlink and not entry.folder else entry.size
        self.shared.append(Shared(entry.path, target, 0 if entry.folder else size, folder=entry.folder))


class _Limits:
    """Counts what is taken, and ends the walk soon after a limit is passed."""

    def __init__(self) -> None:
        self.bytes = self.taken = self.ignored = self.folders = 0
        self._until: float | None = None

    def count(self, size: int, *, ignored: bool) -> None:
        if ignored:
            self.ignored += 1
        else:
            self.taken += 1
            self.bytes += size
        self._check()

    def count_folder(self) -> None:
        self.folders += 1
        self._check()

    def _check(self) -> None:
        # A little further, so that the largest can be named; never through a million files.
        if self._until is None and self.exceeded:
            self._until = time.monotonic() + 0.5

    @property
    def exceeded(self) -> bool:
        return self.bytes > MOST_BYTES or max(self.taken, self.ignored, self.folders) > MOST_FILES

    @property
    def given_up(self) -> bool:
        return self._until is not None and time.monotonic() > self._until

    def told(self, root: str, files: list[SourceFile]) -> str:
        by_size = self.bytes > MOST_BYTES
        few = f"(the limit is {MOST_FILES:,})"
        if by_size:
            amount = f"{format_bytes(self.bytes)} that are not ignored (the limit is {format_bytes(MOST_BYTES)})"
        elif self.taken > MOST_FILES:
            amount = f"{self.taken:,} files that are not ignored {few}"
        elif self.ignored > MOST_FILES:
            amount = f"{self.ignored:,} ignored files to be copied or linked one by one {few}"
        else:
            amount = f"{self.folders:,} folders {few}"
        kept = [file for file in files if not file.ignored or self.ignored > MOST_FILES]
        return (
            f"{root} holds {'at least ' if self.given_up else ''}{amount}. "
            f"The largest: {', '.join(largest(kept, by_size=by_size)) or 'empty folders'}. "
            "Name folders that trials can share in .gridignore or with --link FOLDER, or move them out"
        )


def _named(project: Project, flag: str, name: str) -> str:
    """A path of the command line, relative to the root."""
    for base in (project.cwd, project.root):
        full = os.path.normpath(base / os.path.expanduser(name))
        if os.path.lexists(full):
            path = os.path.relpath(full, project.root)
            if path == "." or path.split("/", 1)[0] == "..":
                raise ProjectError(f"{flag} {name} does not lie below the project's root {project.root}; drop it")
            return path
    raise ProjectError(f"{flag} {name} does not exist; name a file or folder of {project.root}")


def _parents(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(str(parent) for path in paths for parent in PurePosixPath(path).parents)


def _counts_as_folder(entry: _Entry) -> bool:
    # To git a link is no directory: "data/" does not name it.
    return entry.folder and not entry.symlink


def _way_of_ignored(entry: _Entry) -> _Way:
    parents = entry.path.split("/")[:-1]
    if not FRESH.isdisjoint(parents[-1:]):
        # The project ignores "outputs/*" and not "outputs/": its contents are as fresh.
        return _Way.SKIP
    if entry.folder:
        return _Way.EMPTY if entry.name in FRESH else _Way.LINK
    if entry.name.endswith(CHECKPOINTS):
        return _Way.SKIP
    return _Way.LINK if entry.size > COPIED_TO else _Way.COPY


def _inside_of(way: _Way, inside: _Inside) -> _Inside:
    if way is _Way.FREEZE:
        return inside
    return _Inside.IGNORED if way is _Way.LINK else _Inside.DROPPED


def _within_bytes(root: str, files: list[SourceFile]) -> tuple[list[SourceFile], list[Shared]]:
    """Link the largest ignored files where all of them together are too many bytes to copy."""
    copied = sorted((file for file in files if file.ignored), key=lambda file: file.size)
    total = sum(file.size for file in copied)
    linked: list[Shared] = []
    while total > MOST_BYTES:
        file = copied.pop()
        total -= file.size
        linked.append(Shared(file.path, f"{root}/{file.path}", file.size, folder=False))
    return [file for file in files if not file.ignored] + copied, linked


def _measured(shared: list[Shared]) -> list[Shared]:
    until = time.monotonic() + 0.5
    return [_with_size(item, until) if item.folder else item for item in shared]


def _with_size(item: Shared, until: float) -> Shared:
    """The size of a shared directory, counting at most 10,000 files or 0.2 seconds."""
    until = min(until, time.monotonic() + 0.2)
    size = count = 0
    folders = [item.target]
    while folders:
        try:
            with os.scandir(folders.pop()) as scan:
                for entry in scan:
                    if count == 10_000 or time.monotonic() > until:
                        return replace(item, size=size, at_least=True)
                    count += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return replace(item, size=size)
