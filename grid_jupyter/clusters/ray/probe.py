"""A small job that tells which Python a cluster has: what a doctor can only see by running something."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

from grid_jupyter.errors import ConfigError, ServiceError

from .interpreter import run_python

if TYPE_CHECKING:
    from .answers import JobInfo
    from .client import Client
    from .options import Options

PATIENCE = 120.0
"""Seconds that a job may take to begin and to end."""

_MARK = "grid-doctor:"
_TELLS = (
    "import json, platform, sys, ray; "
    f"print({_MARK!r} + json.dumps([sys.executable, platform.python_version(), ray.__version__]))"
)


class Python(NamedTuple):
    """The Python that a cluster's jobs have.

    Attributes:
        path: On the head.
        version: Its own.
        ray: That of its Ray.
    """

    path: str
    version: str
    ray: str


def find_python(client: Client, options: Options) -> Python:
    """Return what a job finds.

    Raises:
        ConfigError: The Python that the settings name is not there, or has no Ray.
        ServiceError: The job did not run, or there is no Python that has Ray.
    """
    job = f"grid-doctor-{secrets.token_hex(4)}"
    client.submit(job, run_python(options.python, ["-c", _TELLS]), metadata={"grid": "doctor"})
    try:
        about = _wait(client, job)
        log = (client.log_file(about.node, f"job-driver-{job}.log") if about.node else None) or b""
    finally:
        if not client.delete(job):
            client.stop(job)
    lines = [line for line in log.decode(errors="replace").splitlines() if line.strip()]
    found = next((line.removeprefix(_MARK) for line in lines if line.startswith(_MARK)), None)
    if found is not None:
        return Python(*json.loads(found))
    why = lines[-1].strip() if lines else about.message.strip()
    if options.python:
        raise ConfigError(
            f"python = {options.python} in the settings of {options.cluster} is none that has Ray: {why}; name another "
            "or leave it out, and it is looked for"
        )
    raise ServiceError(f"no Python that has Ray was found on the head: {why}; name it with python in the settings")


def _wait(client: Client, job: str) -> JobInfo:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        about = client.job(job)
        if about and about.over:
            return about
        time.sleep(0.2)
    raise ServiceError(f"a small job has not ended within {PATIENCE:g} seconds; look at the jobs on {client.address}")
