"""What a front end may hang into the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .run import Run

wait_view: Callable[[Run], Callable[[], None]] | None = None
"""Makes what shows a run while ``Run.wait`` blocks: a function that draws the run anew each time it is called."""
