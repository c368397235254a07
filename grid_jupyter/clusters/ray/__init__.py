"""Running trials on a Ray cluster of the user's own, through its dashboard."""

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

_NO_REQUESTS = "running on Ray needs requests: pip install 'grid-jupyter[ray]' brings it"


class RayCluster:
    """Nodes that Ray has joined to a cluster; nothing of Ray is needed on this machine."""

    traits: ClassVar[Traits] = Traits()

    def __init__(self, name: str) -> None:
        self.name = name

    def place(self, spec: RunSpec, trials: int, settings: Settings, *, launches: bool = False) -> Placement:
        """Return what trials get of the cluster and, where a launch is to follow, how busy it is."""
        from .place import place

        if launches:
            _require_requests()
        return place(self.name, spec, trials, settings, launches=launches)

    def check(self, spec: RunSpec, settings: Settings, code: Code) -> None:
        """See that the cluster is there, lets us in, has what a trial asks for, and takes the code and what it needs.

        Raises:
            UserError: Something is missing; the sentence says how to get it.
            ServiceError: It does not answer.
        """
        _require_requests()
        from .door import looked_at
        from .kept import store_here
        from .options import read_options
        from .package import refuse_large, refuse_secrets
        from .requirements import runtime_env
        from .share import share_of

        refuse_large(code.sizes)
        runtime_env(spec, code)
        refuse_secrets(spec.environment)
        options = read_options(settings, self.name)
        store_here(options.store)
        share_of(spec, options, looked_at(options))

    def session(self, folder: RunFolder, snapshot: Snapshot, spec: RunSpec) -> Session:
        """Go to work for a run."""
        from grid_jupyter.remote.session import RemoteSession

        from .work import assemble
        from .worker import RayWorker

        return RemoteSession(folder, RayWorker(assemble(self.name, folder, snapshot, spec)))

    def find_run(self, name: str, credential: str | None) -> Known:  # noqa: ARG002
        """Find none: a Ray cluster keeps what trials are told and tell, and not what a run is made of.

        Raises:
            UnknownRunError: Always.
        """
        from grid_jupyter.errors import UnknownRunError

        raise UnknownRunError(
            f"a run on a Ray cluster is known to the computer alone that launched it; use {name} there"
        )

    def fetch(self, folder: RunFolder, trial: int, paths: Sequence[str]) -> None:
        """Bring files that a trial wrote from where the cluster keeps them."""
        from .records import fetch

        fetch(self.name, folder, trial, paths)

    def remove(self, folder: RunFolder) -> str | None:
        """Remove what the cluster keeps of a run, if it answers."""
        from .records import remove

        return remove(self.name, folder)

    def doctor(self, settings: Settings, tell: Callable[[str], None]) -> Sequence[Finding]:
        """Look at the cluster: does it answer, who is let in, its nodes, its Python, the store."""
        from grid_jupyter.core.finding import Finding, Level

        if not _has_requests():
            return [Finding("requests", Level.PROBLEM, _NO_REQUESTS)]
        from .doctor import examine

        return examine(self.name, settings, tell)


CLUSTER: type[Cluster] = RayCluster


def _require_requests() -> None:
    from grid_jupyter.errors import CommandError

    if not _has_requests():
        raise CommandError(_NO_REQUESTS)


def _has_requests() -> bool:
    from importlib.util import find_spec

    return find_spec("requests") is not None
