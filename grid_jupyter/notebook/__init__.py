"""The notebook's door: ``%grid``, ``%%grid`` and the display of a run."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from grid_jupyter.core.comparison import Comparison
    from grid_jupyter.core.machines.listing import MachineList

_RUN = ("grid_jupyter.core.run", "Run")
_PLAN = ("grid_jupyter.core.plan", "Plan")
_DETAILS = ("grid_jupyter.core.details", "TrialDetails")
_MACHINES = ("grid_jupyter.core.machines.listing", "MachineList")
_PLOT = ("grid_jupyter.core.plots.plot", "Plot")
_COMPARISON = ("grid_jupyter.core.comparison", "Comparison")


def load(shell: InteractiveShell) -> None:
    """Register the magics and displays with a shell; types are named, so that nothing heavy is imported yet."""
    from grid_jupyter.core import hooks

    from . import completion
    from .magics import GridMagics

    # The displays are made when something is shown for the first time, hence a lambda around each of their methods.
    # ruff: noqa: PLW0108
    magics = GridMagics(shell)
    shell.register_magics(magics)
    completion.load(shell)
    hooks.wait_view = lambda run: magics.displays.wait_view(run)
    if formatter := shell.display_formatter:
        formatter.ipython_display_formatter.for_type_by_name(*_RUN, lambda run: magics.displays.show_once(run))
        formatter.formatters["text/plain"].for_type_by_name(
            *_PLAN, lambda plan, printer, cycle: magics.displays.print_plan(plan, printer, cycle)
        )
        formatter.formatters["text/html"].for_type_by_name(*_PLAN, lambda plan: magics.displays.plan_html(plan))
        formatter.formatters["text/plain"].for_type_by_name(
            *_MACHINES, lambda listed, printer, _: printer.text(listed.text())
        )
        formatter.formatters["text/html"].for_type_by_name(*_MACHINES, _machines_html)
        formatter.formatters["text/plain"].for_type_by_name(
            *_DETAILS, lambda details, printer, _: magics.displays.print_details(details, printer)
        )
        formatter.formatters["text/html"].for_type_by_name(
            *_DETAILS, lambda details: magics.displays.details_html(details)
        )
        formatter.formatters["text/html"].for_type_by_name(*_COMPARISON, _comparison_html)
        formatter.mimebundle_formatter.for_type_by_name(*_PLOT, lambda plot, **_: magics.displays.plot_bundle(plot))


def _machines_html(listed: MachineList) -> str:
    from .machines import machines_html

    return machines_html(listed)


def _comparison_html(found: Comparison) -> str:
    from .comparison import comparison_html

    return comparison_html(found)


def unload(shell: InteractiveShell) -> None:
    """Take back what ``load`` did."""
    from grid_jupyter.core import hooks

    from . import completion

    hooks.wait_view = None
    completion.unload(shell)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("grid", None)
    if formatter := shell.display_formatter:
        plain, html = formatter.formatters["text/plain"], formatter.formatters["text/html"]
        ours = (
            (formatter.ipython_display_formatter, _RUN),
            (formatter.mimebundle_formatter, _PLOT),
            (html, _COMPARISON),
            *product((plain, html), (_PLAN, _MACHINES, _DETAILS)),
        )
        for kind, named in ours:
            kind.deferred_printers.pop(named, None)
            for known in [cls for cls in kind.type_printers if (cls.__module__, cls.__name__) == named]:
                kind.type_printers.pop(known)
