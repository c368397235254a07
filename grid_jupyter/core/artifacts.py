"""Choosing among the files that trials wrote, and copying them out of the store."""
# Names need not be UTF-8: plain strings, no Path objects.
# ruff: noqa: PTH103, PTH104, PTH108, PTH114, PTH118, PTH120

from __future__ import annotations

import filecmp
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from grid_jupyter.errors import CommandError, StoreError

from .store import shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .run import Run


@dataclass(frozen=True)
class Download:
    """What a download did: how many files it copied, of how many bytes, and how many were there already."""

    copied: int
    size: int
    kept: int


class _Copy(NamedTuple):
    source: str
    target: str


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return whether a path below a trial's artifacts matches a glob, read as a line of ``.gitignore`` is.

    ``*.pt`` matches in any folder, ``sub/*.pt`` from the top, ``**`` any number of folders, and the name of a folder
    all that is in it.

    Raises:
        CommandError: It is no pattern.
    """
    from pathspec import GitIgnoreSpec

    # A leading ! or # means something in a file of patterns, and nothing here.
    line = f"\\{pattern}" if pattern.startswith(("!", "#")) else pattern.removeprefix("./")
    try:
        spec = GitIgnoreSpec.from_lines([line])
    except ValueError as error:
        raise CommandError(f"--match {pattern}: this is no pattern; write one such as '*.pt' or 'sub/*'") from error
    return lambda path: bool(spec.match_file(path))


def download(run: Run, trials: Iterable[int], folder: Path, match: str | None = None) -> Download:
    """Copy files of trials into ``folder``, below a folder ``RUN-expINDEX`` for each trial.

    Nothing is overwritten: where a file of the same content lies already, it is left.

    Args:
        run: The run.
        trials: Which of its trials.
        folder: Where to; made where it is missing.
        match: Which files, as for ``matcher``; all of them otherwise.

    Raises:
        CommandError: Something else lies where a file would go; nothing was copied.
        StoreError: A file cannot be read or written; no half file is left.
        GridError: The cluster has kept a file and does not give it.
    """
    matches = matcher(match) if match is not None else None
    trials = list(trials)
    bring(run, [(trial, path) for trial, path, _ in run.artifacts(match) if trial in trials])
    top = os.path.expanduser(folder)  # noqa: PTH111  (no RuntimeError)
    try:
        wanted = [copy for trial in trials for copy in _copies(run, trial, top, matches)]
        missing = [copy for copy in wanted if not _is_there(copy, top)]
        size = sum(_copy(copy) for copy in missing)
    except OSError as error:
        what = shown_path(os.fsdecode(error.filename or folder))
        advice = "free the way or name another folder; files that are there whole are not copied again"
        raise StoreError(f"--download_dir {folder}: {what}: {error.strerror}; {advice}") from error
    return Download(len(missing), size, len(wanted) - len(missing))


def bring(run: Run, files: Iterable[tuple[int, str]]) -> None:
    """Bring files that trials wrote to this machine, where their cluster has kept them up to now.

    Raises:
        GridError: The cluster does not give them.
    """
    missing: dict[int, list[str]] = {}
    for trial, path in files:
        if not os.path.lexists(os.path.join(run[trial].artifacts, path)):
            missing.setdefault(trial, []).append(path)
    if missing:
        from .cluster import find_cluster

        cluster = find_cluster(run.launch.cluster)
        for trial, paths in missing.items():
            cluster.fetch(run.store_folder, trial, paths)


def _copies(run: Run, trial: int, folder: str, matches: Callable[[str], bool] | None) -> Iterator[_Copy]:
    top = str(run[trial].artifacts)
    for parent, _, names in os.walk(top):
        for name in names:
            source = os.path.join(parent, name)
            path = os.path.relpath(source, top)
            if not os.path.islink(source) and (matches is None or matches(shown_path(path))):
                yield _Copy(source, os.path.join(folder, f"{run.name}-exp{trial}", path))


def _is_there(copy: _Copy, folder: str) -> bool:
    """Whether the file is there already; a link on the way there would lead out of the folder."""
    here = copy.target
    while here != folder:
        if os.path.lexists(here):
            kind = os.path.isfile if here == copy.target else os.path.isdir
            if os.path.islink(here) or not kind(here):
                raise _in_the_way(folder, here)
        here = os.path.dirname(here)
    if not os.path.lexists(copy.target):
        return False
    if not filecmp.cmp(copy.source, copy.target, shallow=False):
        raise _in_the_way(folder, copy.target)
    return True


def _in_the_way(folder: str, path: str) -> CommandError:
    return CommandError(
        f"--download_dir {folder}: {shown_path(os.path.relpath(path, folder))} is there already and is something else; "
        "nothing was copied: move it away or name another folder"
    )


def _copy(copy: _Copy) -> int:
    """Copy one file and return its size; it gets its name when it is whole."""
    parent = os.path.dirname(copy.target)
    os.makedirs(parent, exist_ok=True)
    draft = os.path.join(parent, f".grid-{os.urandom(8).hex()}.part")
    try:
        shutil.copy2(copy.source, draft)
        if os.path.lexists(copy.target):
            raise FileExistsError(None, "something was put there meanwhile", copy.target)
        os.rename(draft, copy.target)
    finally:
        if os.path.lexists(draft):
            os.unlink(draft)
    return os.stat(copy.target).st_size  # noqa: PTH116
