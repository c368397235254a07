"""The event by which open views learn that a run has changed, whoever changed it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from tornado.ioloop import PeriodicCallback

from grid_jupyter.core.changes import Changes
from grid_jupyter.core.home import run_folder
from grid_jupyter.core.store import Store
from grid_jupyter.core.summary import summarise
from grid_jupyter.errors import GridError

if TYPE_CHECKING:
    from jupyter_events import EventLogger

RUN_CHANGED = "urn:grid-jupyter:run_changed:v1"
"""The id of the event's schema."""

SCHEMA: dict[str, Any] = {
    "$id": RUN_CHANGED,
    "version": "1",
    "title": "A run has changed",
    "description": "A run of grid-jupyter was launched, went on, ended, or was deleted. It holds no parameters.",
    "personal-data": False,
    "type": "object",
    "required": ["run", "state", "ended", "trials"],
    "properties": {
        "run": {"type": "string", "title": "The run's name"},
        "state": {"type": ["string", "null"], "title": "Its state; null when it was deleted"},
        "ended": {"type": "integer", "title": "How many trials have ended"},
        "trials": {"type": "integer", "title": "How many trials it has"},
    },
}

PERIOD = 0.2
"""Seconds between two looks at the store while somebody listens."""

MOST = 100
"""How many runs are told of after one look; the others follow after the next."""


class Events:
    """Watches the store for as long as somebody listens, and tells of what changes."""

    def __init__(self, logger: EventLogger) -> None:
        self._logger = logger
        self._changes: Changes | None = None
        self._pending: set[str] = set()
        # Apart from the requests' pool, so that no long request delays it.
        self._pool = ThreadPoolExecutor(1, "grid-jupyter-events")
        self._clock = PeriodicCallback(self._tick, PERIOD * 1000)
        logger.register_event_schema(SCHEMA)

    def start(self) -> None:
        """Begin; called on the server's loop."""
        self._clock.start()

    def stop(self) -> None:
        """End."""
        self._clock.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _tick(self) -> None:
        if not self._listened:
            self._changes = None  # who listens next reads everything first
            return
        for event in await asyncio.get_running_loop().run_in_executor(self._pool, self._news):
            self._logger.emit(schema_id=RUN_CHANGED, data=event)

    @property
    def _listened(self) -> bool:
        """Whether anybody hears of events: the logger itself asks so, and has no other way to tell."""
        return bool(self._logger.handlers or self._logger._modified_listeners.get(RUN_CHANGED))  # noqa: SLF001

    def _news(self) -> list[dict[str, Any]]:
        self._changes = self._changes or Changes()
        self._pending |= self._changes.look()
        told = set(islice(self._pending, MOST))
        self._pending -= told
        return [_event(name) for name in sorted(told)]


def _event(name: str) -> dict[str, Any]:
    folder = run_folder(name)
    try:
        with Store(folder) as store:
            summary = summarise(folder, store)
    except (GridError, OSError):
        state = "interrupted" if folder.database.exists() else None  # unreadable, or deleted
        return {"run": name, "state": state, "ended": 0, "trials": 0}
    return {"run": name, "state": str(summary.state), "ended": summary.ended_trials, "trials": summary.trials}
