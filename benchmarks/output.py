"""How long a script that prints a million lines takes as a trial, against the same with its output to a file.

Two figures for each kind of lines: the script's own time, from its start to its end, which the watcher at work
beside it could slow; and the whole command without what an idle script's takes, which the watcher's reading could
prolong. Beside stands in both the script's time with a file.
"""

from __future__ import annotations

import itertools
import json
import sys
from typing import TYPE_CHECKING

from measuring import (
    GRID,
    IDLE,
    SECONDS,
    TIMES,
    Row,
    differences,
    figure,
    median,
    options,
    place,
    print_table,
    ratios,
    rounds,
)

if TYPE_CHECKING:
    from measuring import Place

KINDS = {
    "of prose": "It is done: sample {i} of the training set was read, and nothing was wrong with it.",
    "of metrics": "step={i} loss=0.{i}",
}


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, pairs=7, lines=1_000_000)
    print_table(*(row for kind, line in KINDS.items() for row in of_kind(kind, line, args.lines, args.pairs)))


def of_kind(kind: str, line: str, lines: int, pairs: int) -> tuple[Row, Row]:
    """Measure a script that prints lines of one kind."""
    script = f"for i in range({lines}):\n    print(f{line!r})\n"
    names = map("lines-{}".format, itertools.count())
    with place({**IDLE, "lines.py": script}) as here:
        here.sweep("nothing.py", 1, 1), to_file(here)  # compiles what is compiled once
        wholes, idles, files = rounds(
            pairs,
            lambda: here.sweep("lines.py", 1, 1, "--name", next(names)),
            lambda: here.sweep("nothing.py", 1, 1),
            lambda: to_file(here),
        )
        own = [duration(here, f"lines-{number}") for number in range(pairs)]
    what = f"a trial that prints {lines:,} lines {kind}"
    beside = f"{median(files, SECONDS)}: output to a file"
    goal = f"≤ {TIMES.format(1.05)}"
    more = differences(wholes, idles)
    return (
        figure(f"{what}: the script", ratios(own, files), TIMES, takes=median(own, SECONDS), beside=beside, goal=goal),
        figure(
            f"{what}: the command, less an idle one",
            ratios(more, files),
            TIMES,
            takes=median(more, SECONDS),
            beside=beside,
            goal=goal,
        ),
    )


def to_file(here: Place) -> float:
    """Return how long the script takes with its output to a file beside the home."""
    return here.seconds(["sh", "-c", 'exec "$0" lines.py >"$1"', sys.executable, here.folder / "output"])


def duration(here: Place, run: str) -> float:
    """Return the trial's time, as Grid tells it."""
    (trial,) = json.loads(here.run([*GRID, "results", "--format", "json", run]))
    return float(trial["duration"])


if __name__ == "__main__":
    main()
