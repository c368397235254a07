"""What holds a run before it costs more than it has to: a budget, a smoke trial, the same error again and again."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from parts import count, parts, refused, started, status

import grid_jupyter
from grid_jupyter.core.budget import Account
from grid_jupyter.core.home import run_folder
from grid_jupyter.core.store import Store
from grid_jupyter.core.view import RunView
from grid_jupyter.errors import CommandError
from grid_jupyter.notebook.html import run_html

# Says that it started, and whether it found a checkpoint; waits for the file "open", and saves when it is asked to end
# before; then succeeds, or fails with what is in "bad-NUMBER" or "bad".
SAVES = """\
import os, signal, sys, time
folder, number = sys.argv[1:3]
state = os.environ["GRID_CHECKPOINT_DIR"] + "/state"
def save(*_):
    open(state, "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
with open(folder + "/started-" + number, "a") as file:
    file.write("c" if os.path.exists(state) else "x")
while not os.path.exists(folder + "/open"):
    time.sleep(0.01)
for name in ("bad-" + number, "bad"):
    if os.path.exists(folder + "/" + name):
        sys.exit(open(folder + "/" + name).read() or None)
print("loss=" + number)
"""


@pytest.fixture
def gate(gate_folder, write):
    write({"saves.py": SAVES})
    return gate_folder


def account(run):
    with Store(run_folder(run)) as store:
        return Account.read(store)


def recorded(home, run):
    """The seconds of all attempts, as their parents measured them."""
    records = [file.read_text().splitlines() for file in (home / "runs" / run / "trials").glob("*/process.*")]
    return [json.loads(line)["seconds"] for lines in records for line in lines if '"seconds"' in line]


def kill_watchers(home, wait_until):
    for watcher in parts(home).watchers:
        watcher.kill()
    wait_until(lambda: not parts(home).watchers)


# A budget


def test_a_budget_ends_a_run_with_checkpoints(grid, gate):
    answer = grid("run", "--wait", "--name", "capped", "--parallel", "1", "--budget", "3s", "saves.py", gate,
                  "range(3)")  # fmt: skip
    assert answer.code == 1
    reason = "the budget of 3s is spent: grid resume capped --budget 6s carries on"
    assert answer.out.splitlines()[1:] == [
        "3 queued",
        f"Paused: {reason}",
        "0  arg2=0  queued  ended to save: the budget is spent",
        "2 trials never started",
    ]
    told = status(grid, "capped")
    assert (told["state"], told["reason"], told["counts"]) == ("paused", reason, {"queued": 3})
    assert started(gate) == {0: "x"}
    (gate / "open").touch()
    refused(grid.here("resume", "capped"), "3s is spent", "grid resume capped --budget 6s")
    refused(grid.here("resume", "capped", "--budget", "3s"), "--budget 3s", "spent already", "--budget 6s")
    refused(grid.here("resume", "capped", "--budget", "20"), "--budget 20", "this machine has no price", "2h")
    refused(grid.here("resume", "capped", "--budget", "1h", "--max_trials", "2"), "--max_trials 2", "3 trials")
    assert status(grid, "capped")["state"] == "paused"
    assert grid.here("resume", "capped", "--budget", "1h", "--max_trials", "3").code == 0
    assert grid.here("wait", "capped").code == 0
    assert started(gate) == {0: "xc", 1: "x", 2: "x"}
    assert [row["attempts"] for row in grid.results("capped")] == [2, 1, 1]


def test_what_is_spent_is_shown(grid, gate, kernel):
    run = grid.finish("--parallel", "1", "--budget", "3s", "saves.py", gate, "range(3)")
    spent = f"{account(run).seconds:.1f} s of 3s machine time"
    assert grid.here("status", run).out.splitlines()[1] == f"0 of 3 ended · {spent}"
    html = run_html(RunView(grid_jupyter.Run(run)))
    assert spent in html
    assert f"<code>%grid resume {run} --budget 6s</code>" in html
    assert "--budget 6s" in kernel.run(f"%grid resume {run}").error["evalue"]


def test_all_attempts_count(grid, gate, home, wait_until):
    """Those that failed and were tried again, and those that were interrupted."""
    (gate / "bad").write_text("no")
    run = grid.launch("--parallel", "1", "--retries", "1", "--budget", "1h", "saves.py", gate, "range(2)")
    wait_until(lambda: started(gate) == {0: "x"})
    grid.here("preempt", f"{run}/0")
    wait_until(lambda: started(gate) == {0: "x", 1: "x"})  # trial 0 stands behind it now
    (gate / "open").touch()
    assert grid.here("wait", run).code == 1
    assert [row["attempts"] for row in grid.results(run)] == [3, 2]
    assert len(recorded(home, run)) == 5
    assert account(run).seconds == pytest.approx(sum(recorded(home, run)), abs=0.001)
    spent = account(run).seconds
    (gate / "bad").unlink()
    assert grid.here("rerun", "--failed", run).code == 0
    assert grid.here("wait", run).code == 0
    assert account(run).seconds > spent


def test_trials_beside_each_other_share_the_machine(grid, gate, home):
    (gate / "open").touch()
    run = grid.finish("--parallel", "2", "saves.py", gate, "range(4)")
    assert account(run).seconds == pytest.approx(sum(recorded(home, run)) / 2, abs=0.001)
    grid.here("rerun", "--yes", run)
    grid.here("wait", run)
    assert grid.here("status", run).out.splitlines()[1] == "4 of 4 ended"  # nobody asked what it takes


# pytest.mark.full: it takes some seconds until a watcher is missed.
@pytest.mark.parametrize("moment", ["while a trial runs", pytest.param("while a trial saves", marks=pytest.mark.full)])
def test_a_watcher_killed_in_a_run_with_a_budget(grid, gate, home, wait_until, moment):
    """What was used before, and what is used while nobody watches, counts all the same."""
    budget = "1h" if moment == "while a trial runs" else "3s"
    if moment == "while a trial saves":
        slow = SAVES.replace("    open(state", f"    while not os.path.exists({str(gate / 'go')!r}): time.sleep(0.01)\n"
                             "    open(state")  # fmt: skip
        (grid.cwd / "saves.py").write_text(slow)
    run = grid.launch("--parallel", "1", "--budget", budget, "saves.py", gate, "range(3)")
    wait_until(lambda: started(gate) == {0: "x"})
    if moment == "while a trial saves":
        wait_until(lambda: grid.results(run)[0]["reason"])
    kill_watchers(home, wait_until)
    (gate / "go").touch()
    if moment == "while a trial runs":
        (gate / "open").touch()
        wait_until(lambda: recorded(home, run))
    code = grid("wait", run).code
    if moment == "while a trial runs":
        assert (code, grid.states(run)) == (0, ["succeeded"] * 3)
    else:
        assert (code, grid.states(run), status(grid, run)["state"]) == (1, ["queued"] * 3, "paused")
        assert started(gate) == {0: "x"}
    assert account(run).seconds == pytest.approx(sum(recorded(home, run)), abs=0.001)


@pytest.mark.full
def test_a_budget_that_is_spent_while_nobody_watches(grid, gate, home, wait_until):
    run = grid.launch("--parallel", "1", "--budget", "3s", "saves.py", gate, "range(3)")
    wait_until(lambda: started(gate) == {0: "x"})
    kill_watchers(home, wait_until)
    assert grid("wait", run).code == 1
    assert (status(grid, run)["state"], started(gate)) == ("paused", {0: "x"})
    assert account(run).seconds >= 3


def test_stopping_wins_over_a_budget(grid, gate, wait_until):
    """Also while the trial saves."""
    slow = f"    while not os.path.exists({str(gate / 'go')!r}): time.sleep(0.01)\n    open(state"
    (grid.cwd / "saves.py").write_text(SAVES.replace("    open(state", slow))
    run = grid.launch("--budget", "3s", "saves.py", gate, "1")
    wait_until(lambda: grid.results(run)[0]["reason"] == "ended to save: the budget is spent")
    grid.here("stop", run)
    wait_until(lambda: grid.results(run)[0]["reason"] == "stopped by you")
    (gate / "go").touch()
    assert grid.here("wait", run).code == 1
    assert grid.states(run) == ["stopped"]


@pytest.mark.parametrize("hours", [5, -5])
def test_a_budget_and_a_clock_that_jumps(grid, gate, home, clock, wait_until, hours):
    run = grid.launch("--parallel", "1", "--budget", "1h", "saves.py", gate, "range(2)")
    wait_until(lambda: started(gate) == {0: "x"})
    clock.write_text(str(hours * 3600))
    kill_watchers(home, wait_until)
    (gate / "open").touch()
    watch = [sys.executable, "-m", "grid_jupyter.watcher", home / "runs" / run]
    subprocess.run(watch, check=True, timeout=30, capture_output=True)
    assert grid.states(run) == ["succeeded", "succeeded"]
    assert account(run).seconds == pytest.approx(sum(recorded(home, run)), abs=0.001)


def test_a_budget_without_auto_resume(grid, gate):
    """What the budget ends was not interrupted by the cluster."""
    run = grid.finish("--no_auto_resume", "--budget", "0.2s", "saves.py", gate, "1")
    assert grid.states(run) == ["queued"]
    refused(grid.here("preempt", f"{run}/0"), "not running")
    assert grid.here("stop", run).code == 0
    assert grid.here("wait", run).code == 1
    assert status(grid, run)["state"] == "stopped"


def test_a_rerun_with_a_spent_budget_waits_for_more(grid, gate):
    (gate / "open").touch()
    run = grid.finish("--parallel", "1", "--budget", "1h", "saves.py", gate, "1")
    assert grid.here("rerun", "--yes", run).code == 0
    assert grid.here("wait", run).code == 0
    (gate / "open").unlink()
    grid.here("rerun", "--yes", run)
    used = account(run).seconds
    refused(grid.here("resume", run, "--budget", "0.01s"), "spent already")
    assert used < 60
    assert grid.here("resume", run, "--budget", f"{used + 0.2:.3f}s").code == 0
    assert grid.here("wait", run).code == 1
    assert status(grid, run)["reason"].startswith("the budget of ")
    assert grid.here("rerun", run, "0").code == 0
    assert grid.here("wait", run).code == 1
    assert status(grid, run)["state"] == "paused"
    (gate / "open").touch()
    assert grid.here("resume", run, "--budget", "1h").code == 0
    assert grid.here("wait", run).code == 0


def test_a_budget_in_python(home, gate):
    run = grid_jupyter.run("saves.py", [gate, "[1, 2]"], budget="0.2s", wait=True)
    assert run.state == "paused"
    (gate / "open").touch()
    with pytest.raises(CommandError, match="no price"):
        run.resume(budget=40)
    with pytest.raises(CommandError, match="budgets is no limit"):
        run.resume(budgets="1h")
    assert run.resume(budget="1h").wait().state == "succeeded"


def test_a_budget_in_dollars(grid, gate, cloud):
    launch = ("run", "--wait", "--yes", "--name", "paid", "--instance_type", "g6.xlarge", "--parallel", "1")
    answer = grid(*launch, "--budget", "0.0002", "saves.py", gate, "range(3)")
    assert answer.code == 1
    assert status(grid, "paid")["state"] == "paused"
    assert status(grid, "paid")["reason"].startswith("the budget of < $0.01 is spent: grid resume paid --budget ")
    price = account("paid").tariff.price
    assert price == grid("run", "--dry_run", "--format", "json", *launch[3:], "saves.py").json["machine"]["on_demand"]
    assert account("paid").dollars == pytest.approx(account("paid").seconds / 3600 * price)
    assert grid.here("status", "paid").out.splitlines()[1] == "0 of 3 ended · < $0.01 of < $0.01 spent"
    (gate / "open").touch()
    refused(grid.here("resume", "paid", "--budget", "0.0001"), "--budget 0.0001", "< $0.01 spent already")
    assert grid.here("resume", "paid", "--budget", "20").code == 0
    assert grid.here("wait", "paid").code == 0
    assert grid.here("status", "paid").out.splitlines()[1] == "3 of 3 ended · < $0.01 of $20.00 spent"


# A smoke trial


def test_one_trial_goes_ahead(grid, gate, home, wait_until):
    run = grid.launch("--smoke", "saves.py", gate, "range(5)")
    wait_until(lambda: started(gate) == {0: "x"})
    kill_watchers(home, wait_until)  # the next one knows that a trial is tried first
    waiting = grid.start("wait", run, stdout=-1)
    wait_until(lambda: (home / "runs" / run / "watcher.log").read_text().count("watching") == 2)
    wait_until(lambda: grid.here("preempt", f"{run}/0").code == 0)  # once it has found what is running
    wait_until(lambda: started(gate) == {0: "xc"})  # which goes on before any other begins
    assert grid.states(run) == ["running", "queued", "queued", "queued", "queued"]
    (gate / "open").touch()
    waiting.communicate()
    assert waiting.returncode == 0
    assert count(gate, "started") == {"0": 2, "1": 1, "2": 1, "3": 1, "4": 1}


@pytest.fixture
def smoked(grid, gate):
    """A run whose smoke trial failed."""
    (gate / "open").touch()
    (gate / "bad").write_text("ModuleNotFoundError: No module named 'tqdm'")
    error = "exit code 1: ModuleNotFoundError: No module named 'tqdm'"
    advice = "grid rerun smoked 0 tries again, grid resume smoked runs all"
    answer = grid("run", "--wait", "--smoke", "--name", "smoked", "saves.py", gate, "range(5)")
    assert answer.code == 1
    assert answer.out.splitlines()[1:] == [
        "1 failed, 4 queued",
        f"Paused: the smoke trial failed: trial 0: {error}: {advice}",
        f"0  arg2=0  failed  {error}",
        "4 trials never started",
    ]
    assert (status(grid, "smoked")["state"], started(gate)) == ("paused", {0: "x"})
    return "smoked"


def test_a_smoke_trial_is_tried_again(grid, gate, smoked):
    assert grid.here("rerun", smoked, "0").code == 0
    assert grid.here("wait", smoked).code == 1
    assert (status(grid, smoked)["state"], started(gate)) == ("paused", {0: "xx"})
    (gate / "bad").unlink()
    assert grid.here("rerun", smoked, "0").code == 0
    assert grid.here("wait", smoked).code == 0
    assert started(gate) == {0: "xxx", 1: "x", 2: "x", 3: "x", 4: "x"}


def test_a_run_goes_on_in_spite_of_its_smoke_trial(grid, gate, smoked):
    (gate / "bad").rename(gate / "bad-0")
    assert grid.here("resume", smoked).code == 0
    assert grid.here("wait", smoked).code == 1
    assert grid.states(smoked) == ["failed", *["succeeded"] * 4]


def test_a_smoke_trial_with_a_retry(grid, gate):
    """It is tried again before any other begins, also when it takes long enough for others to be made ready."""
    (grid.cwd / "saves.py").write_text(f"import time\ntime.sleep(1)\n{SAVES}")
    (gate / "open").touch()
    (gate / "bad").write_text("no")
    run = grid.finish("--smoke", "--retries", "1", "saves.py", gate, "range(3)")
    assert (status(grid, run)["state"], started(gate)) == ("paused", {0: "xx"})


def test_a_smoke_trial_that_takes_too_long(grid, gate):
    run = grid.finish("--smoke", "--max_time", "2s", "saves.py", gate, "range(3)")
    assert "the smoke trial failed: trial 0: ran longer than --max_time" in status(grid, run)["reason"]
    assert started(gate) == {0: "x"}


def test_a_smoke_trial_that_is_stopped_tells_nothing(grid, gate, wait_until):
    run = grid.launch("--smoke", "saves.py", gate, "range(3)")
    wait_until(lambda: started(gate) == {0: "x"})
    grid.here("stop", f"{run}/0")
    wait_until(lambda: started(gate) == {0: "x", 1: "x"})
    grid.here("stop", run)
    grid.here("wait", run)
    assert status(grid, run)["state"] == "stopped"
    grid.here("resume", run)
    wait_until(lambda: len(started(gate)[0]) == 2)
    assert grid.states(run) == ["running", "queued", "queued"]
    (gate / "open").touch()
    assert grid.here("wait", run).code == 0


# The same error


@pytest.fixture
def failing(grid, gate):
    """A run in which all fail alike."""
    (gate / "open").touch()
    (gate / "bad").write_text("ModuleNotFoundError: No module named 'tqdm'")
    answer = grid("run", "--wait", "--format", "json", "--parallel", "2", "saves.py", gate, "range(9)")
    run = answer.json["run"]
    error = "exit code 1: ModuleNotFoundError: No module named 'tqdm'"
    reason = f"the first 3 trials failed with the same error: {error}: grid resume {run} carries on"
    assert (answer.code, answer.err) == (1, f"grid: {reason}\n")
    assert (status(grid, run)["state"], status(grid, run)["reason"]) == ("paused", reason)
    assert 3 <= len(started(gate)) < 9
    return run


def test_the_same_error_again_and_again(grid, gate, failing):
    assert grid.here("resume", failing).code == 0
    assert grid.here("wait", failing).code == 1
    assert (status(grid, failing)["state"], grid.states(failing)) == ("failed", ["failed"] * 9)


def test_the_same_error_after_a_rerun(grid, gate, failing):
    """Who tries again after a repair is guarded as before."""
    attempts = sum(map(len, started(gate).values()))
    assert grid.here("rerun", "--failed", failing).code == 0
    assert grid.here("wait", failing).code == 1
    assert status(grid, failing)["state"] == "paused"
    assert sum(map(len, started(gate).values())) > attempts
    (gate / "bad").unlink()
    assert grid.here("rerun", "--failed", failing).code == 0
    assert grid.here("wait", failing).code == 0


def test_errors_in_the_folder_of_a_trial_are_the_same(grid, write):
    write({"path.py": "import os\nopen(os.environ['GRID_CHECKPOINT_DIR'] + '/weights')\n"})
    run = grid.finish("--parallel", "1", "path.py", "range(9)")
    assert status(grid, run)["state"] == "paused"


def test_different_errors_hold_nothing(grid, gate):
    (gate / "open").touch()
    for number in range(5):
        (gate / f"bad-{number}").write_text(f"ValueError: {number == 2}")
    run = grid.finish("--parallel", "1", "saves.py", gate, "range(5)")
    assert grid.states(run) == ["failed"] * 5


def test_errors_after_a_success_hold_nothing(grid, gate):
    (gate / "open").touch()
    for number in range(2, 8):
        (gate / f"bad-{number}").write_text("ValueError: no")
    run = grid.finish("--parallel", "1", "saves.py", gate, "range(8)")
    assert grid.states(run) == ["succeeded", "succeeded", *["failed"] * 6]


@pytest.mark.full
def test_an_end_in_between_is_seen_by_the_next_watcher(grid, gate, home, wait_until):
    """Trials that failed while nobody watched count as those that were seen; a few more start before they do."""
    (gate / "bad").write_text("ValueError: no")
    run = grid.launch("--parallel", "2", "saves.py", gate, "range(40)")
    wait_until(lambda: len(started(gate)) == 2)
    wait_until(lambda: status(grid, run)["counts"].get("running") == 2)
    kill_watchers(home, wait_until)
    (gate / "open").touch()
    assert grid("wait", run).code == 1
    assert status(grid, run)["state"] == "paused"
    assert len(started(gate)) < 40
