"""What jobs run: commands for the shell of the node that they start on."""

from __future__ import annotations

import shlex

from .agent.layout import FOLDER
from .interpreter import RAYLET, run_python

_REMOVE = """logs=${told#*--log_dir=}; logs=${logs%% *}
[ -d "$logs" ] && rm -rf -- "$logs"/"""


def drive(python: str | None, label: str, prefix: str, job: int) -> str:
    """Return the command of a run's job.

    Args:
        python: The cluster's Python; ``None`` for the one of the node's workers.
        label: The run's name that no other has had.
        prefix: How the run's keys begin.
        job: Which of the run's jobs it is.
    """
    return run_python(python, ["-m", "grid_jupyter.clusters.ray.agent", label, prefix, str(job)])


def remove(label: str) -> str:
    """Return the command that removes what a node keeps of a run."""
    return f"{RAYLET}{_REMOVE}{shlex.quote(f'{FOLDER}/{label}')}"
