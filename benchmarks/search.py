"""What searches find with the same number of trials, and what ending bad trials early saves.

Each trial trains the network of `examples/digits.py` on scikit-learn's handwritten digits. A round gives every strategy
the same trials to spend on the same split of the data; each round takes another split and other seeds. What counts is
the highest accuracy on what was held back, as `run.best()` tells it.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import CPUS, GRID, PERCENT, SECONDS, Row, figure, median, options, place, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measuring import Place

EXAMPLE = Path(__file__).parents[1] / "examples" / "digits.py"
METRIC = "val_acc"
ACCURACY = "{:.4f}"

ANYWHERE = ("--lr", "loguniform(1e-5, 1)", "--hidden", "randint(2, 65)", "--alpha", "loguniform(1e-6, 1)")
DRAWN = (
    "--lr",
    "loguniform(1e-5, 1, 1000)",
    "--hidden",
    "randint(2, 65, 1000)",
    "--alpha",
    "loguniform(1e-6, 1, 1000)",
)
CROSSED = ("--lr", "geomspace(1e-5, 1, 6)", "--hidden", "[2, 23, 44, 64]", "--alpha", "[1e-6, 1]")
CROSSED_TRIALS = 48
"""As many as a grid of three arguments has that looks at each of them more than once."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    Attributes:
        best: The highest accuracy.
        seconds: Of all trials together.
        half: The highest accuracy of the first half of the trials.
        pruned: How many trials ended early.
    """

    best: float
    seconds: float
    half: float
    pruned: int


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, rounds=7, epochs=12, parallel=CPUS)
    random = ("--strategy", "random_search", "--trials", CROSSED_TRIALS)
    bayesian = ("--strategy", "bayesian", "--trials", CROSSED_TRIALS)
    asha, by_median = ("--early_stop", "asha"), ("--early_stop", "median")
    sides = {
        "a grid": ((), CROSSED),
        "a random search": (random, DRAWN),
        "a bayesian search": (bayesian, ANYWHERE),
        "a random search, `--early_stop asha`": ((*random, *asha), DRAWN),
        "a random search, `--early_stop median`": ((*random, *by_median), DRAWN),
        "a bayesian search, `--early_stop asha`": ((*bayesian, *asha), ANYWHERE),
        "a bayesian search, `--early_stop median`": ((*bayesian, *by_median), ANYWHERE),
    }
    outcomes: dict[str, list[Outcome]] = {what: [] for what in sides}
    with place({"digits.py": EXAMPLE.read_text(encoding="utf-8")}) as here:
        for number in range(args.rounds):
            for what, (flags, words) in sides.items():
                limits = ("--parallel", args.parallel, "--seed", number)
                script = ("digits.py", "--seed", number, "--epochs", args.epochs, *words)
                outcomes[what].append(outcome(here, (*limits, *flags), script))
    print_table(*(row for what in sides for row in rows(what, outcomes)))


def outcome(here: Place, flags: Sequence[object], script: Sequence[object]) -> Outcome:
    """Run one sweep and return what came of it."""
    run = json.loads(
        here.run(
            [*GRID, "run", "--wait", "--format", "json", "--warm", "--metric", METRIC, "--mode", "max", *flags, *script]
        )
    )["run"]
    results = json.loads(here.run([*GRID, "results", run, "--format", "json"]))
    values = [row["metrics"].get(METRIC, 0.0) for row in results]
    return Outcome(
        best=max(values),
        half=max(values[: len(values) // 2]),
        seconds=sum(row["duration"] for row in results),
        pruned=sum(row["state"] == "pruned" for row in results),
    )


def rows(what: str, outcomes: dict[str, list[Outcome]]) -> list[Row]:
    """Return the rows of one side: what it found, and what an early stop saved."""
    mine = outcomes[what]
    trials = f"{CROSSED_TRIALS} trials of {what}"
    seconds = median([one.seconds for one in mine], SECONDS)
    half = median([one.half for one in mine], ACCURACY)
    found = figure(
        f"{METRIC} of the best of {trials}",
        [one.best for one in mine],
        ACCURACY,
        takes=f"{seconds} of trials",
        beside=f"{half}: the first half",
    )
    whole, _, rule = what.partition(", ")
    if not rule:
        return [found]
    saved = [100 * (1 - one.seconds / other.seconds) for one, other in zip(mine, outcomes[whole], strict=True)]
    pruned = statistics.median(one.pruned for one in mine)
    before = median([one.seconds for one in outcomes[whole]], SECONDS)
    return [
        found,
        figure(
            f"of the trials' seconds that {rule} saves in {whole.removeprefix('a ')}",
            saved,
            PERCENT,
            takes=f"{seconds}: {pruned:g} of {CROSSED_TRIALS} ended early",
            beside=f"{before}: none",
        ),
    ]


if __name__ == "__main__":
    main()
