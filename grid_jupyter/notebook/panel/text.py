"""A panel where there are no widgets: in a saved notebook, in one that is executed without a person, in a terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from grid_jupyter.core.plan_text import plan_warnings
from grid_jupyter.core.text import launched_line
from grid_jupyter.errors import UserError
from grid_jupyter.notebook.table import FONT2, frame

from .panel import first_fault

if TYPE_CHECKING:
    from .panel import Panel

AGAIN = "Run this cell again to bring the panel back."


def panel_text(panel: Panel) -> str:
    """Return what a panel stands for, without anything that changes from run to run."""
    return "\n".join(_lines(panel))


def panel_html(panel: Panel) -> str:
    """Return the same for a notebook that is opened again, with the way back to the panel."""
    head, *rest = _lines(panel)
    line, warnings = (rest[0], rest[1:]) if rest else ("", [])
    return frame(
        f'<div style="font-weight:600">{escape(head)}</div>'
        + (f"<div><code>{escape(line)}</code></div>" if line else "")
        + "".join(f"<div>{escape(warning)}</div>" for warning in warnings)
        + f'<div style="color:{FONT2}">{AGAIN}</div>'
    )


def _lines(panel: Panel) -> list[str]:
    found = panel.check()
    if found is None:
        return ["Panel without a script. Choose one: %grid panel SCRIPT"]
    head = f"Panel of {'the cell' if panel.is_cell else panel.script}"
    try:
        line = panel.line
    except UserError as error:
        return [f"{head}: {error}"]
    if fault := first_fault(found):
        told = fault.message if fault.flag is None or fault.flag in fault.message else f"{fault.flag}: {fault.message}"
        return [f"{head}: {told}", line]
    if found.plan is None:
        return [head, line]
    launches = launched_line(found.plan.trials, found.plan.placement.place)
    return [f"{head}: {launches}", line, *(f"! {warning}" for warning in plan_warnings(found.plan, stable=True))]
