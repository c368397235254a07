"""The plan of a run that was launched, put together again from what is stored with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .budget import Account
from .cell import read_cell
from .cluster import runs_here
from .datastores.planning import PlannedData, data_lines
from .limits import Limits
from .placement import Placement
from .plan import Plan
from .project import Project
from .spec import RunSpec
from .store import Store
from .survey import Survey

if TYPE_CHECKING:
    from .budget import Tariff
    from .jobs import Launch
    from .run import Run


def plan_of(run: Run) -> Plan:
    """Return the plan that a run was launched with, without its files and warnings, which were of that day."""
    with Store(run.store_folder) as store:
        spec = RunSpec.from_json(store.fact("spec"))
        limits = Limits(**store.fact("limits"))
        tariff = Account.read(store).tariff
    launch = run.launch
    root = Path(launch.project)
    here = runs_here(launch.cluster)
    return Plan(
        spec=spec,
        project=Project(root, root / launch.subdir),
        script=PurePosixPath(launch.script),
        cell=None if launch.cell is None else read_cell(launch.cell),
        space=launch.space,
        selection=launch.selection,
        seed=launch.seed,
        placement=replace(_placement(launch, spec, limits, tariff), here=here),
        at_once=max(1, min(launch.trials, limits.at_once)),
        files=Survey(root, (), (), (), (), ()),
        warnings=(),
        data=PlannedData(launch.data, tuple(data_lines(launch.data, here=here))),
    )


def _placement(launch: Launch, spec: RunSpec, limits: Limits, tariff: Tariff) -> Placement:
    place = Placement(launch.place, launch.cluster, limits.fits, spec.gpus or 0)
    if not launch.instance_type:
        return place
    from .machines import load_catalogue, machines_needed
    from .machines.prices import Prices

    catalogue = load_catalogue()
    machine = replace(catalogue.find(launch.instance_type).machine, on_demand=tariff.price)
    day = datetime.fromtimestamp(launch.created, UTC).date().isoformat()
    return replace(
        place,
        gpus_per_trial=spec.gpus or machine.gpus,
        machine=machine,
        per_machine=tariff.per_machine,
        machines=machines_needed(max(1, min(launch.trials, limits.at_once)), tariff.per_machine),
        prices=Prices(catalogue.region, day, f"prices of {day}"),
        wants_spot=spec.use_spot,
    )
