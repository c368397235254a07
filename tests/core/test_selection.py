import itertools
import json
import time
import tracemalloc

import pytest

from grid_jupyter.core.arguments import parse_arguments
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.language.streams import picks_generator
from grid_jupyter.core.selection import Selection, select
from grid_jupyter.core.shuffle import shuffled
from grid_jupyter.core.sieve import Sieve
from grid_jupyter.core.space import build_space
from grid_jupyter.core.where import parse_where
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError, SweepError


def space_of(line, *zips):
    words = [Word(word) for word in split_line(line).words]
    return build_space(parse_arguments(words, keep_dashes=lambda _name: False), 7, zips)


def chosen(space, text=None, strategy="grid_search", trials=None, seed=1):
    where = parse_where(text, [axis.label for axis in space.axes]) if text else None
    return select(space, where=where, strategy=strategy, trials=trials, seed=seed)


def sampled(space, trials, text=None, seed=1):
    return chosen(space, text, "random_search", trials, seed)


SMALL = space_of("--a range(4) --b [x, y, 3] --c 5 --v")
BILLION = space_of("--a range(1000) --b range(1000) --c range(1000)")
TRILLION = space_of("--a range(10000) --b range(10000) --c range(10000)")


def test_a_grid_is_every_combination_in_order():
    selection = chosen(SMALL)
    assert (selection.count, selection.survivors, selection.estimated, selection.launchable) == (12, 12, False, True)
    assert [selection.combination(i) for i in range(12)] == list(range(12))
    assert selection.to_json() is None
    with pytest.raises(IndexError):
        selection.combination(12)


@pytest.mark.parametrize("strategy", ["grid_search", "none"])
def test_trials_have_no_use_without_a_random_search(strategy):
    with pytest.raises(CommandError, match="--trials"):
        chosen(SMALL, strategy=strategy, trials=2)


@pytest.mark.parametrize("trials", [None, 0, -1])
def test_a_random_search_needs_trials(trials):
    with pytest.raises(CommandError, match="--trials"):
        sampled(SMALL, trials)


@pytest.mark.parametrize(
    "text",
    [
        "a > 1",
        "a > 1 and b == 'x'",
        "b != 3 or a == 0",
        "b in ['x', 'z'] and c == 5",
        "not (a == 1 or b == 'y')",
        "b == 'x' or b == 'y' or b > 2",
        "a * c > 4",
        "c == 5",
        "v == 'true'",
    ],
)
def test_a_condition_over_the_whole_space_is_the_same_as_one_by_one(text):
    where = parse_where(text, ["a", "b", "c", "v"])
    expected = [i for i in range(SMALL.size) if where.holds(SMALL.params(i))]
    selection = chosen(SMALL, text)
    assert selection.to_json() == expected
    assert selection.count == selection.survivors == len(expected)
    assert [Sieve(SMALL, where).keeps(i) for i in range(12)] == [i in expected for i in range(12)]
    assert set(sampled(SMALL, 99, text).to_json()) == set(expected)


NUMBERS = space_of("--a linspace(0,199,200) --b range(150)")
TEXTS = space_of(f"--x {[f'm{i}' for i in range(150)]} --y {[f'm{i}' for i in range(0, 300, 2)]}")


@pytest.mark.parametrize(
    ("space", "text"),
    [
        (NUMBERS, "a * b < 900"),
        (NUMBERS, "a == b"),
        (NUMBERS, "not a < b <= 90"),
        (NUMBERS, "a in [1, 2.0, 'x'] and b not in [3]"),
        (NUMBERS, "a + b in [7, 9]"),
        (NUMBERS, "a + b not in [7, 9]"),
        (NUMBERS, "a % 7 != b // 2"),
        (NUMBERS, "b == 0 or a / b > 2"),
        (NUMBERS, "a - b"),
        (NUMBERS, "a == b or a == 'x'"),
        (TEXTS, "x == y"),
        (TEXTS, "x != 'm3' and x < y"),
    ],
)
def test_numpys_way_over_many_combinations_is_pythons(space, text):
    where = parse_where(text, [axis.label for axis in space.axes])
    expected = [i for i in range(space.size) if where.holds(space.params(i))]
    assert chosen(space, text).to_json() == expected
    assert 0 < len(expected) < space.size


def test_a_part_that_cannot_be_worked_out_counts_only_where_it_is_reached():
    space = space_of(f"--a range(200) --b range(200) --m {['none', *range(9)]}")
    assert chosen(space, "b != 0 and a / b > 2").count > 0
    assert chosen(space, "m != 'none' and m > 2").count == 200 * 200 * 6
    with pytest.raises(SweepError, match="a is 0 and b is 0"):
        chosen(space, "a / b > 2")
    with pytest.raises(SweepError, match="m is the text 'none'"):
        chosen(space, "m > 2")


def test_a_zipped_axis_in_a_condition():
    space = space_of("--a range(4) --b [x, y] --c [5, 6, 7, 8]", "a,c")
    assert [space.params(i)["c"] for i in chosen(space, "c > 6").to_json()] == ["7", "7", "8", "8"]
    assert chosen(space, "a + c == 9").count == 2


def test_no_survivor_is_refused():
    for space in (SMALL, BILLION):
        with pytest.raises(CommandError, match="no combination"):
            chosen(space, "a > 5000")


def test_a_million_combinations_are_sieved_quickly():
    space = space_of("--a range(100) --b uniform(0,1,100) --c range(100)")
    chosen(SMALL, "a > 1")
    start = time.perf_counter()
    assert chosen(space, "a * b * c < 500 and (a < 5 or c > 3) and b != 1").count > 0
    assert time.perf_counter() - start < 1.5


def test_a_larger_grid_with_a_condition_is_counted_and_not_launched():
    selection = chosen(BILLION, "a * b * c < 125000000")
    assert selection.estimated
    assert not selection.launchable
    assert "random_search" in selection.refusal
    assert selection.count == selection.survivors
    assert selection.survivors == pytest.approx(0.656e9, rel=0.1)
    assert [selection.combination(i) for i in range(3)] == [0, 1, 2]
    assert chosen(BILLION, "a < 5").survivors == 5_000_000


def test_a_random_search_over_a_larger_space_with_a_condition():
    selection = sampled(BILLION, 50, "a * b * c < 125000000")
    picks = selection.to_json()
    where = parse_where("a * b * c < 125000000", ["a", "b", "c"])
    assert selection.launchable
    assert selection.estimated
    assert len(set(picks)) == selection.count == 50
    assert all(where.holds(BILLION.params(pick)) for pick in picks)
    assert sampled(BILLION, 20, "a * b * c < 125000000").to_json() == picks[:20]


def test_a_search_for_what_is_hardly_there_gives_up():
    space = space_of("--a range(1000000) --b range(100)")
    with pytest.raises(CommandError, match="1,000,000 missed"):
        sampled(space, 100, "a == 17 and b < 50")


def test_picks_have_no_repeats_and_more_trials_go_on():
    picks = sampled(TRILLION, 1000).to_json()
    assert len(set(picks)) == 1000
    assert sampled(TRILLION, 300).to_json() == picks[:300]
    assert sampled(TRILLION, 300, seed=2).to_json() != picks[:300]
    assert all(0 <= pick < 10**12 for pick in picks)
    assert sorted(sampled(SMALL, 99).to_json()) == list(range(12))


def test_picks_beyond_64_bits():
    space = space_of(f"--a range({10**30}) --b range({10**30})")
    picks = sampled(space, 200).to_json()
    assert len(set(picks)) == 200
    assert max(picks) > 10**59


def test_picks_are_pinned():
    """A change here changes what a stored seed means."""
    assert list(itertools.islice(shuffled(10**12, picks_generator(7)), 3)) == [2200647476, 277370844238, 269129596474]


def test_picks_are_even():
    counts = [0] * 5
    for seed in range(2000):
        counts[next(shuffled(5, picks_generator(seed)))] += 1
    assert min(counts) > 320


def test_sampling_is_quick_and_lean():
    sampled(TRILLION, 1).to_json()
    start = time.perf_counter()
    sampled(TRILLION, 10_000).to_json()
    assert time.perf_counter() - start < 0.1  # 50 ms, and room for a busy machine
    tracemalloc.start()
    start = time.perf_counter()
    huge = sampled(TRILLION, 10**11)
    assert huge.count == 10**11
    assert huge.combination(5) == sampled(TRILLION, 6).combination(5)
    assert time.perf_counter() - start < 0.1
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("selection", [chosen(SMALL), chosen(SMALL, "a > 1"), sampled(SMALL, 5)])
def test_json(selection):
    copy = Selection.from_json(json.loads(json.dumps(selection.to_json())), SMALL)
    assert copy.count == selection.count
    assert [copy.combination(i) for i in range(copy.count)] == [selection.combination(i) for i in range(copy.count)]
