"""All that a session works with, made from what is stored with a run."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.datastores.version import parse_label
from grid_jupyter.core.jobs import Launch
from grid_jupyter.core.machines import load_catalogue
from grid_jupyter.core.settings import load
from grid_jupyter.core.store import Store
from grid_jupyter.errors import UserError
from grid_jupyter.remote.agent.layout import RunKeys
from grid_jupyter.remote.dependencies import dependency_file

from .cloud import Cloud
from .datastores import ensure_in_bucket
from .images import image_for
from .jobs import Jobs
from .journal import FOLDER, Journal
from .observer import Observer
from .options import read_options
from .place import ensure_place, refuse_disks, scratch_of
from .placement import DEFAULT_MACHINE
from .secrets import refuse_secrets
from .share import share_of
from .submission import Submitter
from .work import Work

if TYPE_CHECKING:
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.core.spec import RunSpec

    from .options import Options

logging.getLogger("botocore").setLevel(logging.WARNING)  # it tells where it has found its credentials
logging.getLogger("boto3").setLevel(logging.WARNING)

DAY = 24 * 3600
"""Seconds after which AWS ends an attempt, unless --max_time says otherwise: AWS itself would let it run for ever."""

LEEWAY = 600
"""Seconds that AWS gives it beyond --max_time, which counts from the script's start, to be made ready and to save."""

GRACE, SPOT_GRACE = 20, 90
"""Seconds between SIGTERM and SIGKILL: where a person ends a trial, and where AWS takes its machine in two minutes."""

MANY = 300
"""Trials at once above which they tell of themselves less often."""

TAKEN_OVER = ("launch", "spec", "limits", "tariff", "trials", "cluster", "created", "mlflow", "provenance")
"""The facts of a run that another computer needs."""


def assemble(folder: RunFolder, snapshot: Snapshot, spec: RunSpec) -> Work:
    """Return what a session of a run works with.

    Raises:
        UserError: The settings are wrong, or there is no credential.
        StoreError: What is stored cannot be read.
    """
    with Store(folder) as store:
        facts = {name: store.fact(name) for name in TAKEN_OVER}
    launch = Launch.from_json(facts["launch"])
    settings = load()
    options = read_options(settings, launch.cluster)
    cloud = Cloud.open(settings, spec.credential)
    keys = RunKeys(launch.run, launch.id)
    jobs, journal = Jobs(cloud), Journal(folder.path / FOLDER)
    bucket = cloud.bucket
    timeout = int(spec.max_time) + LEEWAY if spec.max_time else DAY

    def prepare() -> None:
        for label in launch.data.labels:
            name, number = parse_label(label)
            ensure_in_bucket(cloud, name, number or 1)
        with told_plainly():
            bucket.put_once(keys.run, json.dumps({"facts": facts, "snapshot": snapshot.to_json()}).encode())

    submitter = Submitter(
        cloud,
        jobs,
        keys,
        journal,
        _common(launch, spec, snapshot, options),
        place=partial(ensure_place, cloud, launch, spec, options),
        timeout=timeout,
        pause=options.poll,
    )
    return Work(
        folder=folder,
        snapshot=snapshot,
        keys=keys,
        bucket=bucket,
        jobs=jobs,
        journal=journal,
        observer=Observer(jobs, bucket, keys),
        submitter=submitter,
        prepare=prepare,
        image=image_for(spec, load_catalogue().named(launch.instance_type or ""), options),
        machine=f"{launch.instance_type} {'spot machine' if spec.use_spot else 'machine'}",
        timeout=timeout,
        poll=options.poll,
        renew=cloud.renew,
    )


def check(cluster: str, spec: RunSpec, settings: Settings) -> None:
    """See that the account is set up and that what was asked for can run there.

    Raises:
        UserError: It is not, or there is no credential.
        ServiceError: AWS does not answer.
    """
    machine = load_catalogue().find(spec.instance_type or DEFAULT_MACHINE).machine
    options = read_options(settings, cluster)
    refuse_secrets(spec.environment, options, cluster)
    image_for(spec, machine, options)
    share_of(spec, machine)
    refuse_disks(spec)
    cloud = Cloud.open(settings, spec.credential)
    with told_plainly():
        if not cloud.bucket.exists():
            raise UserError(f"this AWS account is not set up in {cloud.region}: grid aws setup does that")


def _common(launch: Launch, spec: RunSpec, snapshot: Snapshot, options: Options) -> dict[str, Any]:
    """What the bucket says of all trials alike."""
    at_once = min(launch.trials, spec.parallel or launch.trials)
    return {
        "version": 1,
        "run": launch.run,
        "dependencies": dependency_file(launch.subdir, spec.dependency_file, (file.path for file in snapshot.files)),
        "datastore": _datastore(launch),
        "data": dict.fromkeys(launch.data.named.values(), True),
        "scratch": scratch_of(spec),
        "flush": options.poll * (6 if at_once > MANY else 2),
        "checkpoint_every": options.checkpoint_every,
        "grace": GRACE,
        "spot_grace": SPOT_GRACE,
    }


def _datastore(launch: Launch) -> dict[str, Any] | None:
    """The datastore that is mounted."""
    if not launch.data.mounted:
        return None
    name, number = parse_label(launch.data.mounted)
    return {"name": name, "version": number, "mount": launch.data.mount}
