"""All that one needs to know of a trial to make it again: what ``grid show RUN/INDEX`` tells."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import text, units
from .git import GitState
from .packages import imported
from .plan_text import shown_word
from .provenance import Provenance
from .snapshot import Snapshot
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .jobs import Launch
    from .run import Run
    from .snapshot import FrozenLink
    from .trial import Trial

_NAMED = 12


class TrialDetails:
    """A trial and what it came from, as of now."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._launch = trial.run.launch
        with Store(trial.run.store_folder) as store:
            self._row = store.trial(trial.index)
            self._earlier = store.attempts(trial.index)
        self._origin = origin(trial.run, self._launch)

    def __repr__(self) -> str:
        return f"TrialDetails({str(self._trial)!r})"

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``--format json`` prints."""
        row, launch = self._row, self._launch
        return {
            "trial": str(self._trial),
            "run": launch.run,
            "index": row.trial,
            "state": str(row.state),
            "reason": row.reason,
            "params": launch.params(row.trial),
            "metrics": {name: value if math.isfinite(value) else None for name, value in row.metrics.items()},
            "command": self._command,
            "attempts": row.attempts,
            "started": row.started,
            "ended": row.ended,
            "duration": row.duration,
            "place": launch.place,
            **self._origin,
            "reproduce": reproduce_line(self._trial),
        }

    def text(self, *, stable: bool = False) -> str:
        """Return it as text; a stable one has no names, times or versions, and is the same for the same trial."""
        row = self._row
        name = f"trial {row.trial}" if stable else str(self._trial)
        rows = [("parameters", _pairs(self._launch.params(row.trial)))] if stable else self.rows()
        head = "  ".join(filter(None, [name, str(row.state), row.reason]))
        width = max((len(label) for label, _ in rows), default=0)
        return "\n".join([head, *(f"{label.ljust(width)}  {said}".rstrip() for label, said in rows if said)])

    @property
    def heading(self) -> tuple[str, str, str]:
        """Its name, its state, and its reason, which may be empty."""
        return str(self._trial), str(self._row.state), self._row.reason or ""

    def rows(self) -> list[tuple[str, str]]:
        """Return all but name, state and reason as lines of a label and a text; a text may be empty."""
        row, launch = self._row, self._launch
        command = self._command
        return [
            ("parameters", _pairs(launch.params(row.trial))),
            ("metrics", _pairs({name: units.format_metric(value) for name, value in row.metrics.items()})),
            ("command", " ".join(map(shown_word, command)) if command else ""),
            ("data", ", ".join(launch.data.labels)),
            ("attempts", str(row.attempts)),
            *((f"attempt {attempt.number}", attempt.told) for attempt in self._earlier),
            ("started", _time(row.started)),
            ("ended", _time(row.ended)),
            ("duration", units.format_duration(row.duration)),
            ("seed", str(launch.seed)),
            *_origin_rows(self._origin),
            ("reproduce", reproduce_line(self._trial)),
        ]

    @property
    def _command(self) -> list[str] | None:
        """What runs the script; nothing while a search has not chosen its arguments."""
        number = self._row.trial
        return self._launch.script_command(number) if self._launch.selection.knows(number) else None


def reproduce_line(trial: Trial) -> str:
    """Return the command that makes a trial again."""
    return f"grid rerun {trial} --from_snapshot"


def origin(run: Run, launch: Launch) -> dict[str, Any]:
    """Return what all trials of a run came from: code, git, Python, packages, seed and machine, as plain JSON."""
    with Store(run.store_folder) as store:
        known = Provenance.from_json(store.fact("provenance"))
        machine = store.fact("machine")
    python = Path(launch.interpreter)
    packages = known.packages if known else {}
    first = imported(packages, known.imports, python) if known else []
    return {
        "seed": launch.seed,
        "script": launch.script,
        "directory": launch.directory,
        "project": launch.project,
        "code": _code(run.store_folder.code),
        "git": known.git.to_json() if known and known.git else None,
        "python": {
            "executable": launch.interpreter,
            "version": known.python if known else None,
            "packages": {name: packages[name] for name in (*first, *packages)},
            "imported": first,
        },
        "machine": machine,
        "grid_jupyter": known.grid_jupyter if known else None,
        "repeats": known.repeats if known else None,
    }


def _code(path: Path) -> dict[str, Any]:
    try:
        known = path.stat()
    except OSError:
        known = None
    return _code_at(path, known and (known.st_mtime_ns, known.st_size))


@lru_cache(32)
def _code_at(path: Path, _: object) -> dict[str, Any]:
    """What is frozen, which is the same as long as its list is: a front end asks again and again."""
    snapshot = Snapshot.read(path)
    return {
        "files": len(snapshot.files),
        "size": sum(file.size for file in snapshot.files),
        "digest": snapshot.digest,
        "shared": [link.path for link in shared(snapshot)],
    }


def shared(snapshot: Snapshot) -> list[FrozenLink]:
    """Return the links of a snapshot that lead to what is shared and not frozen."""
    return [link for link in snapshot.links if link.target.startswith("/")]


def _origin_rows(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    code, python, git = known["code"], known["python"], known["git"]
    frozen = f"{text.count(code['files'], 'file')}, {units.format_bytes(code['size'])}"
    yield "code", " · shared, not frozen: ".join(filter(None, [frozen, ", ".join(code["shared"])]))
    if git:
        yield "git", str(GitState.from_json(git))
        yield "origin", git["remote"] or ""
    yield "python", " · ".join(filter(None, [python["version"], python["executable"]]))
    yield "packages", _packages(python["packages"], python["imported"])
    machine = known["machine"] or {}
    yield "machine", machine_line(machine)
    yield "image", machine.get("image") or ""
    yield "grid-jupyter", known["grid_jupyter"] or ""
    yield "repeats", known["repeats"] or ""


def _packages(packages: Mapping[str, str], first: list[str]) -> str:
    if not packages:
        return ""
    named = ", ".join(f"{name} {packages[name]}" for name in first[:_NAMED])
    more = " …" if len(first) > _NAMED else ""
    return f"{len(packages):,}" + (f", of which the script imports {named}{more}" if named else "")


def machine_line(machine: Mapping[str, Any]) -> str:
    """Return a machine in one line."""
    cpus, memory, gpus = machine.get("cpus"), machine.get("memory_gb"), machine.get("gpus") or []
    told = [
        machine.get("name"),
        machine.get("system"),
        f"{cpus} × {machine.get('cpu') or 'CPU'}" if cpus else None,
        f"{memory:g} GB" if memory else None,
        *(f"{gpus.count(model)} × {model}" for model in dict.fromkeys(gpus)),
    ]
    return " · ".join(filter(None, told))


def _pairs(named: Mapping[str, str]) -> str:
    return " ".join(f"{name}={shown_word(value)}" for name, value in named.items())


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
