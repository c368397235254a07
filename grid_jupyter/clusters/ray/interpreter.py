"""The Python of a cluster, found by the shell of a node: what is called ``python`` there need not have Ray."""

from __future__ import annotations

import shlex

# A job's own processes are below a raylet, whose command tells which Python its workers have and where its logs are.
RAYLET = r"""p=$PPID
while [ "${p:-0}" -gt 1 ]; do
  told=$(tr '\0' ' ' 2>/dev/null < "/proc/$p/cmdline" || ps -o command= -p "$p")
  case $told in *--python_worker_command=*) break;; esac
  told=
  p=$(sed 's/.*) [A-Za-z] \([0-9]*\) .*/\1/' "/proc/$p/stat" 2>/dev/null || ps -o ppid= -p "$p" | tr -d ' ')
done
"""
"""Leaves the command of the raylet in ``$told``."""

_PYTHON = """python=${told#*--python_worker_command=}; python=${python%% *}
[ -x "$python" ] || for python in python3 python; do "$python" -c 'import ray' 2>/dev/null && break; done
"""


def run_python(python: str | None, words: list[str]) -> str:
    """Return a command for a node's shell that becomes a Python with Ray.

    Args:
        python: Which one; ``None`` for that of the node's workers.
        words: What Python is told.
    """
    told = shlex.join(words)
    return f"exec {shlex.quote(python)} {told}" if python else f'{RAYLET}{_PYTHON}exec "$python" {told}'
