"""One real trial, from asking for it to its end, which tells more than any other look."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.clusters.aws.options import read_options
from grid_jupyter.clusters.aws.placement import DEFAULT_MACHINE
from grid_jupyter.core.finding import Finding, Level
from grid_jupyter.core.units import format_duration
from grid_jupyter.errors import GridError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid_jupyter.core.run import Run
    from grid_jupyter.core.settings import Settings

_SCRIPT = 'import platform\n\nprint(f"hello from {platform.node()}")\n'
_SMALL = "public.ecr.aws/docker/library/python:3.12-slim"
_PATIENCE = 1800.0
_STOPPING = 300.0


def try_one(settings: Settings, credential: str | None, tell: Callable[[str], None]) -> Finding:
    """Run a trial that says hello on a cheap machine, and delete it.

    Args:
        settings: The user's settings.
        credential: What ``--credential`` says.
        tell: Shows how far it is.
    """
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="grid-doctor-") as folder:
        Path(folder, "hello.py").write_text(_SCRIPT, encoding="utf-8")
        try:
            run = _launch(Path(folder), read_options(settings).image or _SMALL, credential)
        except GridError as error:
            return Finding("live", Level.PROBLEM, str(error))
        try:
            return _watch(run, tell, begun)
        finally:
            _clean_up(run)


def _launch(folder: Path, image: str, credential: str | None) -> Run:
    from grid_jupyter.core.command import parse_command
    from grid_jupyter.core.launching import launch
    from grid_jupyter.core.plan import Surroundings
    from grid_jupyter.core.submission import plan_command
    from grid_jupyter.core.words import Word

    asked = f"run --cluster aws --instance_type {DEFAULT_MACHINE} --image {image} --mlflow off --yes".split()
    asked += ["--credential", credential] if credential else []
    command = parse_command([Word(word) for word in (*asked, "hello.py")])
    assert command is not None  # noqa: S101  (a verb is there)
    around = Surroundings(folder, Path(sys.executable))
    return launch(plan_command(command, around), around)


def _watch(run: Run, tell: Callable[[str], None], begun: float) -> Finding:
    trial = run[0]

    def show() -> None:
        tell(f"Running a trial on a {DEFAULT_MACHINE}: {trial.state}{f', {trial.reason}' if trial.reason else ''}")

    try:
        run.wait(_PATIENCE, view=show)
    except TimeoutError:
        return Finding("live", Level.PROBLEM, f"a trial has not ended within 30 minutes: {trial.reason or trial.state}")
    said = [line.text.strip() for line in trial.lines() if line.stream == "stdout"]
    if not any(line.startswith("hello from ") for line in said):
        return Finding("live", Level.PROBLEM, f"a trial ended {trial.state}: {trial.reason or 'it said nothing'}")
    took = format_duration(time.monotonic() - begun)
    return Finding("live", Level.OK, f"a trial on a {DEFAULT_MACHINE} said hello, {took} after it was asked for")


def _clean_up(run: Run) -> None:
    with suppress(GridError):
        run.stop()
    # What cannot be deleted is shown by grid history.
    with suppress(GridError, TimeoutError):
        run.wait(_STOPPING, view=lambda: None)
        run.delete()
