"""One run's truth: its plan, trials, metrics and artifacts, in one SQLite database.

The watcher writes; any number of processes read. Rows of trials are made when a trial starts, so that a run of
10^5 trials is made in no time: a trial without a row is queued. Every change of a row takes the next number of
``changed``, so that a reader can ask what is new.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from . import database
from .states import TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from .home import RunFolder

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE trials (
  trial INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  reason TEXT,
  attempts INTEGER NOT NULL,
  interruptions INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  started REAL,
  ended REAL,
  handle TEXT,
  metrics TEXT NOT NULL,
  read TEXT,
  changed INTEGER NOT NULL
);
CREATE INDEX trials_state ON trials (state);
CREATE INDEX trials_changed ON trials (changed);
CREATE TABLE metrics (
  trial INTEGER NOT NULL, name TEXT NOT NULL, step REAL NOT NULL, value REAL, time REAL NOT NULL
);
CREATE INDEX metrics_trial ON metrics (trial, name);
CREATE TABLE artifacts (trial INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY (trial, path)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class TrialRow:
    """What is known of one trial. Times are UTC seconds.

    Attributes:
        attempts: How often it was started.
        interruptions: How often it was taken away by the cluster.
        failures: How often it ended by itself without success.
        handle: What the cluster needs to find it again, as JSON.
        metrics: The last value of each metric.
        read: How many bytes of each file its metrics have been taken from, by the file's name.
    """

    trial: int
    state: TrialState = TrialState.QUEUED
    reason: str | None = None
    attempts: int = 0
    interruptions: int = 0
    failures: int = 0
    started: float | None = None
    ended: float | None = None
    handle: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    read: Mapping[str, int] = field(default_factory=dict)

    @property
    def duration(self) -> float | None:
        """Seconds of its last attempt, once that has ended."""
        return None if self.started is None or self.ended is None else max(0.0, self.ended - self.started)


class Point(NamedTuple):  # there may be millions, and a tuple is made sooner than a data class
    """One value of a metric; ``value`` may be nan or infinite."""

    trial: int
    name: str
    step: float
    value: float
    time: float


_PAGE = 1000

_COLUMNS = "trial, state, reason, attempts, interruptions, failures, started, ended, handle, metrics, read"


# Not REPLACE, which would write every index anew.
_UPSERT = (
    f"INSERT INTO trials ({_COLUMNS}, changed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (trial) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in f"{_COLUMNS}, changed".split(", ")[1:])
)


class Store:
    """One run's database, opened for reading, or for writing by its watcher."""

    def __init__(self, folder: RunFolder, *, write: bool = False, create: bool = False) -> None:
        self.folder = folder
        self._connection = database.connect(folder.database, write=write, script=_SCHEMA if create else "")
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; a fork of the process that opened it leaves it alone."""
        if os.getpid() == self._owner:
            self._connection.close()

    # Facts

    def fact(self, name: str) -> Any:  # noqa: ANN401  (whatever JSON was stored)
        """Return a stored fact of the run, or ``None``."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (name,))
        return json.loads(rows[0][0]) if rows else None

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        """Store facts of the run, as JSON."""
        with database.told(self.folder.database), database.transaction(self._connection):
            self._connection.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)",
                [(name, json.dumps(value)) for name, value in facts.items()],
            )

    # Trials

    def trial(self, index: int) -> TrialRow:
        """Return one trial; one that never started has no row and is queued."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM trials WHERE trial = ?", (index,))
        return _row(rows[0]) if rows else TrialRow(index)

    def trials(self, states: Iterable[TrialState] = (), *, first: int = 0, limit: int = -1) -> list[TrialRow]:
        """Return the trials that have a row, by index; ``states`` keeps those in one of them."""
        chosen = [str(state) for state in states]
        where = f"AND state IN ({', '.join('?' * len(chosen))})" if chosen else ""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM trials WHERE trial >= ? {where} ORDER BY trial LIMIT ?",
            (first, *chosen, limit),
        )
        return [_row(row) for row in rows]

    def queued(self) -> Iterator[TrialRow]:
        """Yield the trials that have a row and are queued, by index; read as they are needed."""
        last = -1
        while rows := self._rows(
            f"SELECT {_COLUMNS} FROM trials WHERE state = 'queued' AND trial > ? ORDER BY trial LIMIT ?", (last, _PAGE)
        ):
            yield from map(_row, rows)
            last = rows[-1][0]

    def without_row(self, total: int) -> Iterator[int]:
        """Yield the trials of a run of ``total`` that have no row; read as they are needed."""
        for first in range(0, total, _PAGE):
            page = range(first, min(first + _PAGE, total))
            known = {
                trial
                for (trial,) in self._rows("SELECT trial FROM trials WHERE trial BETWEEN ? AND ?", (page[0], page[-1]))
            }
            yield from (trial for trial in page if trial not in known)

    def changed_since(self, number: int) -> tuple[int, list[TrialRow]]:
        """Return the newest change number, and the trials that changed after ``number``."""
        rows = self._rows(f"SELECT {_COLUMNS}, changed FROM trials WHERE changed > ? ORDER BY changed", (number,))
        return (rows[-1][-1] if rows else number), [_row(row[:-1]) for row in rows]

    def counts(self) -> dict[TrialState, int]:
        """Return how many trials have a row in each state."""
        return {TrialState(state): n for state, n in self._rows("SELECT state, COUNT(*) FROM trials GROUP BY state")}

    def times(self) -> tuple[float | None, float | None]:
        """Return when the first trial started and when the last one ended."""
        ((first, last),) = self._rows("SELECT MIN(started), MAX(ended) FROM trials")
        return first, last

    def durations(self, limit: int = 1000) -> list[float]:
        """Return the durations of the trials that ended last, newest first, in seconds."""
        return [
            row[0]
            for row in self._rows(
                "SELECT ended - started FROM trials WHERE state = 'succeeded' ORDER BY ended DESC LIMIT ?",
                (limit,),
            )
        ]

    def write(
        self,
        trials: Sequence[TrialRow] = (),
        points: Sequence[Point] = (),
        artifacts: Mapping[int, Sequence[tuple[str, int]]] | None = None,
    ) -> None:
        """Write trials, metrics and artifacts; all of it is kept, or nothing."""
        with database.told(self.folder.database), database.transaction(self._connection):
            ((number,),) = self._rows("SELECT COALESCE(MAX(changed), 0) FROM trials")
            self._connection.executemany(
                _UPSERT,
                [(*_columns(row), number + place) for place, row in enumerate(trials, 1)],
            )
            self._connection.executemany(
                "INSERT INTO metrics VALUES (?,?,?,?,?)",
                [(point.trial, point.name, point.step, _stored(point.value), point.time) for point in points],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO artifacts VALUES (?,?,?)",
                [(trial, _shown(path), size) for trial, files in (artifacts or {}).items() for path, size in files],
            )

    # Metrics and artifacts

    def points(self, trial: int | None = None) -> Iterator[Point]:
        """Yield metric values in the order in which they were read, of one trial or of all."""
        where = "" if trial is None else "WHERE trial = ?"
        rows = self._rows(f"SELECT * FROM metrics {where} ORDER BY trial, rowid", () if trial is None else (trial,))
        for number, name, step, value, time in rows:
            yield Point(number, name, step, _loaded(value), time)

    def point_counts(self, trial: int) -> dict[str, int]:
        """Return how many values of each metric a trial has."""
        return dict(self._rows("SELECT name, COUNT(*) FROM metrics WHERE trial = ? GROUP BY name", (trial,)))

    def artifacts(self, trial: int | None = None) -> list[tuple[int, str, int]]:
        """Return ``(trial, path, bytes)`` of the files that trials wrote."""
        where = "" if trial is None else "WHERE trial = ?"
        return self._rows(f"SELECT * FROM artifacts {where} ORDER BY trial, path", () if trial is None else (trial,))

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with database.told(self.folder.database):
            return self._connection.execute(query, values).fetchall()


def _row(values: Sequence[Any]) -> TrialRow:
    trial, state, reason, attempts, interruptions, failures, started, ended, handle, metrics, read = values
    return TrialRow(
        trial, TrialState(state), reason, attempts, interruptions, failures, started, ended,
        json.loads(handle or "{}"), json.loads(metrics), json.loads(read or "{}"),
    )  # fmt: skip


def _columns(row: TrialRow) -> tuple[object, ...]:
    return (
        row.trial, str(row.state), row.reason, row.attempts, row.interruptions, row.failures, row.started, row.ended,
        json.dumps(dict(row.handle)) if row.handle else None, json.dumps(dict(row.metrics)),
        json.dumps(dict(row.read)) if row.read else None,
    )  # fmt: skip


def _shown(path: str) -> str:
    """A file's name as text; SQLite takes no bytes that are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _stored(value: float) -> float | None:
    """SQLite keeps infinities, and reads nan as NULL."""
    return None if value != value else value  # noqa: PLR0124


def _loaded(value: float | None) -> float:
    return float("nan") if value is None else value


def create(folder: RunFolder, facts: Mapping[str, Any]) -> None:
    """Make a run's database with its facts."""
    with Store(folder, write=True, create=True) as store:
        store.set_facts(facts)
