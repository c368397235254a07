"""Opening SQLite files safely."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from grid_jupyter.errors import BrokenStoreError, StoreError

from .home import on_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_BUSY_SECONDS = 10.0


def connect(path: Path, *, write: bool, script: str = "", upgrades: Sequence[str] = ()) -> sqlite3.Connection:
    """Open a database in autocommit mode.

    Args:
        path: The file.
        write: Whether to write; otherwise the file must exist.
        script: The first schema, run when the database is new.
        upgrades: What brings a schema to the next one, each run once, when the database is written.

    Raises:
        StoreError: The file is missing, broken, or written by a newer version.
    """
    mode = "mode=rwc" if script else "mode=rw"
    if not write and _lies_still(path):
        mode = "mode=ro&immutable=1"
    with told(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(connection, path, script, upgrades, write=write)
        except BaseException:
            connection.close()
            raise
    return connection


def _lies_still(path: Path) -> bool:
    """Whether nobody can be writing it; SQLite could not even read it there, for want of its files beside it."""
    return not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()


def _prepare(connection: sqlite3.Connection, path: Path, script: str, upgrades: Sequence[str], *, write: bool) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    newest = 1 + len(upgrades)
    if version > newest:
        raise StoreError(f"{path} was written by a newer grid-jupyter; upgrade with pip install -U grid-jupyter")
    if write:
        connection.execute("PRAGMA synchronous=NORMAL")
        if version == 0 and script:
            # The write-ahead log lets readers and the writer pass each other, but needs shared memory.
            connection.execute(f"PRAGMA journal_mode={'DELETE' if on_network(path.parent) else 'WAL'}")
            _bring(connection, [script, *upgrades], newest)
        elif 0 < version < newest:
            _bring(connection, upgrades[version - 1 :], newest)
    else:
        connection.execute("PRAGMA query_only=1")


def _bring(connection: sqlite3.Connection, scripts: Sequence[str], newest: int) -> None:
    connection.executescript(f"BEGIN IMMEDIATE; {' '.join(scripts)} PRAGMA user_version={newest}; COMMIT")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a sentence that names the file."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not path.exists():
            raise StoreError(f"{path} is missing") from error
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StoreError(f"{path} is held by another process; try again") from error
        raise StoreError(f"{path}: {error}; is the disk full, or the folder not writable?") from error
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise
        raise BrokenStoreError(f"{path} is not a readable database ({error}); restore it or delete it") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold one write transaction; all of it is kept, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
