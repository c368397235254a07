"""Pictures of runs that are renewed in place for as long as the runs go on.

One thread draws all runs of a kernel that are shown; the kernel itself stays free.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from IPython.display import display, update_display

from grid_jupyter.core import text
from grid_jupyter.core.view import RunView
from grid_jupyter.errors import GridError

from .html import run_html
from .picture import run_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.run import Run

RUN = "application/vnd.grid-jupyter.run+json"
"""Names the run alone: where our front end is there, it shows the run as it is now."""

INTERVAL = 0.5
"""Seconds between two pictures of a run."""


class Picture:
    """A run's HTML at one place of a notebook, renewed when it changes, with its curves once it has ended."""

    def __init__(self, run: Run, warnings: Sequence[str] = (), place: str | None = None) -> None:
        self.view = RunView(run)
        self._warnings = warnings
        self._is_shown = place is not None
        self._id = place or uuid.uuid4().hex
        self._last = ""

    def draw(self) -> None:
        """Show it, or renew what is shown."""
        self.view.refresh()
        self._show()

    def complete(self) -> None:
        """Add the curves to what is shown of a run that has ended; this takes a second or two."""
        if self.view.metrics:
            self._show(run_picture(self.view.run))

    def _show(self, picture: str = "") -> None:
        html = run_html(self.view, self._warnings, picture=picture)
        if html == self._last:
            return
        name = self.view.run.name
        bundle = {RUN: {"run": name}, "text/html": html, "text/plain": f"{name}: {text.sentence(self.view.summary)}"}
        if self._is_shown:
            update_display(bundle, display_id=self._id, raw=True)  # type: ignore[no-untyped-call]
        else:
            display(bundle, display_id=self._id, raw=True)  # type: ignore[no-untyped-call]
        self._last = html
        self._is_shown = True


class LiveViews:
    """The thread that draws what is shown, while there is something to draw."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pictures: list[Picture] = []
        self._thread: threading.Thread | None = None

    def show(self, run: Run, warnings: Sequence[str] = (), place: str | None = None) -> None:
        """Show a run here, or at a display that is there already, and keep the picture true until the run has ended."""
        picture = Picture(run, warnings, place)
        picture.draw()
        self.follow(picture)

    def follow(self, picture: Picture) -> None:
        """Keep a picture true that is shown already, and complete it when the run has ended."""
        with self._lock:
            self._pictures.append(picture)
            if self._thread is None:
                self._thread = threading.Thread(target=self._draw_all, name="grid-displays", daemon=True)
                self._thread.start()

    def _draw_all(self) -> None:
        wait = threading.Event()
        while not wait.wait(INTERVAL):
            with self._lock:
                pictures = list(self._pictures)
            over = [picture for picture in pictures if not _drawn(picture)]
            with self._lock:
                self._pictures = [picture for picture in self._pictures if picture not in over]
                if not self._pictures:
                    self._thread = None
                    return


LIVE = LiveViews()
"""The pictures of this kernel."""


def _drawn(picture: Picture) -> bool:
    """Draw it; say whether it is to be drawn again."""
    try:
        picture.draw()
        if not picture.view.summary.state.ended:
            return True
        picture.complete()
    except (GridError, OSError):
        # The run was deleted, or its disk went away: what is shown stays as it was.
        pass
    return False
