"""Running trials on machines of the user's own AWS account, through AWS Batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from grid_jupyter.core.cluster import Traits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.cluster import Cluster, Code, Known, Session
    from grid_jupyter.core.finding import Finding
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.core.placement import Placement
    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.core.spec import RunSpec


_NO_BOTO3 = "running on AWS needs boto3: pip install boto3 brings it"


class AwsCluster:
    """Machines of the user's own account at AWS."""

    traits: ClassVar[Traits] = Traits(rents=True)

    def __init__(self, name: str) -> None:
        self.name = name

    def place(self, spec: RunSpec, trials: int, settings: Settings, *, launches: bool = False) -> Placement:
        """Return on which machines the trials run, and what these cost."""
        from .placement import place  # a large table, for those who ask for it

        return place(self.name, spec, trials, settings, launches=launches)

    def check(self, spec: RunSpec, settings: Settings, code: Code) -> None:  # noqa: ARG002
        """See that boto3 is installed, the account set up, and that the image and the machine go together.

        Raises:
            UserError: Something is missing; the sentence says how to get it.
            ServiceError: AWS does not answer.
        """
        from grid_jupyter.errors import CommandError

        if not _has_boto3():
            raise CommandError(_NO_BOTO3)
        from .assembly import check

        check(self.name, spec, settings)

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

    def doctor(self, settings: Settings, tell: Callable[[str], None]) -> Sequence[Finding]:
        """Look at the account: credential, permissions, set-up, quota, network, image, prices, what was forgotten."""
        from grid_jupyter.core.finding import Finding, Level
        from grid_jupyter.errors import GridError

        if not _has_boto3():
            return [Finding("boto3", Level.PROBLEM, _NO_BOTO3)]
        from .cloud import Cloud
        from .doctor import examine

        try:
            cloud = Cloud.open(settings, None)
        except GridError as error:
            return [Finding("identity", Level.PROBLEM, str(error))]
        return examine(cloud, settings, cluster=self.name, tell=tell)


CLUSTER: type[Cluster] = AwsCluster


def _has_boto3() -> bool:
    from importlib.util import find_spec

    return find_spec("boto3") is not None
