"""What a run would do: the object that preview, dry run, question and launch share."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from grid_jupyter.errors import CommandError, ProjectError

from .budget import Tariff
from .cell import CellScript, read_cell
from .datastores.places import keeps
from .datastores.planning import PlannedData, plan_data
from .elsewhere import left_behind, require_portable, without_private
from .given import check_settings, read_given
from .jobs import CELL_SCRIPT
from .notebooks import SUFFIX, read_notebook, require_python
from .placement import Placement, place, plain
from .progress import untold
from .project import Project, find_project, locate_script
from .searching import BAYESIAN, search_notes, settle_search
from .selection import Selection, select
from .settings import Settings
from .settings import load as load_settings
from .space import Axis, Space, build_space
from .tracking.address import tracking_address
from .units import format_money
from .walk import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import PurePosixPath

    import pandas as pd

    from .selection import Strategy
    from .spec import RunSpec
    from .survey import Survey
    from .where import Where

LISTED = 1000
"""How many trials and values a JSON plan lists."""


def current_directory() -> Path:
    """Return the current directory.

    Raises:
        ProjectError: It was removed.
    """
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise ProjectError("the current directory is gone; cd to one that exists") from None


@dataclass(frozen=True)
class Surroundings:
    """Where a command was given.

    Attributes:
        cwd: The current directory: the kernel's in a notebook.
        interpreter: The Python that runs scripts unless ``--python`` says otherwise.
        ask: Asks the user a yes-or-no question; ``None`` where nobody can be asked.
        tell: Shows how far something is that takes long, each text in place of the one before. An empty text takes the
            last one away, as is due before a question and at the end.
    """

    cwd: Path
    interpreter: Path
    ask: Callable[[str], bool] | None = None
    tell: Callable[[str], None] = untold


@dataclass(frozen=True)
class Plan:
    """A run that has not been launched.

    Attributes:
        spec: What was asked for.
        project: The folder whose copy each trial gets.
        script: The script, relative to the project's top.
        space: All combinations.
        selection: Which of them become trials.
        seed: What fixes drawn values and picks.
        at_once: How many trials run at once.
        warnings: What the user should know; never a reason not to launch.
        imports: The top-level names of the modules that the script and its own modules import.
        passing: Warnings that hold for the moment alone, such as a file that was changed just now.
        settings: The user's settings.
        mlflow: The address of the MLflow server that the run is written to.
        data: The datastores that the run uses.
    """

    spec: RunSpec
    project: Project
    script: PurePosixPath
    cell: CellScript | None
    space: Space
    selection: Selection
    seed: int
    placement: Placement
    at_once: int
    files: Survey
    warnings: tuple[str, ...]
    imports: frozenset[str] = frozenset()
    passing: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    mlflow: str | None = None
    data: PlannedData = field(default_factory=PlannedData)

    @property
    def trials(self) -> int:
        """How many trials would run."""
        return self.selection.count

    @property
    def gpus(self) -> float:
        """GPUs of all trials together."""
        return plain(self.trials * self.placement.gpus_per_trial)

    @property
    def foreseen(self) -> int:
        """How many trials have arguments beforehand: all, or none where a search chooses them as results come in."""
        return self.trials if self.selection.chosen is None else 0

    def argv(self, trial: int) -> list[str]:
        """Return the script's arguments of a trial."""
        return self.space.argv(self.selection.combination(trial))

    def params(self, trial: int) -> dict[str, str]:
        """Return a trial's arguments by name."""
        return self.space.params(self.selection.combination(trial))

    def page(self, first: int = 0, count: int = 100) -> pd.DataFrame:
        """Return a page of the trials as a table: the arguments that vary, and the command.

        Args:
            first: The trial to begin with.
            count: How many trials; at the end there may be fewer.

        Raises:
            CommandError: There is no such trial, or it is too far on in a sweep whose trials are estimated, or a
                search chooses the trials as results come in.
        """
        from .plan_text import plan_frame

        if not self.foreseen:
            raise CommandError(
                "page(): bayesian chooses each trial as results come in, so none can be shown beforehand"
            )
        if not 0 <= first < self.trials:
            raise CommandError(f"page({first}): the trials are 0 to {self.trials - 1:,}")
        end = min(self.trials, first + count)
        if end > LISTED and not self.selection.launchable:
            raise CommandError(f"page({first}): the number of trials is estimated; their first {LISTED:,} can be shown")
        return plan_frame(self, range(first, end))

    def listed(self, first: int, count: int) -> Iterator[int]:
        """Return the trials of a page, but for those that a search has not chosen yet.

        The last ones of a sweep whose trials are estimated would take a long search.
        """
        end = min(first + count, self.trials)
        return filter(self.selection.knows, range(first, end if self.selection.launchable else min(end, LISTED)))

    @property
    def asks(self) -> bool:
        """Whether a launch shows the plan first: it asks something, costs money, or tells how busy the cluster is."""
        place = self.placement
        return place.machine is not None or bool(place.facts) or bool(questions(self))

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``--dry_run --format json`` prints."""
        place = self.placement
        continuous = any(axis.interval for axis in self.space.axes)
        return {
            "script": str(self.script) if self.cell is None else CELL_SCRIPT,
            "strategy": self.spec.strategy,
            "combinations": None if continuous else self.selection.survivors,
            "estimated": self.selection.estimated,
            "trials": self.trials,
            "seed": self.seed,
            "axes": [_axis_json(axis) for axis in self.space.axes],
            "argv": [self.argv(trial) for trial in range(min(self.foreseen, LISTED))],
            "gpus_per_trial": place.gpus_per_trial,
            "gpus": self.gpus,
            "machine": place.machine.to_json() if place.machine else None,
            "machines": place.machines,
            "cost_per_hour": place.cost_json(),
            "warnings": [*self.warnings, *self.passing],
        }


def _axis_json(axis: Axis) -> dict[str, Any]:
    if axis.interval:
        return {"name": axis.name, "count": None, "values": None, **axis.interval.to_json()}
    values = None if axis.values is None else list(axis.values[:LISTED])
    return {"name": axis.name, "count": axis.count, "values": values}


def make_plan(spec: RunSpec, around: Surroundings, *, launches: bool = False) -> Plan:
    """Return what a run would do; nothing is started or written.

    Args:
        spec: What is asked for.
        around: Where it is asked for.
        launches: Whether the plan is made to be launched: then the cluster may be asked what takes time to tell.

    Raises:
        UserError: What is asked for cannot be run as it stands.
    """
    settings = load_settings()
    if spec.auto_resume and spec.no_auto_resume:
        raise CommandError("--auto_resume and --no_auto_resume exclude each other; keep one")
    spec = settle_search(spec)
    project = find_project(around.cwd)
    cell = None if spec.cell is None else read_cell(spec.cell)
    script = project.subdir / CELL_SCRIPT if cell else locate_script(project, spec.script)
    book = read_notebook(project.root / script) if script.suffix == SUFFIX else None
    if book:
        require_python(book)
    given = read_given(spec, project, script, cell)
    seed = random.SystemRandom().randrange(100_000) if spec.seed is None else spec.seed
    space = build_space(given.arguments, seed, spec.zip, searched=spec.strategy == BAYESIAN)
    if settings_of := book or (cell if cell and not cell.reads_arguments else None):
        check_settings(settings_of, space)
    selection = _selection(spec, space, seed)
    warnings = [*given.warnings, *search_notes(spec, given.arguments, selection)]
    placement = place(spec, selection.count, settings, launches=launches)
    if spec.budget:
        Tariff.of(placement).read(spec.budget)
    at_once = max(1, min(selection.count, placement.fits, spec.parallel or placement.fits))
    if placement.machine:
        from .machines import machines_needed

        placement = replace(placement, machines=machines_needed(at_once, placement.per_machine))
    files = _survey(spec, project, script, cell)
    directory = script.parent if book else project.subdir
    kind = settings.cluster_type(placement.cluster)
    data = plan_data(spec, space, kind, str(directory), files)
    if placement.elsewhere:
        require_portable(spec, script, placement.place, project.subdir, files)
        warnings += left_behind(spec, files, keeps=keeps(kind))
        files = without_private(files)
    cold = [] if placement.elsewhere else _cold(spec, project, script, cell)
    quiet = spec.ignore_warnings
    return Plan(
        spec=spec,
        project=project,
        script=script,
        cell=cell,
        space=space,
        selection=selection,
        seed=seed,
        placement=placement,
        at_once=at_once,
        files=files,
        imports=given.imports,
        warnings=() if quiet else (*spec.notes, *warnings, *placement.warnings, *data.warnings, *cold),
        passing=() if quiet else tuple(_changed(files, script, cell)),
        settings=settings,
        mlflow=tracking_address(spec.mlflow, settings.mlflow, around.cwd),
        data=data,
    )


def _survey(spec: RunSpec, project: Project, script: PurePosixPath, cell: CellScript | None) -> Survey:
    files = survey(project, link=spec.link, no_link=spec.no_link)
    if cell or files.holds(script):
        return files
    # The script itself lies in ignored data, which is shared; it must be frozen all the same.
    return survey(project, link=spec.link, no_link=(*spec.no_link, str(project.root / script)))


def _selection(spec: RunSpec, space: Space, seed: int) -> Selection:
    where = _where(spec.where, space) if spec.where else None
    strategy = cast("Strategy", spec.strategy)
    return select(space, where=where, strategy=strategy, trials=spec.trials, seed=seed)


def _where(text: str, space: Space) -> Where:
    from .where import parse_where  # as most runs have no condition

    return parse_where(text, [axis.label for axis in space.axes])


def _changed(files: Survey, script: PurePosixPath, cell: CellScript | None) -> list[str]:
    """Warn of a script that is still being edited: what is on disk runs, not what an editor holds."""
    if cell or not files.recently_changed(300, [str(script)]):
        return []
    return [f"{script.name} changed less than five minutes ago; what is saved on disk runs."]


def _cold(spec: RunSpec, project: Project, script: PurePosixPath, cell: CellScript | None) -> list[str]:
    """Warn of a warm start that will not be one."""
    if not spec.warm:
        return []
    if spec.actions.experiment:
        return ["--warm: not used: the configuration has actions for each trial"]
    search = (project.root, project.root / "src")
    from .preload import find_preload  # reads sources, for --warm alone

    preload = find_preload(project.root / script, search, cell.source.encode() if cell else None)
    return [f"--warm: not used: {preload.unfit}"] if preload.unfit else []


def questions(plan: Plan) -> Mapping[str, str]:
    """Return what must be asked before a launch, each with the flags that answer it."""
    asked: dict[str, str] = {}
    limit = plan.settings.max_trials if plan.spec.max_trials is None else plan.spec.max_trials
    if plan.trials > limit:
        question = f"This launches {plan.trials:,} trials, more than {limit:,}. Go on?"
        asked[question] = f"--max_trials {plan.trials} or --yes"
    place, most = plan.placement, plan.settings.max_cost_per_hour
    cost = place.expected_per_hour
    if cost is not None and place.prices and cost > most:
        kind = "spot" if place.pays_spot else "on demand"
        question = (
            f"This costs {format_money(cost)} an hour {kind} ({place.prices.told}), "
            f"more than {format_money(most)}. Go on?"
        )
        asked[question] = "--yes, or raise max_cost_per_hour in the settings"
    return asked
