"""Writing a run to MLflow once, and telling in a sentence what went wrong."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from grid_jupyter.core.settings import load
from grid_jupyter.core.store import Store
from grid_jupyter.core.watching import held_by_us
from grid_jupyter.errors import CommandError, RunError, ServiceError

from .address import OFF, require_mlflow, require_server, without_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.errors import GridError

_ASKING = "to_mlflow"

QUIET = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"


def write_run(folder: RunFolder, address: str | None, experiment: str | None, *, artifacts: bool) -> str:
    """Write a run as it is now, and return its id in MLflow.

    Raises:
        CommandError: MLflow is not installed, or nothing answers at the address.
        RunError: Another process is writing it.
        ServiceError: The server refuses.
    """
    require_mlflow(_ASKING)
    import mlflow

    with Store(folder) as store:
        address = address or store.fact("mlflow") or _default()
    where: str = address or mlflow.get_tracking_uri()
    require_server(where, _ASKING)
    with held_by_us(folder, folder.tracking_lock) as ours:
        if not ours:
            raise RunError(f"{folder.name} is being written to MLflow already, until it has ended; say this again then")
        try:
            from .mirror import Mirror

            with _quiet():
                mirror = Mirror(folder, address, experiment)
                mirror.update()
                if artifacts:
                    mirror.add_artifacts()
        except failures() as error:
            raise failure(error, where) from error
    return mirror.run_id


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow from printing, and asking for, two lines for each trial."""
    before = os.environ.get(QUIET)
    os.environ[QUIET] = "true"
    try:
        yield
    finally:
        os.environ.pop(QUIET)
        if before is not None:
            os.environ[QUIET] = before


def _default() -> str | None:
    default = load().mlflow
    return None if default == OFF else default


def failures() -> tuple[type[Exception], ...]:
    """Return what MLflow raises where it cannot write, its client for HTTP included."""
    from mlflow.exceptions import MlflowException

    return MlflowException, OSError, ImportError


def failure(error: Exception, address: str) -> GridError:
    """Return a failure in one sentence, without what MLflow adds for programmers, and without a password."""
    shown = without_password(address)
    if isinstance(error, ImportError):
        return CommandError(f"MLflow at {shown} needs the module {error.name}: pip install mlflow")
    told = str(error).strip().replace(address, shown) or type(error).__name__
    return ServiceError(f"MLflow at {shown}: {told.splitlines()[0][:300]}")
