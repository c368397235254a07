"""Each recorded command line through each door."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

import grid_jupyter
from grid_jupyter.errors import GridError

CASES = json.loads(Path(__file__).with_name("sweep_cases.json").read_text(encoding="utf-8"))
GOOD = [pytest.param(case, id=case["id"]) for case in CASES if "error" not in case]
BAD = [pytest.param(case, id=case["id"]) for case in CASES if "error" in case]
GPUS = {"S57": 64, "S58": 8}


def script_of(case):
    return next(word for word in case["argv"][2:] if word.endswith(".py"))


def split(case):
    """A command's flags of Grid as keywords, its script, and the script's words."""
    words = case["argv"][2:]
    place = words.index(script_of(case))
    flags, before = {}, words[:place]
    while before:
        name = before.pop(0).removeprefix("--")
        flags[name] = True if name == "use_spot" else before.pop(0)
    return words[place], words[place + 1 :], flags


@pytest.fixture
def folder(case, home, project):
    """The case's project."""
    (project / script_of(case)).write_text(case.get("script", ""))
    return project


def check(case, plan):
    assert (plan["trials"], plan["combinations"]) == (case["trials"], case["combinations"])
    assert plan["strategy"] == case["strategy"]
    assert not plan["estimated"]
    for axis, (name, values) in zip(plan["axes"], case["axes"], strict=True):
        assert axis["name"] == name
        check_values(axis, values)
    check_argv(case, plan)
    if case["id"] in GPUS:
        assert plan["gpus"] == GPUS[case["id"]]


def check_values(axis, values):
    if values and values[0] == "sample":
        _, count, low, high = values
        assert axis["count"] == count == len(axis["values"])
        assert all(low is None or float(value) >= low for value in axis["values"])
        assert all(high is None or float(value) <= high for value in axis["values"])
    else:
        assert axis["values"] == values
        assert axis["count"] == (1 if values is None else len(values))


def check_argv(case, plan):
    if "expanded" in case:
        assert plan["argv"] == case["expanded"]
        return
    columns = [[[axis["name"], value] for value in axis["values"]] for axis in plan["axes"]]
    everything = [list(itertools.chain(*combination)) for combination in itertools.product(*columns)]
    if case["strategy"] == "random_search":
        assert all(row in everything for row in plan["argv"])
        assert len({tuple(row) for row in plan["argv"]}) == case["trials"]
    else:
        assert plan["argv"] == everything


@pytest.mark.parametrize("case", GOOD)
def test_in_a_shell(case, folder, home, grid):
    answer = grid.here("run", "--dry_run", "--format", "json", *case["argv"][2:])
    assert answer.code == 0, answer.err
    assert answer.err == ""
    check(case, answer.json)
    assert not home.exists()


@pytest.mark.parametrize("case", [case for case in GOOD if case.id in {"S14", "S29", "S57", "S81"}])
def test_in_a_process_of_its_own(case, folder, home, grid):
    answer = grid("run", "--dry_run", "--format", "json", *case["argv"][2:])
    assert (answer.code, answer.err) == (0, "")
    check(case, answer.json)


@pytest.mark.parametrize("case", GOOD)
def test_in_a_notebook(case, folder, home, module_kernel):
    line = case["cmd"].replace("grid run", "%grid run --dry_run --format json", 1)
    reply = module_kernel(folder, home).run(line)
    assert reply.kinds == ["stream"], reply
    check(case, json.loads(reply.stdout))
    assert not home.exists()


@pytest.mark.parametrize("case", GOOD)
def test_in_python(case, folder, home):
    script, words, flags = split(case)
    check(case, grid_jupyter.plan(script, words, **flags).to_json())
    assert not home.exists()


@pytest.mark.parametrize("case", BAD)
def test_a_refusal_in_a_shell(case, folder, grid):
    answer = grid("run", "--dry_run", "--format", "json", *case["argv"][2:])
    assert (answer.code, answer.out) == (2, "")
    sentence, shown, caret = answer.err.splitlines()
    assert sentence.startswith("grid: --model: ")
    assert "comma" in sentence
    assert shown[caret.index("^")] == "'"


@pytest.mark.parametrize("case", BAD)
def test_a_refusal_in_a_notebook(case, folder, home, module_kernel):
    line = case["cmd"].replace("grid run", "%grid run --dry_run --format json", 1)
    error = module_kernel(folder, home).run(line).error
    assert error["ename"] == "SweepError"
    assert "comma" in error["evalue"]


@pytest.mark.parametrize("case", BAD)
def test_a_refusal_in_python(case, folder):
    script, words, flags = split(case)
    with pytest.raises(GridError, match=r"^--model: .*comma"):
        grid_jupyter.plan(script, words, **flags)


def test_a_mapping_means_the_same_as_words(home, project):
    words = grid_jupyter.plan("train.py", ["--lr", "[0.1, 0.01]", "--layers", "range(1, 4)"], seed=3)
    mapping = grid_jupyter.plan("train.py", {"lr": [0.1, 0.01], "--layers": range(1, 4)}, seed=3)
    assert mapping.to_json() == words.to_json()
    assert mapping.trials == 6
