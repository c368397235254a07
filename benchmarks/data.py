"""What an ignored folder with 1 GB of data costs a sweep: disk while it runs and afterwards, and time."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING

from measuring import (
    CPUS,
    GRID,
    MEGABYTES,
    SECONDS,
    TIMES,
    Place,
    Row,
    figure,
    median,
    options,
    place,
    print_table,
    ratios,
    rounds,
)

if TYPE_CHECKING:
    from pathlib import Path

PARTS = 100
SCRIPT = 'import os\n\nprint(f\'files={len(os.listdir("data")) if os.path.exists("data") else 0}\')\n'
"""Tells whether the data are there, as a metric."""

PROJECT = {"script.py": SCRIPT, ".gitignore": "data/\n"}


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, pairs=7, trials=1000, megabytes=1000, parallel=CPUS)
    with place(PROJECT) as with_data, place(PROJECT) as without:
        fill(with_data.project / "data", args.megabytes)
        with_data.sweep("script.py", 1, 1), without.sweep("script.py", 1, 1)  # compiles what is compiled once
        sweeps, floors = rounds(
            args.pairs,
            lambda: with_data.sweep("script.py", args.trials, args.parallel),
            lambda: without.sweep("script.py", args.trials, args.parallel),
        )
        running, after = disk_use(with_data, args.trials, args.parallel)
        check(with_data)
    with_it = f"{args.trials:,} trials beside {args.megabytes:,} MB of ignored data"
    print_table(
        figure(
            with_it,
            ratios(sweeps, floors),
            TIMES,
            takes=median(sweeps, SECONDS),
            beside=f"{median(floors, SECONDS)}: no data",
        ),
        Row(f"disk for {with_it}: at most while they run", figure=MEGABYTES.format(running)),
        Row(f"disk for {with_it}: afterwards", figure=MEGABYTES.format(after)),
    )


def fill(folder: Path, megabytes: int) -> None:
    """Write a folder of so many megabytes; of real ones, since holes in files would take no disk anywhere."""
    folder.mkdir()
    block = os.urandom(1_000_000)
    for number in range(PARTS):
        with (folder / f"part-{number}").open("wb") as file:
            for _ in range(number, megabytes, PARTS):
                file.write(block)


def disk_use(here: Place, trials: int, parallel: int) -> tuple[float, float]:
    """Return the megabytes that a further sweep takes: at most while it runs, and afterwards."""
    before = megabytes_in(here.home)
    command = [*GRID, *here.sweep_words("script.py", trials, parallel, "--wait", "--name", "looked-at")]
    seen = []
    with subprocess.Popen(
        list(map(str, command)), cwd=here.project, env=here.environment, stdout=subprocess.DEVNULL
    ) as sweep:
        while sweep.poll() is None:
            seen.append(megabytes_in(here.home))
            time.sleep(0.2)
    after = megabytes_in(here.home)
    return max(*seen, after) - before, after - before


def megabytes_in(folder: Path) -> float:
    """Return what a folder takes of the disk."""
    # du is patient with files that vanish under its hands, and says so with its exit code.
    found = subprocess.run(["du", "-sk", folder], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return int(found.stdout.split()[0]) * 1024 / 1e6


def check(here: Place) -> None:
    """Make sure that each trial had all of the data."""
    rows = json.loads(here.run([*GRID, "results", "--format", "json", "looked-at"]))
    if any(row["metrics"] != {"files": PARTS} for row in rows):
        raise SystemExit("a trial did not find its data")


if __name__ == "__main__":
    main()
