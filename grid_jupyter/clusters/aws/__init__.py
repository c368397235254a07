"""Running trials on machines of the user's own AWS account, through AWS Batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.cluster import Capacity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.core.cluster import Known, Session
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.core.spec import RunSpec


ANY_NUMBER = 1_000_000
"""How many trials run at once as far as we are concerned: quotas and capacity are for AWS to say."""


class AwsCluster:
    """Machines of the user's own account at AWS."""

    def capacity(self, spec: RunSpec) -> Capacity:
        """Return what a trial gets of its machine; how many run at once is for AWS to say."""
        from grid_jupyter.core.machines import load_catalogue
        from grid_jupyter.core.placement import DEFAULT_MACHINE

        from .share import share_of

        machine = load_catalogue().find(spec.instance_type or DEFAULT_MACHINE).machine
        return Capacity(machine.name, ANY_NUMBER, share_of(spec, machine).gpus)

    def check(self, spec: RunSpec, settings: Settings) -> None:
        """See that boto3 is installed, the account set up, and that the image and the machine go together.

        Raises:
            UserError: Something is missing; the sentence says how to get it.
            ServiceError: AWS does not answer.
        """
        from importlib.util import find_spec

        from grid_jupyter.errors import CommandError

        if find_spec("boto3") is None:
            raise CommandError("running on AWS needs boto3: pip install 'grid-jupyter[aws]' brings it")
        from .assembly import check

        check(spec, settings)

    def session(self, folder: RunFolder, snapshot: Snapshot, spec: RunSpec) -> Session:
        """Go to work for a run."""
        from grid_jupyter.remote.session import RemoteSession

        from .assembly import assemble
        from .worker import AwsWorker

        return RemoteSession(folder, AwsWorker(assemble(folder, snapshot, spec)))

    def find_run(self, name: str, credential: str | None) -> Known:
        """Return the run of that name that another computer has launched in the account."""
        from .records import find_run

        return find_run(name, credential)

    def fetch(self, folder: RunFolder, trial: int, paths: Sequence[str]) -> None:
        """Bring files that a trial wrote from the bucket: large ones are left there until they are asked for."""
        from .records import fetch

        fetch(folder, trial, paths)

    def remove(self, folder: RunFolder) -> None:
        """Remove what the bucket holds of a run; code and data that runs share stay."""
        from .records import remove

        remove(folder)


CLUSTER = AwsCluster
