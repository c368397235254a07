"""Results that decide which point is tried next."""

from __future__ import annotations

import math
import random
import sqlite3
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts import count, kill_watchers, parts

import grid_jupyter
from grid_jupyter.core.arguments import parse_arguments
from grid_jupyter.core.language.interval import STEPS, Interval
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.space import Space, build_space
from grid_jupyter.core.view import RunView
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError
from grid_jupyter.notebook.html import run_html

SCORE = """\
import argparse, math, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.001)
parser.add_argument("--layers", type=int, default=3)
parser.add_argument("--opt", default="adam")
parser.add_argument("--metric", default="val_loss")
args = parser.parse_args()
loss = (math.log10(args.lr) + 3) ** 2 + abs(args.layers - 3) + (args.opt != "adam")
print(f"{args.metric}={loss}")
"""
SWEEP = ("score.py", "--lr", "loguniform(1e-5, 1e-1)", "--layers", "range(1, 9)", "--opt", "[adam, sgd]")
SMALL = ("score.py", "--layers", "range(1, 9)", "--opt", "[adam, sgd, lion]")


def search(trials, *more):
    return ("--strategy", "bayesian", "--metric", "val_loss", "--trials", trials, "--seed", 3, *more)


def points(grid, run):
    """The parameters of all trials, as one would write them."""
    return [tuple(row["params"].items()) for row in grid.results(run)]


@pytest.fixture
def score(write):
    write({"score.py": SCORE})


@pytest.fixture
def gate(tmp_path):
    """A folder in which trials leave marks, and wait for files."""
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


# Points


def test_a_search_begins_at_random_and_goes_on_by_results(grid, score):
    run = grid.finish(*search(25, "--parallel", 2), *SWEEP)
    random = grid.finish(
        "--strategy", "random_search", "--trials", 10, "--seed", 3, "score.py",
        "--lr", f"range({STEPS + 1})", "--layers", "range(1, 9)", "--opt", "[adam, sgd]",
    )  # fmt: skip
    assert grid.states(run) == ["succeeded"] * 25
    found = points(grid, run)
    assert len(set(found)) == 25
    numbers = [[float(dict(point)["lr"]), *list(dict(point).values())[1:]] for point in found]
    assert all(1e-5 <= lr <= 1e-1 for lr, *_ in numbers)
    begins = [
        [1e-5 * 10000 ** (float(dict(point)["lr"]) / STEPS), *list(dict(point).values())[1:]]
        for point in points(grid, random)
    ]
    assert [rest for _, *rest in numbers[:10]] == [rest for _, *rest in begins]
    assert [lr for lr, *_ in numbers[:10]] == pytest.approx([lr for lr, *_ in begins], rel=1e-4)
    losses = [row["metrics"]["val_loss"] for row in grid.results(run)]
    assert sum(losses[10:]) / 15 < sum(losses[:10]) / 10, "what comes later is no better than chance"


def test_all_doors_show_the_points_that_were_chosen(grid, score):
    run = grid_jupyter.Run(grid.finish(*search(3), *SWEEP))
    for row, trial in zip(grid.results(run), run, strict=True):
        assert trial.params == row["params"]
        assert trial.arguments == [word for name, value in row["params"].items() for word in (f"--{name}", value)]
    frame = run.results()
    assert frame["lr"].tolist() == [float(trial.params["lr"]) for trial in run]
    for shown in (grid.here("results", run).out, run_html(RunView(run))):
        assert all(trial.params["lr"] in shown for trial in run)


def test_trials_that_wait_have_no_point_yet(grid, write, gate, wait_until):
    write({"gate.py": "import os, sys, time\nwhile not os.path.exists(sys.argv[1] + '/open'): time.sleep(0.01)\n"})
    run = grid.launch(*search(3, "--parallel", 1), "gate.py", gate, "--lr", "uniform(0, 1)", "--layers", "range(5)")
    wait_until(lambda: grid.states(run)[0] == "running")
    first, *rest = grid.results(run)
    assert set(first["params"]) == {"arg1", "lr", "layers"}
    assert [row["params"] for row in rest] == [{"arg1": str(gate)}] * 2
    handle = grid_jupyter.Run(run)
    assert handle.results()["lr"].isna().tolist() == [False, True, True]
    assert first["params"]["lr"] in run_html(RunView(handle))
    assert grid.here("results", run).code == 0
    grid.here("stop", run)
    grid.here("wait", run)
    assert grid.states(run) == ["stopped"] * 3
    (gate / "open").touch()
    grid.here("resume", run)
    grid.here("wait", run)
    assert grid.states(run) == ["succeeded"] * 3
    assert grid.results(run)[0]["params"] == first["params"]
    assert len({row["params"]["lr"] for row in grid.results(run)}) == 3


def test_a_small_space_is_run_to_its_end_and_no_point_twice(grid, score):
    answer = grid("run", "--wait", "--name", "small", *search(100, "--parallel", 4), *SMALL, "--lr", "[0.1, 0.1]")
    assert answer.code == 0
    assert "--trials 100: there are 24 combinations; none runs twice." in answer.err
    assert grid.states("small") == ["succeeded"] * 24
    assert len(set(points(grid, "small"))) == 24


def test_a_condition_and_arguments_side_by_side_hold_for_chosen_points(grid, score):
    run = grid.finish(
        *search(20, "--where", "lr < 0.001 * layers", "--zip", "layers,opt"),
        "score.py", "--lr", "loguniform(1e-5, 1e-1)", "--layers", "[1, 2, 3, 4]", "--opt", "[adam, sgd, adam, sgd]",
    )  # fmt: skip
    found = [row["params"] for row in grid.results(run)]
    assert len(found) == 20
    assert all(float(point["lr"]) < 0.001 * int(point["layers"]) for point in found)
    assert all((point["opt"] == "adam") == (int(point["layers"]) % 2 == 1) for point in found)


STRATEGIES = {
    "grid": ((), ("--lr", "loguniform(1e-5, 1e-1, 3)", "--layers", "range(1, 5)")),
    "random": (("--strategy", "random_search", "--trials", 12), SWEEP[1:]),
    "bayesian": (search(14), SWEEP[1:]),
}


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_the_same_seed_gives_the_same_trials_in_every_process(grid, score, strategy):
    flags, words = strategy
    runs = [
        grid.finish(*flags, "--seed", 3, "--parallel", 1, "score.py", *words, env={"PYTHONHASHSEED": str(number)})
        for number in (0, 1, 2)
    ]
    first, *others = [points(grid, run) for run in runs]
    assert len(set(first)) > 10
    assert others == [first, first]


def test_a_retry_and_a_rerun_take_the_same_point(grid, write, gate):
    write({"fail.py": "import os, sys\n"
           "with open(sys.argv[1] + '/' + os.environ['GRID_TRIAL_INDEX'], 'a') as file: file.write(sys.argv[3] + ' ')\n"
           "print('val_loss=1')\n"
           "sys.exit(os.environ['GRID_ATTEMPT'] == '1')\n"})  # fmt: skip
    run = grid.finish(*search(4, "--retries", 1), "fail.py", gate, "--lr", "uniform(0, 1)")
    assert grid.states(run) == ["succeeded"] * 4
    grid.here("rerun", run, "2")
    grid.here("wait", run)
    tried = [(gate / str(trial)).read_text().split() for trial in range(4)]
    assert [len(attempts) for attempts in tried] == [2, 2, 3, 2]
    assert [set(attempts) for attempts in tried] == [{row["params"]["lr"]} for row in grid.results(run)]


MARKED = """\
import os, sys, time
folder, layers, opt = sys.argv[1], sys.argv[3], sys.argv[5]
number = int(os.environ["GRID_TRIAL_INDEX"])
with open(f"{folder}/started-{number}", "a") as file:
    file.write("x")
while number in (5, 14) and not os.path.exists(f"{folder}/open-{number}"):
    time.sleep(0.01)
print(f"val_loss={abs(int(layers) - 3) + (opt != 'adam')}")
"""


def test_a_search_whose_watcher_is_killed_loses_nothing_and_repeats_nothing(grid, write, gate, home, wait_until):
    """Killed at random points and at proposed ones, it goes on as if it had not been."""
    write({"marked.py": MARKED})
    sweep = ("--parallel", 1), ("marked.py", gate, *SMALL[1:])
    run = grid.launch(*search(20, *sweep[0]), *sweep[1])
    for number in ("5", "14"):
        wait_until((gate / f"started-{number}").exists)
        kill_watchers(home, wait_until)
        (gate / f"open-{number}").touch()
        if number == "5":
            grid.here("resume", run)
    grid.here("wait", run)
    assert grid.states(run) == ["succeeded"] * 20
    assert count(gate, "started") == {str(number): 1 for number in range(20)}
    assert len(set(points(grid, run))) == 20
    undisturbed = grid.finish(*search(20, *sweep[0]), *sweep[1])
    assert points(grid, undisturbed) == points(grid, run)


@pytest.mark.full
def test_a_search_of_many_at_once_outlives_many_watchers(grid, write, gate, home, wait_until):
    """Killed whenever it is in the middle of something: each trial starts once, at a point of its own."""
    chance = random.Random(5)
    write({"marked.py": MARKED.replace("number in (5, 14)", "False")})
    run = grid.launch(*search(24, "--parallel", 4), "marked.py", gate, *SMALL[1:])
    for _ in range(8):
        wait_until(lambda: parts(home).watchers or len(count(gate, "started")) == 24)
        before = len(count(gate, "started"))
        wait_until(lambda before=before: len(count(gate, "started")) > min(before + 1, 23))
        time.sleep(chance.uniform(0, 0.05))  # a moment later is another line of the code
        kill_watchers(home, wait_until)
        if grid.here("resume", run).code:
            break  # it has succeeded already
    grid.here("wait", run)
    assert grid.states(run) == ["succeeded"] * 24
    assert count(gate, "started") == {str(number): 1 for number in range(24)}
    assert len(set(points(grid, run))) == 24, "the space has as many points"


UNSURE = """\
import os, sys
number = int(os.environ["GRID_TRIAL_INDEX"])
if number % 4 == 1:
    sys.exit("no luck")
print("val_loss=" + {0: "nan", 2: "inf", 4: "-inf"}.get(number, sys.argv[2]))
"""


def test_failures_and_what_is_no_number_do_not_end_a_search(grid, write):
    write({"unsure.py": UNSURE})
    run = grid.finish(*search(24), "unsure.py", "--x", "uniform(0, 1)")
    rows = grid.results(run)
    assert [row["state"] for row in rows] == ["failed" if row["index"] % 4 == 1 else "succeeded" for row in rows]
    assert len({row["params"]["x"] for row in rows}) == 24
    (note,) = grid.here("status", run, "--format", "json").json["notes"]
    assert note.startswith("val_loss ended as nan or infinite, first in trial ")
    assert note in run_html(RunView(grid_jupyter.Run(run)))
    known = [float(row["params"]["x"]) for row in rows]
    assert sum(known[14:]) / 10 < sum(known[:10]) / 10, "it learned nothing"


def test_a_metric_that_nobody_reports_is_told(grid, score):
    run = grid.finish(*search(12), "score.py", "--lr", "uniform(0.1, 1)", "--metric", "loss")
    assert grid.states(run) == ["succeeded"] * 12
    (note,) = grid.here("status", run, "--format", "json").json["notes"]
    assert note == "no trial reported val_loss; reported: loss"
    assert note in grid.here("status", run).out


def test_what_is_told_of_a_metric_is_taken_back_when_it_comes(grid, write, gate, home, wait_until):
    """Also by another watcher than the one that told it."""
    gated = "while number == '1' and not os.path.exists(folder + '/open'): time.sleep(0.01)"
    write({"late.py": "import os, sys, time\nfolder, number = sys.argv[1], os.environ['GRID_TRIAL_INDEX']\n"
           f"open(folder + '/started-' + number, 'w').close()\n{gated}\n"
           "print('loss=1' if number == '0' else 'val_loss=1')\n"})  # fmt: skip
    run = grid.launch(*search(2, "--parallel", 1), "late.py", gate, "--x", "uniform(0, 1)")
    wait_until((gate / "started-1").exists)
    wait_until(lambda: grid.here("status", run, "--format", "json").json["notes"])
    kill_watchers(home, wait_until)
    (gate / "open").touch()
    grid.here("wait", run)
    assert grid.states(run) == ["succeeded"] * 2
    assert grid.here("status", run, "--format", "json").json["notes"] == []


def test_a_run_of_an_older_version_goes_on(grid, home):
    run = grid.finish("train.py", "--lr", "[1, 2]")
    database = home / "runs" / run / "run.db"
    with sqlite3.connect(database) as store:
        store.executescript("DROP TABLE choices; DROP TABLE attempts; PRAGMA user_version = 1;")
    store.close()
    assert grid.states(run) == ["succeeded"] * 2
    grid.here("rerun", run, "--yes")
    grid.here("wait", run)
    assert grid.states(run) == ["succeeded"] * 2
    with sqlite3.connect(database) as store:
        assert store.execute("PRAGMA user_version").fetchone() == (3,)
    store.close()


# The plan


def test_a_plan_tells_what_each_argument_may_be(grid, score):
    answer = grid.here("run", "--dry_run", "--format", "json", *search(40), *SWEEP)
    plan = answer.json
    assert (plan["trials"], plan["argv"], plan["combinations"]) == (40, [], None)
    lr, layers, opt = plan["axes"]
    assert lr == {"name": "--lr", "count": None, "values": None, "low": 1e-5, "high": 1e-1, "log": True}
    assert (layers["count"], opt["values"]) == (8, ["adam", "sgd"])
    text = grid.here("run", "--dry_run", *search(40), *SWEEP).out
    assert text.splitlines()[1:5] == [
        "At most 40 trials, each chosen by the results before it: the lowest val_loss is best",
        "  lr: any number from 1e-05 to 0.1, on a logarithmic scale",
        "  layers: 1, 2, 3, 4, 5, 6, 7, 8",
        "  opt: adam, sgd",
    ]
    assert "trial  " not in text, "no trial is known beforehand"


def test_a_number_of_values_means_nothing_to_a_search(grid, score):
    words = ("--lr", "uniform(0.1, 1, 5)", "--layers", "poisson(4, 9)", "--opt", "choice([adam, sgd], 7)")
    warnings = grid.here("run", "--dry_run", "--format", "json", *search(40), "score.py", *words).json["warnings"]
    assert [warning.partition(":")[0] for warning in warnings] == ["--lr", "--layers", "--opt"]
    assert "count of 5 has no use" in warnings[0]
    assert "9 values that it draws" in warnings[1]


def test_the_direction_is_told_by_the_name_and_is_the_lowest_otherwise(grid, score):
    def told(*flags):
        flags = ("--strategy", "bayesian", "--trials", 2, *flags)
        return grid.here("run", "--dry_run", *flags, *SWEEP).out.splitlines()[1].partition(": the ")[2]

    assert told("--metric", "val_acc") == "highest val_acc is best"
    assert told("--metric", "thing") == "lowest thing is best"
    assert told("--metric", "val_acc", "--mode", "min") == "lowest val_acc is best"


@pytest.mark.parametrize("flags", [search(4), ("--early_stop", "asha", "--metric", "loss")], ids=["bayesian", "asha"])
def test_without_optuna_a_search_can_be_planned_and_not_launched(grid, score, tmp_path, flags):
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text(
        "import importlib.machinery\n"
        "found = importlib.machinery.PathFinder.find_spec\n"
        "hide = lambda name, *more: None if name.partition('.')[0] == 'optuna' else found(name, *more)\n"
        "importlib.machinery.PathFinder.find_spec = hide\n"
    )
    env = {"PYTHONPATH": str(tmp_path / "hide")}
    assert grid("run", "--dry_run", *flags, *SWEEP, env=env).code == 0
    answer = grid("run", *flags, *SWEEP, env=env)
    assert answer.code == 2
    (sentence,) = answer.err.splitlines()
    assert sentence.endswith('needs Optuna: pip install "grid-jupyter[bayesian]"')
    assert grid.here("history", "--format", "json").json == []


def test_a_search_from_a_notebook(kernel, score):
    """Also with a cell as the script; its plan is no list of trials."""
    flags = "--strategy bayesian --metric loss --trials 12 --seed 3"
    body = "lr = 0.1\nopt = 'adam'\nprint(f'loss={lr + (opt != \"adam\")}')"
    plan = kernel.run(f"%grid run --dry_run {flags} score.py --lr uniform(0.1, 1) --opt [adam, sgd]", allow_stdin=True)
    (shown,) = plan.of("display_data", "execute_result")
    assert "any number from 0.1 to 1.0" in shown["data"]["text/html"]
    assert "<table" not in shown["data"]["text/html"]
    reply = kernel.run(f"%%grid run --wait {flags} -- --lr uniform(0.1, 1) --opt [adam, sgd]\n{body}")
    assert reply.status == "ok", reply.outputs
    best = kernel.run("import grid_jupyter; run = grid_jupyter.runs()[0]; run.best().params, len(run.results())").result
    assert "'opt': 'adam'" in best
    assert best.endswith("12)")


def test_a_search_from_python(grid, score):
    run = grid_jupyter.run("score.py", {"lr": "uniform(0.1, 1)"}, strategy="bayesian", metric="val_loss", trials=3)
    assert [trial.state for trial in run.wait()] == ["succeeded"] * 3
    plan = grid_jupyter.plan("score.py", {"lr": "uniform(0, 1)"}, strategy="bayesian", metric="val_loss", trials=3)
    with pytest.raises(CommandError, match="as results come in"):
        plan.page()


@pytest.mark.parametrize("module", ["grid_jupyter.watcher.watcher", "grid_jupyter.core.launching"])
def test_who_does_not_search_imports_no_optuna(module):
    program = f"import sys, {module}; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# Intervals


@given(st.floats(1e-9, 1e9), st.floats(1.001, 1e9), st.integers(0, STEPS), st.booleans())
def test_an_interval_is_in_order_within_its_ends(low, times, place, log):
    interval = Interval(low, low * times, log=log)
    assert interval[0] == low
    assert interval[-1] == low * times
    assert low <= interval[place] <= low * times
    if place < STEPS:
        assert interval[place] < interval[place + 1]
    middle = math.sqrt(low * low * times) if log else (low + low * times) / 2
    assert interval[STEPS // 2] == pytest.approx(middle, rel=1e-5)


def test_a_space_that_is_searched_outlives_its_process():
    line = "--lr loguniform(1e-4, 1) --n randint(3, 10**3) --c [a, b] --z linspace(0, 1, 4)".replace("10**3", "1000")
    words = [Word(word) for word in split_line(line).words]
    space = build_space(parse_arguments(words, keep_dashes=lambda _name: False), 7, searched=True)
    again = Space.from_json(space.to_json())
    assert [axis.ordered for axis in again.axes] == [True, True, False, True]
    assert again.size == space.size == (STEPS + 1) * 997 * 2 * 4
    assert again.params(space.size // 3) == space.params(space.size // 3)
