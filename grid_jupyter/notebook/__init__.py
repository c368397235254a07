"""The notebook's door: ``%grid``, ``%%grid`` and the display of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell."""
    from .magics import GridMagics

    shell.register_magics(GridMagics(shell))


def unload(shell: InteractiveShell) -> None:
    """Take the magics back from a shell."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("grid", None)
