import json
import tracemalloc
from pathlib import Path

import pytest

from grid_jupyter.core.arguments import parse_arguments
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.space import Space, build_space
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError, SweepError

CASES = json.loads((Path(__file__).parents[1] / "sweep_cases.json").read_text())


def space_of(line, *zips, seed=7):
    words = [Word(word) for word in split_line(line).words]
    return build_space(parse_arguments(words, keep_dashes=lambda _name: False), seed, zips)


def every(space):
    return [space.values(i) for i in range(space.size)]


def test_the_last_axis_is_the_fastest():
    space = space_of("--a [1, 2] --b [x, y, z]")
    assert [space.indices(i) for i in range(space.size)] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert space.params(3) == {"a": "2", "b": "x"}
    assert space.argv(3) == ["--a", "2", "--b", "x"]


def test_constants_and_flags_alone_go_along():
    space = space_of("--do_x --val 1.0 --flag ['dog', 'no dog'] pos -- -p")
    assert space.size == 2
    assert space.argv(1) == ["--do_x", "--val", "1.0", "--flag", "no dog", "pos", "--", "-p"]
    assert space.params(1) == {"do_x": "true", "val": "1.0", "flag": "no dog", "arg1": "pos", "arg2": "-p"}
    assert [axis.label for axis in space.varying] == ["flag"]


def test_no_arguments_are_one_combination():
    space = space_of("")
    assert (space.size, space.argv(0), space.params(0)) == (1, [], {})


@pytest.mark.parametrize("combination", [-1, 6])
def test_a_combination_that_is_not_there(combination):
    with pytest.raises(IndexError):
        space_of("--a [1, 2] --b [1, 2, 3]").values(combination)


def test_an_enormous_space_is_indexed():
    space = space_of(f"--a range({10**30}) --b range({10**30}) --c [x, y]")
    assert space.size == 2 * 10**60
    assert space.values(space.size - 1) == (str(10**30 - 1), str(10**30 - 1), "y")
    assert Space.from_json(json.loads(json.dumps(space.to_json()))).values(10**59) == space.values(10**59)


def test_a_space_that_cannot_even_be_counted_is_refused():
    with pytest.raises(CommandError, match="10\\^1000"):
        space_of(" ".join([f"--a range({10**200})"] * 6))


def test_a_large_space_takes_no_memory():
    space_of("--a [1]")
    tracemalloc.start()
    space = space_of("--a range(1000) --b range(1000) --c linspace(0,1,1000)")
    assert space.size == 10**9
    assert space.params(10**9 - 1)["c"] == "1.0"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_drawn_values_do_not_depend_on_the_other_axes():
    alone = space_of("--lr uniform(0,1,3)").axes[0].values
    beside = space_of("--wd uniform(0,1,2) --lr uniform(0,1,3)").axes[1].values
    assert list(alone) == list(beside)
    assert list(alone) != list(space_of("--lr uniform(0,1,3)", seed=8).axes[0].values)


def test_a_refused_draw_names_its_flag():
    with pytest.raises(SweepError, match="--lr: beta") as caught:
        space_of("--lr beta(-1,2,3)")
    assert caught.value.text == "beta(-1,2,3)"


def test_zipped_axes_walk_together_at_the_first_ones_place():
    space = space_of("--lr [1, 2] --seed [a, b] --batch-size [3, 4]", "lr,--batch-size")
    assert every(space) == [("1", "a", "3"), ("1", "b", "3"), ("2", "a", "4"), ("2", "b", "4")]


def test_several_zips():
    space = space_of("--a [1, 2] --b [3, 4] --c range(3) --d [x, y, z] --e 5", "b,a", "d, c")
    assert space.size == 6
    assert space.values(1) == ("1", "3", "1", "y", "5")


@pytest.mark.parametrize(
    ("line", "zips", "said"),
    [
        ("--lr [1, 2] --b [1, 2]", ["lrr,b"], "did you mean lr"),
        ("--lr [1, 2] --b [1, 2]", ["lr,"], "no argument ''"),
        ("--lr [1, 2] --b [1, 2, 3]", ["lr,b"], "lr has 2, b has 3"),
        ("--lr [1, 2] --b 1", ["lr,b"], "b has one value"),
        ("--lr [1, 2] --b", ["lr,b"], "b has one value"),
        ("--lr [1, 2] --b [1, 2]", ["lr"], "at least two"),
        ("--lr [1, 2] --b [1, 2]", ["lr,lr"], "once"),
        ("--a [1, 2] --b [1, 2] --c [1, 2]", ["a,b", "b,c"], "once"),
        ("-- [1, 2] [1, 2]", ["--,arg1"], "no argument"),
    ],
)
def test_a_wrong_zip_is_refused(line, zips, said):
    with pytest.raises(CommandError, match="--zip") as caught:
        space_of(line, *zips)
    assert said in str(caught.value)


def test_json_keeps_everything_and_ranges_short():
    space = space_of("--v --a=range(5,0,-2) --b uniform(0,1,3) --c -x -- [-y, z]", "a,b")
    data = space.to_json()
    assert data["axes"][1]["values"] == {"range": [5, 0, -2]}
    copy = Space.from_json(json.loads(json.dumps(data)))
    assert copy.to_json() == data
    assert [copy.argv(i) for i in range(copy.size)] == [space.argv(i) for i in range(space.size)]
    assert copy.size == space.size == 6


@pytest.mark.parametrize("case", [case for case in CASES if "axes" in case], ids=lambda case: case["id"])
def test_the_combinations_of_the_cases(case):
    words = case["argv"][next(i for i, word in enumerate(case["argv"]) if word.endswith(".py")) + 1 :]
    arguments = parse_arguments(
        [Word(word) for word in words],
        sweep=case["strategy"] != "none",
        keep_dashes=lambda _name: "script" in case,
    )
    space = build_space(arguments, 7)
    assert space.size == case["combinations"]
    if "expanded" in case:
        assert [space.argv(i) for i in range(space.size)] == case["expanded"]
    for axis, (_name, values) in zip(space.axes, case["axes"], strict=True):
        if values and values[0] == "sample":
            _, count, low, high = values
            assert len(axis.values) == count
            assert all(low <= float(value) <= (high or float("inf")) for value in axis.values)
