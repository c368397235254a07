"""A run's records in the bucket, for those who do not carry it out: take it over, fetch a file, remove it all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.cluster import Known
from grid_jupyter.core.jobs import Launch
from grid_jupyter.core.settings import load
from grid_jupyter.core.snapshot import Snapshot
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.core.store import Store
from grid_jupyter.errors import RunError, UnknownRunError
from grid_jupyter.remote.agent.layout import RunKeys
from grid_jupyter.remote.mirror import fetch_file

from .cloud import Cloud
from .jobs import Jobs
from .journal import FOLDER, OVER, Journal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.remote.agent.bucket import Bucket


def find_run(name: str, credential: str | None) -> Known:
    """Return the run of that name that another computer has launched: the newest, if there were several.

    Raises:
        UnknownRunError: There is none.
        CredentialError: There is no credential, or it does not allow this.
        ServiceError: AWS does not answer.
    """
    cloud = Cloud.open(load(), credential)
    with told_plainly():
        if not cloud.bucket.exists():
            raise UnknownRunError(f"the account has no runs in {cloud.region}, where it is not set up; name the region")
        places = [f"runs/{name}.{rest}/" for rest in cloud.bucket.folders(f"runs/{name}.")]
        runs = [found for place in places if (found := _read(cloud.bucket, place))]
        if not runs:
            raise UnknownRunError(f"the account has no run {name} in {cloud.region}; look at the name and the region")
        newest, place = max(runs, key=lambda run: float(run[0].facts["created"]))
        batches = f"{place}batches/"
        files = {
            f"{FOLDER}/{item.key.removeprefix(batches)}": cloud.bucket.get(item.key) or b""
            for item in cloud.bucket.list(batches)
        }
    return newest._replace(files=files)


def _read(bucket: Bucket, place: str) -> tuple[Known, str] | None:
    content = bucket.get(f"{place}run.json")
    if content is None:
        return None
    data = json.loads(content)
    return Known(data["facts"], Snapshot.from_json(data["snapshot"]), {}), place


def fetch(folder: RunFolder, trial: int, paths: Sequence[str]) -> None:
    """Bring files that a trial wrote from the bucket, of its newest attempt that wrote them.

    Raises:
        UserError: There is no credential, or it does not allow this.
        ServiceError: AWS does not answer.
        StoreError: They cannot be written here.
    """
    bucket, keys = _place(folder)
    with Store(folder) as store:
        attempts = store.trial(trial).attempts
    files = folder.trial(trial)
    with told_plainly():
        for path in paths:
            any(fetch_file(bucket, keys.artifacts(trial, number), files, path) for number in range(attempts, 0, -1))


def remove(folder: RunFolder) -> None:
    """Remove what the bucket holds of a run.

    Raises:
        RunError: Jobs of it still run.
        UserError: There is no credential, or it does not allow this.
        ServiceError: AWS does not answer.
    """
    with Store(folder) as store:
        spec = RunSpec.from_json(store.fact("spec"))
    jobs = Jobs(Cloud.open(load(), spec.credential))
    ids = [one.job for one in Journal(folder.path / FOLDER).submissions if one.job]
    if any(job["status"] not in OVER for job in jobs.describe(ids).values()):
        raise RunError(f"jobs of {folder.name} have not ended in AWS yet; wait a moment and say it again")
    bucket, keys = _place(folder)
    with told_plainly():
        if bucket.exists():
            bucket.delete(keys.prefix)


def _place(folder: RunFolder) -> tuple[Bucket, RunKeys]:
    with Store(folder) as store:
        launch, spec = Launch.from_json(store.fact("launch")), RunSpec.from_json(store.fact("spec"))
    with told_plainly():
        bucket = Cloud.open(load(), spec.credential).bucket
    return bucket, RunKeys(launch.run, launch.id)
