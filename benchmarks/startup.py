"""What grid-jupyter adds to the start of IPython, and what the size of a sweep costs a dry run: whole processes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from measuring import GRID, IDLE, MILLISECONDS, Row, differences, figure, median, options, place, print_table, rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measuring import Place

IPYTHON = (sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "--quick", "-c")
DRY_RUN = (*GRID, "run", "--dry_run", "--seed", "1", "nothing.py")
ONE = (*DRY_RUN, "--lr", "0.1")
BILLION = (*DRY_RUN, "--a", "range(1000)", "--b", "range(1000)", "--c", "range(1000)")


def main() -> None:
    """Measure and print a table."""
    pairs = options(__doc__, pairs=15).pairs
    with place(IDLE) as here:
        print_table(
            compare(here, pairs, "`%load_ext grid_jupyter`", [*IPYTHON, "%load_ext grid_jupyter"], "a bare IPython",
                    [*IPYTHON, "pass"]),
            compare(here, pairs, "a dry run of 10^9 combinations", BILLION, "one of a single combination", ONE),
        )  # fmt: skip


def compare(here: Place, pairs: int, what: str, command: Sequence[str], other: str, beside: Sequence[str]) -> Row:
    """Say what one command takes more than another."""
    here.run(command), here.run(beside)  # compiles what is compiled once
    first, second = rounds(pairs, lambda: here.seconds(command), lambda: here.seconds(beside))
    first, second = ([1000 * time for time in times] for times in (first, second))
    return figure(
        what,
        differences(first, second),
        f"{MILLISECONDS} more",
        takes=median(first, MILLISECONDS),
        beside=f"{median(second, MILLISECONDS)}: {other}",
    )


if __name__ == "__main__":
    main()
