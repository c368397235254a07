"""Showing runs in a notebook, in place, for as long as they go on.

One thread draws all runs of a kernel that are shown; the kernel itself stays free. A front end that cannot be
asked (a notebook that is executed without a person) gets stable text, and nothing from threads.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from IPython.display import display, update_display

from grid_jupyter.core import text
from grid_jupyter.core.plan import Plan
from grid_jupyter.core.plan_text import plan_text
from grid_jupyter.core.run import Run
from grid_jupyter.core.view import RunView
from grid_jupyter.errors import GridError

from .html import run_html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from IPython.core.interactiveshell import InteractiveShell
    from IPython.lib.pretty import RepresentationPrinter

INTERVAL = 0.5
"""Seconds between two pictures of a run."""


class Displays:
    """What a shell shows of runs and plans."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._shown: set[tuple[int, str]] = set()
        self._live = _LiveViews()
        if shell.display_formatter:
            shell.display_formatter.ipython_display_formatter.for_type(Run, self._show_once)
            shell.display_formatter.formatters["text/plain"].for_type(Plan, self._print_plan)
        Run.wait_view = self._wait_view

    @property
    def interactive(self) -> bool:
        """Whether a person sees this and can be asked."""
        kernel = getattr(self._shell, "kernel", None)
        return kernel is None or bool(getattr(kernel, "_allow_stdin", False))

    @property
    def _in_place(self) -> bool:
        """Whether a picture can be renewed where it stands: in a notebook, not in a terminal's IPython."""
        return self.interactive and getattr(self._shell, "kernel", None) is not None

    def ask(self, question: str) -> bool:
        """Ask a yes-or-no question below the cell."""
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}

    def silence(self, value: object) -> None:
        """Take a value as shown, so that it is not shown as the cell's result."""
        if isinstance(value, Run):
            self._shown.add(self._key(value))

    def launched(self, run: Run, plan: Plan) -> None:
        """Show a run that has just been launched."""
        self.silence(run)
        warnings = (*plan.warnings, *plan.passing) if self.interactive else plan.warnings
        if self._in_place and not plan.spec.wait:
            self._live.show(run, warnings)
            return
        for warning in warnings:
            print(f"! {warning}")
        if self._in_place:
            return
        if self.interactive:
            print(f"{run.name}: {text.launched_line(plan.trials, plan.placement.place)}. Seed {plan.seed}.")
        else:
            print(text.launched_line(plan.trials, plan.placement.place))

    def _show_once(self, run: Run) -> None:
        """Show a run that is a cell's result, unless the cell shows it already."""
        if self._key(run) in self._shown:
            return
        self.silence(run)
        if self._in_place:
            self._live.show(run)
        elif self.interactive:
            print(text.run_text(run))
        else:
            self._print_stable(run)

    @staticmethod
    def _print_stable(run: Run) -> None:
        print(text.launched_line(len(run), run.launch.place))
        if run.state.ended:
            print(text.stable_report(run))

    def _print_plan(self, plan: Plan, printer: RepresentationPrinter, _: bool) -> None:
        shown = plan_text(plan, stable=not self.interactive)
        printer.text(shown)  # type: ignore[no-untyped-call]

    def _key(self, run: Run) -> tuple[int, str]:
        return self._shell.execution_count, run.name

    def _wait_view(self, run: Run) -> Callable[[], None]:
        """Make the function that shows a run while a cell waits for it."""
        self.silence(run)
        if self._in_place:
            return _Picture(run).draw
        if self.interactive:
            return lambda: None
        return _ReportOnce(run).draw


class _ReportOnce:
    """Prints how a run ended, once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._done = False

    def draw(self) -> None:
        if not self._done and self._run.summary().over:
            self._done = True
            print(text.stable_report(self._run))


class _Picture:
    """A run's HTML at one place of a notebook, renewed when it changes."""

    def __init__(self, run: Run, warnings: Sequence[str] = ()) -> None:
        self.view = RunView(run)
        self._warnings = warnings
        self._id = uuid.uuid4().hex
        self._last = ""

    def draw(self) -> None:
        self.view.refresh()
        html = run_html(self.view, self._warnings)
        if html == self._last:
            return
        bundle = {"text/html": html, "text/plain": f"{self.view.run.name}: {text.sentence(self.view.summary)}"}
        if self._last:
            update_display(bundle, display_id=self._id, raw=True)  # type: ignore[no-untyped-call]
        else:
            display(bundle, display_id=self._id, raw=True)  # type: ignore[no-untyped-call]
        self._last = html


class _LiveViews:
    """The thread that draws what is shown, while there is something to draw."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pictures: list[_Picture] = []
        self._thread: threading.Thread | None = None

    def show(self, run: Run, warnings: Sequence[str] = ()) -> None:
        """Show a run here, and keep the picture true until the run has ended."""
        picture = _Picture(run, warnings)
        picture.draw()
        if picture.view.summary.state.ended:
            return
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


def _drawn(picture: _Picture) -> bool:
    """Draw it; say whether it is to be drawn again."""
    try:
        picture.draw()
    except GridError:
        # The run was deleted, or its disk went away: what is shown stays as it was.
        return False
    return not picture.view.summary.state.ended
