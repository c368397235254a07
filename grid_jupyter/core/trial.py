"""One trial of a run, as users hold it: a name, and everything else is read when it is asked for."""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING

from grid_jupyter.errors import RunError

from . import logs, requests
from .following import follow
from .home import BUILD
from .states import RunState, TrialState
from .store import Store, TrialRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .details import TrialDetails
    from .run import Run

POLL = 0.1
"""Seconds between looks at a log that is followed."""


class Trial:
    """One trial of a run."""

    def __init__(self, run: Run, number: int) -> None:
        self.run = run
        self.index = number
        self._files = run.store_folder.trial(number)

    def __repr__(self) -> str:
        return f"Trial({str(self)!r})"

    def __str__(self) -> str:
        return f"{self.run.name}/{self.index}"

    @property
    def row(self) -> TrialRow:
        """All that is known of it as of now."""
        with Store(self.run.store_folder) as store:
            return store.trial(self.index)

    @property
    def state(self) -> TrialState:
        """Its state as of now."""
        return self.row.state

    @property
    def reason(self) -> str | None:
        """Why it did not succeed."""
        return self.row.reason

    @property
    def details(self) -> TrialDetails:
        """All that is known of it as of now, and what makes it again."""
        from .details import TrialDetails

        return TrialDetails(self)

    @property
    def params(self) -> dict[str, str]:
        """Its arguments by name, as text."""
        return self.run.launch.params(self.index)

    @property
    def arguments(self) -> list[str]:
        """The script's arguments."""
        return self.run.launch.arguments(self.index)

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        return dict(self.row.metrics)

    @property
    def artifacts(self) -> Path:
        """The folder of the files that it wrote; it exists once the trial has ended and wrote some."""
        return self._files.artifacts

    def log(self, stream: logs.Stream = "stdout") -> str:
        """Return all that its last attempt wrote to standard output or standard error."""
        lines = logs.lines(self.log_file(self.row.attempts, stream), stream)
        return "".join(line.text + line.end for line in lines).removesuffix("\n")

    def log_file(self, attempt: int, stream: logs.Stream) -> Path:
        """Return the file that an attempt writes a stream to, which need not exist."""
        return self._files.stdout(attempt) if stream == "stdout" else self._files.stderr(attempt)

    def lines(self, tail: int | None = None) -> Iterator[logs.LogLine]:
        """Yield the lines of its last attempt so far, standard output first, or the last ``tail`` of them."""
        files = self._log_files(self.row.attempts)
        if tail is None:
            return chain.from_iterable(logs.lines(file, stream) for stream, file in files)
        return iter([line for stream, file in files for line in logs.tail(file, stream, tail)][-tail:])

    def follow(self, tail: int | None = None) -> Iterator[logs.LogLine]:
        """Yield the lines of its log as they come, over all attempts to come, until it has ended.

        Args:
            tail: How many of the lines that are there already to begin with; all of them otherwise.
        """
        attempt = self.row.attempts
        if tail is None:
            readers = self._readers(attempt)
        else:
            yield from self.lines(tail)
            readers = self._readers(attempt, at_end=True)
        while True:
            follow(self.run.store_folder, self.index)
            row = self.row
            over = row.attempts != attempt or not self._goes_on(row)
            for reader in readers:
                yield from reader.new(last=over)
            if row.attempts != attempt:
                attempt, readers = row.attempts, self._readers(row.attempts)
            elif over:
                return
            else:
                time.sleep(POLL)

    def _goes_on(self, row: TrialRow) -> bool:
        waits = row.state is TrialState.QUEUED and self.run.state in {RunState.RUNNING, RunState.QUEUED}
        return row.state.active or waits

    def _log_files(self, attempt: int) -> list[tuple[logs.Stream, Path]]:
        return [(stream, self.log_file(attempt, stream)) for stream in logs.STREAMS]

    def _readers(self, attempt: int, *, at_end: bool = False) -> list[logs.LineReader]:
        return [logs.LineReader(file, stream, at_end=at_end) for stream, file in self._log_files(attempt)]

    def stop(self) -> None:
        """Ask it to end; it gets 20 seconds to save."""
        if self.state.ended:
            raise RunError(f"{self} has ended already: {self.state}")
        self.run._ask(requests.Request("stop", (self.index,)))  # noqa: SLF001

    def preempt(self) -> None:
        """Interrupt it as a spot machine does: 20 seconds to save, then the same command with its checkpoint.

        Raises:
            RunError: It is not running.
        """
        row = self.row
        if not row.state.active:
            raise RunError(f"{self} is not running, so it cannot be interrupted: it is {row.state}")
        if row.reason:
            raise RunError(f"{self} is ending already: {row.reason}")
        self.run._ask(requests.Request("preempt", (self.index,)))  # noqa: SLF001


class BuildTrial(Trial):
    """The build actions of a run, whose log is read as that of a trial."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, BUILD)
        if not run.launch.actions.build:
            raise RunError(f"{run.name} has no build actions; its trials are {run.name}/0 and so on")

    def __str__(self) -> str:
        return f"{self.run.name}/build"

    @property
    def row(self) -> TrialRow:
        """How far it is as of now."""
        with Store(self.run.store_folder) as store:
            known = store.fact("build")
        return TrialRow(BUILD, TrialState(known["state"]), attempts=known["attempts"]) if known else TrialRow(BUILD)

    def stop(self) -> None:
        """Refuse: without it no trial can start."""
        raise RunError(f"{self} is no trial; grid stop {self.run.name} stops it with the run")

    def preempt(self) -> None:
        """Refuse: it has no checkpoint to go on from."""
        raise RunError(f"{self} is no trial, and cannot be interrupted")
