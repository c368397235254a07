"""All that belongs to one run on a Ray cluster, made from what is stored with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.cluster import Code
from grid_jupyter.core.jobs import Launch
from grid_jupyter.core.settings import load
from grid_jupyter.core.store import Store
from grid_jupyter.remote.agent.layout import RunKeys, code_key

from .door import connect
from .journal import FOLDER, Journal
from .kept import Kept, store_here
from .options import read_options
from .picture import look
from .replica import Replica
from .requirements import runtime_env
from .share import Share, share_of

if TYPE_CHECKING:
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.core.spec import RunSpec

    from .client import Client
    from .options import Options

GRACE = 20
"""Seconds between SIGTERM and SIGKILL where a person ends a trial."""

TRIES = 3
"""How often the driver itself tries a trial again that was lost: the watcher, which does so too, may be away."""

MANY = 100
"""Trials at once above which they tell of themselves less often."""


@dataclass(frozen=True)
class Work:
    """One run on a Ray cluster.

    Attributes:
        options: What the settings say of the cluster.
    """

    folder: RunFolder
    snapshot: Snapshot
    options: Options
    keys: RunKeys
    client: Client
    journal: Journal
    replica: Replica
    kept: Kept
    launch: Launch
    spec: RunSpec

    @cached_property
    def share(self) -> Share:
        """What each trial gets of the cluster.

        Raises:
            UserError: No node has it.
            ServiceError: The cluster does not answer.
        """
        return share_of(self.spec, self.options, look(self.options.cluster, self.client))

    @cached_property
    def common(self) -> dict[str, Any]:
        """What the driver is told of all trials alike.

        Raises:
            UserError: No node has what a trial is to get, or Ray cannot install what the project asks for.
            ServiceError: The cluster does not answer.
        """
        launch, spec, options = self.launch, self.spec, self.options
        environment = runtime_env(spec, Code.frozen(launch.subdir, self.snapshot, self.folder.objects))
        at_once = min(launch.trials, spec.parallel or launch.trials)
        return {
            "options": {**self.share.to_options(), **({"runtime_env": environment} if environment else {})},
            "tries": 0 if spec.no_auto_resume else TRIES,
            "agent": {
                "code": code_key(self.snapshot.digest),
                "store": options.store,
                "flush": options.poll * (5 if at_once > MANY else 1),
                "checkpoint_every": options.checkpoint_every,
                "grace": GRACE,
            },
        }


def assemble(name: str, folder: RunFolder, snapshot: Snapshot, spec: RunSpec) -> Work:
    """Return what a session of a run works with.

    Args:
        name: The cluster's name in the settings.
        folder: The run's folder.
        snapshot: Its code.
        spec: What was asked for.

    Raises:
        UserError: The settings are wrong, or something that was asked for cannot be had.
        StoreError: What is stored cannot be read.
    """
    with Store(folder) as store:
        launch = Launch.from_json(store.fact("launch"))
    options = read_options(load(), name)
    keys = RunKeys(launch.run, launch.id)
    client = connect(options)
    place = folder.path / FOLDER
    journal, replica = Journal(place), Replica(place, keys.label)
    return Work(
        folder=folder,
        snapshot=snapshot,
        options=options,
        keys=keys,
        client=client,
        journal=journal,
        replica=replica,
        kept=Kept(replica.objects, client, keys.label, store_here(options.store), None),
        launch=launch,
        spec=spec,
    )
