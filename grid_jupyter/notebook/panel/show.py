"""Showing a panel in a cell: widgets where a person sees them, else text."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from grid_jupyter.notebook.display import is_interactive, request_of

from .text import AGAIN, panel_html, panel_text

if TYPE_CHECKING:
    from .panel import Panel

# JupyterLab shows "Error displaying widget" where a page was loaded anew and the kernel has no such panel any more.
# This output, which is out of sight until then, stands in its place; without the style it stays out of sight.
_OUTPUT = ".jp-OutputArea-child"
_GONE = f"{_OUTPUT}:has(> .jupyter-widgets):not(:has(.gj-panel)):has(+ {_OUTPUT} .gj-gone)"
_NOTE = (
    f'<div class="gj-gone" style="display:none">{AGAIN}</div>'
    f"<style>{_GONE} {{display: none}} {_GONE} + {_OUTPUT} .gj-gone {{display: block !important}}</style>"
)


def show(panel: Panel) -> None:
    """Show a panel below the cell; its run stands below it when it is launched."""
    shell = get_ipython()
    if shell is None:
        print(panel_text(panel))
        return
    if panel.shown_in == request_of(shell):
        return  # as the value of the same cell
    panel.shown_in = request_of(shell)
    if getattr(shell, "kernel", None) is None or not is_interactive(shell):
        print(panel_text(panel))
        return
    place = uuid.uuid4().hex
    view = _view(panel, place)
    fallback = {"text/plain": panel_text(panel), "text/html": panel_html(panel)}
    display(view.root._repr_mimebundle_() | fallback, raw=True)  # type: ignore[no-untyped-call]
    display({"text/html": _NOTE, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
    # The place of the run that is launched, which a click cannot make: what it shows belongs to no cell.
    display({"text/html": "", "text/plain": ""}, raw=True, display_id=place)  # type: ignore[no-untyped-call]


def _view(panel: Panel, place: str) -> Any:  # noqa: ANN401  (widgets are imported when they are used)
    from .view import PanelView

    return PanelView(panel, place)
