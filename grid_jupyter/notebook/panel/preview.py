"""What a launch would do: how many combinations, where and at what price, a page of them, and the line."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from grid_jupyter.core.forms import facts
from grid_jupyter.core.plan_text import combination_lines, plan_heads, plan_rows, plan_warnings
from grid_jupyter.core.units import format_count
from grid_jupyter.notebook.table import html_table, numbers

if TYPE_CHECKING:
    from grid_jupyter.core.checking import Check
    from grid_jupyter.core.plan import Plan

    from .panel import Panel

PAGE = 5
# Copies the text beside it; where a page may not (it is not served over https), the text is selected for the keys.
_COPY = (
    "const code = this.previousElementSibling; getSelection().selectAllChildren(code); "
    "if (navigator.clipboard) { navigator.clipboard.writeText(code.textContent)"
    ".then(() => { this.textContent = 'Copied'; setTimeout(() => { this.textContent = 'Copy line'; }, 2000); }); }"
)


class Preview:
    """The lower half of a panel.

    Attributes:
        root: The widget.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._plan: Plan | None = None
        self._first = 0
        self._facts = widgets.HTML()
        self._range = widgets.HTML()
        self._back = widgets.Button(description="‹", tooltip="Previous page")
        self._on = widgets.Button(description="›", tooltip="Next page")
        self._go = widgets.Text(placeholder="Go to trial", tooltip="Go to trial", continuous_update=False)
        self._go.add_class("gj-go")
        self._pager = widgets.HBox([self._go, self._back, self._range, self._on])
        self._pager.add_class("gj-pager")
        top = widgets.Box([self._facts, self._pager])
        top.add_class("gj-bar")
        top.add_class("gj-facts")
        self._rows = widgets.HTML()
        self._line = widgets.HTML()
        self.root = widgets.VBox([top, self._rows, self._line])
        self._back.on_click(lambda _: self._turn(self._first - PAGE))
        self._on.on_click(lambda _: self._turn(self._first + PAGE))
        self._go.observe(self._went, "value")

    def tell(self, check: Check | None, line: str) -> None:
        """Show what a check has found; where nothing can be planned, the last plan stays, in grey."""
        self._plan = check.plan if check else None
        lines = facts(check) if check else []
        if self._plan:
            lines[1:1] = combination_lines(self._plan)
        told = "".join(f"<div>{escape(text)}</div>" for text in lines)
        if check and check.fault:
            told = f'<div role="alert">✗ {escape(check.fault.message)}</div>{told}'
        if self._plan:
            told += "".join(f'<div class="gj-warning">{escape(text)}</div>' for text in plan_warnings(self._plan))
        self._facts.value = told
        self._line.value = (
            f'<div class="gj-line"><code tabindex="0">{escape(line)}</code>'
            f'<button type="button" onclick="{escape(_COPY)}">Copy line</button></div>'
            if line
            else ""
        )
        self._turn(self._first)

    def _turn(self, first: int) -> None:
        plan = self._plan
        total = plan.trials if plan else 0
        self._first = max(0, min(first, (total - 1) // PAGE * PAGE)) if total else 0
        listed = list(plan.listed(self._first, PAGE)) if plan else []
        self._pager.layout.display = "flex" if plan and total > PAGE and plan.foreseen else "none"
        self._go.layout.display = "flex" if total > 4 * PAGE else "none"
        if plan is None or not listed:
            self._rows.value = ""
            return
        self._range.value = f"{format_count(listed[0] + 1)} to {format_count(listed[-1] + 1)} of {format_count(total)}"
        self._back.disabled = self._first == 0
        self._on.disabled = listed[-1] + 1 >= total or len(listed) < PAGE
        rows = plan_rows(plan, listed)
        right = {place for place in range(len(rows[0]) - 1) if numbers(row[place] for row in rows)}
        body = [[*map(escape, row[:-1]), f"<code>{escape(row[-1])}</code>"] for row in rows]
        self._rows.value = html_table("", plan_heads(plan), body, right)

    def _went(self, change: dict[str, Any]) -> None:
        typed = change["new"].strip().replace(",", "")
        if typed.isascii() and typed.isdigit():
            self._turn(int(typed) // PAGE * PAGE)
        if typed:
            self._go.value = ""
