"""The agent's beginning and end."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from .agent import run


def main() -> NoReturn:
    """Run the trial that this container is for, and exit with the code that AWS Batch is to see."""
    code = run(os.environ)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads that still fetch something are not waited for
