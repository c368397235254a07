"""A plan as HTML: readable with all styles stripped, in a saved notebook as well."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from grid_jupyter.core import units
from grid_jupyter.core.plan_text import last_trial, plan_heads, plan_lines, plan_rows, plan_title, plan_warnings

from .table import FONT2, WARN, frame, html_table, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grid_jupyter.core.plan import Plan

PAGE = 100
"""Trials that are shown; they scroll."""

_HEADS = ("GPUs", "Cost", "Whole run", "Code", "Actions", "Variables", "Limits")
_COMMAND = "white-space:nowrap;background:transparent;padding:0"


def plan_html(plan: Plan, *, trials: bool = True) -> str:
    """Return a plan, with or without its table of trials."""
    title = f'<div style="font-weight:600">{escape(plan_title(plan))}</div>'
    heads = (*_HEADS, *(head for head, _ in plan.placement.facts))
    facts = "".join(f"<div>{_fact(line, heads)}</div>" for line in plan_lines(plan))
    warnings = "".join(
        f'<div style="border-left:3px solid {WARN};padding-left:8px;margin:2px 0">{escape(warning)}</div>'
        for warning in plan_warnings(plan)
    )
    return frame(title + facts + warnings + (_trials(plan) if trials and plan.foreseen else ""))


def _fact(line: str, heads: Iterable[str]) -> str:
    """A line whose head says what it is about stands in two columns."""
    for head in heads:
        if line.startswith(f"{head} "):
            label = f'<span style="display:inline-block;width:80px;color:{FONT2}">{head}</span>'
            return label + _spaced(line.removeprefix(head).strip())
    return _spaced(line)


def _spaced(text: str) -> str:
    """Text in which a gap sets things apart, of which the second may have a head as well."""
    first, *rest = (escape(part.strip()) for part in text.split("      ") if part)
    machines = f'<span style="color:{FONT2};padding-right:8px">Machines</span>'
    told = [part.replace("Machines", machines, 1) if part.startswith("Machines ") else part for part in rest]
    return ' <span style="padding-left:24px"></span>'.join([first, *told])


def _trials(plan: Plan) -> str:
    heads = plan_heads(plan)
    rows = plan_rows(plan, range(min(plan.trials, PAGE)))
    if last := last_trial(plan, PAGE):
        rows += [["…", *([""] * (len(heads) - 1))], *plan_rows(plan, [last])]
    right = {place for place in range(len(heads) - 1) if numbers(row[place] for row in rows if row[-1])}
    body = [[*map(escape, row[:-1]), f'<code style="{_COMMAND}">{escape(row[-1])}</code>'] for row in rows]
    more = (
        f'<div style="color:{FONT2}">trials 0 to {PAGE - 1} of {units.format_count(plan.trials)}; '
        f"<code>plan = %grid run --dry_run …</code> and <code>plan.page({PAGE})</code> show others</div>"
        if plan.trials > PAGE
        else ""
    )
    return html_table("Trials", heads, body, right, tall=len(rows) > PAGE // 5) + more
