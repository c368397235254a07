"""What a notebook shows of runs and plans, and in which form.

A front end that cannot be asked (a notebook that is executed without a person) gets stable text, and nothing
from threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

from grid_jupyter.core import text
from grid_jupyter.core.plan_text import plan_text, plan_warnings
from grid_jupyter.core.run import Run

from .live import LIVE, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from IPython.core.interactiveshell import InteractiveShell
    from IPython.lib.pretty import RepresentationPrinter

    from grid_jupyter.core.details import TrialDetails
    from grid_jupyter.core.plan import Plan
    from grid_jupyter.core.plots import Plot


def is_interactive(shell: InteractiveShell) -> bool:
    """Whether a person sees what a shell shows, and can be asked."""
    kernel = getattr(shell, "kernel", None)
    return kernel is None or bool(getattr(kernel, "_allow_stdin", False))


def request_of(shell: InteractiveShell) -> object:
    """Return what tells one request of a front end from another; not all count them."""
    parent = getattr(shell, "get_parent", None)
    return parent()["header"]["msg_id"] if parent and parent() else shell.execution_count


class Displays:
    """What a shell shows of runs and plans."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._shown: set[tuple[int, str]] = set()
        self._drawn: set[tuple[int, str]] = set()

    @property
    def interactive(self) -> bool:
        """Whether a person sees this and can be asked."""
        return is_interactive(self._shell)

    @property
    def _in_place(self) -> bool:
        """Whether a picture can be renewed where it stands: in a notebook, not in a terminal's IPython."""
        return self.interactive and getattr(self._shell, "kernel", None) is not None

    def ask(self, question: str) -> bool:
        """Ask a yes-or-no question below the cell."""
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}

    def silence(self, run: Run) -> None:
        """Take a run as shown, so that it is not shown as the cell's result."""
        self._shown.add(self._key(run))

    def silenced(self, value: object) -> object:
        """Return what a line that ends in a semicolon gives: its run, or nothing: all else would be shown."""
        if not isinstance(value, Run):
            return None
        self.silence(value)
        return value

    def announce(self, plan: Plan) -> None:
        """Show a plan that is about to be launched, or its warnings where it has nothing else to tell."""
        if self.interactive and plan.asks:
            display(plan)  # type: ignore[no-untyped-call]
        elif not self._shows_live(plan):
            for warning in plan_warnings(plan, stable=not self.interactive):
                print(f"! {warning}")

    def launched(self, run: Run, plan: Plan) -> None:
        """Show a run that has just been launched."""
        self.silence(run)
        if self._shows_live(plan):
            self._draw(run, () if plan.asks else plan_warnings(plan))
        if self._in_place:
            return
        if self.interactive:
            print(f"{run.name}: {text.launched_line(plan.trials, plan.placement.place)}. Seed {plan.seed}.")
        else:
            print(text.launched_line(plan.trials, plan.placement.place))

    def _shows_live(self, plan: Plan) -> bool:
        return self._in_place and not plan.spec.wait

    def show_once(self, run: Run) -> None:
        """Show a run that is a cell's result, unless the cell shows it already."""
        if self._key(run) in self._shown:
            return
        self.silence(run)
        if self._in_place:
            self._draw(run)
        elif self.interactive:
            print(text.run_text(run))
        else:
            self._print_stable(run)

    def _draw(self, run: Run, warnings: Sequence[str] = ()) -> None:
        self._drawn.add(self._key(run))
        LIVE.show(run, warnings)

    @staticmethod
    def _print_stable(run: Run) -> None:
        print(text.launched_line(len(run), run.launch.place))
        if run.state.ended:
            print(text.stable_report(run))

    def plan_html(self, plan: Plan) -> str | None:
        """Return a plan as HTML, or nothing where the notebook shall read the same tomorrow."""
        from .plan import plan_html

        return plan_html(plan) if self._in_place else None

    def print_plan(self, plan: Plan, printer: RepresentationPrinter, _: bool) -> None:
        """Print a plan that is a cell's result."""
        shown = plan_text(plan, stable=not self.interactive)
        printer.text(shown)  # type: ignore[no-untyped-call]

    def details_html(self, details: TrialDetails) -> str | None:
        """Return a trial as HTML, or nothing where the notebook shall read the same tomorrow."""
        from .details import details_html

        return details_html(details) if self._in_place else None

    def print_details(self, details: TrialDetails, printer: RepresentationPrinter) -> None:
        """Print a trial that is a cell's result."""
        printer.text(details.text(stable=not self.interactive))  # type: ignore[no-untyped-call]

    def plot_bundle(self, plot: Plot) -> dict[str, Any]:
        """Return what is shown of a plot: the chart itself only to a person, since its numbers differ each time."""
        return plot.bundle(live=self.interactive)

    def _key(self, run: Run) -> tuple[int, str]:
        return self._shell.execution_count, run.name

    def wait_view(self, run: Run) -> Callable[[], None]:
        """Make the function that shows a run while a cell waits for it, unless the cell shows it already."""
        if self._key(run) in self._drawn:
            return lambda: None
        self.silence(run)
        return self._picture(run) if self._in_place else _ReportOnce(run).draw

    def _picture(self, run: Run) -> Callable[[], None]:
        picture = Picture(run)

        def draw() -> None:
            picture.draw()
            if picture.view.summary.over:  # the cell ends now, and the curves are still to come
                LIVE.follow(picture)

        return draw


class _ReportOnce:
    """Prints how a run ended, once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._done = False

    def draw(self) -> None:
        if not self._done and self._run.summary().over:
            self._done = True
            print(text.stable_report(self._run))
