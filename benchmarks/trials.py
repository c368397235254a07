"""How long a sweep of a script that does nothing takes, against xargs over the same commands.

Both run the same interpreter on the same script with the same arguments, as many at once. What a sweep does on top
(freezing, a directory and logs for each trial, states, metrics) is what the ratio shows.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

_MISLEADING = {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7, help="measured pairs (default: 7)")
    parser.add_argument("--trials", type=int, default=500, help="trials of a sweep (default: 500)")
    parser.add_argument("--parallel", type=int, default=CPUS, help="trials at once (default: the CPUs)")
    args = parser.parse_args()
    sweeps, floors = [], []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder, "project").mkdir()
        Path(folder, "project", "nothing.py").write_text("", encoding="utf-8")
        sweep_seconds(Path(folder), 1, 1)  # compiles the package, as the first run after an installation does
        for pair in range(args.pairs):
            measures = [(sweep_seconds, sweeps), (xargs_seconds, floors)]
            for measure, times in measures if pair % 2 else reversed(measures):
                times.append(measure(Path(folder), args.trials, args.parallel))
    ratios = [sweep / floor for sweep, floor in zip(sweeps, floors, strict=True)]
    print(f"{args.trials} trials, {args.parallel} at once, {args.pairs} pairs")
    print(f"{'':<10} {'median':>9} {'smallest':>9} {'largest':>9}")
    for name, values, unit in (("grid run", sweeps, " s"), ("xargs -P", floors, " s"), ("ratio", ratios, " ×")):
        figures = (statistics.median(values), min(values), max(values))
        print(f"{name:<10}", *(f"{figure:>7.2f}{unit}" for figure in figures))
    each = (statistics.median(sweeps) - statistics.median(floors)) * args.parallel / args.trials
    print(f"a trial costs {each * 1000:.1f} ms on top")


def sweep_seconds(folder: Path, trials: int, parallel: int) -> float:
    """Return how long `grid run --wait` takes; its store goes on from sweep to sweep, as a user's does."""
    command = [sys.executable, "-m", "grid_jupyter.cli", "run", "--wait", "--parallel", str(parallel)]
    command += ["--ignore_warnings", "nothing.py", "--x", f"range({trials})"]
    # An active environment would give the trials another Python than xargs starts; without its compiled files,
    # Python compiles the package at each start.
    environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    environment["GRID_HOME"] = str(folder / "home")
    return timed(command, folder, environment)


def xargs_seconds(folder: Path, trials: int, parallel: int) -> float:
    """Return how long xargs takes for the same processes."""
    command = ["xargs", "-P", str(parallel), "-I", "{}", sys.executable, "nothing.py", "--x", "{}"]
    return timed(command, folder, dict(os.environ), "\n".join(map(str, range(trials))))


def timed(command: list[str], folder: Path, environment: dict[str, str], given: str | None = None) -> float:
    """Return the seconds that a command takes in the project."""
    start = time.perf_counter()
    subprocess.run(
        command, cwd=folder / "project", env=environment, input=given, text=True, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
