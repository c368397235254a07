"""The list of all runs: a small cache over the run folders.

A run that ended is told from here without opening its database. Whatever is missing, stale or broken is read
from the folders again, so the file may be deleted at any time.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import BrokenStoreError, StoreError

from . import database
from .home import RunFolder, grid_home
from .store import Store
from .summary import RunSummary, summarise

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = "CREATE TABLE runs (name TEXT PRIMARY KEY, summary TEXT NOT NULL) WITHOUT ROWID;"


def record(folder: RunFolder, store: Store) -> None:
    """Keep the summary of a run that has ended; forget that of one that goes on."""
    summary = summarise(folder, store)
    with (
        suppress(StoreError),
        closing(_open(folder.path.parent.parent)) as connection,
        suppress(sqlite3.Error),
    ):
        if summary.state.ended:
            connection.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?)", (folder.name, json.dumps(summary.to_json()))
            )
        else:
            connection.execute("DELETE FROM runs WHERE name = ?", (folder.name,))


def forget(folder: RunFolder) -> None:
    """Drop a run from the list, because it goes on or is deleted."""
    with (
        suppress(StoreError),
        closing(_open(folder.path.parent.parent)) as connection,
        suppress(sqlite3.Error),
    ):
        connection.execute("DELETE FROM runs WHERE name = ?", (folder.name,))


def list_runs() -> list[RunSummary]:
    """Return all runs, newest first."""
    home = grid_home()
    try:
        names = [entry.name for entry in os.scandir(home / "runs") if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"{home}: {error.strerror}") from error
    kept = _kept(home)
    runs = [kept[name] if name in kept else _read(home, name) for name in names]
    return sorted((run for run in runs if run), key=lambda run: (run.created, run.run), reverse=True)


def ended_runs(home: Path) -> set[str]:
    """Return the names of the runs that are known to have ended, without a look at them."""
    return set(_kept(home))


def _kept(home: Path) -> dict[str, RunSummary]:
    """What the cache holds; nothing where it cannot be read."""
    try:
        with closing(_open(home)) as connection:
            rows: list[Any] = connection.execute("SELECT name, summary FROM runs").fetchall()
    except (StoreError, sqlite3.Error):
        return {}
    kept = {}
    for name, summary in rows:
        # What another version wrote, or is broken, is read from its folder.
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            kept[name] = RunSummary.from_json(json.loads(summary))
    return kept


def _read(home: Path, name: str) -> RunSummary | None:
    folder = RunFolder(home / "runs" / name)
    try:
        with Store(folder) as store:
            summary = summarise(folder, store)
    except StoreError as error:
        return RunSummary.broken(name, str(error))
    return summary


def _open(home: Path) -> sqlite3.Connection:
    path = home / "index.db"
    try:
        return database.connect(path, write=True, script=_SCHEMA)
    except BrokenStoreError:
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
        return database.connect(path, write=True, script=_SCHEMA)
