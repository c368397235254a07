"""Carrying on here a run that another computer has launched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from .cluster import find_cluster, renting_type
from .home import grid_home, make_home, run_folder
from .launching import begin
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
        cluster: The cluster that it runs on; the one of the settings, if that is far away, else the one that rents.
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
    far = find_cluster(cluster or settings.cluster)
    if far.traits.here:
        if cluster:
            raise CommandError(f"--cluster {cluster}: runs on this machine are here already; grid history lists them")
        far = find_cluster(renting_type())
    known = far.find_run(name, credential)
    facts = {
        **known.facts,
        "cluster": far.name,
        "launch": {**known.facts["launch"], "cluster": far.name},
        "spec": {**known.facts["spec"], "credential": credential},
        "paused": None,
    }
    make_home()
    private = bool(known.facts["launch"]["environment"])

    def snapshot() -> Snapshot:
        return known.snapshot

    return begin(grid_home(), name, snapshot, facts, private=private, files=known.files)
