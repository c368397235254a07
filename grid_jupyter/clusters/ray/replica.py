"""What agents told, brought from the driver's node piece by piece, and kept here until it has been taken in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from grid_jupyter.core.home import unusable
from grid_jupyter.remote.agent.folder import Folder
from grid_jupyter.remote.agent.pieces import Part, unpack

from .agent.layout import out_folder

if TYPE_CHECKING:
    from pathlib import Path

    from .client import Client
    from .journal import RunJob

MOST_AT_ONCE = 200
"""How many pieces are brought in one look; the next look goes on."""


class Replica:
    """The objects that agents told of, in a folder of the run's.

    How many pieces are here stands beside them. To bring one twice does no harm.

    Args:
        folder: The run's folder of the cluster.
        label: The run's name on the cluster.

    Raises:
        StoreError: It cannot be written; likewise of its methods.
    """

    def __init__(self, folder: Path, label: str) -> None:
        self._folder = folder
        self._label = label
        self._behind: set[int] = set()
        self.objects = Folder(folder / "objects")

    def begin(self, job: RunJob) -> None:
        """Find out how far what a job told is here."""
        with suppress(OSError, ValueError):
            job.taken = int(self._note(job).read_text())

    def bring(self, client: Client, job: RunJob) -> list[str]:
        """Bring what is new; return the keys of what has changed.

        Raises:
            ServiceError: The cluster does not answer.
        """
        changed: dict[str, None] = {}
        self._behind.discard(job.number)
        if job.node is None:
            return []
        try:
            for _ in range(MOST_AT_ONCE):
                piece = client.log_file(job.node, f"{out_folder(self._label, job.number)}/{job.taken:06}")
                parts = _whole(piece)
                if parts is None:
                    break
                for part in parts:
                    self.objects.put(part.file, part.content)
                    changed[part.file] = None
                job.taken += 1
                self._write_note(job)
            else:
                self._behind.add(job.number)
        except OSError as error:
            raise unusable(self._folder, error) from error
        return list(changed)

    def is_behind(self, job: RunJob) -> bool:
        """Whether the last look at a job has left something there, so that the next one should follow at once."""
        return job.number in self._behind

    def forget(self, key: str) -> None:
        """Remove an object that was taken in."""
        try:
            self.objects.place(key).unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self._folder, error) from error

    def _write_note(self, job: RunJob) -> None:
        """Write how far it is, whole or not at all: what was told before that may be gone from the cluster."""
        draft = self._note(job).with_name(".taken")
        draft.write_text(str(job.taken))
        draft.rename(self._note(job))

    def _note(self, job: RunJob) -> Path:
        return self._folder / str(job.number) / "taken"


def _whole(piece: bytes | None) -> list[Part] | None:
    """What is in a piece that has come whole; a busy node may answer with nothing, and end an answer early."""
    try:
        return unpack(piece) if piece else None
    except ValueError:
        return None
