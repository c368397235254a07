"""What MLflow is told of a run, within MLflow's limits (its ``mlflow/utils/validation.py``)."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from grid_jupyter.core.states import RunState, TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grid_jupyter.core.store import Point

T = TypeVar("T")

MOST_PARAMS = 100
"""Parameters that one request may hold."""

MOST_METRICS = 850
"""Values that one request holds: it may have 1,000 entries in all, parameters and tags among them."""

_LONGEST_KEY = 250
_LONGEST_PARAM = 6000
_LONGEST_TAG = 5000
_ODD = re.compile(r"[^\w./ -]", re.ASCII)
_LARGEST_STEP = 2**63 - 1

STATUS: dict[str, str] = {
    TrialState.QUEUED: "SCHEDULED",
    TrialState.STARTING: "RUNNING",
    TrialState.RUNNING: "RUNNING",
    TrialState.SUCCEEDED: "FINISHED",
    TrialState.PRUNED: "FINISHED",
    TrialState.FAILED: "FAILED",
    TrialState.STOPPED: "KILLED",
    TrialState.INTERRUPTED: "KILLED",
    RunState.PAUSED: "SCHEDULED",
}
"""MLflow's words for the states of trials and runs, which are named alike."""

ENDED = ("FINISHED", "FAILED", "KILLED")


def key(name: str) -> str:
    """Return a name as MLflow takes it."""
    return _ODD.sub("_", name)[:_LONGEST_KEY]


def milliseconds(seconds: float) -> int:
    """Return a time as MLflow counts it."""
    return int(seconds * 1000)


def tags(values: Mapping[str, object]) -> list[Any]:
    """Return tags; what is ``None`` becomes empty, since a tag may stand there from before."""
    from mlflow.entities import RunTag

    return [RunTag(name, str("" if value is None else value)[:_LONGEST_TAG]) for name, value in values.items()]


def params(values: Mapping[str, str]) -> list[Any]:
    """Return parameters."""
    from mlflow.entities import Param

    return [Param(name, value[:_LONGEST_PARAM]) for name, value in {key(name): values[name] for name in values}.items()]


def metrics(points: Sequence[Point]) -> list[Any]:
    """Return values of metrics; MLflow counts steps in whole numbers."""
    from mlflow.entities import Metric

    return [Metric(key(point.name), point.value, milliseconds(point.time), _whole(point.step)) for point in points]


def _whole(step: float) -> int:
    return int(max(-_LARGEST_STEP, min(_LARGEST_STEP, step)))


def pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of ``size`` at most."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece
