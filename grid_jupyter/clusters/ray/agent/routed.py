"""Objects that lie in several places, by their keys."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from grid_jupyter.remote.agent.through import Through

from .layout import stays_there

if TYPE_CHECKING:
    from pathlib import Path

    from grid_jupyter.remote.agent.objects import Objects


class Routed(Through):
    """What stays there in one place, what is told in another.

    Args:
        told: For what the session is told.
        kept: For checkpoints and the files that trials write.
        code: The project as it was sent, where there is one; it is no object but a file here.
    """

    def __init__(self, told: Objects, kept: Objects, code: Path | None = None) -> None:
        self._told = told
        self._kept = kept
        self._code = code

    def _of(self, key: str) -> tuple[Objects, str]:
        return (self._kept if stays_there(key) else self._told), key

    def download(self, key: str, path: str) -> bool:
        """Write an object's content to a file; say whether there is one."""
        if self._code and key.startswith("code/"):
            shutil.copyfile(self._code, path)
            return True
        return super().download(key, path)
