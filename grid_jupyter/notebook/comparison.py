"""Trials side by side as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from grid_jupyter.core import text
from grid_jupyter.core.comparison import sections

from .table import FONT1, FONT2, LINE, frame, html_table

if TYPE_CHECKING:
    from grid_jupyter.core.code_diff import CodeDiff
    from grid_jupyter.core.comparison import Comparison

_MARKS = {"+": "var(--jp-success-color1, #388e3c)", "-": "var(--jp-error-color1, #d32f2f)"}


def comparison_html(found: Comparison) -> str:
    """Return what differs: a table with a heading for each section, and the differences of code below it."""
    body: list[list[str]] = []
    blanks = [""] * (len(found.heads) - 1)
    for section, rows in sections(found.shown):
        body.append([f"<strong>{escape(section)}</strong>", *blanks])
        body += [[escape(cell) for cell in found.cells(row)] for row in rows]
    table = html_table("What differs", found.heads, body, range(1, len(found.heads))) if body else ""
    nothing = "" if body else "<div>no difference but the number</div>"
    rest = f'<div style="color:{FONT2}">and {found.left_out}</div>' if found.left_out else ""
    code = "".join(
        _code(f"Code of {found.names[0]} and {name}", diff)
        for name, diff in zip(found.names[1:], found.code, strict=True)
        if not diff.same
    )
    same = f'<div style="color:{FONT2}">same code</div>' if all(diff.same for diff in found.code) else ""
    return frame(table + nothing + rest + same + code)


def _code(title: str, diff: CodeDiff) -> str:
    lines = "\n".join(_line(line) for line in diff.lines)
    more = f"\nand {text.count(diff.cut, 'more line')}" if diff.cut else ""
    style = (
        f"margin:4px 0;padding:4px 8px;border-left:2px solid {LINE};font-size:12px;overflow-x:auto;max-height:400px;"
        f"color:{FONT1};background:transparent;font-family:var(--jp-code-font-family, monospace)"
    )
    body = f'<pre style="{style}">{lines}{more}</pre>' if diff.lines else ""
    return f"<details open><summary>{escape(title)}: {escape(diff.summary)}</summary>{body}</details>"


def _line(line: str) -> str:
    """A line of the diff; its sign says what it is, and a bar of colour beside it."""
    colour = None if line.startswith(("+++", "---")) else _MARKS.get(line[:1])
    return f'<span style="box-shadow:-8px 0 0 -4px {colour}">{escape(line)}</span>' if colour else escape(line)
