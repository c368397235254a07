from __future__ import annotations

import ast
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid_jupyter.core.cell import read_cell
from grid_jupyter.core.typed import convert, source_of
from grid_jupyter.errors import CommandError

BODY = '''\
"""Naïve Überschrift""" ; lr = 0.1; depth: int = 3  # état
names = [
    "a",  # comment
    "b",
]
text = """one
two"""
scale: float = 1
negative = -2
flag = True
maybe = None
pair = 1, 2
inside = (
    5
)
options = {"a": 1}
computed = lr * 2
for i in range(3):
    hidden = 1
chained = other = 1
'''


def settings(source):
    return {name: item.value for name, item in read_cell(source).assignments.items()}


def test_top_level_literals_are_the_settings():
    assert settings(BODY) == {
        "lr": 0.1,
        "depth": 3,
        "names": ["a", "b"],
        "text": "one\ntwo",
        "scale": 1.0,
        "negative": -2,
        "flag": True,
        "maybe": None,
        "pair": (1, 2),
        "inside": 5,
        "options": {"a": 1},
    }
    assert isinstance(settings(BODY)["scale"], float)


def test_values_are_put_in_and_nothing_else_moves():
    changed = read_cell(BODY).render(
        {
            "--lr": "1e-4",
            "depth": "12",
            "names": "['x']",
            "text": "it's",
            "negative": "3",
            "inside": "-7",
            "pair": "[3, 4]",
        }
    )
    assert settings(changed) | {"options": 0} == settings(BODY) | {
        "lr": 1e-4,
        "depth": 12,
        "names": ["x"],
        "text": "it's",
        "negative": 3,
        "inside": -7,
        "pair": (3, 4),
        "options": 0,
    }
    assert changed.count("\n") == BODY.count("\n")
    assert changed.splitlines()[0] == '"""Naïve Überschrift""" ; lr = 0.0001; depth: int = 12  # état'
    assert changed.splitlines()[7:8] == BODY.splitlines()[7:8]


VALUES = {
    "number": st.integers(),
    "real": st.floats(allow_nan=False),
    "word": st.text(),
    "yes": st.booleans(),
    "items": st.lists(st.one_of(st.integers(), st.floats(allow_nan=False), st.text(), st.none())),
    "two": st.tuples(st.integers(), st.text()),
    "table": st.dictionaries(st.text(), st.floats(allow_nan=False)),
}
LITERALS = {
    "number": ["0", "-1", "1_000", "-\\\n 2"],
    "real": ["0.5", "-1e-3"],
    "word": ["'ü'", '"""a\n\nb"""', "('a'\r\n  'b')", "'\\\n'"],
    "yes": ["True"],
    "items": ["[]", "[1,\n # é\n 2]"],
    "two": ["1, 'a'", "(\n1, 2)"],
    "table": ["{}", "{'a':\n 1}"],
}


@st.composite
def cells(draw):
    """A source with gaps for its literals, and new values for some of them."""
    names = draw(st.permutations(sorted(LITERALS)))
    lines, values = {}, {}
    for name in names:
        before = draw(st.sampled_from(["", "é = f('ß'); ", "# ∑\n", "if x:\n    y = 1\n"]))
        after = draw(st.sampled_from(["", "; z = w('€')", "  # ü"]))
        literal = draw(st.sampled_from(LITERALS[name]))
        lines[name] = (f"{before}{name} = ", literal, f"{after}\n")
        if draw(st.booleans()):
            values[name] = draw(VALUES[name])
    return lines, values


@given(cells())
def test_a_rendered_value_is_the_value_and_all_else_stays(cell):
    lines, values = cell
    source = "".join(map("".join, lines.values()))
    changed = read_cell(source).render({name: written(value) for name, value in values.items()})
    assigned = {
        item.targets[0].id: ast.literal_eval(item.value)
        for item in ast.parse(changed).body
        if isinstance(item, ast.Assign) and item.targets[0].id in LITERALS
    }
    for name, (before, literal, after) in lines.items():
        expected = values.get(name, ast.literal_eval(literal))
        assert (assigned[name], type(assigned[name])) == (expected, type(expected))
        lines[name] = re.escape(before) + (".*?" if name in values else re.escape(literal)) + re.escape(after)
    assert re.fullmatch("".join(lines.values()), changed, re.DOTALL)
    assert lines_of(changed) == lines_of(source)


def written(value):
    """A value as a person writes it on the command line."""
    return value if isinstance(value, str) else source_of(value)


def lines_of(source):
    return source.count("\n") + source.count("\r") - source.count("\r\n")


@pytest.mark.parametrize(
    ("like", "text", "value"),
    [
        (1, "12", 12),
        (1, "-3", -3),
        (1.0, "1", 1.0),
        (1.0, "1e-4", 1e-4),
        (1.0, "-inf", -math.inf),
        (True, "false", False),
        (True, "1", True),
        ("a", "1", "1"),
        ("a", "", ""),
        (None, "3", 3),
        (None, "adam", "adam"),
        (None, "None", None),
        ([1], "(1, 2)", [1, 2]),
        ((1,), "[1]", (1,)),
        ({}, "{'a': [1]}", {"a": [1]}),
    ],
)
def test_a_text_takes_the_type_of_the_literal(like, text, value):
    converted = convert("--x", text, like)
    assert (converted, type(converted)) == (value, type(value))


@pytest.mark.parametrize(
    ("like", "text", "wanted"),
    [
        (1, "0.5", "a whole number"),
        (1, "1e3", "a whole number"),
        (1.0, "fast", "a number"),
        (True, "yes", "True or False"),
        ([1], "3", "a list"),
        ((1,), "f(1)", "a tuple"),
        ({}, "[1]", "a dict"),
    ],
)
def test_a_text_of_another_type_is_refused(like, text, wanted):
    with pytest.raises(CommandError) as refused:
        read_cell(f"x = {like!r}").check("--x", [text])
    assert all(part in str(refused.value) for part in ("--x", text, wanted))


def test_nan_can_be_set():
    space = {}
    exec(read_cell("x = 1.0").render({"x": "nan"}), space)
    assert math.isnan(space["x"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("lr = 0.1", "the nearest is lr"),
        ("a = 1\nb = 2", "it sets a, b"),
        ("lrr = f()", "add a line like lrr = 1"),
        ("lrr = 1\nlrr = 2", "in the lines 1 and 2; keep one"),
    ],
)
def test_an_unknown_name_is_refused(body, told):
    with pytest.raises(CommandError, match=told):
        read_cell(body).check("--lrr", ["1"])


def test_dashes_of_an_argument_are_underscores_of_a_name():
    assert read_cell("data_dir = 'a'").render({"--data-dir": "b"}) == "data_dir = 'b'"


def test_a_setting_may_be_assigned_anew_from_itself():
    assert read_cell("lr = 1.0\nlr = lr * 2").render({"lr": "3"}) == "lr = 3.0\nlr = lr * 2"


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        ("import sys\nprint(sys.argv)", True),
        ("from sys import argv", True),
        ("def main():\n    import argparse", True),
        ("from absl import flags", True),
        ("import hydra.utils", True),
        ("import sys\nprint(sys.path)", False),
        ("lr = 1", False),
        ("", False),
    ],
)
def test_a_cell_that_reads_its_arguments_is_known(body, reads):
    assert read_cell(body).reads_arguments is reads


@pytest.mark.parametrize(
    ("body", "told", "line", "column"),
    [
        ("a = 1\nb = = 2", "line 2 of the cell: invalid syntax", "b = = 2", 4),
        ("é = (", "line 1", "é = (", 4),
        ("await f()", "outside function", "await f()", 0),
        ("x = 1\n  %matplotlib inline", "line 2", "  %matplotlib inline", 2),
        ("%time f()", "plain Python", "%time f()", 0),
        ("!pip install x", "plain Python", "!pip install x", 0),
        ("files = !ls", "plain Python", "files = !ls", 0),
        ("print?", "plain Python", "print?", 0),
    ],
)
def test_a_cell_that_is_no_script_is_refused_with_its_place(body, told, line, column):
    with pytest.raises(CommandError, match=told) as refused:
        read_cell(body)
    shown, caret = refused.value.detail.split("\n")
    assert (shown, caret) == (f"  {line}", f"  {' ' * column}^")


@pytest.mark.parametrize("body", ["a\0b", "x = '\udcff'"])
def test_a_cell_that_cannot_be_saved_is_refused(body):
    with pytest.raises(CommandError):
        read_cell(body)
