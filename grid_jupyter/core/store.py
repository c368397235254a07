"""One run's truth: its plan, trials, metrics and artifacts, in one SQLite database.

The watcher writes; any number of processes read. Rows of trials are made when a trial starts, so that a run of
10^5 trials is made in no time: a trial without a row is queued. Every change of a row takes the next number of
``changed``, so that a reader can ask what is new.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from . import database
from .attempts import Attempt
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
# The combinations that a search has chosen, in the order in which it did; and the attempts after which a trial went on.
_UPGRADES = (
    "CREATE TABLE choices (number INTEGER PRIMARY KEY, trial INTEGER NOT NULL UNIQUE, combination TEXT NOT NULL);",
    """CREATE TABLE attempts (trial INTEGER NOT NULL, attempt INTEGER NOT NULL, reason TEXT, started REAL, ended REAL,
      PRIMARY KEY (trial, attempt)) WITHOUT ROWID;""",
)
_WITH_ATTEMPTS = 3
"""The schema that first knows of them; a run of an older one is read as well."""


@dataclass(frozen=True)
class TrialRow:
    """What is known of one trial. Times are UTC seconds.

    Attributes:
        attempts: How often it was started.
        interruptions: How often it was taken away by the cluster.
        failures: How often it ended by itself without success.
        handle: What the cluster needs to find it again, as JSON.
        metrics: The last value of each metric.
        read: How far its metrics have been taken: the bytes of each file by its name, and what ``scalars`` has to say.
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
    read: Mapping[str, Any] = field(default_factory=dict)

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


# All trials of a run of ``:total``, those without a row too.
_NUMBERS = (
    "WITH RECURSIVE numbers (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM numbers WHERE value + 1 < :total) "
    "SELECT value FROM numbers"
)

CHOICE = ("trial", "state", "reason", "attempts", "started", "ended", "metrics")
"""What ``chosen`` knows of a trial, in this order; metrics are JSON, or None."""

Chooser = Callable[..., int | float | str | None]

# The fact that holds the number of the change after which files are still to be cleared.
_TO_CLEAR = "to_clear"

# The fact that holds the number of the change that last took metrics away.
_SCRATCHED = "scratched"


class Store:
    """One run's database, opened for reading, or for writing by its watcher."""

    def __init__(self, folder: RunFolder, *, write: bool = False, create: bool = False) -> None:
        self.folder = folder
        script = _SCHEMA if create else ""
        self._connection = database.connect(folder.database, write=write, script=script, upgrades=_UPGRADES)
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
            self._put_facts(facts)

    def _put_facts(self, facts: Mapping[str, Any]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO facts VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in facts.items()],
        )

    # Trials

    def trial(self, index: int) -> TrialRow:
        """Return one trial; one that never started has no row and is queued."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM trials WHERE trial = ?", (index,))
        return _row(rows[0]) if rows else TrialRow(index)

    def trials(
        self, states: Iterable[TrialState] = (), *, first: int = 0, limit: int = -1, started: bool = False
    ) -> list[TrialRow]:
        """Return the trials that have a row, by index; ``states`` keeps those in one of them, ``started`` who ran."""
        chosen = [str(state) for state in states]
        where = f"AND state IN ({', '.join('?' * len(chosen))})" if chosen else ""
        where += " AND attempts > 0" if started else ""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM trials WHERE trial >= ? {where} ORDER BY trial LIMIT ?",
            (first, *chosen, limit),
        )
        return [_row(row) for row in rows]

    def these(self, trials: Sequence[int]) -> list[TrialRow]:
        """Return trials by their numbers, in the order in which they are named."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM trials WHERE trial IN (SELECT value FROM json_each(?))", (_listed(trials),)
        )
        known = {row.trial: row for row in map(_row, rows)}
        return [known.get(trial, TrialRow(trial)) for trial in trials]

    def chosen(self, condition: str, order: str, total: int, functions: Mapping[str, Chooser]) -> Iterator[int]:
        """Yield the numbers of trials, of all ``total``, that fit a condition, in an order.

        Args:
            condition: In SQL, over ``trial`` and the columns of ``CHOICE``; nothing of a user's goes into it.
            order: In SQL likewise.
            total: How many trials the run has.
            functions: Functions that condition and order call, by name; each is given the columns of ``CHOICE``.
        """
        for name, function in functions.items():
            self._connection.create_function(name, len(CHOICE), function)
        query = (
            "SELECT trial FROM (SELECT value AS trial, COALESCE(state, 'queued') AS state, reason, "
            "COALESCE(attempts, 0) AS attempts, started, ended, metrics "
            f"FROM ({_NUMBERS}) LEFT JOIN trials ON trials.trial = value) WHERE {condition} ORDER BY {order}"
        )
        with database.told(self.folder.database):
            for (trial,) in self._connection.execute(query, {"total": total}):
                yield trial

    def newest(self, states: Iterable[TrialState], limit: int) -> list[TrialRow]:
        """Return the trials in one of these states that changed last, by index."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM trials WHERE state IN (SELECT value FROM json_each(?)) "
            "ORDER BY changed DESC, trial DESC LIMIT ?",
            (_listed(map(str, states)), limit),
        )
        return sorted(map(_row, rows), key=lambda row: row.trial)

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

    def changed_since(self, number: int) -> Iterator[tuple[int, TrialRow]]:
        """Yield what changed after ``number`` of trials that were ever started, each with the number of its change.

        They come one by one, in the order in which they changed: there may be very many.
        """
        query = f"SELECT changed, {_COLUMNS} FROM trials WHERE changed > ? AND attempts > 0 ORDER BY changed"
        with database.told(self.folder.database):
            for changed, *columns in self._connection.execute(query, (number,)):
                yield changed, _row(columns)

    def changes(self, number: int) -> dict[int, int]:
        """Return the trials that were ever started and have changed after ``number``, with the number of the change."""
        return dict(
            self._rows(
                "SELECT trial, changed FROM trials WHERE changed > ? AND attempts > 0 ORDER BY changed, trial",
                (number,),
            )
        )

    def last_end(self) -> float | None:
        """Return when the last trial ended that has."""
        ((time,),) = self._rows("SELECT MAX(ended) FROM trials")
        return None if time is None else float(time)

    def counts(self) -> dict[TrialState, int]:
        """Return how many trials have a row in each state."""
        return {TrialState(state): n for state, n in self._rows("SELECT state, COUNT(*) FROM trials GROUP BY state")}

    def started_count(self) -> int:
        """Return how many trials ever ran."""
        ((number,),) = self._rows("SELECT COUNT(*) FROM trials WHERE attempts > 0")
        return int(number)

    def write(
        self,
        trials: Sequence[TrialRow] = (),
        points: Sequence[Point] = (),
        artifacts: Mapping[int, Sequence[tuple[str, int]]] | None = None,
        facts: Mapping[str, Any] | None = None,
        attempts: Iterable[TrialRow] = (),
    ) -> None:
        """Write trials, metrics, artifacts, facts and ``attempts`` that ended; all of it is kept, or nothing."""
        with database.told(self.folder.database), database.transaction(self._connection):
            self._connection.executemany(
                _UPSERT,
                [(*_columns(row), number) for number, row in enumerate(trials, self._next_change())],
            )
            self._connection.executemany(
                "INSERT INTO metrics VALUES (?,?,?,?,?)",
                [(point.trial, point.name, point.step, _stored(point.value), point.time) for point in points],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO artifacts VALUES (?,?,?)",
                [(trial, shown_path(path), size) for trial, files in (artifacts or {}).items() for path, size in files],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO attempts VALUES (?,?,?,?,?)",
                [(row.trial, row.attempts, row.reason, row.started, row.ended) for row in attempts],
            )
            self._put_facts(facts or {})

    # Trials in bulk: one statement and one number of change each, however many they are

    def stop_queued(self, trials: Iterable[int] | None, total: int, reason: str) -> None:
        """Stop the trials that wait, of these or of all ``total``; those without a row get one."""
        source = "json_each(:trials)" if trials is not None else f"({_NUMBERS})"
        self._change(
            "INSERT INTO trials (trial, state, reason, attempts, interruptions, failures, metrics, changed) "
            f"SELECT value, 'stopped', :reason, 0, 0, 0, '{{}}', :number FROM {source} WHERE true "
            "ON CONFLICT (trial) DO UPDATE SET state = 'stopped', reason = :reason, changed = :number "
            "WHERE state = 'queued'",
            {"trials": _listed(trials), "total": total, "reason": reason},
        )

    def queue_unsuccessful(self) -> None:
        """Queue again what failed, was stopped or interrupted."""
        unsuccessful = "state IN ('stopped', 'failed', 'interrupted')"
        with database.told(self.folder.database), database.transaction(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO attempts SELECT trial, attempts, reason, started, ended FROM trials "
                f"WHERE {unsuccessful} AND attempts > 0"
            )
            self._connection.execute(
                "UPDATE trials SET state = 'queued', reason = NULL, failures = 0, interruptions = 0, changed = ? "
                f"WHERE {unsuccessful}",
                (self._next_change(),),
            )

    def queue_from_scratch(self, trials: Iterable[int] | None, states: Iterable[TrialState]) -> None:
        """Queue trials as if they had never run, of these or of all; only their attempts are still counted.

        Their files are to be cleared next: ``to_clear`` yields them until ``cleared`` is called.

        Args:
            trials: Which ones; ``None`` for all.
            states: The states that are taken.
        """
        with database.told(self.folder.database), database.transaction(self._connection):
            number = self._next_change()
            chosen = "" if trials is None else "AND trial IN (SELECT value FROM json_each(:trials))"
            self._connection.execute(
                "UPDATE trials SET state = 'queued', reason = NULL, failures = 0, interruptions = 0, started = NULL, "
                "ended = NULL, handle = NULL, metrics = '{}', read = NULL, changed = :number "
                f"WHERE state IN (SELECT value FROM json_each(:states)) {chosen}",
                {"number": number, "trials": _listed(trials), "states": _listed(map(str, states))},
            )
            for table in ("metrics", "artifacts", "attempts"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE trial IN (SELECT trial FROM trials WHERE changed = ?)", (number,)
                )
            self._put_facts({_TO_CLEAR: number, _SCRATCHED: number})

    def to_clear(self) -> Iterator[int]:
        """Yield the trials that were queued from scratch and whose files have not been cleared yet."""
        with database.told(self.folder.database):
            number = self.fact(_TO_CLEAR)
            query = "SELECT trial FROM trials WHERE changed = ? AND attempts > 0"
            for (trial,) in self._connection.execute(query, (number,)):
                yield trial

    def cleared(self) -> None:
        """Note that the files of all trials that were queued from scratch are cleared."""
        if self.fact(_TO_CLEAR) is not None:  # seldom: a watcher that starts asks in vain
            self.set_facts({_TO_CLEAR: None})

    def _change(self, statement: str, values: Mapping[str, object] | None = None) -> None:
        """Change trials by one statement, which gives them the next ``:number``."""
        with database.told(self.folder.database), database.transaction(self._connection):
            self._connection.execute(statement, {**(values or {}), "number": self._next_change()})

    def _next_change(self) -> int:
        ((number,),) = self._rows("SELECT COALESCE(MAX(changed), 0) + 1 FROM trials")
        return int(number)

    def attempts(self, trial: int) -> list[Attempt]:
        """Return the attempts of a trial before its last one."""
        if self._rows("PRAGMA user_version")[0][0] < _WITH_ATTEMPTS:
            return []
        rows = self._rows(
            "SELECT attempt, reason, started, ended FROM attempts WHERE trial = ? ORDER BY attempt", (trial,)
        )
        return [Attempt(*row) for row in rows]

    # What a search has chosen

    def choose(self, trial: int, combination: int) -> None:
        """Keep for good which combination a trial is."""
        with database.told(self.folder.database), database.transaction(self._connection):
            self._connection.execute(
                "INSERT INTO choices (trial, combination) VALUES (?, ?)", (trial, str(combination))
            )

    def choices(self, known: int = 0) -> dict[int, int]:
        """Return the combinations by trial, without the first ``known`` that were chosen."""
        rows = self._rows("SELECT trial, combination FROM choices WHERE number > ? ORDER BY number", (known,))
        return {trial: int(combination) for trial, combination in rows}

    # Metrics and artifacts

    def points(self, trial: int | None = None, *, skip: int = 0) -> Iterator[Point]:
        """Yield metric values in the order in which they were read, of one trial or of all, without the first ones."""
        where = "" if trial is None else "WHERE trial = :trial"
        query = f"SELECT * FROM metrics {where} ORDER BY trial, rowid LIMIT -1 OFFSET :skip"
        with database.told(self.folder.database):
            for number, name, step, value, time in self._connection.execute(query, {"trial": trial, "skip": skip}):
                yield Point(number, name, step, _loaded(value), time)

    def first_time(self, trial: int) -> float | None:
        """Return the time of the first metric value of a trial."""
        rows = self._rows(
            "SELECT time FROM metrics WHERE rowid = (SELECT MIN(rowid) FROM metrics WHERE trial = ?)", (trial,)
        )
        return float(rows[0][0]) if rows else None

    def curves(self, name: str, trials: Iterable[int]) -> Iterator[tuple[int, float, float]]:
        """Yield trial, step and value of one metric of these trials, in the order in which they were stored."""
        query = (
            "SELECT trial, step, value FROM metrics WHERE name = ? AND trial IN (SELECT value FROM json_each(?)) "
            "ORDER BY rowid"
        )
        with database.told(self.folder.database):
            for trial, step, value in self._connection.execute(query, (name, _listed(trials))):
                yield trial, step, _loaded(value)

    def point_counts(self, trial: int) -> dict[str, int]:
        """Return how many values of each metric a trial has."""
        return dict(self._rows("SELECT name, COUNT(*) FROM metrics WHERE trial = ? GROUP BY name", (trial,)))

    def generation(self) -> int:
        """Return a number that changes when metrics were taken away, so that what was read of them no longer holds."""
        return int(self.fact(_SCRATCHED) or 0)

    def last_point(self) -> int:
        """Return the number of the newest metric value; 0 where there is none."""
        ((number,),) = self._rows("SELECT COALESCE(MAX(rowid), 0) FROM metrics")
        return int(number)

    def curve(self, trial: int, name: str, after: int, upto: int) -> Iterator[Point]:
        """Yield the values of a trial's metric that were numbered after ``after`` and not after ``upto``, in turn."""
        query = (
            "SELECT trial, name, step, value, time FROM metrics "
            "WHERE trial = ? AND name = ? AND rowid > ? AND rowid <= ? ORDER BY rowid"
        )
        with database.told(self.folder.database):
            for number, label, step, value, time in self._connection.execute(query, (trial, name, after, upto)):
                yield Point(number, label, step, _loaded(value), time)

    def curve_length(self, trial: int, name: str, after: int = 0) -> int:
        """Return how many values of a metric a trial has, of those numbered after ``after``."""
        ((number,),) = self._rows(
            "SELECT COUNT(*) FROM metrics WHERE trial = ? AND name = ? AND rowid > ?", (trial, name, after)
        )
        return int(number)

    def measured(self, name: str) -> int:
        """Return how many trials have a metric."""
        ((number,),) = self._rows("SELECT COUNT(*) FROM trials WHERE instr(metrics, ?) > 0", (f"{json.dumps(name)}:",))
        return int(number)

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
        json.loads(handle) if handle else {}, json.loads(metrics), json.loads(read) if read else {},
    )  # fmt: skip


def _columns(row: TrialRow) -> tuple[object, ...]:
    return (
        row.trial, str(row.state), row.reason, row.attempts, row.interruptions, row.failures, row.started, row.ended,
        json.dumps(dict(row.handle)) if row.handle else None, json.dumps(dict(row.metrics)),
        json.dumps(dict(row.read)) if row.read else None,
    )  # fmt: skip


def _listed(values: Iterable[object] | None) -> str | None:
    """Values as one JSON text, which a statement takes apart again: there may be more than it has parameters."""
    return None if values is None else json.dumps(list(values))


def shown_path(path: str) -> str:
    """Return a file's name as text that can be stored and shown: bytes that are no UTF-8 become escapes."""
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
