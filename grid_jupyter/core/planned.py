"""The plan of a run that was launched, put together again from what is stored with it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .cell import read_cell
from .limits import Limits
from .plan import Placement, Plan
from .project import Project
from .spec import RunSpec
from .store import Store
from .survey import Survey

if TYPE_CHECKING:
    from .jobs import Launch
    from .run import Run


def plan_of(run: Run) -> Plan:
    """Return the plan that a run was launched with, without its files and warnings, which were of that day."""
    with Store(run.store_folder) as store:
        spec = RunSpec.from_json(store.fact("spec"))
        limits = Limits(**store.fact("limits"))
        per_machine = int((store.fact("tariff") or {}).get("per_machine", 0))
    launch = run.launch
    root = Path(launch.project)
    return Plan(
        spec=spec,
        project=Project(root, root / launch.subdir),
        script=PurePosixPath(launch.script),
        cell=None if launch.cell is None else read_cell(launch.cell),
        space=launch.space,
        selection=launch.selection,
        seed=launch.seed,
        placement=_placement(launch, spec, limits, per_machine),
        at_once=max(1, min(launch.trials, limits.at_once)),
        files=Survey(root, (), (), (), (), ()),
        warnings=(),
    )


def _placement(launch: Launch, spec: RunSpec, limits: Limits, per_machine: int) -> Placement:
    if not launch.instance_type:
        return Placement(launch.place, launch.cluster, limits.fits, spec.gpus or 0)
    from .machines import load_catalogue, machines_needed

    catalogue = load_catalogue()
    match = catalogue.find(launch.instance_type)
    at_once = max(1, min(launch.trials, limits.at_once))
    return Placement(
        launch.place, launch.cluster, limits.fits, spec.gpus or match.machine.gpus, match.machine, per_machine,
        machines_needed(at_once, per_machine), catalogue.date,
    )  # fmt: skip
