"""What a run would do: the object that preview, dry run, question and launch share."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from grid_jupyter.errors import CommandError, ProjectError

from .arguments import Arguments, parse_arguments
from .cell import CellScript, read_cell
from .cluster import Cluster, find_cluster
from .jobs import CELL_SCRIPT
from .project import Project, find_project, locate_script
from .script import ScriptSource, mistyped, read_script
from .selection import Selection, select
from .space import Axis, Space, build_space
from .walk import survey
from .where import parse_where

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import PurePosixPath

    from .machines import Machine
    from .selection import Strategy
    from .spec import RunSpec
    from .survey import Survey

HERE, CLOUD, RAY = "local", "aws", "ray"
DEFAULT_MACHINE = "m5a.large"
CHECKED = 10_000
"""How many values of an axis are checked one by one against the literal of a cell."""

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
    """

    cwd: Path
    interpreter: Path
    ask: Callable[[str], bool] | None = None


@dataclass(frozen=True)
class Placement:
    """Where the trials run, and on how much.

    Attributes:
        place: In words: ``this machine``, or the machine type.
        cluster: The cluster's name.
        fits: Trials that fit at once.
        gpus_per_trial: GPUs that each trial gets.
        per_machine: Trials that share a machine; 0 on a cluster without machine types.
        machines: Machines at once; 0 on a cluster without machine types.
        prices_of: The date of the prices.
    """

    place: str
    cluster: str
    fits: int
    gpus_per_trial: float
    machine: Machine | None = None
    per_machine: int = 0
    machines: int = 0
    prices_of: str = ""

    @property
    def cost_per_hour(self) -> float | None:
        """Dollars an hour of the machines at once, on demand; ``None`` if there are none or no price is known."""
        price = self.machine.on_demand if self.machine else None
        return None if price is None else round(price * self.machines, 6)


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
        passing: Warnings that hold for the moment alone, such as a file that was changed just now.
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
    passing: tuple[str, ...] = ()

    @property
    def trials(self) -> int:
        """How many trials would run."""
        return self.selection.count

    @property
    def gpus(self) -> float:
        """GPUs of all trials together."""
        return _plain(self.trials * self.placement.gpus_per_trial)

    def argv(self, trial: int) -> list[str]:
        """Return the script's arguments of a trial."""
        return self.space.argv(self.selection.combination(trial))

    def params(self, trial: int) -> dict[str, str]:
        """Return a trial's arguments by name."""
        return self.space.params(self.selection.combination(trial))

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``--dry_run --format json`` prints."""
        place = self.placement
        cost = place.cost_per_hour
        return {
            "script": str(self.script) if self.cell is None else CELL_SCRIPT,
            "strategy": self.spec.strategy,
            "combinations": self.selection.survivors,
            "estimated": self.selection.estimated,
            "trials": self.trials,
            "seed": self.seed,
            "axes": [
                {
                    "name": axis.name,
                    "count": axis.count,
                    "values": None if axis.values is None else list(axis.values[:LISTED]),
                }
                for axis in self.space.axes
            ],
            "argv": [self.argv(trial) for trial in range(min(self.trials, LISTED))],
            "gpus_per_trial": place.gpus_per_trial,
            "gpus": self.gpus,
            "machine": place.machine.to_json() if place.machine else None,
            "machines": place.machines,
            "cost_per_hour": None if cost is None else {"on_demand": cost, "spot": None, "as_of": place.prices_of},
            "warnings": [*self.warnings, *self.passing],
        }


def make_plan(spec: RunSpec, around: Surroundings) -> Plan:
    """Return what a run would do; nothing is started or written.

    Raises:
        UserError: What is asked for cannot be run as it stands.
    """
    _refuse_unready(spec)
    _refuse_conflicts(spec)
    project = find_project(around.cwd)
    cell = None if spec.cell is None else read_cell(spec.cell)
    script = project.subdir / CELL_SCRIPT if cell else locate_script(project, spec.script)
    arguments, warnings = _arguments(spec, project, script, cell)
    seed = secrets.randbelow(100_000) if spec.seed is None else spec.seed
    space = build_space(arguments, seed, spec.zip)
    if cell:
        _check_cell(cell, space)
    selection = _selection(spec, space, seed)
    placement, placed = _place(spec, selection.count)
    at_once = max(1, min(selection.count, placement.fits, spec.parallel or placement.fits))
    if placement.machine:
        from .machines import machines_needed

        placement = replace(placement, machines=machines_needed(at_once, placement.per_machine))
    files = _survey(spec, project, script, cell)
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
        warnings=() if quiet else (*spec.notes, *warnings, *placed, *_cold(spec, project, script, cell)),
        passing=() if quiet else tuple(_changed(files, script, cell)),
    )


def _refuse_unready(spec: RunSpec) -> None:
    """Say so where this version reads a flag but cannot do it yet."""
    from .flags import RUN_FLAGS

    for flag in RUN_FLAGS:
        if flag.later and getattr(spec, flag.dest):
            raise CommandError(f"{flag.name} is not in this version of grid-jupyter yet; leave it out")
    if spec.strategy == "bayesian":
        raise CommandError(
            "--strategy bayesian is not in this version of grid-jupyter yet; choose grid_search, random_search or none"
        )


def _refuse_conflicts(spec: RunSpec) -> None:
    if spec.auto_resume and spec.no_auto_resume:
        raise CommandError("--auto_resume and --no_auto_resume exclude each other; keep one")
    clouds = [f"--{name}" for name in ("instance_type", "use_spot", "credential") if getattr(spec, name)]
    if spec.cluster == HERE and clouds:
        raise CommandError(f"{clouds[0]}: this machine has no instance types: drop one, {clouds[0]} or --cluster local")


def _arguments(
    spec: RunSpec, project: Project, script: PurePosixPath, cell: CellScript | None
) -> tuple[Arguments, list[str]]:
    sweep = spec.strategy != "none"
    if cell:
        arguments = parse_arguments(spec.words, sweep=sweep, keep_dashes=lambda _: spec.keep_dashes or not sweep)
        if not cell.reads_arguments:
            return arguments, []
        source = read_script(project.cwd / CELL_SCRIPT, project.root, cell.source)
        return arguments, _mistyped("the cell", source, arguments)
    source = read_script(project.root / script, project.root)
    warnings = [f"{script.name} does not parse as Python: {source.syntax_error}"] if source.syntax_error else []
    keep = spec.keep_dashes or not sweep
    arguments = parse_arguments(spec.words, sweep=sweep, keep_dashes=lambda name: keep or source.keeps_dashes(name))
    for dashed, name in arguments.renamed:
        warnings.append(f"{dashed} becomes {name}. Keep the dashes with --keep_dashes.")
    return arguments, [*warnings, *_mistyped(script.name, source, arguments)]


def _mistyped(script: str, source: ScriptSource, arguments: Arguments) -> list[str]:
    """Warn of flags that the script does not take, where that is sure."""
    found = mistyped(source, [item.name for item in arguments.items if item.name is not None])
    return [f"{script} has no flag {name}" + (f"; the nearest is {near}." if near else ".") for name, near in found]


def _some(axis: Axis) -> list[str]:
    """The values of an axis, or the ends of one whose values are too many and all of one kind."""
    places = range(axis.count) if axis.count <= CHECKED else (0, axis.count - 1)
    return [value for place in places if (value := axis.value(place)) is not None]


def _survey(spec: RunSpec, project: Project, script: PurePosixPath, cell: CellScript | None) -> Survey:
    files = survey(project, link=spec.link, no_link=spec.no_link)
    if cell or files.holds(script):
        return files
    # The script itself lies in ignored data, which is shared; it must be frozen all the same.
    return survey(project, link=spec.link, no_link=(*spec.no_link, str(project.root / script)))


def _check_cell(cell: CellScript, space: Space) -> None:
    """Refuse what the cell has no literal for, before anything is launched."""
    if cell.reads_arguments:
        return
    for axis in space.axes:
        if not axis.label:  # a bare --, which only parts flags from positionals
            continue
        if axis.name is None:
            raise CommandError(
                f"{axis.values[0] if axis.values else ''!r}: a cell that reads no arguments takes flags alone; "
                "write --name VALUE for a name that the cell sets"
            )
        cell.check(f"--{axis.label}", ["true"] if axis.values is None else _some(axis))


def _selection(spec: RunSpec, space: Space, seed: int) -> Selection:
    where = parse_where(spec.where, [axis.label for axis in space.axes]) if spec.where else None
    strategy = cast("Strategy", spec.strategy)
    return select(space, where=where, strategy=strategy, trials=spec.trials, seed=seed)


def _place(spec: RunSpec, trials: int) -> tuple[Placement, tuple[str, ...]]:
    in_cloud = spec.instance_type or spec.use_spot or spec.credential
    name = spec.cluster or (CLOUD if in_cloud else HERE)
    if name == RAY and spec.dry_run:
        # A dry run needs no cluster; what it has room for is only known there.
        return Placement("the ray cluster", name, trials, _plain(spec.gpus or 0)), ()
    if name != CLOUD:
        cluster: Cluster = find_cluster(name)
        capacity = cluster.capacity(spec)
        return Placement(capacity.place, name, capacity.at_once, _plain(capacity.gpus_per_trial)), capacity.warnings
    from .machines import load_catalogue, trials_per_machine  # a large table, for clouds alone

    catalogue = load_catalogue()
    match = catalogue.find(spec.instance_type or DEFAULT_MACHINE)
    machine = match.machine
    gpus = spec.gpus or None
    per_machine = trials_per_machine(machine, gpus=gpus, cpus=spec.cpus, memory_gb=spec.memory)
    notes = list(match.notes)
    if spec.cpus and spec.cpus * per_machine >= machine.vcpus:
        notes.append(f"--cpus {spec.cpus} takes the last CPU of a {machine.name}; its own services need one too")
    place = Placement(machine.name, name, trials, _plain(gpus or machine.gpus), machine, per_machine, 0, catalogue.date)
    return place, tuple(notes)


def _changed(files: Survey, script: PurePosixPath, cell: CellScript | None) -> list[str]:
    """Warn of a script that is still being edited: what is on disk runs, not what an editor holds."""
    if cell or not files.recently_changed(300, [str(script)]):
        return []
    return [f"{script.name} changed less than five minutes ago; what is saved on disk runs."]


def _cold(spec: RunSpec, project: Project, script: PurePosixPath, cell: CellScript | None) -> list[str]:
    """Warn of a warm start that will not be one."""
    if not spec.warm:
        return []
    search = (project.root, project.root / "src")
    from .preload import find_preload  # reads sources, for --warm alone

    preload = find_preload(project.root / script, search, cell.source.encode() if cell else None)
    return [f"--warm: not used: {preload.unfit}"] if preload.unfit else []


def _plain(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def questions(plan: Plan) -> Mapping[str, str]:
    """Return what must be asked before a launch, each with the flags that answer it."""
    limit = plan.spec.max_trials
    if plan.trials > limit:
        return {
            f"This launches {plan.trials:,} trials, more than {limit:,}. Go on?": f"--max_trials {plan.trials} or --yes"
        }
    return {}
