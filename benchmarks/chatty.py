"""The script of `live_run.py`: prints numbered lines at a steady pace, and tells in a file how many they were."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

PACE = 200
"""Lines a second."""

FOLLOWED, LONG, SHORT = 0, 6000, 2000
"""The trial that is followed, and how many lines that one prints, and each other."""


def line(trial: int, number: int) -> str:
    """Return a line: one in twenty holds a metric."""
    if number % 20 == 19:
        return f"step={number} loss={1 / (1 + trial + number):.6f}"
    return f"{number}: this sample of trial {trial} was read, and nothing was wrong with it"


def main() -> None:
    """Print until all is printed, or the trial is stopped."""
    folder, trial = sys.argv[1], int(sys.argv[2])
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    began, printed = time.monotonic(), 0
    while printed < (LONG if trial == FOLLOWED else SHORT) and not stopped:
        time.sleep(max(0.0, began + printed / PACE - time.monotonic()))
        print(line(trial, printed), flush=True)
        printed += 1
    Path(folder, str(trial)).write_text(str(printed), encoding="ascii")


if __name__ == "__main__":
    main()
