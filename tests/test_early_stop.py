"""Bad trials end early, by what they have reported so far."""

from __future__ import annotations

import pytest
from parts import count, kill_watchers

import grid_jupyter
from grid_jupyter.core.view import RunView
from grid_jupyter.notebook.html import run_html


@pytest.fixture
def gate(tmp_path):
    """A folder in which trials leave marks, and wait for files."""
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


CURVE = """\
import os, signal, sys, time
folder, loss = sys.argv[1], float(sys.argv[2])
number = os.environ["GRID_TRIAL_INDEX"]
bad = float(sys.argv[3]) if len(sys.argv) > 3 else 5
def save(*_):
    open(f"{folder}/saved-{number}", "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
open(f"{folder}/started-{number}", "w").close()
while loss > bad and not os.path.exists(f"{folder}/open"):
    time.sleep(0.01)
for epoch in (1, 2, 3):
    print(f"epoch={epoch} loss={loss}", flush=True)
while loss > bad:
    signal.pause()
"""


@pytest.mark.parametrize("rule", ["asha", "median"])
def test_a_bad_trial_ends_early(grid, write, gate, rule):
    """It gets a SIGTERM as one that is stopped, counts as a success, and says why it ended."""
    write({"curve.py": CURVE})
    (gate / "open").touch()
    flags = ("--early_stop", rule, "--metric", "loss", "--parallel", 1)
    answer = grid("run", "--wait", "--format", "json", *flags, "curve.py", gate, "[5, 4, 3, 2, 1, 9, 0]")
    run = answer.json["run"]
    assert answer.code == 0
    assert grid.here("status", run, "--format", "json").json["state"] == "succeeded"
    *good, bad, best = grid.results(run)
    assert [row["state"] for row in (*good, best)] == ["succeeded"] * 6
    assert bad["state"] == "pruned"
    assert bad["reason"].startswith("pruned at step 1: loss 9 is ")
    assert (gate / "saved-5").exists()
    assert grid_jupyter.Run(run).best().index == 6
    assert grid.here("resume", run).code == 2, "there is nothing to carry on"


def test_what_early_stopping_knows_outlives_the_watcher(grid, write, gate, home, wait_until):
    write({"curve.py": CURVE})
    flags = ("--early_stop", "median", "--metric", "loss", "--parallel", 1)
    run = grid.launch(*flags, "curve.py", gate, "[5, 4, 3, 2, 1, 9, 0]")
    wait_until((gate / "started-5").exists)
    kill_watchers(home, wait_until)
    (gate / "open").touch()
    grid.here("resume", run)
    grid.here("wait", run)
    assert grid.states(run) == [*["succeeded"] * 5, "pruned", "succeeded"]


def test_a_bad_trial_of_a_killed_watcher_ends_as_pruned(grid, write, gate, home, wait_until):
    """The watcher dies when it has asked the trial to end: the next one takes in what it asked for."""
    write({"curve.py": CURVE.replace("sys.exit(0)", "time.sleep(0.5) or sys.exit(0)")})
    (gate / "open").touch()
    flags = ("--early_stop", "median", "--metric", "loss", "--parallel", 1)
    run = grid.launch(*flags, "curve.py", gate, "[5, 4, 3, 2, 1, 9, 0]")
    wait_until((gate / "saved-5").exists)
    kill_watchers(home, wait_until)
    grid.here("wait", run)
    assert grid.states(run) == [*["succeeded"] * 5, "pruned", "succeeded"]


@pytest.mark.full
def test_a_search_learns_from_trials_that_ended_early(grid, write, gate):
    lines = "print(f'epoch={epoch} loss={sys.argv[2]}', flush=True), time.sleep(0.1)"
    write({"slow.py": f"import sys, time\nfor epoch in range(8): {lines}\n"})
    run = grid.finish(
        *("--strategy", "bayesian", "--trials", 24, "--seed", 1, "--metric", "loss", "--early_stop", "median"),
        *("slow.py", "--x", "uniform(0, 10)"),
    )
    rows = grid.results(run)
    losses = [float(row["params"]["x"]) for row in rows]
    assert {row["state"] for row in rows} == {"succeeded", "pruned"}
    assert sum(losses[12:]) / 12 < sum(losses[:10]) / 10


HOLDS = """\
import os, subprocess, sys, time
folder, loss = sys.argv[1], float(sys.argv[2])
with open(f"{folder}/started-{loss:g}", "a") as file:
    file.write("x")
if loss == 4:
    sys.exit(3)
child = subprocess.Popen([sys.executable, "-c", "import sys, time; time.sleep(60)", folder])
print(f"epoch=1 loss={loss}")  # which Python would hold back
print(f"accuracy={1 / (1 + loss)}")
if loss > 5:
    child.wait()
child.kill()
"""


@pytest.fixture
def pruned(grid, write, gate):
    """The name of a run whose trial 6 ended early, and whose trial 1 failed."""
    write({"holds.py": HOLDS})
    flags = ("--early_stop", "median", "--metric", "loss", "--parallel", 1)
    return grid.finish(*flags, "holds.py", gate, "[5, 4, 3, 2, 1, 0.5, 9, 0]")


def test_all_doors_tell_of_a_trial_that_ended_early(grid, pruned, processes, gate):
    """Nothing of it is left, what it reported stays, and it is no failure."""
    assert not processes(gate), "a process that it started is left"
    row = grid.results(pruned)[6]
    assert row["state"] == "pruned"
    assert row["metrics"] == {"loss": 9, "accuracy": 0.1}
    status = grid.here("status", pruned, "--format", "json").json
    assert status["counts"] == {"succeeded": 6, "failed": 1, "pruned": 1}
    assert "8 of 8 ended · 1 failed · 1 pruned" in grid.here("status", pruned).out
    run = grid_jupyter.Run(pruned)
    assert run[6].state == "pruned"
    assert run[6].reason == "pruned at step 1: loss 9 is no better than the median there"
    frame = run.results()
    assert frame[frame.state == "pruned"].loss.tolist() == [9]
    page = run_html(RunView(run))
    assert "1 pruned" in page
    assert "1 trial failed" in page
    assert "⊖" in page
    assert run.best("loss").index == 7
    assert run.best("loss", mode="max").index == 6, "its results count"


def test_resume_takes_the_failed_and_leaves_what_ended_early(grid, pruned, gate):
    assert grid.here("resume", pruned).out.strip() == f"{pruned} goes on with 1 trial."
    assert grid.here("wait", pruned).code == 1
    assert count(gate, "started") == {"5": 1, "4": 2, "3": 1, "2": 1, "1": 1, "0.5": 1, "9": 1, "0": 1}
    grid.here("rerun", pruned, "6")
    grid.here("wait", pruned)
    assert count(gate, "started")["9"] == 2, "who asks for it by number gets it"


def test_a_plan_tells_of_early_stops(grid, write):
    write({"holds.py": HOLDS})
    flags = ("--early_stop", "asha", "--metric", "score")
    assert (
        "Limits    asha ends bad trials early, by high score" in grid.here("run", "--dry_run", *flags, "holds.py").out
    )


CURVES = """\
import sys, time
for epoch in range(1, 40):
    print(f"epoch={epoch} loss={float(sys.argv[1]) + 1 / epoch}")
    time.sleep(0.05)
"""


@pytest.mark.full
@pytest.mark.parametrize("rule", ["asha", "median"])
@pytest.mark.parametrize(
    "strategy",
    [(), ("--strategy", "random_search", "--trials", 30), ("--strategy", "bayesian", "--trials", 30)],
    ids=["grid", "random", "bayesian"],
)
def test_any_strategy_finds_the_best_in_less_time(grid, write, rule, strategy):
    """The good ones are never ended, and what is saved is more than a third."""
    write({"curves.py": CURVES})
    flags = ("--early_stop", rule, "--metric", "loss", "--seed", 4, "--parallel", 4)
    run = grid_jupyter.Run(grid.finish(*flags, *strategy, "curves.py", "range(30)"))
    frame = run.results()
    assert set(frame.state) == {"succeeded", "pruned"}
    assert run.best().params["arg1"] == "0"
    assert run.best().state == "succeeded"
    steps = run.metrics().groupby("trial").size()
    assert len(steps) == 30
    assert steps.sum() < 30 * 39 * 2 / 3
