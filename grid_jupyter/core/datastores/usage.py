"""Which runs use datastores."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from grid_jupyter.core.home import RunFolder, grid_home
from grid_jupyter.core.index import list_runs
from grid_jupyter.core.store import Store
from grid_jupyter.errors import StoreError

from .run_data import RunData

if TYPE_CHECKING:
    from collections.abc import Iterator


def live_data() -> Iterator[tuple[str, str, RunData]]:
    """Yield the runs that have not ended and use datastores: name, cluster, and which."""
    for summary in list_runs():
        if summary.state.ended:
            continue
        with suppress(StoreError), Store(RunFolder(grid_home() / "runs" / summary.run)) as store:
            if data := RunData.from_json(store.fact("launch").get("data")):
                yield summary.run, summary.cluster, data
