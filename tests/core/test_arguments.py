import json
from pathlib import Path

import pytest

from grid_jupyter.core.arguments import argv, parse_arguments
from grid_jupyter.core.language.syntax import Draw, Listing, Text
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError, SweepError

CASES = json.loads((Path(__file__).parents[1] / "sweep_cases.json").read_text())


def read(*words, keep=False, sweep=True):
    items = [word if isinstance(word, Word) else Word(word) for word in words]
    return parse_arguments(items, sweep=sweep, keep_dashes=lambda _name: keep)


def pairs(arguments):
    return [(item.name, item.value and item.value.values()) for item in arguments.items]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--lr", "0.1"], [("--lr", ("0.1",))]),
        (["--lr=0.1"], [("--lr", ("0.1",))]),
        (["--x="], [("--x", ("",))]),
        (["--x=a=b"], [("--x", ("a=b",))]),
        (["--x", ""], [("--x", ("",))]),
        (["--x", "-0.1"], [("--x", ("-0.1",))]),
        (["--x", "-1e-3", "-"], [("--x", ("-1e-3",)), (None, ("-",))]),
        (["--do_x", "word"], [("--do_x", ("word",))]),
        (["--do_x", "--y", "1"], [("--do_x", None), ("--y", ("1",))]),
        (["-v", "-x", "1", "--z"], [("-v", None), ("-x", ("1",)), ("--z", None)]),
        (["-kl_coeff", "[1, 2]"], [("-kl_coeff", ("1", "2"))]),
        (["data.csv", "[a, b]"], [(None, ("data.csv",)), (None, ("a", "b"))]),
        (["model.layers=[1,2]", "+x=3"], [(None, ("model.layers=[1,2]",)), (None, ("+x=3",))]),
        (["--x", "--", "--y", "[1, 2]"], [("--x", None), ("--", None), (None, ("--y",)), (None, ("1", "2"))]),
        (["--x", "(1, 2)"], [("--x", ("(1, 2)",))]),
    ],
)
def test_words_become_arguments(words, expected):
    assert pairs(read(*words)) == expected


def test_a_repeated_flag_keeps_both_with_labels_of_their_own():
    arguments = read("--lr", "[1, 2]", "--lr", "3", "--lr_2", "4", "pos", "--arg1", "5", "--lr", "6")
    labels = ["lr", "lr_2", "lr_2_2", "arg1", "arg1_2", "lr_3"]
    assert [item.label for item in arguments.items] == labels


def test_labels_have_no_dashes():
    assert [item.label for item in read("--data-dir", "a", "-k-l", "b", "x", "y", keep=True).items] == [
        "data_dir",
        "k_l",
        "arg1",
        "arg2",
    ]


def test_dashes_of_long_names_become_underscores_and_values_stay():
    arguments = read("--data-dir", "a-b", "-k-l", "c-d", "--x-y=e-f", "--x_z", "1")
    assert [item.name for item in arguments.items] == ["--data_dir", "-k-l", "--x_y", "--x_z"]
    assert arguments.renamed == (("--data-dir", "--data_dir"), ("--x-y", "--x_y"))
    assert argv(arguments, ["a-b", "c-d", "e-f", "1"])[1::2] == ["a-b", "c-d", "--x_z"]


def test_dashes_stay_where_they_are_to_be_kept():
    words = [Word(word) for word in ("--config-path", "a", "--data-dir", "b")]
    arguments = parse_arguments(words, keep_dashes=lambda name: name == "--config-path")
    assert [item.name for item in arguments.items] == ["--config-path", "--data_dir"]
    assert read("--data-dir", "a", keep=True).renamed == ()


def test_two_names_that_meet_are_refused_by_name():
    with pytest.raises(CommandError, match="--a-b and --a_b"):
        read("--a-b", "1", "--a_b", "2")
    assert len(read("--a-b", "1", "--a-b", "2").items) == 2
    assert len(read("--a-b", "1", "--a_b", "2", keep=True).items) == 2


def test_strategy_none_changes_nothing():
    arguments = read("--data-dir", "[1, 2]", "x=[1,2]", "[1", "--y=unifrom(0, 1)", sweep=False)
    assert argv(arguments, [item.value.text for item in arguments.items]) == [
        "--data-dir",
        "[1, 2]",
        "x=[1,2]",
        "[1",
        "--y=unifrom(0, 1)",
    ]
    with pytest.raises(CommandError, match=r"--x.*--strategy none"):
        read("--x", Word("", values=("1", "2")), sweep=False)


def test_a_notebooks_values():
    arguments = read(
        "--a",
        Word("", values=("1", "x y")),
        Word("--b=", values=("2", "3")),
        "--c",
        Word("[1, 2]", literal=True),
        Word("--d=[1, 2]", literal=True),
        Word("", values=("p",)),
    )
    assert [(item.name, item.equals, item.value) for item in arguments.items] == [
        ("--a", False, Listing(("1", "x y"))),
        ("--b", True, Listing(("2", "3"))),
        ("--c", False, Text("[1, 2]")),
        ("--d", True, Text("[1, 2]")),
        (None, False, Listing(("p",))),
    ]


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (["--a", "[]"], "--a"),
        (["--a=[1"], "--a"),
        (["ok", "[1,,2]"], "arg2"),
        (["--data-dir", "range(3, 3)"], "--data-dir"),
        (["--a", Word("", values=())], "--a"),
        (["--a", "x\0y"], "--a"),
        ([Word("--a=", values=("x\0y",))], "--a"),
    ],
)
def test_a_refusal_names_its_flag(words, flag):
    with pytest.raises(SweepError) as caught:
        read(*words)
    assert caught.value.flag == flag


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lr", "[0,", "1]"], '"[0, 1]"'),
        (["--lr=[0,", "1]", "--x"], '"[0, 1]"'),
        (["--n", "uniform(0,", "1,", "3)"], '"uniform(0, 1, 3)"'),
        (["[a", "b]"], '"[a b]"'),
    ],
)
def test_half_a_list_gets_the_advice_to_quote(words, said):
    with pytest.raises(SweepError, match="quote it") as caught:
        read(*words)
    assert said in caught.value.problem


def test_a_list_that_no_word_closes_gets_other_advice():
    with pytest.raises(SweepError, match="add ]"):
        read("--lr", "[0,", "--x", "1")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-foo", ["--x=-foo"]),
        ("-1e-05", ["--x=-1e-05"]),
        ("-5.", ["--x=-5."]),
        ("--", ["--x=--"]),
        ("-0.1", ["--x", "-0.1"]),
        ("-.5", ["--x", "-.5"]),
        ("-3", ["--x", "-3"]),
        ("-", ["--x", "-"]),
        ("hot dog", ["--x", "hot dog"]),
        ("", ["--x", ""]),
    ],
)
def test_an_element_with_a_dash_is_joined_as_argparse_needs_it(value, words):
    assert argv(read("--x", "[a, b]"), [value]) == words
    assert argv(read("--x=[a, b]"), [value]) == [f"--x={value}"]


def test_typed_text_and_positionals_stay_as_they_are():
    assert argv(read("--x", "-1e-3", "[-a, b]"), ["-1e-3", "-a"]) == ["--x", "-1e-3", "-a"]


@pytest.mark.parametrize("case", [case for case in CASES if "axes" in case], ids=lambda case: case["id"])
def test_the_axes_of_the_cases(case):
    words = case["argv"][next(i for i, word in enumerate(case["argv"]) if word.endswith(".py")) + 1 :]
    arguments = read(*words, keep="script" in case, sweep=case["strategy"] != "none")
    for item, (name, values) in zip(arguments.items, case["axes"], strict=True):
        assert item.name == name
        if values and values[0] == "sample":
            assert isinstance(item.value, Draw)
            assert item.value.count == values[1]
        else:
            assert (item.value and list(item.value.values())) == values


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case], ids=lambda case: case["id"])
def test_the_refused_cases(case):
    with pytest.raises(SweepError) as caught:
        read(*case["argv"][3:])
    assert caught.value.flag == "--model"


def test_many_words_are_read_quickly():
    assert len({item.label for item in read(*["--a", "1"] * 20_000).items}) == 20_000
    with pytest.raises(SweepError):
        read(*["[0,"] * 20_000)
