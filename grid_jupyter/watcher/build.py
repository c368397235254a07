"""The build actions of a run, which come before its first trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.cleanup import objects_in_use
from grid_jupyter.core.home import BUILD, RunFolder, unusable
from grid_jupyter.core.reasons import reason_for
from grid_jupyter.core.snapshot import Snapshot
from grid_jupyter.core.states import TrialState

if TYPE_CHECKING:
    from grid_jupyter.core.cluster import Ended, Session
    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.store import Store


class Build:
    """Runs the build actions once, as if they were a trial; what they write becomes part of the frozen code.

    How far it is stands in the store before it is done, as for trials.
    """

    def __init__(self, folder: RunFolder, store: Store, launch: Launch) -> None:
        self._folder = folder
        self._store = store
        self._launch = launch
        known = store.fact("build") or {"state": TrialState.QUEUED, "attempts": 0}
        self._state = TrialState(known["state"])
        self._attempts: int = known["attempts"]
        self._stopping = False

    @property
    def due(self) -> bool:
        """Whether trials have to wait for it."""
        return self._launch.actions.build and self._state is not TrialState.SUCCEEDED

    @property
    def running(self) -> bool:
        """Whether it is being done."""
        return self._state is TrialState.RUNNING

    def start(self, session: Session) -> bool:
        """Start it; say whether there was room.

        Raises:
            GridError: It cannot be started.
        """
        if session.start(self._launch.build_job(self._attempts + 1)) is None:
            return False
        self._store_as(TrialState.RUNNING, self._attempts + 1)
        return True

    def adopt(self, session: Session) -> None:
        """Take over what an earlier watcher started."""
        if self.running and not session.adopt(BUILD, self._attempts, {}):
            self._store_as(TrialState.QUEUED, self._attempts - 1)

    def stop(self, session: Session) -> None:
        """Ask it to end."""
        if self.running:
            self._stopping = True
            session.stop(BUILD)

    def ended(self, end: Ended) -> str | None:
        """Enter how it ended; return why it failed."""
        if end.exit_code == 0:
            self._take([path for path, _ in end.artifacts])
            self._store_as(TrialState.SUCCEEDED, self._attempts)
            return None
        stopped, self._stopping = self._stopping, False
        self._store_as(TrialState.STOPPED if stopped else TrialState.FAILED, self._attempts)
        stderr = self._folder.trial(BUILD).stderr(self._attempts)
        reason = end.lost or end.error or reason_for(end.exit_code, stderr, out_of_memory=end.out_of_memory)
        return None if stopped else reason

    def _take(self, paths: list[str]) -> None:
        """Freeze what it wrote, so that each trial's directory has it."""
        folder = self._folder
        with objects_in_use(folder.objects.parent):
            snapshot = Snapshot.read(folder.code).with_files(folder.trial(BUILD).artifacts, paths, folder.objects)
            try:
                snapshot.replace(folder.code)
            except OSError as error:
                raise unusable(folder.code, error) from error

    def _store_as(self, state: TrialState, attempts: int) -> None:
        self._state, self._attempts = state, attempts
        self._store.set_facts({"build": {"state": state, "attempts": attempts}})
