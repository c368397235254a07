"""A run's progress on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from .core import text, units
from .core.states import TrialState
from .core.view import RunView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .core.run import Run
    from .core.store import TrialRow

_BAR = 40
_FIRST_FAILURES = 3


@contextmanager
def live_view(run: Run) -> Iterator[Callable[[], None]]:
    """Yield a function that draws the run anew in place; the last picture stays."""
    console = Console(highlight=False)
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    view = RunView(run)

    def draw() -> None:
        view.refresh()
        live.update(_picture(view, console, plain=plain), refresh=True)

    with Live(_picture(view, console, plain=plain), console=console, auto_refresh=False) as live:
        yield draw


def _picture(view: RunView, console: Console, *, plain: bool) -> Text:
    run, summary = view.run, view.summary
    width = min(_BAR, max(10, console.width - 60))
    full = width * summary.ended_trials // max(1, summary.trials)
    done, to_do = ("#", ".") if plain else ("▓", "░")
    parts = [text.sentence(summary)]
    if left := text.time_left(summary, view.durations, view.at_once, sooner=view.sooner):
        parts.append(left)
    if summary.spent:
        parts.append(summary.spent)
    if leader := view.leader:
        parts.append(f"best {leader.metric} {units.format_metric(leader.value)} (trial {leader.row.trial})")
    separator = " - " if plain else " · "
    picture = Text(f"{done * full}{to_do * (width - full)}  ")
    picture.append(separator.join(parts).replace(" · ", separator))
    for row in view.failures[:_FIRST_FAILURES]:
        picture.append(f"\n{_sign(row, plain=plain)} trial {row.trial}  {row.reason or row.state}   ", style="default")
        picture.append(f"grid logs {run.name}/{row.trial}", style="dim")
    if summary.reason and not summary.state.ended:
        picture.append(f"\n{summary.reason}")
    for note in summary.notes:
        picture.append(f"\n{note}")
    if not summary.state.ended:
        picture.append(f"\nCtrl-C leaves the trials running.   Stop: grid stop {run.name}", style="dim")
    return picture


def _sign(row: TrialRow, *, plain: bool) -> str:
    signs = text.PLAIN_SIGNS if plain else text.SIGNS
    return signs[str(row.state if row.state.ended else TrialState.FAILED)]
