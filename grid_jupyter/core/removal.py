"""Removing files that scripts have made, whatever rights those have."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .home import TrialFolder


def remove_tree(path: Path) -> None:
    """Remove a folder with all that is in it; a link is removed itself, and nothing happens where nothing is.

    Raises:
        OSError: Something of it cannot be removed.
    """
    if path.is_symlink():
        path.unlink()
        return
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except PermissionError:
        # A script may have taken its own right to list a folder, or to take files out of it.
        for folder, _, _ in os.walk(path):
            os.chmod(folder, stat.S_IRWXU)  # noqa: PTH101  (names need not be UTF-8)
        shutil.rmtree(path)


def clear_trial(files: TrialFolder) -> None:
    """Remove what earlier attempts left for later ones: checkpoint, metrics and artifacts, but not the logs.

    Raises:
        OSError: Something of it cannot be removed.
    """
    remove_tree(files.artifacts)
    files.metrics.unlink(missing_ok=True)
    if files.checkpoint.exists():
        remove_tree(files.checkpoint)
        files.checkpoint.mkdir()  # a next attempt that was made ready counts on it
