"""What a form says while it is filled in; the front end of JupyterLab says the same, of the same cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grid_jupyter.core.checking import check
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.forms import described, facts, launch_button, sweeps, tick_boxes, ways
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.plan import Surroundings
from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.words import Word

CASES = json.loads((Path(__file__).parents[1] / "form_cases.json").read_text())


def flag(about):
    return ScriptFlag(**{key: tuple(value) if isinstance(value, list) else value for key, value in about.items()})


def checked(line, cwd):
    command = parse_command([Word("run"), *map(Word, split_line(line).words)])
    return check(command, Surroundings(cwd, Path("/usr/bin/python3")))


@pytest.mark.parametrize(("about", "told"), CASES["described"])
def test_a_flag_in_a_few_words(about, told):
    assert described(flag(about)) == told


@pytest.mark.parametrize(("about", "kinds", "names"), CASES["ways"])
def test_which_flags_are_on_or_off(about, kinds, names):
    found = ways(flag(about), kinds)
    assert (list(found) if found else None) == names


@pytest.mark.parametrize("case", CASES["facts"], ids=lambda case: case["line"])
def test_what_a_launch_would_do(case, home, project):
    found = checked(case["line"], project)
    told = facts(found)
    at_once = f"{found.plan.at_once} at once"  # of this machine
    assert told == [fact.replace("2 at once", at_once) if "This machine" in fact else fact for fact in case["facts"]]
    assert launch_button(found, answered=True).label == case["button"]


def test_the_button_waits_for_answers(home, project):
    found = checked("--max_trials 1 train.py --lr [1, 2]", project)
    boxes = tick_boxes(found.plan)
    assert list(boxes.values()) == ["Launch all 2 trials (more than 1)"]
    assert launch_button(found, answered=False).disabled
    assert launch_button(found, answered=True, again=True).label == "Launch again"
    assert launch_button(None, answered=True).disabled
    costly = checked("--instance_type p4d.24xlarge train.py --lr [1, 2]", project)
    (label,) = tick_boxes(costly.plan).values()
    assert label.startswith("Spend up to $")
    # Between two of them a notebook would read a formula.
    assert label.count("$") == 1
    assert tick_boxes(checked("--yes --max_trials 1 train.py --lr [1, 2]", project).plan) == {}


@pytest.mark.parametrize(("about", "given", "listed"), CASES["lists"])
def test_a_sweep_begins_with_what_is_there(about, given, listed):
    assert sweeps(flag(about), given)["List [a, b]"] == listed
