"""A run in MLflow: an MLflow run for it, and below that one for each trial that was ever started.

What was written is told by tags of MLflow's runs alone, so whoever comes next, from wherever, goes on from there:

- ``grid.id`` names the run for good, ``grid.trial`` the trial.
- ``grid.values`` counts the values of metrics that were written, ``grid.since`` is the time of the first. They are
  written with the values in one request. Should it be answered by nobody and sent again, MLflow's databases keep equal
  values once.
- ``grid.changed`` is the number of the trial's last change that is written whole.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.jobs import Launch
from grid_jupyter.core.store import Store
from grid_jupyter.core.summary import summarise

from .entries import ENDED, MOST_METRICS, MOST_PARAMS, STATUS, metrics, milliseconds, params, pieces, tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.store import TrialRow

_PAGE = 1000
_ROWS = 100
_OTHER = "grid-jupyter"


@dataclass
class _Child:
    """A trial in MLflow, by what its tags say."""

    id: str
    status: str
    changed: int = -1
    values: int = 0
    since: str = ""

    @classmethod
    def of(cls, run: Any) -> _Child:  # noqa: ANN401  (MLflow's)
        told: Mapping[str, str] = run.data.tags
        return cls(
            run.info.run_id,
            run.info.status,
            int(told.get("grid.changed", -1)),
            int(told.get("grid.values", 0)),
            told.get("grid.since", ""),
        )


class Mirror:
    """Writes one run to MLflow, as often as it is asked to, and only what is new.

    Args:
        folder: The run.
        address: The tracking server's, or a database's; ``None`` for what MLflow itself is set to.
        experiment: The name of the experiment; where there is none, MLflow's own variables say it, or the project's
            folder does.

    Attributes:
        run_id: The id of the run in MLflow.
    """

    def __init__(self, folder: RunFolder, address: str | None, experiment: str | None = None) -> None:
        from mlflow.tracking import MlflowClient

        self._folder = folder
        self._client = MlflowClient(address)
        with Store(folder) as store:
            self._launch = Launch.from_json(store.fact("launch"))
        self._experiment = self._find_experiment(experiment)
        self.run_id = self._find_run()
        self._children = self._find_children()
        self._changed = self._generation = 0
        self._told: tuple[object, ...] = ()

    def update(self) -> None:
        """Write what is new."""
        with Store(self._folder) as store:
            self._launch.learn(store)
            if store.generation() != self._generation:
                self._generation, self._changed = store.generation(), 0
            changes = store.changes(self._changed)
            for piece in pieces(changes.items(), _ROWS):
                for row in store.these([trial for trial, _ in piece]):
                    self._write_trial(store, row, changes[row.trial])
            self._changed = max(changes.values(), default=self._changed)
            self._write_run(store)

    def add_artifacts(self) -> None:
        """Write the files of all trials; those that are there already are replaced."""
        for trial, child in self._children.items():
            files = self._folder.trial(trial).artifacts
            if files.is_dir():
                self._client.log_artifacts(child.id, str(files))

    def _find_experiment(self, name: str | None) -> str:
        if not name and (known := os.environ.get("MLFLOW_EXPERIMENT_ID")):
            return known
        name = name or os.environ.get("MLFLOW_EXPERIMENT_NAME") or PurePath(self._launch.project).name or _OTHER
        found = self._client.get_experiment_by_name(name)
        return str(found.experiment_id if found else self._client.create_experiment(name))

    def _search(self, kind: str, most: int, token: str | None = None) -> Any:  # noqa: ANN401  (MLflow's)
        wanted = f"tags.`grid.id` = '{self._launch.id}' and tags.`grid.kind` = '{kind}'"
        return self._client.search_runs([self._experiment], wanted, max_results=most, page_token=token)

    def _find_run(self) -> str:
        if found := self._search("run", 1):
            return str(found[0].info.run_id)
        launch = self._launch
        about = {
            **self._common("run"),
            "grid.command": launch.command,
            "grid.strategy": launch.strategy,
            "grid.seed": launch.seed,
            "mlflow.note.content": launch.description,
        }
        return self._create(launch.run, launch.created, about)

    def _find_children(self) -> dict[int, _Child]:
        children = {}
        token: str | None = ""
        while token is not None:
            page = self._search("trial", _PAGE, token or None)
            children.update({int(run.data.tags["grid.trial"]): _Child.of(run) for run in page})
            token = page.token or None
        return children

    def _common(self, kind: str) -> dict[str, object]:
        about = {"grid.kind": kind, "grid.id": self._launch.id, "grid.run": self._launch.run}
        return {**about, "mlflow.source.name": self._launch.script, "mlflow.user": _user()}

    def _create(self, name: str, started: float, about: Mapping[str, object]) -> str:
        given = {tag.key: tag.value for tag in tags(about) if tag.value}
        made = self._client.create_run(self._experiment, milliseconds(started), given, name)
        return str(made.info.run_id)

    # Trials

    def _write_trial(self, store: Store, row: TrialRow, changed: int) -> None:
        child = self._children.get(row.trial)
        if child and child.changed == changed:
            return
        if child and child.values and repr(store.first_time(row.trial)) != child.since:
            self._client.delete_run(child.id)  # the trial was run again from scratch
            child = None
        child = child or self._create_child(row)
        self._set_status(child, STATUS[row.state], row.ended)
        given = params(self._launch.params(row.trial)) if child.changed < 0 else []
        rest = pieces(store.points(row.trial, skip=child.values), MOST_METRICS)
        last = False
        while not last:
            points = next(rest, [])
            last = len(points) < MOST_METRICS and len(given) <= MOST_PARAMS
            if points:
                child.since = child.since or repr(points[0].time)
                child.values += len(points)
            about: dict[str, object] = {"grid.values": child.values, "grid.since": child.since}
            if last:
                about |= {"grid.state": row.state, "grid.reason": row.reason, "grid.attempts": row.attempts}
                about["grid.changed"] = changed
            self._client.log_batch(child.id, metrics(points), given[:MOST_PARAMS], tags(about))
            given = given[MOST_PARAMS:]
        child.changed = changed

    def _create_child(self, row: TrialRow) -> _Child:
        about = {**self._common("trial"), "grid.trial": row.trial, "mlflow.parentRunId": self.run_id}
        started = row.started or self._launch.created
        made = _Child(self._create(f"{self._launch.run}/{row.trial}", started, about), "RUNNING")
        self._children[row.trial] = made
        return made

    def _set_status(self, child: _Child, status: str, ended: float | None) -> None:
        if status == child.status:
            return
        if status in ENDED:
            self._client.set_terminated(child.id, status, None if ended is None else milliseconds(ended))
        else:
            self._client.update_run(child.id, status)
        child.status = status

    # The run

    def _write_run(self, store: Store) -> None:
        summary = summarise(self._folder, store)
        told = (summary.state, summary.reason)
        if told == self._told:
            return
        status = STATUS[summary.state]
        if status in ENDED:
            ended = store.last_end()
            self._client.set_terminated(self.run_id, status, None if ended is None else milliseconds(ended))
        else:
            self._client.update_run(self.run_id, status)
        about = {"grid.state": summary.state, "grid.reason": summary.reason, "grid.trials": summary.trials}
        self._client.log_batch(self.run_id, tags=tags(about))
        self._told = told


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name belongs to the number
        return None
