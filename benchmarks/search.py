"""What searches find with the same number of trials, and what ending bad trials early saves.

Each trial trains the network of `examples/digits.py` on scikit-learn's handwritten digits. A round gives every strategy
the same number of trials on the same split of the data; each round takes another split and other seeds. What counts is
the highest accuracy on what was held back, as `run.best()` tells it, after a quarter of the trials, a half, and so on.
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
TRIALS = 48
"""As many as a grid of three arguments has that looks at each of them more than once."""

QUARTERS = tuple(TRIALS * quarter // 4 for quarter in range(1, 5))


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    Attributes:
        best: The highest accuracy after each quarter of the trials.
        seconds: Of all trials together.
        pruned: How many trials ended early.
    """

    best: tuple[float, ...]
    seconds: float
    pruned: int


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, rounds=5, epochs=30, parallel=CPUS)
    random = ("--strategy", "random_search", "--trials", TRIALS)
    bayesian = ("--strategy", "bayesian", "--trials", TRIALS)
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
        best=tuple(max(values[:trials]) for trials in QUARTERS),
        seconds=sum(row["duration"] for row in results),
        pruned=sum(row["state"] == "pruned" for row in results),
    )


def rows(what: str, outcomes: dict[str, list[Outcome]]) -> list[Row]:
    """Return the rows of one side: what it found, or with an early stop, what that saved and what it cost."""
    mine = outcomes[what]
    seconds = median([one.seconds for one in mine], SECONDS)
    whole, _, rule = what.partition(", ")
    if not rule:
        return [
            figure(
                f"{METRIC} of the best of the first {trials} trials of {what}",
                [one.best[quarter] for one in mine],
                ACCURACY,
                takes=f"{seconds} of trials" if trials == TRIALS else "",
            )
            for quarter, trials in enumerate(QUARTERS)
        ]
    others = outcomes[whole]
    pruned = statistics.median(one.pruned for one in mine)
    return [
        figure(
            f"of the trials' seconds that {rule} saves in {whole}",
            [100 * (1 - one.seconds / other.seconds) for one, other in zip(mine, others, strict=True)],
            PERCENT,
            takes=f"{seconds}: {pruned:g} of {TRIALS} ended early",
            beside=f"{median([one.seconds for one in others], SECONDS)}: none",
        ),
        figure(
            f"{METRIC} of the best of {TRIALS} trials of {what}",
            [one.best[-1] for one in mine],
            ACCURACY,
            beside=f"{median([one.best[-1] for one in others], ACCURACY)}: none ended early",
        ),
    ]


if __name__ == "__main__":
    main()
