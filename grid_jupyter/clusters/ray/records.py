"""A run's records on a Ray cluster, for those who do not carry it out: fetch a file, remove it all."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.jobs import Launch
from grid_jupyter.core.settings import load
from grid_jupyter.core.store import Store
from grid_jupyter.errors import RunError, ServiceError
from grid_jupyter.remote.agent.folder import Folder
from grid_jupyter.remote.agent.layout import RunKeys
from grid_jupyter.remote.mirror import fetch_file

from .agent.layout import job_name
from .door import connect
from .entrypoint import remove as remove_command
from .journal import FOLDER, Journal
from .kept import Kept, store_here
from .options import read_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.home import RunFolder

    from .client import Client

_ENDING = 30.0
"""Seconds that a job may take to end."""


def fetch(name: str, folder: RunFolder, trial: int, paths: Sequence[str]) -> None:
    """Bring files that a trial wrote, of its newest attempt that wrote them.

    Args:
        name: The cluster's name in the settings.
        folder: The run's folder.
        trial: The trial.
        paths: Which files.

    Raises:
        UserError: The settings are wrong.
        ServiceError: The cluster does not answer, or has a file no more.
        StoreError: They cannot be written here.
    """
    with Store(folder) as store:
        launch, attempts = Launch.from_json(store.fact("launch")), store.trial(trial).attempts
    options, keys, files = read_options(load(), name), RunKeys(launch.run, launch.id), folder.trial(trial)
    told = Folder(folder.path / FOLDER / "objects")
    with closing(connect(options)) as client:
        kept = Kept(told, client, keys.label, store_here(options.store), None)
        if options.store is None:
            jobs = Journal(folder.path / FOLDER).jobs
            info = client.job(job_name(keys.label, jobs[-1].number)) if jobs else None
            kept.node = info.node if info else None
        for path in paths:
            numbers = range(attempts, 0, -1)
            if not any(fetch_file(kept, keys.artifacts(trial, number), files, path) for number in numbers):
                raise ServiceError(
                    f"{path} of trial {trial} is not kept any more: what nodes of a Ray cluster keep goes with them; "
                    "name a store in the cluster's settings, which stays"
                )


def remove(name: str, folder: RunFolder) -> str | None:
    """Remove what the cluster keeps of a run: what a cluster kept that is gone went with it.

    Returns:
        What stays there, should it be there still; ``None`` where nothing does.

    Raises:
        RunError: Its job does not end.
        UserError: The settings are wrong.
    """
    with Store(folder) as store:
        launch = Launch.from_json(store.fact("launch"))
    options, keys = read_options(load(), name), RunKeys(launch.run, launch.id)
    jobs = Journal(folder.path / FOLDER).jobs if (folder.path / FOLDER).exists() else []
    if not jobs:
        return None
    left = None
    with closing(connect(options)) as client:
        try:
            known = [name for job in jobs if _ended(client, name := job_name(keys.label, job.number), folder)]
            if known:
                client.submit(f"grid-{keys.label}-remove", remove_command(keys.label))
        except ServiceError as error:
            left = f"{error}; the run is deleted here, and its files stay on the cluster's head, if there still is one"
    store_ = store_here(options.store)
    if store_:
        with told_plainly():
            store_.delete(keys.prefix)
    return left


def _ended(client: Client, job: str, folder: RunFolder) -> bool:
    """See to it that a job has ended; say whether the cluster knows it at all.

    One may go on that could not be told so: nobody waits for it any more.
    """
    until = time.monotonic() + _ENDING
    while (info := client.job(job)) and not info.over:
        client.stop(job)
        if time.monotonic() > until:
            raise RunError(f"the Ray job {job} does not end; stop it on the cluster, and delete {folder.name} again")
        time.sleep(0.5)
    return info is not None
