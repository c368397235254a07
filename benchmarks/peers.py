"""What one trial that does nothing costs, with Grid and with others that run many, as many at once.

Grid, xargs and GNU parallel start an interpreter for each trial, on one script that is empty. Hydra's joblib launcher
and Ray Tune call a Python function that does nothing in processes of theirs, which is their way to run trials.

The start of each, which is a sweep of one trial a slot, stands by itself, so that fewer trials can be taken for the
slow ones: a trial's cost is what a longer sweep takes more, by the trials that it has more.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import (
    CPUS,
    IDLE,
    MILLISECONDS,
    SECONDS,
    Row,
    differences,
    figure,
    median,
    options,
    place,
    print_table,
    rounds,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from measuring import Place

PEERS = Path(__file__).with_name("peers")


@dataclass(frozen=True)
class Peer:
    """One of those compared.

    Attributes:
        name: What the table calls it.
        run: Returns the seconds that a sweep takes with it, of so many trials, so many at once.
        there: Whether it is installed.
        share: What part of the trials it is given.
    """

    name: str
    run: Callable[[Place, int, int], float]
    there: bool = True
    share: float = 1.0

    def more(self, trials: int) -> int:
        """How many trials its longer sweep has more."""
        return max(1, int(trials * self.share))


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, rounds=7, trials=400, parallel=CPUS)
    found = [peer for peer in peers() if peer.there]
    missing = [peer for peer in peers() if not peer.there]
    with place(IDLE) as here:
        for peer in found:
            peer.run(here, 1, 1)  # compiles what is compiled once
        sweeps = [
            partial(peer.run, here, trials, args.parallel)
            for peer in found
            for trials in (args.parallel + peer.more(args.trials), args.parallel)
        ]
        times = iter(rounds(args.rounds, *sweeps))
    print_table(
        *(row(peer, next(times), next(times), peer.more(args.trials), args.parallel) for peer in found),
        *(Row(f"a trial with {peer.name}", figure="not installed") for peer in missing),
    )


def peers() -> list[Peer]:
    """Return all that are compared."""
    return [
        Peer("`grid run --wait`", lambda here, trials, parallel: here.sweep("nothing.py", trials, parallel)),
        Peer("`xargs -P`", lambda here, trials, parallel: here.xargs("nothing.py", trials, parallel)),
        Peer("GNU parallel", gnu_parallel, shutil.which("parallel") is not None),
        Peer("Hydra's joblib launcher", hydra, installed("hydra") and installed("hydra_plugins"), share=0.25),
        Peer("Ray Tune", ray_tune, installed("ray.tune"), share=0.02),
    ]


def installed(module: str) -> bool:
    """Whether a module is there."""
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def row(peer: Peer, longs: list[float], shorts: list[float], more: int, parallel: int) -> Row:
    """Return the cost of one trial, by what ``more`` trials take more."""
    return figure(
        f"a trial that does nothing with {peer.name}, {parallel} at once",
        [1000 * seconds / more for seconds in differences(longs, shorts)],
        MILLISECONDS,
        takes=f"{median(longs, SECONDS)}: {parallel + more} trials",
        beside=f"{median(shorts, SECONDS)}: {parallel} trials",
    )


def gnu_parallel(here: Place, trials: int, parallel: int) -> float:
    """Run the empty script with GNU parallel."""
    command = ["parallel", "--will-cite", "-j", parallel, sys.executable, "nothing.py", "--x", "{}"]
    return here.seconds(command, "\n".join(map(str, range(trials))))


def hydra(here: Place, trials: int, parallel: int) -> float:
    """Run the empty application with Hydra's joblib launcher."""
    app = [sys.executable, PEERS / "hydra_app.py", "--multirun", f"+x=range({trials})"]
    launcher = ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={parallel}"]
    return here.seconds([*app, *launcher, "hydra.job_logging.root.level=ERROR", "hydra.hydra_logging.root.level=ERROR"])


def ray_tune(here: Place, trials: int, parallel: int) -> float:
    """Run the empty function with Ray Tune."""
    return here.seconds([sys.executable, PEERS / "ray_tune.py", trials, parallel])


if __name__ == "__main__":
    main()
