"""Some trials of a run, filtered, sorted and by the page, as the views that show a table ask for them.

The database holds what became of each trial, and the space what it was given. SQLite goes through the trials and calls
back for the rest, so that nothing but a page and the numbers that are sorted is held.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grid_jupyter.errors import SweepError

from .columns import CALL, Columns, rank, sortable
from .results import Leader
from .states import TrialState
from .where_nodes import Mismatch, truth
from .where_syntax import parse_condition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .columns import Row
    from .jobs import Launch
    from .store import Store
    from .where_nodes import Scalar

# A trial without metrics has no rank; most have none while a large run goes on.
_RANK = f"CASE WHEN metrics IS NULL OR metrics = '{{}}' THEN NULL ELSE grid_rank{CALL} END"

_CONDITION = re.compile(r"[<>=!]|\bin\s*[\[(]")


@dataclass(frozen=True)
class TrialQuery:
    """Which trials, and in which order.

    Attributes:
        where: A condition, or plain words.
        within: A further condition.
        states: Only these; all where empty.
        only: Only the trials of these numbers; all where empty.
        sort: ``best``, one of ``ABOUT``, ``params.NAME`` or ``metrics.NAME``.
    """

    where: str = ""
    within: str = ""
    states: tuple[TrialState, ...] = ()
    only: tuple[int, ...] = ()
    sort: str = "best"
    descending: bool = False


def find_trials(
    query: TrialQuery, launch: Launch, store: Store, metrics: Sequence[str], leader: Leader | None
) -> Sequence[int]:
    """Return the numbers of the trials that fit, in their order.

    Args:
        query: Which ones.
        launch: What the run was launched with.
        store: Its database.
        metrics: The names of its metrics.
        leader: Its best trial, by which the order ``best`` goes.

    Raises:
        SweepError: The condition is none, or names what there is not.
        CommandError: It cannot be sorted by this.
    """
    values = Columns(launch, metrics)
    functions: dict[str, Callable[..., int | float | str | None]] = {}
    conditions = ["1"]
    # What SQLite can tell by itself it tells much sooner: of many trials most have not run yet.
    if query.states:
        conditions.append(f"state IN ({', '.join(repr(str(state)) for state in query.states)})")
    if keeps := kept(replace(query, states=()), values):
        functions["grid_keeps"] = lambda *row: keeps(row)
        conditions.append(f"grid_keeps{CALL}")
    order = _order(query, values, leader, functions)
    condition = " AND ".join(conditions)
    return array("q", store.chosen(condition, order, launch.trials, functions))


def best_trial(store: Store, launch: Launch, metric: str, mode: str) -> Leader | None:
    """Return the succeeded or pruned trial with the best last value of a metric; nan never wins."""
    last, sign = Columns(launch, [metric]).metric(metric), 1 if mode == "min" else -1
    functions = {"grid_rank": lambda *row: rank(last(row), sign)}
    order = f"{_RANK} NULLS LAST, trial"
    first = next(store.chosen("state IN ('succeeded', 'pruned')", order, launch.trials, functions), None)
    row = None if first is None else store.trial(first)
    if row is None or math.isnan(row.metrics.get(metric, math.nan)):
        return None
    return Leader(metric, mode, row)


def kept(query: TrialQuery, values: Columns) -> Callable[[Row], bool] | None:
    """Return the test that a query's trials pass; ``None`` where all do.

    Raises:
        SweepError: The condition is none, or names what there is not.
    """
    tests: list[Callable[[Row], bool]] = []
    if query.states:
        states = {str(state) for state in query.states}
        tests.append(lambda row: row[1] in states)
    if query.only:
        only = set(query.only)
        tests.append(lambda row: row[0] in only)
    if query.within.strip():
        tests.append(_condition(query.within, values))
    if query.where.strip():
        tests.append(_condition(query.where, values) if _CONDITION.search(query.where) else _words(query.where, values))
    return (lambda row: all(test(row) for test in tests)) if tests else None


def _condition(text: str, values: Columns) -> Callable[[Row], bool]:
    try:
        node = parse_condition(text, values.labels, [str(state) for state in TrialState])
    except SweepError as error:
        raise SweepError(error.problem, error.text, error.position) from None
    getters = {label: values.getter(label) for label in set(node.labels())}

    def holds(row: Row) -> bool:
        try:
            return truth(node, {label: getter(row) for label, getter in getters.items()})
        except Mismatch:
            return False  # a trial without the value, or with a text for a number

    return holds


def _words(text: str, values: Columns) -> Callable[[Row], bool]:
    words = text.lower().split()

    def holds(row: Row) -> bool:
        cells = values.cells(row)
        return all(word in cells for word in words)

    return holds


def _order(
    query: TrialQuery, values: Columns, leader: Leader | None, functions: dict[str, Callable[..., Scalar]]
) -> str:
    if query.sort == "trial":
        return "trial DESC" if query.descending else "trial"
    if query.sort != "best":
        getter = values.sorted_by(query.sort)
        functions["grid_key"] = lambda *row: sortable(getter(row))
        return f"grid_key{CALL} {'DESC' if query.descending else 'ASC'} NULLS LAST, trial"
    turned = "DESC" if query.descending else "ASC"
    if leader is None:
        return f"state NOT IN ('starting', 'running') {turned}, trial {turned}"
    best, metric, sign = leader.row.trial, values.metric(leader.metric), 1 if leader.mode == "min" else -1

    functions["grid_rank"] = lambda *row: rank(metric(row), sign)
    return f"(trial != {int(best)}) {turned}, {_RANK} {turned} NULLS LAST, trial"
