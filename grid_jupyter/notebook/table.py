"""The frame and the table that everything shown in a notebook is made of; colours follow the notebook's theme."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from grid_jupyter.core.results import numbers_or_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FONT1 = "var(--jp-ui-font-color1, inherit)"
FONT2 = "var(--jp-ui-font-color2, #616161)"
BRAND = "var(--jp-brand-color1, #1976d2)"
WARN = "var(--jp-warn-color0, #e65100)"
LINE = "var(--jp-border-color2, #e0e0e0)"
_PAPER = "var(--jp-layout-color0, var(--vscode-editor-background, Canvas))"


def frame(content: str) -> str:
    """Return HTML in the notebook's font and colours."""
    style = (
        f"font-family:var(--jp-ui-font-family, sans-serif);font-size:13px;line-height:1.4;color:{FONT1};"
        "max-width:1000px;font-variant-numeric:tabular-nums"
    )
    return f'<div style="{style}">{content}</div>'


def numbers(texts: Iterable[str]) -> bool:
    """Return whether all texts of a column are numbers, which are aligned to the right."""
    return not any(isinstance(value, str) for value in numbers_or_text(list(texts)))


def html_table(
    caption: str, heads: Sequence[str], body: Iterable[Sequence[str]], right: Iterable[int], *, tall: bool = False
) -> str:
    """Return a table that scrolls in itself where it is too wide.

    Args:
        caption: What it shows, as HTML.
        heads: The columns, as text.
        body: The cells, as HTML.
        right: The columns that are aligned to the right.
        tall: Whether it may have many rows; then these scroll below the heads.
    """
    to_right = set(right)
    stays = f";position:sticky;top:0;background:{_PAPER}" if tall else ""

    def cell(tag: str, column: int, content: str, more: str = "", style: str = "") -> str:
        side = "right" if column in to_right else "left"
        style = f"text-align:{side};padding:2px 8px;border-bottom:1px solid {LINE};white-space:nowrap{style}"
        return f'<{tag}{more} style="{style}">{content}</{tag}>'

    head = "".join(cell("th", place, escape(name), ' scope="col"', stays) for place, name in enumerate(heads))
    lines = "".join(
        f'<tr style="background:transparent">{"".join(cell("td", place, part) for place, part in enumerate(row))}</tr>'
        for row in body
    )
    limit = ";max-height:440px;overflow-y:auto" if tall else ""
    reached = ' tabindex="0"' if tall else ""
    return (
        f'<div{reached} style="overflow-x:auto{limit}">'
        '<table style="border-collapse:collapse;font-size:13px;margin:6px 0">'
        f'<caption style="caption-side:top;text-align:left;color:{FONT2}">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
