"""Running trials on machines of the user's own AWS account, through AWS Batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.cluster import Capacity

if TYPE_CHECKING:
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.core.spec import RunSpec

    from .session import AwsSession


class AwsCluster:
    """Machines of the user's own account at AWS."""

    def capacity(self, spec: RunSpec) -> Capacity:
        """Return what a trial gets of its machine; how many run at once is for AWS to say."""
        from grid_jupyter.core.machines import load_catalogue
        from grid_jupyter.core.placement import DEFAULT_MACHINE

        from .share import share_of

        machine = load_catalogue().find(spec.instance_type or DEFAULT_MACHINE).machine
        return Capacity(machine.name, spec.trials or 1, share_of(spec, machine).gpus)

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

    def session(self, folder: RunFolder, snapshot: Snapshot, spec: RunSpec) -> AwsSession:
        """Go to work for a run."""
        from .assembly import assemble
        from .session import AwsSession

        return AwsSession(assemble(folder, snapshot, spec))


CLUSTER = AwsCluster
