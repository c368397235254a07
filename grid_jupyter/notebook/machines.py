"""The list of machines as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .table import FONT2, frame, html_table

if TYPE_CHECKING:
    from grid_jupyter.core.machines.listing import MachineList


def machines_html(listed: MachineList) -> str:
    """Return the list, with which prices they are above it and what to know below."""
    notes = "".join(f"<div>{escape(note)}</div>" for note in listed.notes)
    if not listed.machines:
        return frame(f"{notes}<div>{escape(listed.empty)}</div>")
    body = [
        [f'<span style="color:{FONT2}">{escape(cell)}</span>' if machine.retired else escape(cell) for cell in row]
        for machine, row in zip(listed.machines, listed.rows(), strict=True)
    ]
    table = html_table("", listed.heads, body, listed.numeric, tall=True)
    remarks = "".join(
        f'<div style="color:{FONT2};margin-top:2px">{escape(remark)}</div>' for remark in listed.remarks()
    )
    return frame(f"{notes}<div>{escape(listed.headline)}</div>{table}{remarks}")
