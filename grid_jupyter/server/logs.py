"""What trials printed, by the piece and as it comes."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import log_pieces
from grid_jupyter.core.addresses import find_trial
from grid_jupyter.core.following import follow
from grid_jupyter.core.log_errors import FirstError
from grid_jupyter.core.log_pieces import lines_before, piece_from, piece_until, size_of
from grid_jupyter.core.logs import STREAMS
from grid_jupyter.core.states import TrialState
from grid_jupyter.core.text import count
from grid_jupyter.errors import UnknownRunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grid_jupyter.core.log_pieces import Hit
    from grid_jupyter.core.logs import Stream
    from grid_jupyter.core.store import TrialRow
    from grid_jupyter.core.trial import Trial

    from .manager import Manager

STREAMED = 65536
_ATTEMPTS = 100


class Log:
    """One stream of one attempt of a trial, or of the build actions."""

    def __init__(self, run: str, trial: str, stream: Stream, attempt: int | None) -> None:
        self.trial: Trial = find_trial(f"{run}/{trial}")
        self.stream = stream
        row = self.trial.row
        self.attempt = attempt or max(1, row.attempts)  # the first may still come
        if self.attempt > max(1, row.attempts):
            raise UnknownRunError(f"{self.trial} has had {count(row.attempts, 'attempt')}; there is no {self.attempt}")
        self.path: Path = self.trial.log_file(self.attempt, stream)

    def over(self, row: TrialRow) -> bool:
        """Whether nothing more is written to it."""
        return row.state.ended or row.attempts > self.attempt or (row.attempts == self.attempt and not row.state.active)

    def piece(self, offset: int | None, until: int | None, limit: int, *, numbered: bool = False) -> dict[str, Any]:
        """Return a piece of it."""
        row = self.trial.row  # before the piece: what is over has been written
        over = self.over(row)
        if not over:
            follow(self.trial.run.store_folder, self.trial.index)
        if offset is None:
            piece = piece_until(self.path, until, limit, over=over)
        else:
            piece = piece_from(self.path, offset, limit, over=over)
        return asdict(piece) | {
            "stream": self.stream,
            "attempt": self.attempt,
            "line": lines_before(self.path, piece.offset) + 1 if numbered else None,
            "over": over and piece.end >= piece.size,
            "empty": None if piece.size else self._why_empty(row),
        }

    def _why_empty(self, row: TrialRow) -> str:
        if row.state is TrialState.QUEUED:
            return f"Not started: {self.trial} waits."
        if row.state is TrialState.STARTING:
            return "The script does not run yet."
        if row.state.active and self.stream == "stdout":
            return (
                "No output yet. Python holds output back when it is not a terminal; "
                "python -u or flush=True shows it at once."
            )
        return "No output yet." if row.state.active else "This trial printed nothing."


def piece(run: str, trial: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a piece of a log."""
    log = Log(run, trial, query["stream"], query["attempt"])
    return log.piece(query["offset"], query["until"], query["limit"], numbered=query["number"])


def outline(manager: Manager, run: str, trial: str, attempt: int | None) -> dict[str, Any]:
    """Return how long the logs are, and where the first error stands."""
    log = Log(run, trial, "stdout", attempt)
    last = log.trial.row.attempts
    error = _first_error(manager, log)
    return {
        "attempts": [
            {
                "attempt": each,
                "stdout": size_of(log.trial.log_file(each, "stdout")),
                "stderr": size_of(log.trial.log_file(each, "stderr")),
            }
            for each in range(max(1, last - _ATTEMPTS + 1), last + 1)
        ],
        "first_error": asdict(error) if error else None,
    }


def _first_error(manager: Manager, log: Log) -> Hit | None:
    """Return the first line that tells an error, of standard error before that of standard output."""
    made = log.trial.run.launch.id  # another run of that name has other logs
    for stream in reversed(STREAMS):
        path = log.trial.log_file(log.attempt, stream)
        if hit := manager.errors.get((made, path), partial(FirstError, path, stream)).look():
            return hit
    return None


def search(run: str, trial: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lines of a log that hold a text."""
    log = Log(run, trial, query["stream"], query["attempt"])
    found = log_pieces.search(
        log.path, log.stream, query["q"],
        regex=query["regex"], case=query["case"], offset=query["offset"], limit=query["limit"],
    )  # fmt: skip
    return asdict(found) | {"stream": log.stream, "attempt": log.attempt}
