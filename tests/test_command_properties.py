"""What holds for every command line."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import grid_jupyter
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.config_writing import config_text
from grid_jupyter.core.flags import RUN_FLAGS, VERBS, Kind
from grid_jupyter.core.interpreter import terminal_interpreter
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.plan import Surroundings, make_plan
from grid_jupyter.core.rendering import command_line
from grid_jupyter.core.submission import make_spec
from grid_jupyter.core.words import Word
from grid_jupyter.errors import GridError

FAST = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "train.py").write_text("import argparse\n")
    (folder / "-odd.py").write_text("")
    (folder / "c.yml").write_text('compute: {train: {gpus: 1}}\nhyper_params: {params: {lr: "[1, 2]"}}\n')
    (folder / "folder").mkdir()
    return Surroundings(folder, terminal_interpreter())


# No NUL: no shell and no kernel can pass one. Half characters stand for bytes that are no UTF-8.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
BYTES = st.binary(min_size=1, max_size=4).map(
    lambda content: content.replace(b"\0", b"0").decode("utf-8", "surrogateescape")
)
SWEEPS = st.sampled_from(
    ["[1, 2]", "['a b', \"c\"]", "range(1, 8, 2)", "uniform(0, 1, 3)", "[-a, -1]", "[", "[]", "(", "choice([a, b], 2)",
     "randint(0, 5, 2)", "[[1, 2], 3]", "{'a': [1]}", "logspace(0, 1, 3)", "[1,", "2]", "unifrom(0, 1, 2)",
     "zipf(0.5, 3)", "range(10**9)", "range(1000000000)", "[None, True]", "normal(nan, 1, 2)", "uniform(0, 1, 1e9)"]
)  # fmt: skip
NAMES = st.sampled_from([*(flag.name for flag in RUN_FLAGS), *(alias for flag in RUN_FLAGS for alias in flag.aliases)])
VALUES = st.sampled_from(
    ["1", "0", "-1", "two", "10G", "2h", "json", "local", "aws", "random_search", "none", "grid_search", "lr,batch",
     "lr < 1", "c.yml", "folder", "no.yml", "8_v100_32gb", "torch", "min", "a-b", "~nobody/x", "1e400", "9" * 30]
)  # fmt: skip
OWN = st.sampled_from(["--lr", "--batch", "--a-b", "--a_b", "-x", "--", "---", "-", "--lr=[1, 2]", "--=", "-1", "+x=3"])
WORD = st.one_of(NAMES, VALUES, SWEEPS, OWN, TEXT, BYTES, st.builds("{}={}".format, NAMES, VALUES))
SCRIPT = st.sampled_from(["train.py", "train.py", "train.py", "no.py", "folder", "-odd.py", "", "a" * 300 + ".py"])
LINE = st.one_of(
    st.lists(WORD, max_size=8).map(lambda words: ["run", *words]),
    st.tuples(st.lists(st.one_of(NAMES, VALUES), max_size=4), SCRIPT, st.lists(WORD, max_size=6)).map(
        lambda parts: ["run", *parts[0], parts[1], *parts[2]]
    ),
    st.tuples(st.sampled_from([verb.name for verb in VERBS]), st.lists(WORD, max_size=4)).map(
        lambda parts: [parts[0], *parts[1]]
    ),
)


def read(words, around):
    command = parse_command([Word(word) for word in words])
    if command is None or command.help or command.verb.name != "run":
        return None
    return make_spec(command, around.cwd)


@FAST
@given(LINE)
@example(["run", "\n"])
def test_whatever_is_typed_gets_a_plan_or_a_sentence(around, words):
    try:
        spec = read(words, around)
        plan = make_plan(spec, around) if spec else None
    except GridError as error:
        sentence, plan = str(error), None
    else:
        sentence = "none"
    assert sentence
    assert "\n" not in sentence
    if plan:
        told = plan.to_json()
        assert told["trials"] >= 1
        assert len(told["argv"]) == min(told["trials"], 1000)


def good_value(flag):
    """Texts that a flag takes."""
    if flag.kind is Kind.CHOICE:
        return st.sampled_from(flag.choices)
    return {
        Kind.COUNT: st.integers(max(1, flag.minimum), 10**6).map(str),
        Kind.WHOLE: st.integers(0, 10**6).map(str),
        Kind.NUMBER: st.sampled_from(["1", "2", "0.5"]),
        Kind.NAME: st.from_regex(r"\A[a-z]([a-z0-9]{0,8}[a-z])?\Z"),
        Kind.MEMORY: st.sampled_from(["1G", "512M", "1.5G", "100K", "1T"]),
        Kind.DURATION: st.sampled_from(["1s", "1m", "1h30m", "0.25s", "3d", "20d"]),
        Kind.BUDGET: st.sampled_from(["20", "$5", "2h"]),
        Kind.DATASTORE: st.sampled_from(["data", "me:data"]),
    }.get(flag.kind, TEXT)


@st.composite
def good_lines(draw):
    words = ["run"]
    flags = draw(st.lists(st.sampled_from(RUN_FLAGS), unique=True, max_size=5))
    for flag in flags:
        if flag.refused or flag.name in {"--config", "--format"}:
            continue
        words.append(flag.name)
        if flag.kind is not Kind.SWITCH:
            words.append(draw(good_value(flag)))
    return [
        *words,
        draw(st.sampled_from(["train.py", "my script.py", "$x.py", "größe.py"])),
        *draw(st.lists(WORD, max_size=5)),
    ]


def asked(spec):
    """What a spec asks for, without how it is shown."""
    shown = {"dry_run", "wait", "format", "yes", "ignore_warnings"}
    return {name: value for name, value in spec.to_json().items() if name not in shown}


@FAST
@given(good_lines())
def test_the_command_line_of_a_run_reads_back(around, words):
    try:
        spec = read(words, around)
    except GridError:
        assume(False)  # noqa: FBT003  (hypothesis takes it so)
    line = command_line(spec)
    # IPython joins such lines before anybody looks at quotes.
    assume("\\\n" not in line)
    assert line.startswith("grid run ")
    for split in (shlex.split(line)[1:], split_line(line.removeprefix("grid ")).words):
        assert asked(read(split, around)) == asked(spec), line


@FAST
@given(good_lines())
def test_a_saved_configuration_asks_for_the_same(around, words):
    try:
        spec = read(words, around)
        text = config_text(spec)
    except GridError:
        assume(False)  # noqa: FBT003  (hypothesis takes it so)
    # What no plan can be made of; and a file with one of these needs the other.
    assume(not (spec.auto_resume and spec.no_auto_resume))
    assume(bool(spec.datastore_name) == bool(spec.datastore_version))
    (around.cwd / "saved.yml").write_text(text, encoding="utf-8")
    again = read(["run", "--config", "saved.yml", spec.script], around)
    own = {"config": None, "save_config": None, "name": None}
    assert asked(again) | own == asked(spec) | own, text


TYPED = st.lists(st.one_of(SWEEPS, OWN, TEXT), max_size=5)


@FAST
@given(TYPED)
def test_a_shell_and_python_plan_the_same(around, words):
    def from_python():
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(around.cwd)
            return grid_jupyter.plan("train.py", words, seed=3).to_json()

    def from_shell():
        return make_plan(read(["run", "--seed", "3", "train.py", *words], around), around).to_json()

    def outcome(door):
        try:
            return door()
        except GridError as error:
            return str(error)

    assert outcome(from_python) == outcome(from_shell)


@FAST
@given(st.lists(st.one_of(SWEEPS, OWN), max_size=4))
def test_a_shell_and_a_notebook_plan_the_same(around, words):
    def outcome(split):
        try:
            return make_plan(read(["run", "--seed", "3", "train.py", *split], around), around).to_json()
        except GridError as error:
            return str(error)

    line = " ".join(f'"{word}"' if '"' not in word else shlex.quote(word) for word in words)
    assert split_line(line).words == tuple(shlex.split(line)) == tuple(words)
    assert outcome(split_line(line).words) == outcome(words)
