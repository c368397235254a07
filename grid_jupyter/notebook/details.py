"""A trial with what it came from, as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .table import FONT2, frame

if TYPE_CHECKING:
    from grid_jupyter.core.details import TrialDetails

_CODE = "font-family:var(--jp-code-font-family, monospace);font-size:12px"
_AS_CODE = frozenset(("command", "reproduce"))


def details_html(details: TrialDetails) -> str:
    """Return a line with the trial's name and state, its reason, and a table of all else."""
    name, state, reason = details.heading
    told = f"<div>{escape(reason)}</div>" if reason else ""
    rows = "".join(
        f'<tr style="background:transparent"><th scope="row" style="text-align:left;vertical-align:top;'
        f'padding:2px 12px 2px 0;font-weight:400;color:{FONT2};white-space:nowrap">{escape(label)}</th>'
        f'<td style="text-align:left;padding:2px 0;overflow-wrap:anywhere'
        f'{";" + _CODE if label in _AS_CODE else ""}">{escape(text)}</td></tr>'
        for label, text in details.rows()
        if text
    )
    caption = f"Trial {escape(name)} and what it came from"
    return frame(
        f"<div><strong>{escape(name)}</strong> {escape(state)}</div>{told}"
        f'<table style="border-collapse:collapse;margin:4px 0 0 0" aria-label="{caption}"><tbody>{rows}</tbody></table>'
    )
