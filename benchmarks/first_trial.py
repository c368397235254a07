"""How long it takes from the command to the first line of the first trial, against `python script.py`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from measuring import GRID, MILLISECONDS, differences, figure, median, options, place, print_table, rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measuring import Place

# The monotonic clock is one for all processes.
SCRIPT = """\
import time; now = time.monotonic_ns()
import sys

with open(sys.argv[1], "w") as file:
    file.write(str(now))
"""


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, pairs=15)
    with place({"script.py": SCRIPT}) as here:
        stamp = here.folder / "first_line"
        direct = [sys.executable, "script.py", stamp]
        sweep = [*GRID, "run", "--wait", "--python", sys.executable, "script.py", stamp]
        first_line(here, direct), first_line(here, sweep)  # compiles what is compiled once
        trials, scripts = rounds(args.pairs, lambda: first_line(here, sweep), lambda: first_line(here, direct))
    print_table(
        figure(
            "from the command to the first trial's first line",
            differences(trials, scripts),
            MILLISECONDS + " more",
            takes=median(trials, MILLISECONDS),
            beside=f"{median(scripts, MILLISECONDS)}: `python script.py`",
            goal="< 300 ms more",
        )
    )


def first_line(here: Place, command: Sequence[object]) -> float:
    """Return the milliseconds from a command's start to its script's first line."""
    start = time.monotonic_ns()
    here.run(command)
    return (int((here.folder / "first_line").read_text()) - start) / 1e6


if __name__ == "__main__":
    main()
