"""Carrying on here a run that another computer has launched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from .cluster import find_cluster
from .home import grid_home, make_home, run_folder
from .launching import begin
from .placement import CLOUD, HERE
from .run import Run
from .settings import load
from .watching import start_watcher, watcher_lives

if TYPE_CHECKING:
    from .snapshot import Snapshot


def attach(name: str, cluster: str | None = None, credential: str | None = None) -> Run:
    """Return the run of that name, and see to it that somebody watches over it here.

    Where it is known here already, a watcher that was lost is started again. Else its cluster is asked for it, and
    what its trials have written and will write comes here.

    Args:
        name: The run's name.
        cluster: The cluster that it runs on; the one of the settings, if that is far away, else ``aws``.
        credential: What leads to the account.

    Raises:
        UnknownRunError: The cluster knows no such run.
        UserError: The cluster has no runs of other computers, or there is no credential.
        ServiceError: It does not answer.
    """
    folder = run_folder(name)
    if folder.database.exists():
        run = Run(name)
        if not run.state.ended and not watcher_lives(folder):
            start_watcher(folder)
        return run
    settings = load()
    chosen = cluster or settings.cluster
    if settings.cluster_type(chosen) == HERE:
        if cluster:
            raise CommandError(f"--cluster {cluster}: runs on this machine are here already; grid history lists them")
        chosen = CLOUD
    known = find_cluster(chosen).find_run(name, credential)
    facts = {
        **known.facts,
        "cluster": chosen,
        "launch": {**known.facts["launch"], "cluster": chosen},
        "spec": {**known.facts["spec"], "credential": credential},
        "paused": None,
    }
    make_home()
    private = bool(known.facts["launch"]["environment"])

    def snapshot() -> Snapshot:
        return known.snapshot

    return begin(grid_home(), name, snapshot, facts, private=private, files=known.files)
