"""A run and its trials, as users hold them.

They hold nothing but a name: everything is read from the store when it is asked for, so a handle made in one
kernel is as good as one made in another after a restart.
"""

from __future__ import annotations

import functools
import os
import sys
import time
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from grid_jupyter.errors import BrokenStoreError, CommandError, Interrupted, RunError, UnknownRunError

from . import hooks, index, requests
from .artifacts import download, matcher
from .budget import Account
from .cleanup import remove_run
from .cluster import find_cluster
from .home import RunFolder, grid_home, run_folder, unusable
from .jobs import Launch
from .limits import CHANGEABLE
from .rerun import plan_rerun
from .results import metrics_frame, require_best, results_frame
from .saving import save_results
from .states import RunState
from .store import Store, TrialRow
from .summary import RunSummary, summarise
from .trial import Trial
from .understanding import Understanding
from .waiting import polls
from .watching import held_by_us, start_watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

DRAW = 0.25
"""Seconds between two pictures of a run that is waited for."""


class Run(Understanding):
    """One run, by its name.

    ``run[3]`` is its trial 3, ``len(run)`` counts its trials, and iterating yields them.

    Raises:
        RunError: There is no run of that name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = run_folder(name)
        if not os.path.exists(self._folder.database):  # noqa: PTH110  (Path.exists raises on an over-long name)
            raise UnknownRunError(_unknown(name))

    def __repr__(self) -> str:
        return f"Run({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and other._folder == self._folder

    def __hash__(self) -> int:
        return hash(self._folder)

    def __len__(self) -> int:
        return self._launch.trials

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        chosen = range(len(self))[index]
        return Trial(self, chosen) if isinstance(chosen, int) else [Trial(self, number) for number in chosen]

    def __iter__(self) -> Iterator[Trial]:
        return (Trial(self, number) for number in range(len(self)))

    @property
    def store_folder(self) -> RunFolder:
        """The names of its files."""
        return self._folder

    @property
    def folder(self) -> Path:
        """The folder that holds everything of this run."""
        return self._folder.path

    @property
    def command(self) -> str:
        """The command line that asks for this run again."""
        return self._launch.command

    @property
    def launch(self) -> Launch:
        """What it was launched with, and what a search has chosen until now."""
        if self._launch.selection.chosen is not None:
            with self._store() as store:
                self._launch.learn(store)
        return self._launch

    @functools.cached_property
    def _launch(self) -> Launch:
        with self._store() as store:
            return Launch.from_json(store.fact("launch"))

    def _store(self) -> Store:
        if not self._folder.database.exists():
            raise UnknownRunError(_unknown(self.name))
        return Store(self._folder)

    # State

    def summary(self) -> RunSummary:
        """Return its state, reason and counts as of now."""
        with self._store() as store:
            return summarise(self._folder, store)

    @property
    def state(self) -> RunState:
        """Its state as of now."""
        return self.summary().state

    @property
    def reason(self) -> str | None:
        """Why it is held or did not succeed."""
        return self.summary().reason

    def rows(self, first: int = 0, limit: int | None = None) -> list[TrialRow]:
        """Return what is known of trials ``first`` and following, by index; one that never started is queued."""
        last = len(self) if limit is None else min(len(self), first + limit)
        with self._store() as store:
            known = {row.trial: row for row in store.trials(first=first, limit=max(0, last - first))}
        return [known.get(trial, TrialRow(trial)) for trial in range(first, last)]

    def started_rows(self) -> list[TrialRow]:
        """Return the trials that were started or stopped at some time, by index."""
        with self._store() as store:
            return store.trials()

    def first_started(self, limit: int) -> tuple[list[TrialRow], int]:
        """Return the first trials that ever ran, by index, and how many there are in all."""
        with self._store() as store:
            return store.trials(limit=limit, started=True), store.started_count()

    # Waiting

    def wait(self, timeout: float | None = None, *, view: Callable[[], None] | None = None) -> Run:
        """Follow the run until nothing of it runs or waits any more, or it is paused.

        An interrupt ends the waiting alone.

        Args:
            timeout: Seconds to wait at most.
            view: Called again and again to draw the run; where there is none, the front end's own is taken.

        Returns:
            This run, so that a result can be asked for in the same line.

        Raises:
            Interrupted: The wait was interrupted; the trials go on.
            TimeoutError: The time is over.
        """
        draw = view or (hooks.wait_view(self) if hooks.wait_view else None)
        until = None if timeout is None else time.monotonic() + timeout
        next_drawing = 0.0
        try:
            for over in polls(self._folder):
                if draw and (over or time.monotonic() >= next_drawing):
                    draw()
                    next_drawing = time.monotonic() + DRAW
                if over:
                    break
                if until is not None and time.monotonic() >= until:
                    raise TimeoutError(f"{self.name} has not ended within {timeout:g} s; it goes on")
        except KeyboardInterrupt:
            raise Interrupted(
                f"The wait is over, the trials of {self.name} go on; grid stop {self.name} stops them"
            ) from None
        return self

    # Acting

    def stop(self) -> Run:
        """Ask all trials to end; what has ended stays. Running trials get 20 seconds to save."""
        if self.state.ended:
            raise RunError(f"{self.name} has ended already: {self.state}")
        self._ask(requests.Request("stop"))
        return self

    def pause(self) -> Run:
        """Hold the trials that wait; running ones go on to their end, and ``resume`` carries on.

        Raises:
            RunError: It is paused already, or has ended.
        """
        summary = self.summary()
        if summary.state.ended:
            raise RunError(f"{self.name} has ended already: {summary.state}")
        if summary.held:
            raise RunError(f"{self.name} is paused already; grid resume {self.name} carries on")
        self._ask(requests.Request("pause"))
        return self

    def resume(self, **limits: Any) -> Run:  # noqa: ANN401  (each limit has the type of its flag)
        """Carry on what held or ended this run: trials that failed, were stopped or interrupted run again.

        Args:
            limits: ``parallel``, ``retries``, ``max_time`` (seconds) or ``budget`` (as it is typed), where the old
                limit is to change.

        Raises:
            CommandError: There is no such limit, or the budget is spent already.
            RunError: The run has succeeded, or its budget is spent and no other is given.
        """
        if "budget" in limits:
            limits["budget"] = str(limits["budget"])
        self._check_limits(limits)
        summary = self.summary()
        if summary.state is RunState.SUCCEEDED:
            raise RunError(f"{self.name} has succeeded; there is nothing to carry on")
        index.forget(self._folder)
        self._ask(requests.Request("resume", limits=limits))
        return self

    def _check_limits(self, limits: Mapping[str, Any]) -> None:
        if unknown := [name for name in limits if name not in CHANGEABLE]:
            raise CommandError(f"{unknown[0]} is no limit of a run; it takes {', '.join(CHANGEABLE)}")
        with self._store() as store:
            account = Account.read(store)
            spent = store.fact("paused") if store.fact("guard") == "budget" else None
        if "budget" in limits:
            (account.exhausted if spent else account).raised(limits["budget"])
        elif spent:
            raise RunError(spent)
        elif account.over:
            raise RunError(f"{account.over}; grid resume {self.name} --budget {account.more} carries on")

    def rerun(self, *trials: int, failed: bool = False, missing: bool = False) -> Run:
        """Run trials again from scratch: without the checkpoints, metrics and artifacts of before.

        A pause is lifted. Logs of earlier attempts stay, and attempts are counted on.

        Args:
            trials: The numbers of the trials; where nothing is said, all of them.
            failed: Take those that failed.
            missing: Take those that hold no result of their own: stopped, cut off, or held by a pause.

        Raises:
            CommandError: More than one of the three is asked for, or there is no trial of that number.
            RunError: A trial is running or waits already, or there is nothing to run again.
        """
        planned = plan_rerun(self, trials, failed=failed, missing=missing)
        index.forget(self._folder)
        self._ask(planned.request)
        return self

    def reproduce(self, *trials: int, name: str | None = None) -> Run:
        """Run trials again as a new run, from the frozen code, with the same parameters, seed and Python.

        What is not as it was is warned of: packages, and data that is shared and not frozen.

        Args:
            trials: The numbers of the trials; where nothing is said, all of them.
            name: The new run's name; a made-up one otherwise.

        Raises:
            CommandError: There is no trial of that number, or there is a run of that name.
            StoreError: A frozen file is missing, or the disk is full.
        """
        from .reproduce import reproduce

        made = reproduce(self, trials, default=Path(sys.executable), name=name)
        for warning in made.warnings:
            warnings.warn(warning, stacklevel=2)
        return made.run

    def _ask(self, request: requests.Request) -> None:
        requests.send(self._folder, request)
        start_watcher(self._folder)

    def delete(self) -> str | None:
        """Delete the run with its logs, metrics and artifacts.

        Returns:
            What its cluster keeps, where that does not answer; ``None`` where nothing is left.

        Raises:
            RunError: It has not ended.
            GridError: Its cluster keeps something of it that cannot be removed.
        """
        doomed = self._folder.path.with_name(f".deleted-{self.name}-{time.time_ns()}")
        # Nobody can start a watcher while we hold its lock.
        with held_by_us(self._folder) as ours:
            if not ours or not self._is_over():
                raise RunError(f"{self.name} has not ended; stop it first with grid stop {self.name}")
            left = self._remove_elsewhere()
            index.forget(self._folder)
            try:
                self._folder.path.rename(doomed)
            except OSError as error:
                raise unusable(self._folder.path, error) from error
        remove_run(RunFolder(doomed))
        return left

    def _remove_elsewhere(self) -> str | None:
        """Remove what its cluster keeps of it; a run that cannot be read any more is removed here alone."""
        try:
            cluster = self._launch.cluster
        except BrokenStoreError:
            return None
        return find_cluster(cluster).remove(self._folder)

    def _is_over(self) -> bool:
        """Whether it may be deleted; a run that cannot be read any more may."""
        try:
            return self.summary().over
        except BrokenStoreError:
            return True

    # Results

    def results(
        self, *, group_by: str | Sequence[str] | None = None, over: str | Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return one row a trial: its parameters, state, duration in seconds and the last value of each metric.

        Never waits; a trial that has not ended has its newest metrics, or empty ones.

        Args:
            group_by: One row for all trials with the same values of these parameters instead: how many succeeded or
                were pruned, and of each metric mean, std, min, max and count.
            over: Likewise, one row for all trials that differ in these parameters alone, such as ``seed``.

        Raises:
            CommandError: No such parameter varies.
        """
        launch = self.launch
        if group_by or over:
            from .grouping import group_labels, group_rows

            return group_rows(launch, group_labels(launch, group_by, over), self.started_rows()).to_frame()
        rows = self.rows()
        return results_frame(rows, [launch.params(row.trial) for row in rows])

    def metrics(self) -> pd.DataFrame:
        """Return every value of every metric: columns trial, name, step, value, time. Never waits."""
        with self._store() as store:
            return metrics_frame(store.points())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the results of all trials to a file, which is replaced where there is one.

        Args:
            path: A file that ends in ``.csv``, for the table of ``results``, or in ``.json``, for what
                ``grid results --format json`` prints.

        Raises:
            CommandError: It ends in something else.
            StoreError: It cannot be written.
        """
        save_results(self, Path(path))

    def to_mlflow(
        self, tracking_uri: str | None = None, experiment: str | None = None, *, artifacts: bool = False
    ) -> str:
        """Write this run to MLflow as it is now: a run for it, and below that one for each trial that ever started.

        Said again, it adds what is new and doubles nothing.

        Args:
            tracking_uri: The tracking server; what the run was launched with, your settings or MLflow's own otherwise.
            experiment: The experiment's name; ``MLFLOW_EXPERIMENT_NAME`` or the project's folder otherwise.
            artifacts: Whether to write the trials' files too.

        Returns:
            The id of the run in MLflow.

        Raises:
            CommandError: MLflow is not installed, or nothing answers at the address.
            RunError: ``--mlflow`` is writing it just now.
            ServiceError: The server refuses.
        """
        from .tracking.writing import write_run

        return write_run(self._folder, tracking_uri, experiment, artifacts=artifacts)

    def best(self, metric: str | None = None, mode: str | None = None) -> Trial:
        """Return the succeeded or pruned trial with the best last value of a metric.

        Args:
            metric: Its name; the run's ``--metric``, a ``val_`` one or the first seen otherwise.
            mode: ``min`` or ``max``; the run's ``--mode``, or what the metric's name tells otherwise.

        Raises:
            RunError: No trial has ended well yet, or none has that metric.
            CommandError: It is not known whether low or high is best.
        """
        launch = self._launch
        same = metric is None or metric == launch.metric
        row = require_best(self.started_rows(), metric or launch.metric, mode or (launch.mode if same else None))
        return Trial(self, row.trial)

    def artifacts(self, match: str | None = None) -> list[tuple[int, str, int]]:
        """Return ``(trial, path, bytes)`` of the files that trials wrote.

        Args:
            match: A glob that the path matches: ``*.pt`` in any folder, ``sub/*.pt`` from the top.

        Raises:
            CommandError: ``match`` is no pattern.
        """
        matches = matcher(match) if match is not None else None
        with self._store() as store:
            return [file for file in store.artifacts() if matches is None or matches(file[1])]

    def download(self, folder: str | os.PathLike[str], match: str | None = None) -> None:
        """Copy the files that trials wrote into ``folder``, below a folder ``RUN-expINDEX`` for each trial.

        Args:
            folder: Where to; made where it is missing. Nothing in it is overwritten.
            match: Which files, as for ``artifacts``.

        Raises:
            CommandError: Something else lies where a file would go; nothing was copied.
            StoreError: A file cannot be read or written.
        """
        trials = sorted({trial for trial, _, _ in self.artifacts(match)})
        download(self, trials, Path(folder), match)


def runs() -> list[Run]:
    """Return all runs, newest first."""
    return [Run(summary.run) for summary in index.list_runs() if summary.trials]


def _unknown(name: str) -> str:
    try:
        names = [path.name for path in (grid_home() / "runs").iterdir() if not path.name.startswith(".")]
    except OSError:
        names = []
    near = get_close_matches(name, names, 1)
    advice = f"did you mean {near[0]}" if near else "grid history lists them"
    return f"there is no run {name!r}; {advice}"
