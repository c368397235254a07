"""What a sweep's size costs: time and memory of large spaces beside small ones, as medians of pairs."""

from __future__ import annotations

import statistics
import tracemalloc
from typing import TYPE_CHECKING

from measuring import MILLISECONDS, Row, differences, figure, options, print_table, rounds, seconds

from grid_jupyter.core.arguments import Word, parse_arguments
from grid_jupyter.core.selection import select
from grid_jupyter.core.space import build_space
from grid_jupyter.core.where import parse_where

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid_jupyter.core.space import Space

TIMES_AND_MEMORY = "{:.2f} ms, {:.2f} MB"


def main() -> None:
    """Measure each pair and print the table."""
    pairs = options(__doc__, pairs=9).pairs
    small = ("10^4 of 10^4", lambda: sample(line(10_000)))
    unconditional = ("no condition", lambda: keep(None))
    print_table(
        compare(pairs, "indexing 10^9 combinations", lambda: index(cube(1000)), "a single one", lambda: index(cube(1))),
        compare(pairs, "sampling 10^4 of 10^12", lambda: sample(cube(10_000)), *small),
        compare(pairs, "sampling 10^4 of 10^90", lambda: sample(cube(10**30)), *small),
        compare(pairs, "`--where` over 10^6, each axis alone", lambda: keep("a < 5 and c > 3"), *unconditional),
        compare(pairs, "`--where` over 10^6, axes together", lambda: keep("a * b * c < 500"), *unconditional),
    )


def compare(pairs: int, what: str, work: Callable[[], object], other: str, beside: Callable[[], object]) -> Row:
    """Say what one piece of work takes more than another, and the memory of both."""
    work(), beside()
    first, second = rounds(pairs, lambda: 1000 * seconds(work), lambda: 1000 * seconds(beside))
    return figure(
        what,
        differences(first, second),
        f"{MILLISECONDS} more",
        takes=TIMES_AND_MEMORY.format(statistics.median(first), peak(work)),
        beside=f"{TIMES_AND_MEMORY.format(statistics.median(second), peak(beside))}: {other}",
    )


def peak(work: Callable[[], object]) -> float:
    """The most megabytes that it holds at once."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def cube(side: int) -> Space:
    """Three axes of a length."""
    words = [word for name in "abc" for word in (Word(f"--{name}"), Word(f"range({side})"))]
    return build_space(parse_arguments(words, keep_dashes=lambda _name: True), 7)


def line(size: int) -> Space:
    """One axis."""
    words = [Word("--a"), Word(f"range({size})")]
    return build_space(parse_arguments(words, keep_dashes=lambda _name: True), 7)


def index(space: Space) -> object:
    """Count a space and read its last combination."""
    return space.argv(space.size - 1)


def sample(space: Space) -> object:
    """Pick ten thousand combinations and list them."""
    return select(space, where=None, strategy="random_search", trials=10_000, seed=7).to_json()


def keep(text: str | None) -> object:
    """Sieve a million combinations."""
    where = parse_where(text, "abc") if text else None
    return select(cube(100), where=where, strategy="grid_search", trials=None, seed=7).count


if __name__ == "__main__":
    main()
