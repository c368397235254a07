"""The agent's beginning and end."""

from __future__ import annotations

import os

from .agent import run


def main() -> int:
    """Run the trial that this container is for; return the exit code that AWS Batch is to see."""
    return run(os.environ)
