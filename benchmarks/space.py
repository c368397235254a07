"""What a sweep's size costs: time and memory of large spaces beside small ones, as medians of pairs."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING

from grid_jupyter.core.arguments import Word, parse_arguments
from grid_jupyter.core.selection import select
from grid_jupyter.core.space import build_space
from grid_jupyter.core.where import parse_where

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid_jupyter.core.space import Space

PAIRS = 9


def main() -> None:
    """Measure each pair and print the table."""
    print(f"{'median of ' + str(PAIRS) + ' pairs':<58}{'ms':>9}{'MB':>8}{'beside':>26}{'ms':>9}{'MB':>8}")
    row("index 10^9 combinations", lambda: index(cube(1000)), "1 combination", lambda: index(cube(1)))
    row("sample 10^4 of 10^12", lambda: sample(cube(10_000)), "10^4 of 10^4", lambda: sample(line(10_000)))
    row("sample 10^4 of 10^90", lambda: sample(cube(10**30)), "10^4 of 10^4", lambda: sample(line(10_000)))
    row("--where over 10^6, each axis alone", lambda: keep("a < 5 and c > 3"), "no condition", lambda: keep(None))
    row("--where over 10^6, axes together", lambda: keep("a * b * c < 500"), "no condition", lambda: keep(None))


def row(name: str, work: Callable[[], object], other: str, beside: Callable[[], object]) -> None:
    """Time both in turn, so that a busy machine slows both."""
    work(), beside()
    times = [(seconds(work), seconds(beside)) for _ in range(PAIRS)]
    first, second = (1000 * statistics.median(column) for column in zip(*times, strict=True))
    print(f"{name:<58}{first:>9.2f}{peak(work):>8.2f}{other:>26}{second:>9.2f}{peak(beside):>8.2f}")


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


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
