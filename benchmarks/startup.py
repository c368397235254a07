"""What grid-jupyter adds to the start of IPython, and what the size of a sweep costs a dry run.

Fresh processes, in interleaved pairs, so that a change of the machine's load meets both sides.
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

IPYTHON = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "--quick", "-c"]
GRID = [sys.executable, "-m", "grid_jupyter.cli", "run", "--dry_run", "--seed", "1", "train.py"]
ONE = [*GRID, "--lr", "0.1"]
BILLION = [*GRID, "--a", "range(1000)", "--b", "range(1000)", "--c", "range(1000)"]


def main() -> None:
    """Measure both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="measured pairs (default: 15)")
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "train.py").write_text("print('loss=1')\n", encoding="utf-8")
        environment = os.environ | {
            "PYTHONDONTWRITEBYTECODE": "",
            "GRID_HOME": f"{folder}/home",
            "IPYTHONDIR": f"{folder}/ipython",
        }
        rows = [
            compare("%load_ext", [*IPYTHON, "pass"], [*IPYTHON, "%load_ext grid_jupyter"], pairs, folder, environment),
            compare("dry run, 1 → 10^9", ONE, BILLION, pairs, folder, environment),
        ]
    print(f"{'':<18} {'without':>10} {'with':>10} {'added':>10} {'of the pairs':>22}")
    for name, before, after, added in rows:
        spread = f"{min(added):.1f} to {max(added):.1f} ms"
        print(
            f"{name:<18} {statistics.median(before):>7.1f} ms {statistics.median(after):>7.1f} ms"
            f" {statistics.median(added):>7.1f} ms {spread:>22}"
        )


def compare(
    name: str, first: list[str], second: list[str], pairs: int, folder: str, environment: dict[str, str]
) -> tuple[str, list[float], list[float], list[float]]:
    """Time two commands in turn, each first every other time; one pair beforehand warms the caches."""
    before, after = [], []
    for pair in range(pairs + 1):
        commands = [(first, before), (second, after)]
        for command, times in commands if pair % 2 else reversed(commands):
            times.append(milliseconds(command, folder, environment))
    before, after = before[1:], after[1:]
    return name, before, after, [late - early for early, late in zip(before, after, strict=True)]


def milliseconds(command: list[str], folder: str, environment: dict[str, str]) -> float:
    """Return how long a whole process takes."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
