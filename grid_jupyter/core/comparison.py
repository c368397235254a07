"""What differs between trials, of one run or of several."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from . import text, units
from .code_diff import CodeDiff, code_diff
from .provenance import Provenance
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from .git import GitState
    from .jobs import Launch
    from .store import TrialRow
    from .trial import Trial

MOST = 20
"""So many trials are compared at once."""

_MOST_FILES = 1000
_SHORT = 10  # digits of a commit


@dataclass(frozen=True)
class Row:
    """One thing that trials have, and what each has of it.

    Attributes:
        section: ``parameters``, ``metrics``, ``trial``, ``run``, ``packages`` or ``files``.
        values: As data; ``None`` where a trial has none.
        shown: The same in words.
        change: How much more the second of two has, in words.
    """

    section: str
    name: str
    values: tuple[Any, ...]
    shown: tuple[str, ...]
    change: str = ""

    @property
    def differs(self) -> bool:
        """Whether they have not all the same."""
        return len(set(self.shown)) > 1


@dataclass(frozen=True)
class Comparison:
    """Trials side by side.

    Attributes:
        names: What the trials are called: their number, or ``RUN/INDEX`` where they are of several runs.
        rows: All that they were compared by.
        code: How the code of each differs from that of the first.
        everything: Whether equal rows are shown too.
    """

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    code: tuple[CodeDiff, ...]
    everything: bool = False

    def __repr__(self) -> str:
        return self.text()

    @property
    def all(self) -> Comparison:
        """The same, which shows equal rows too."""
        return replace(self, everything=True)

    @property
    def shown(self) -> list[Row]:
        """The rows that are shown: those in which the trials differ, or all."""
        return [row for row in self.rows if self.everything or row.differs]

    @property
    def left_out(self) -> str:
        """How many rows are not shown, in words; empty where all are."""
        number = len(self.rows) - len(self.shown)
        return text.count(number, "equal row") if number else ""

    @property
    def has_changes(self) -> bool:
        """Whether there is a column of changes: of two trials."""
        return len(self.names) == 2

    @property
    def heads(self) -> list[str]:
        """What stands over the columns."""
        return ["", *self.names, *(["change"] if self.has_changes else [])]

    def cells(self, row: Row) -> list[str]:
        """Return a row as its columns show it."""
        return [row.name, *row.shown, *([row.change] if self.has_changes else [])]

    def text(self) -> str:
        """Return it as plain text."""
        body: list[list[str]] = []
        for section, rows in sections(self.shown):
            body.append([section, *([""] * (len(self.heads) - 1))])
            body += [[f"  {name}", *rest] for name, *rest in map(self.cells, rows)]
        right = range(1, len(self.heads))
        lines = [text.table(self.heads, body, right)] if body else ["no difference but the number"]
        if self.left_out:
            lines.append(f"and {self.left_out}")
        for name, diff in zip(self.names[1:], self.code, strict=True):
            lines += [f"code of {self.names[0]} and {name}: {diff.summary}", *diff.lines]
            lines += [f"and {text.count(diff.cut, 'more line')}"] if diff.cut else []
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Return all rows as a DataFrame: indexed by section and name, a column a trial, and whether they differ."""
        import pandas as pd

        index = pd.MultiIndex.from_tuples([(row.section, row.name) for row in self.rows], names=["section", "name"])
        columns = {name: [row.values[place] for row in self.rows] for place, name in enumerate(self.names)}
        frame = pd.DataFrame(columns, index=index, dtype=object)
        frame["differs"] = [row.differs for row in self.rows]
        return frame

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "trials": list(self.names),
            "rows": [
                {
                    "section": row.section, "name": row.name, "differs": row.differs,
                    "values": [_plain(value) for value in row.values],
                }
                for row in self.rows
            ],
            "code": [{"same": diff.same, "summary": diff.summary, "diff": list(diff.lines)} for diff in self.code],
        }  # fmt: skip


def _plain(value: object) -> object:
    # JSON knows neither nan nor infinity.
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sections(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Return rows by their section, in its order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.section, []).append(row)
    return list(found.items())


def compare(trials: Sequence[Trial]) -> Comparison:
    """Compare trials.

    Raises:
        CommandError: They are fewer than two, or too many for a table.
    """
    if not 2 <= len(trials) <= MOST:
        raise CommandError(f"2 to {MOST} trials can be compared; got {len(trials)}")
    several = len({trial.run for trial in trials}) > 1
    known = [_Known(trial) for trial in trials]
    names = [str(trial) if several else f"trial {trial.index}" for trial in trials]
    if len(set(names)) < len(names):
        raise CommandError("a trial is named twice; name each once")
    rows = [
        *_dicts("parameters", [one.params for one in known], str),
        *_dicts("metrics", [one.row.metrics for one in known], units.format_metric, _more),
        *_of_trials([one.row for one in known]),
        *(_of_runs([one.launch for one in known]) if several else ()),
        *(_of_origins([one.origin for one in known]) if several else ()),
        *_dicts("files", [one.files for one in known], units.format_bytes),
    ]
    first = known[0]
    code = [code_diff((first.folder, first.launch), (other.folder, other.launch)) for other in known[1:]]
    return Comparison(tuple(names), tuple(rows), tuple(code))


class _Known:
    """What is read of a trial."""

    def __init__(self, trial: Trial) -> None:
        self.folder, self.launch = trial.run.store_folder, trial.run.launch
        with Store(self.folder) as store:
            self.row: TrialRow = store.trial(trial.index)
            self.origin = Provenance.from_json(store.fact("provenance"))
            self.files = {path: size for _, path, size in store.artifacts(trial.index)[:_MOST_FILES]}
        self.params: dict[str, str] = trial.params


def _dicts(
    section: str,
    given: Sequence[Any],
    write: Callable[[Any], str],
    change: Callable[[Any, Any], str] | None = None,
) -> list[Row]:
    names = dict.fromkeys(name for one in given for name in one)
    rows = []
    for name in names:
        values = tuple(one.get(name) for one in given)
        shown = tuple("" if value is None else write(value) for value in values)
        both = change and len(values) == 2 and None not in values
        rows.append(Row(section, name, values, shown, change(*values) if change and both else ""))
    return rows


def _more(first: float, second: float) -> str:
    """By how much the second is more, and that in hundredths of the first where it can be told."""
    change = second - first
    if not math.isfinite(change) or not change:
        return ""
    share = f" ({change / abs(first):+.0%})" if first and abs(change / first) < 10 else ""
    return f"{'+' if change > 0 else '-'}{units.format_metric(abs(change))}{share}"


def _of_trials(rows: Sequence[TrialRow]) -> list[Row]:
    def row(name: str, values: Sequence[Any], write: Callable[[Any], str]) -> Row:
        return Row("trial", name, tuple(values), tuple("" if value is None else write(value) for value in values))

    duration = row("duration", [one.duration for one in rows], units.format_duration)
    return [
        row("state", [str(one.state) for one in rows], str),
        *([row("reason", [one.reason for one in rows], str)] if any(one.reason for one in rows) else ()),
        duration,
        row("attempts", [one.attempts for one in rows], str),
    ]


_OF_RUNS = ("script", "seed", "strategy", "place", "interpreter", "instance_type", "project", "description")


def _of_runs(launches: Sequence[Launch]) -> list[Row]:
    rows = []
    for name in _OF_RUNS:
        values = tuple(getattr(launch, name) for launch in launches)
        if any(value is not None for value in values):
            rows.append(Row("run", name, values, tuple("" if value is None else str(value) for value in values)))
    return rows


def _of_origins(origins: Sequence[Provenance | None]) -> list[Row]:
    """What runs came from, as far as it is known of them: the commit, and the versions of Python and of packages."""
    versions = [{"Python": one.python, **one.packages} if one and one.python else {} for one in origins]
    commits = tuple(_commit(one.git) if one and one.git else None for one in origins)
    if all(versions):
        rows = _dicts("packages", versions, str)
    else:  # one by one they would all seem to differ from a run of which they are not known
        known = [
            one.get("Python") and f"Python {one['Python']}, {text.count(len(one) - 1, 'package')}" for one in versions
        ]
        rows = _dicts("packages", [{"installed": told or "not known"} for told in known], str) if any(versions) else []
    if any(commits):
        rows.insert(0, Row("run", "git", commits, tuple(commit or "" for commit in commits)))
    return rows


def _commit(git: GitState) -> str:
    at = git.commit[:_SHORT] if git.commit else "no commit"
    return f"{at}, {text.count(git.changes, 'file')} changed" if git.changes else at
