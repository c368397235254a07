"""A sweep on a Ray cluster of three nodes, with `grid run --cluster ray` and with Ray Tune.

The nodes are real ones of this machine, with four CPUs and two GPUs each, as they say of themselves: twelve trials at
once that get half a GPU. A trial waits for 0.2 s, as one does for a GPU, prints a metric and writes a file. Grid comes
to the cluster through its dashboard, as from another computer. Ray Tune's driver runs on the head, and is spared
sending its code; its trials run the same script in a process of its own, do the same in the process that Tune starts
for each, or in processes that Tune uses again. Either ends when all metrics and files are at hand.

Memory is that of the cluster, the command and the watcher, where pages that processes share count once, at its most,
less that of the cluster while it did nothing.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

import psutil
from measuring import GRID, MEGABYTES, SECONDS, TIMES, Row, figure, median, options, place, print_table, ratios, rounds

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from ray_cluster import NODES, VARIABLE, open_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Place
    from ray_cluster import RayCluster

PEER = Path(__file__).with_name("peers") / "ray_tune_cluster.py"
KINDS = {
    "subprocess": "Ray Tune, the same script in a process",
    "function": "Ray Tune, a Python function",
    "reused": "Ray Tune, a Python function in processes that are used again",
}
LOOKS = 1.0
"""Seconds between two looks at the memory."""

SETTLING = 60.0
"""Seconds within which the workers of a sweep are gone."""

SCRIPT = {
    "train.py": """\
import argparse
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
lr = parser.parse_args().lr
time.sleep(0.2)
Path("model.txt").write_text(str(lr))
print(f"loss={1 - lr}")
"""
}


class Cost(NamedTuple):
    """What a sweep takes."""

    seconds: float
    megabytes: float


class Bench:
    """A cluster with a project beside it.

    Args:
        here: The project.
        cluster: The cluster.
        trials: How many trials a sweep has.
    """

    def __init__(self, here: Place, cluster: RayCluster, trials: int) -> None:
        self._here = here
        self._cluster = cluster
        self._trials = trials
        self._numbers = count()
        self._at_rest = len(psutil.Process().children(recursive=True))

    def grid(self) -> Cost:
        """Run a sweep with Grid."""
        name = f"sweep-{next(self._numbers)}"
        words = ["run", "--yes", "--wait", "--name", name, "--cluster", "ray", "--gpus", 0.5, "train.py"]
        with self._measuring() as cost:
            self._here.run([*GRID, *words, "--lr", f"linspace(0.001, {self._trials / 1000}, {self._trials})"])
            told = json.loads(self._here.run([*GRID, "results", name, "--format", "json"]))
        files = sum(1 for _ in (self._here.home / "runs" / name).rglob("artifacts/model.txt"))
        if files != self._trials or not all("loss" in trial["metrics"] for trial in told):
            sys.exit("not every trial succeeded")
        return cost[0]

    def tune(self, kind: str) -> Cost:
        """Run a sweep with Ray Tune."""
        folder = self._here.folder / f"tune-{next(self._numbers)}"
        words = [self._cluster.gcs, self._trials, self._here.project / "train.py", folder, kind]
        with self._measuring() as cost:
            self._here.run([self._cluster.python, PEER, *words])
        return cost[0]

    @contextmanager
    def _measuring(self) -> Iterator[list[Cost]]:
        """Measure what is done meanwhile, once the cluster has come to rest."""
        self._settle()
        idle, over, seen, cost = self._memory(), Event(), [0.0], list[Cost]()

        def look() -> None:
            while not over.wait(LOOKS):
                seen.append(self._memory())

        looking = Thread(target=look, daemon=True)
        looking.start()
        begun = time.perf_counter()
        yield cost
        seconds = time.perf_counter() - begun
        over.set()
        looking.join()
        cost.append(Cost(seconds, max(seen) - idle))

    def _settle(self) -> None:
        until = time.monotonic() + SETTLING
        while len(self._processes()) > self._at_rest and time.monotonic() < until:
            time.sleep(LOOKS)

    def _processes(self) -> list[psutil.Process]:
        """All of the cluster, the command that is measured, and the watcher of its run."""
        found = psutil.Process().children(recursive=True)
        home = str(self._here.home)
        return [
            *found,
            *(one for one in psutil.process_iter() if "grid_jupyter.watcher" in (w := _words(one)) and home in w),
        ]

    def _memory(self) -> float:
        return sum(map(_megabytes, self._processes()))


def _words(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _megabytes(process: psutil.Process) -> float:
    with suppress(psutil.Error, OSError):
        return process.memory_full_info().pss / 1e6
    return 0.0


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, rounds=3, trials=200)
    os.environ.setdefault(VARIABLE, sys.executable)
    with open_cluster() as cluster, place(SCRIPT) as here:
        os.environ["RAY_ADDRESS"] = cluster.address
        os.environ["RAY_AUTH_TOKEN_PATH"] = cluster.token_file
        os.environ["RAY_AUTH_MODE"] = "token"
        bench = Bench(here, cluster, args.trials)
        grids, *peers = rounds(args.rounds, bench.grid, *(partial(bench.tune, kind) for kind in KINDS))
    print_table(*rows(args.trials, grids, dict(zip(KINDS.values(), peers, strict=True))))


def rows(trials: int, grids: list[Cost], peers: dict[str, list[Cost]]) -> Iterator[Row]:
    """Return a row for the time and one for the memory, for each way to use Tune."""
    of = f"{trials} trials of 0.2 s on a Ray cluster of {NODES} nodes"
    for name, costs in peers.items():
        ours, theirs = ([cost.seconds for cost in side] for side in (grids, costs))
        takes, beside = median(ours, SECONDS), f"{median(theirs, SECONDS)}: {name}"
        yield figure(of, ratios(ours, theirs), TIMES, takes=takes, beside=beside, goal="≤ 1.00 ×")
    for name, costs in peers.items():
        ours, theirs = ([cost.megabytes for cost in side] for side in (grids, costs))
        takes, beside = median(ours, MEGABYTES), f"{median(theirs, MEGABYTES)}: {name}"
        yield figure(f"memory of {of}", ratios(ours, theirs), TIMES, takes=takes, beside=beside, goal="≤ 1.00 ×")


if __name__ == "__main__":
    main()
