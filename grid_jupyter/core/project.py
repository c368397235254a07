"""Which folder is the project, and where in it the script lies."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grid_jupyter.errors import ProjectError

SCRIPT_KINDS = (".py", ".sh", ".jl", ".ipynb")


@dataclass(frozen=True)
class Project:
    """A folder that is frozen as a whole; both paths are absolute, without symbolic links."""

    root: Path
    cwd: Path

    @property
    def subdir(self) -> PurePosixPath:
        """Where below the root a trial starts; ``.`` at the root."""
        return PurePosixPath(self.cwd.relative_to(self.root))


def find_project(cwd: Path) -> Project:
    """The project that holds a directory: its git top level, else the directory itself.

    A git top level as wide as the home directory (dotfiles kept in git) or above it is
    no project, and is passed over for the directory itself.

    Raises:
        ProjectError: The directory is gone, or it is ``/``, the home directory or above it.
    """
    try:
        here = cwd.resolve(strict=True)
    except OSError as error:
        raise ProjectError(f"{cwd}: the current directory is gone; change to one that exists") from error
    top = next((folder for folder in (here, *here.parents) if _is_git_top(folder)), here)
    root = here if _is_too_wide(top) else top
    if _is_too_wide(root):
        what = "the home directory" if root == _home() else "no project folder"
        raise ProjectError(f"{root} is {what}; put the script into a folder of its own and start there")
    return Project(root, here)


def locate_script(project: Project, script: str) -> PurePosixPath:
    """Where a script named on the command line lies, relative to the project's root.

    Args:
        project: The project, whose current directory a relative name starts from.
        script: The name as written; ``~`` is the home directory.

    Raises:
        ProjectError: It is missing, a folder, unreadable, of another kind, or outside of the project.
    """
    path = Path(os.path.normpath(project.cwd / os.path.expanduser(script)))  # noqa: PTH111  (no RuntimeError)
    # Not the methods of Path, which raise where a name is too long.
    if os.path.isdir(path):  # noqa: PTH112
        raise ProjectError(f"{script} is a folder; name the script in it")
    if not os.path.exists(path):  # noqa: PTH110
        raise ProjectError(f"{script} does not exist in {path.parent}{_nearest(path)}")
    relative = _inside(project, path)
    if relative is None:
        raise ProjectError(f"{script} lies outside of the project {project.root}; move it there")
    _check_kind(script, path)
    if not os.access(path, os.R_OK):
        raise ProjectError(f"{script} cannot be read; change its permissions")
    return relative


def _is_git_top(folder: Path) -> bool:
    # A worktree and a submodule have a file there.
    mark = folder / ".git"
    return mark.is_file() or (mark / "HEAD").exists()


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return None


def _is_too_wide(folder: Path) -> bool:
    home = _home()
    return folder == Path(folder.anchor) or (home is not None and home.is_relative_to(folder))


def _inside(project: Project, path: Path) -> PurePosixPath | None:
    # As it is written first: a linked folder of the project belongs to the project.
    for candidate in (path, path.parent.resolve() / path.name):
        if candidate.is_relative_to(project.root):
            return PurePosixPath(candidate.relative_to(project.root))
    return None


def _check_kind(script: str, path: Path) -> None:
    if path.suffix not in SCRIPT_KINDS:
        kinds = " ".join(SCRIPT_KINDS)
        raise ProjectError(f"{script} is of no kind that can be run; name a file that ends in one of {kinds}")
    if not path.is_file():
        raise ProjectError(f"{script} is no regular file; name a script")


def _nearest(path: Path) -> str:
    try:
        names = [entry.name for entry in os.scandir(path.parent) if entry.is_file()]
    except OSError:
        return ""
    scripts = [name for name in names if name.endswith(SCRIPT_KINDS)]
    close = difflib.get_close_matches(path.name, scripts, 1) or difflib.get_close_matches(path.name, names, 1)
    return f"; the nearest file there is {close[0]}" if close else ""
