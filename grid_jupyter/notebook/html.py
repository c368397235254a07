"""A run as HTML: no script, no outside file, readable with all styles stripped.

Whatever comes from a script or a user is escaped.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from grid_jupyter.core import text, units
from grid_jupyter.core.advice import advice
from grid_jupyter.core.states import TrialState

from .table import BRAND as _BRAND
from .table import FONT1 as _FONT1
from .table import FONT2 as _FONT2
from .table import LINE as _LINE
from .table import WARN as _WARN
from .table import frame, html_table, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grid_jupyter.core.results import Leader
    from grid_jupyter.core.run import Run
    from grid_jupyter.core.store import TrialRow
    from grid_jupyter.core.summary import RunSummary
    from grid_jupyter.core.view import RunView

LOG_LINES = 5

_STATE_COLOURS = {
    TrialState.SUCCEEDED: "var(--jp-layout-color4, #757575)",
    TrialState.PRUNED: "var(--jp-layout-color3, #bdbdbd)",
    TrialState.STOPPED: "var(--jp-layout-color3, #bdbdbd)",
    TrialState.FAILED: "var(--jp-error-color1, #d32f2f)",
    TrialState.INTERRUPTED: _WARN,
    TrialState.RUNNING: _BRAND,
    TrialState.STARTING: _BRAND,
    TrialState.QUEUED: "var(--jp-layout-color2, #eeeeee)",
}
_SIGN_COLOURS = {
    "running": _BRAND,
    "starting": _BRAND,
    "succeeded": "var(--jp-success-color1, #388e3c)",
    "failed": "var(--jp-error-color1, #d32f2f)",
    "interrupted": _WARN,
    "paused": _WARN,
}


def run_html(view: RunView, warnings: Sequence[str] = (), now: float | None = None, picture: str = "") -> str:
    """Return a run as of the view's last refresh.

    Args:
        view: The run.
        warnings: What was to be known at its launch.
        now: The time, in UTC epoch seconds; the clock's otherwise.
        picture: Its curves, as HTML.
    """
    parts = [
        _warnings(dict.fromkeys((*warnings, *view.summary.notes))),
        _header(view),
        _banner(view.summary),
        _bar(view.summary),
        _table(view),
        picture,
        _log(view),
        _failures(view),
        _command(view.run),
        _foot(view, time.time() if now is None else now),
    ]
    return frame("".join(parts))


def _warnings(warnings: Iterable[str]) -> str:
    return "".join(f'<div style="color:{_FONT2}">! {escape(warning)}</div>' for warning in warnings)


def _header(view: RunView) -> str:
    run, summary = view.run, view.summary
    parts = [text.sentence(summary)]
    if left := text.time_left(summary, view.durations, view.at_once, sooner=view.sooner):
        parts.append(left)
    if summary.spent:
        parts.append(summary.spent)
    if leader := view.leader:
        parts.append(f"best {leader.metric} {units.format_metric(leader.value)}, trial {leader.row.trial}")
    return (
        f'<div style="font-weight:600">{_sign(str(summary.state))} {escape(run.name)}'
        f' <span style="font-weight:400;color:{_FONT2}">{summary.state}</span></div>'
        f"<div>{escape(' · '.join(parts))}</div>"
    )


def _sign(state: str) -> str:
    colour = _SIGN_COLOURS.get(state, _FONT2)
    return f'<span style="color:{colour}" aria-hidden="true">{text.SIGNS[state]}</span>'


def _banner(summary: RunSummary) -> str:
    told = advice(summary)
    if told is None:
        return ""
    style = f"border-left:3px solid {_WARN};padding:4px 8px;margin:4px 0"
    command = f"<br>or: <code>%{escape(told.command)}</code>" if told.command else ""
    return f'<div role="status" style="{style}">{escape(told.text)}{command}</div>'


def _bar(summary: RunSummary) -> str:
    pieces = "".join(
        f'<span style="flex:{summary.counts[state]} 0 3px;background:{_STATE_COLOURS[state]}"></span>'
        for state in text.DONE_FIRST
        if summary.counts.get(state)
    )
    label = escape(text.counts_line(summary))
    return (
        f'<div role="img" aria-label="{label}" '
        f'style="display:flex;gap:2px;height:6px;margin:6px 0;max-width:700px">{pieces}</div>'
        f'<div style="color:{_FONT2};font-size:11px">{label}</div>'
    )


def _table(view: RunView) -> str:
    run, leader = view.run, view.leader
    shown = view.rows
    if not shown:
        return ""
    launch = run.launch
    labels = [axis.label for axis in launch.space.varying]
    metrics = view.metrics
    decimals = {
        name: units.metric_decimals([row.metrics[name] for row in shown if name in row.metrics]) for name in metrics
    }
    heads = ["trial", "state", *labels, *metrics, "duration"]
    params = {row.trial: launch.params(row.trial) for row in shown}
    columns = {label: [given.get(label, "") for given in params.values()] for label in labels}
    numeric = {place for place, label in enumerate(labels, 2) if numbers(columns[label])}
    right = {0, *numeric, *range(2 + len(labels), len(heads))}
    body = [
        [
            _star(row, leader) + str(row.trial),
            f"{_sign(str(row.state))} {row.state}",
            *(escape(params[row.trial].get(label, "")) for label in labels),
            *(escape(_metric(row, name, decimals[name])) for name in metrics),
            escape(units.format_duration(row.duration)) if row.duration is not None else "",
        ]
        for row in shown
    ]
    more = view.summary.trials - len(shown)
    caption = "Best trials first" if leader else "Trials"
    constants = _constants(run)
    caption += f" · all: {constants}" if constants else ""
    note = f'<div style="color:{_FONT2}">and {more:,} more: <code>run.results()</code></div>' if more else ""
    return html_table(caption, heads, body, right) + note


def _star(row: TrialRow, leader: Leader | None) -> str:
    """The best trial's star, in a place of its own so that digits stay aligned."""
    best = leader is not None and leader.row.trial == row.trial
    mark = '<span title="best">★</span>' if best else ""
    return f'<span style="display:inline-block;width:16px;text-align:left;color:{_BRAND}">{mark}</span>'


def _metric(row: TrialRow, name: str, decimals: int) -> str:
    return units.format_metric(row.metrics[name], decimals) if name in row.metrics else ""


def _constants(run: Run) -> str:
    space = run.launch.space
    varying = {axis.label for axis in space.varying}
    params = run.launch.params(0)
    return " ".join(
        escape(f"{axis.name or ''} {params[axis.label] if axis.values is not None else ''}".strip())
        for axis in space.axes
        if axis.label and axis.label not in varying
    )


def _log(view: RunView) -> str:
    """The newest lines of the trial that started last, while something runs."""
    newest = view.newest
    if newest is None:
        return ""
    lines = list(view.run[newest.trial].lines(tail=LOG_LINES))
    if not lines:
        return ""
    content = escape("\n".join(line.text.rpartition("\r")[2][:200] for line in lines))
    style = (
        f"margin:4px 0;padding:4px 8px;border-left:2px solid {_LINE};font-size:12px;overflow-x:auto;"
        f"color:{_FONT1};background:transparent;font-family:var(--jp-code-font-family, monospace)"
    )
    return f'<div style="color:{_FONT2}">Log of trial {newest.trial}</div><pre style="{style}">{content}</pre>'


def _failures(view: RunView) -> str:
    failed = sum(view.summary.counts.get(state, 0) for state in (TrialState.FAILED, TrialState.INTERRUPTED))
    if not failed:
        return ""
    items = "".join(f"<li>trial {row.trial}: {escape(row.reason or '')}</li>" for row in view.failures)
    rest = failed - len(view.failures)
    more = f"<li>and {rest:,} more</li>" if rest > 0 else ""
    return (
        f"<details open><summary>{text.count(failed, 'trial')} failed</summary>"
        f'<ul style="margin:2px 0">{items}{more}</ul></details>'
    )


def _command(run: Run) -> str:
    return f"<details><summary>Command</summary><code>{escape(run.command)}</code><br>seed {run.launch.seed}</details>"


def _foot(view: RunView, now: float) -> str:
    # Also while it goes on: a notebook may be saved then.
    when = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f'<div style="color:{_FONT2};font-size:11px">As of {when}. '
        f"<code>%grid show {escape(view.run.name)}</code> shows it now.</div>"
    )
