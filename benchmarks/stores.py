"""True stores to measure on, which real runs would take hours to fill: made by the product's own code."""

from __future__ import annotations

import math
import shutil
import time
from typing import TYPE_CHECKING

from grid_jupyter.core import index
from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.states import TrialState
from grid_jupyter.core.store import Point, Store, TrialRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Place

_AN_HOUR = 3600
_A_MINUTE = 60


def multiply(here: Place, run: str, count: int) -> None:
    """Copy a run that has ended until there are so many, each an hour older than the one before."""
    source = _folder(here, run)
    for number in range(1, count):
        folder = _folder(here, f"{run}-{number}")
        shutil.copytree(source.path, folder.path)
        with Store(folder, write=True) as store:
            created = store.fact("created") - number * _AN_HOUR
            store.set_facts(
                {"created": created, "launch": store.fact("launch") | {"run": folder.name, "created": created}}
            )
            index.record(folder, store)


def fill(here: Place, run: str) -> None:
    """Give a run that was stopped the results of all its trials, as if they had run."""
    folder = _folder(here, run)
    with Store(folder, write=True) as store:
        rows = list(_results(store.fact("trials")))
        points = [
            Point(row.trial, name, 1, value, row.ended or 0.0) for row in rows for name, value in row.metrics.items()
        ]
        store.write(rows, points)
        index.record(folder, store)


def _results(trials: int) -> Iterator[TrialRow]:
    """One trial in fifty has failed; the others have two metrics without an order."""
    began = time.time() - trials * _A_MINUTE
    for trial in range(trials):
        started = began + trial * _A_MINUTE
        taken = 30 + 29 * math.sin(trial)
        failed = trial % 50 == 49
        metrics = {} if failed else {"val_loss": 1 + math.sin(1.7 * trial), "val_acc": 0.5 + math.sin(2.3 * trial) / 2}
        state, reason = (TrialState.FAILED, "exit code 1") if failed else (TrialState.SUCCEEDED, None)
        yield TrialRow(trial, state, reason, 1, started=started, ended=started + taken, metrics=metrics)


def _folder(here: Place, run: str) -> RunFolder:
    return RunFolder(here.home / "runs" / run)
