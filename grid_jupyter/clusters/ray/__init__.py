"""Running trials on a Ray cluster of the user's own, through its dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from grid_jupyter.core.cluster import Traits
from grid_jupyter.core.placement import Placement


class RayCluster:
    traits: ClassVar[Traits] = Traits()

    def __init__(self, name: str) -> None:
        self.name = name

    def place(self, spec, trials, settings, *, launches=False):
        return Placement("the Ray cluster", self.name, min(trials, 1000), spec.gpus or 0)

    def check(self, spec, settings):
        pass

    def session(self, folder, snapshot, spec):
        from grid_jupyter.remote.session import RemoteSession

        from .work import assemble
        from .worker import RayWorker

        return RemoteSession(folder, RayWorker(assemble(self.name, folder, snapshot, spec)))

    def fetch(self, folder, trial, paths):
        from .records import fetch

        fetch(self.name, folder, trial, paths)

    def remove(self, folder):
        from .records import remove

        remove(self.name, folder)


CLUSTER = RayCluster
