"""Trials of a run once more, as a new run: the frozen code, the same parameters, seed and Python."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError, RunError, StoreError

from .addresses import as_number
from .cluster import Code, find_cluster
from .datastores.planning import settle_data
from .details import shared
from .home import make_home
from .launching import FOREIGN, begin, free_name
from .limits import Limits
from .notebooks import require_executor
from .packages import differences, imported, installed_packages, python_version
from .plan_text import shown_word
from .provenance import Provenance, provenance
from .rendering import command_line
from .selection import Selection
from .settings import load as load_settings
from .snapshot import Snapshot, object_path
from .spec import RunSpec
from .store import Store
from .words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .datastores.run_data import RunData
    from .jobs import Launch
    from .run import Run

_FACTS = ("launch", "spec", "limits", "tariff", "build", "mlflow", "provenance")


@dataclass(frozen=True)
class Reproduction:
    """A new run that repeats trials of another.

    Attributes:
        run: The new run.
        warnings: What is not as it was.
    """

    run: Run
    warnings: tuple[str, ...]


def reproduce(run: Run, trials: Sequence[int] = (), *, default: Path, name: str | None = None) -> Reproduction:
    """Run trials again from what was kept of them; the working tree has no part in it.

    Args:
        run: Their run, which stays as it is.
        trials: Their numbers; none for all.
        default: The Python to take where theirs is gone.
        name: The new run's name; a made-up one otherwise.

    Raises:
        CommandError: A number is out of range, there is a run of that name, or a notebook lacks what it needs.
        RunError: A search has not chosen the parameters of a trial.
        StoreError: A frozen file is missing, or the disk is full.
    """
    old = run.launch
    numbers = _numbers(run, old, trials)
    with Store(run.store_folder) as store:
        facts = {fact: store.fact(fact) for fact in _FACTS}
    snapshot = Snapshot.read(run.store_folder.code)
    home = make_home()
    asked = RunSpec.from_json(facts["spec"])
    _require_data(old.data, old.cluster, asked.credential)
    known = Provenance.from_json(facts["provenance"])
    python = default
    warnings: list[str] = []
    if here := "/" in old.interpreter:  # elsewhere it is the image's, and no data of this machine's is shared
        python, warnings = _python(old, default)
        warnings += [*_differences(known, python, old), *_shared(snapshot)]
    spec = _spec(asked, old, numbers, whole=not trials)
    new = replace(
        old,
        run=free_name(home, name),
        id=uuid.uuid4().hex,
        created=time.time(),
        command=old.command if not trials or len(numbers) > 1 else command_line(spec),
        interpreter=str(python) if here else old.interpreter,
        executor=require_executor(Path(old.script).name, python) if old.executor else None,
        strategy=spec.strategy,
        selection=_selection(old, numbers, whole=not trials),
        numbers=tuple(old.numbers[number] if old.numbers else number for number in numbers) if trials else old.numbers,
    )
    cluster = find_cluster(new.cluster)
    settings = load_settings()
    cluster.check(spec, settings, Code.frozen(new.subdir, snapshot, home / "objects"))
    fits = cluster.place(spec, new.trials, settings).fits
    repeats = run.name if not trials else ", ".join(f"{run.name}/{number}" for number in numbers)
    made = {
        **{fact: value for fact, value in facts.items() if value is not None},
        "launch": new.to_json(),
        "spec": spec.to_json(),
        "limits": replace(Limits(**facts["limits"]), fits=fits).to_json(),
        "provenance": provenance(
            known.git if known else None,
            python if here and not _is_foreign(old) else None,
            known.imports if known else (),
            repeats,
        ).to_json(),
        "trials": new.trials,
        "cluster": new.cluster,
        "created": new.created,
        "paused": None,
    }
    started = begin(home, new.run, lambda: _checked(snapshot, home), made, private=bool(new.environment))
    return Reproduction(started, tuple(warnings))


def _require_data(data: RunData, cluster: str, credential: str | None) -> None:
    """See that the datastores are still there."""
    settings = load_settings()
    settle_data(data, settings.cluster_type(cluster), settings, credential)


def _numbers(run: Run, launch: Launch, trials: Sequence[int]) -> list[int]:
    trials = [as_number(trial) for trial in trials]
    if wrong := [number for number in trials if not 0 <= number < launch.trials]:
        raise CommandError(f"trial {wrong[0]}: {run.name} has trials 0 to {launch.trials - 1}")
    numbers = sorted(set(trials)) or [number for number in range(launch.trials) if launch.selection.knows(number)]
    if not numbers or not all(map(launch.selection.knows, numbers)):
        which = f"{run.name}/{numbers[0]}" if numbers else f"any trial of {run.name}"
        raise RunError(f"the search has not chosen the parameters of {which} yet; wait until it has started")
    return numbers


def _selection(launch: Launch, numbers: Sequence[int], *, whole: bool) -> Selection:
    if whole and launch.selection.chosen is None:
        return launch.selection
    picks = [launch.selection.combination(number) for number in numbers]
    return Selection(len(picks), len(picks), pick=picks.__getitem__)


def _spec(spec: RunSpec, launch: Launch, numbers: Sequence[int], *, whole: bool) -> RunSpec:
    """What was asked for, with the trials settled: nothing is drawn or searched any more."""
    spec = replace(spec, name=None, strategy="grid_search" if spec.strategy == "bayesian" else spec.strategy)
    if whole or len(numbers) > 1:
        return spec
    words = tuple(Word(word, literal=True) for word in launch.arguments(numbers[0]))
    # There is nothing left to choose from, nor others to compare a single trial with.
    return replace(
        spec, words=words, strategy="grid_search", trials=None, zip=(), where=None, early_stop=None, smoke=False
    )


def _checked(snapshot: Snapshot, home: Path) -> Snapshot:
    """The code, if all of it is still there."""
    for file in snapshot.files:
        if not Path(object_path(str(home / "objects"), file.object)).exists():
            raise StoreError(f"the frozen copy of {file.path} is gone, so this cannot be run again as it was")
    return snapshot


def _is_foreign(launch: Launch) -> bool:
    """Whether its script is not in Python."""
    return launch.script.endswith(FOREIGN)


def _python(launch: Launch, default: Path) -> tuple[Path, list[str]]:
    python = Path(launch.interpreter)
    if python.exists():
        return python, []
    if _is_foreign(launch):
        raise CommandError(f"{python}, which ran {launch.script}, is gone; install it there again")
    return default, [f"{python} is gone; {default} is taken instead."]


def _differences(known: Provenance | None, python: Path, launch: Launch) -> Iterator[str]:
    """Say what of the Python is not as it was."""
    if _is_foreign(launch):
        return
    if known is None:
        yield f"{launch.run} was launched by an earlier version, which did not note the packages."
        return
    version = python_version(python)
    if known.python and version and version != known.python:
        yield f"Python was {known.python} then, and is {version} now."
    now = installed_packages(python)
    first = imported({**now, **known.packages}, known.imports, python)
    if different := differences(known.packages, now, first):
        yield f"Packages differ: {'; '.join(different)}."


def _shared(snapshot: Snapshot) -> Iterator[str]:
    links = shared(snapshot)
    for link in links:
        if not Path(link.target).exists():
            yield f"{link.path}, which was shared and not frozen, is gone: {link.target}"
    if there := [link.path for link in links if Path(link.target).exists()]:
        yield f"Shared and not frozen, so it may have changed since: {', '.join(map(shown_word, there))}"
