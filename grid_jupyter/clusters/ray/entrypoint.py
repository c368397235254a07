"""What jobs run: commands for the shell of the node that they start on."""

from __future__ import annotations

import shlex

from .agent.layout import FOLDER

# A job's own processes are below a raylet, whose command tells which Python its workers have and where its logs are;
# what is called `python` there need not have Ray.
_RAYLET = r"""p=$PPID
while [ "${p:-0}" -gt 1 ]; do
  told=$(tr '\0' ' ' 2>/dev/null < "/proc/$p/cmdline" || ps -o command= -p "$p")
  case $told in *--python_worker_command=*) break;; esac
  told=
  p=$(sed 's/.*) [A-Za-z] \([0-9]*\) .*/\1/' "/proc/$p/stat" 2>/dev/null || ps -o ppid= -p "$p" | tr -d ' ')
done
"""

_PYTHON = """python=${told#*--python_worker_command=}; python=${python%% *}
[ -x "$python" ] || for python in python3 python; do "$python" -c 'import ray' 2>/dev/null && break; done
"""

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
    words = shlex.join(["-m", "grid_jupyter.clusters.ray.agent", label, prefix, str(job)])
    if python:
        return f"exec {shlex.quote(python)} {words}"
    return f'{_RAYLET}{_PYTHON}exec "$python" {words}'


def remove(label: str) -> str:
    """Return the command that removes what a node keeps of a run."""
    return f"{_RAYLET}{_REMOVE}{shlex.quote(f'{FOLDER}/{label}')}"
