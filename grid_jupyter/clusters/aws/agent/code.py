"""The exit code of a container, by which AWS Batch decides what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grid_jupyter.remote.agent.end import End

AGAIN = 75
"""The exit code with which AWS Batch is asked to try once more; see the retry rules of the job definition."""

_STOPPED = 128 + 15


def exit_code(end: End) -> int:
    """Return what AWS Batch is to see of an attempt's end: its rules decide by it whether to try again."""
    if end.lost:
        return AGAIN
    if end.asked:
        return _STOPPED
    if end.exit_code is None or end.exit_code == AGAIN:
        return 1
    return end.exit_code
