"""Writes a run again and again while it goes on, and bears with a server that is away."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from grid_jupyter.core import index
from grid_jupyter.core.store import Store
from grid_jupyter.core.summary import summarise
from grid_jupyter.core.tracking.mirror import Mirror
from grid_jupyter.core.tracking.note import set_note
from grid_jupyter.core.tracking.writing import failure, failures

if TYPE_CHECKING:
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.errors import GridError

log = logging.getLogger(__name__)

INTERVAL = 2.0
"""Seconds between two times that something is written."""

LONGEST = 30.0
"""Seconds between two tries, at most, while the server does not take it."""

PATIENCE = 600.0
"""Seconds for which it is tried after the run has ended."""


def follow(folder: RunFolder) -> None:
    """Write a run to MLflow until it has ended and all is written, or the server was away for too long.

    Raises:
        StoreError: The run was deleted, or cannot be read.
    """
    with Store(folder) as store:
        address: str = store.fact("mlflow")
    mirror: Mirror | None = None
    pause, ended = INTERVAL, None
    while True:
        over = _is_over(folder)  # before writing: what comes in between is written next time
        try:
            mirror = mirror or Mirror(folder, address)
            mirror.update()
        except failures() as error:
            mirror = None  # nobody knows what has arrived; the tags tell
            pause = min(LONGEST, 2 * pause)
            ended = (ended or time.monotonic()) if over else None
            gives_up = ended is not None and time.monotonic() - ended > PATIENCE
            _tell(folder, failure(error, address), gives_up=gives_up)
            if gives_up:
                return
        else:
            pause = INTERVAL
            _tell(folder, None)
            if over and _is_over(folder):  # it may have been resumed meanwhile
                return
        time.sleep(pause)


def _is_over(folder: RunFolder) -> bool:
    with Store(folder) as store:
        return summarise(folder, store).over


def _tell(folder: RunFolder, error: GridError | None, *, gives_up: bool = False) -> None:
    note = None
    if error:
        log.warning("%s", error)
        end = "Run.to_mlflow() writes what is missing" if gives_up else "it is tried again"
        note = f"{str(error).rstrip('.')}; {end}"
    if set_note(folder, note):
        with Store(folder) as store:
            index.record(folder, store)  # which lists a run that has ended as it was
