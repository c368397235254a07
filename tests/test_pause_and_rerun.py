"""Holding, interrupting and running again."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import psutil
import pytest
from parts import refused, started, status

import grid_jupyter
from grid_jupyter.errors import CommandError, RunError

# Says that it started; waits for the file "open"; then succeeds, or fails where its number is in "bad".
GATE = """\
import os, sys, time
folder, number = sys.argv[1:3]
checkpoint = os.environ["GRID_CHECKPOINT_DIR"] + "/state"
with open(folder + "/started-" + number, "a") as file:
    file.write("c" if os.path.exists(checkpoint) else "x")
open(checkpoint, "w").close()
open("model-" + os.environ["GRID_ATTEMPT"] + ".pt", "w").write(number)
with open(os.environ["GRID_METRICS_FILE"], "a") as file:
    file.write('{"filed": ' + os.environ["GRID_ATTEMPT"] + '}\\n')
print("attempt", os.environ["GRID_ATTEMPT"], flush=True)
while not os.path.exists(folder + "/open"):
    time.sleep(0.01)
print("loss=" + number)
sys.exit(os.path.exists(folder + "/bad-" + number))
"""


@pytest.fixture
def gate(gate_folder, write):
    write({"gate.py": GATE})
    return gate_folder


def watchers(home):
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "grid_jupyter.watcher" in (words := process.info["cmdline"] or []) and words[-1].startswith(str(home))
    ]


@pytest.fixture
def paused(grid, gate, wait_until):
    """A run of four trials, paused while trial 0 was running; its watcher has left."""
    run = grid.launch("--name", "held", "--parallel", "1", "gate.py", gate, "range(4)")
    wait_until(lambda: started(gate) == {0: "x"})
    answer = grid.here("pause", run, "--format", "json")
    assert (answer.code, answer.json) == (0, {"run": run, "trials": 3})
    wait_until(lambda: (status(grid, run)["reason"] or "").startswith("paused by you"))
    assert status(grid, run)["state"] == "running"
    (gate / "open").touch()
    assert grid.here("wait", run).code == 1
    return run


# Pause


def test_pause_holds_what_waits(grid, gate, paused):
    answer = status(grid, paused)
    assert (answer["state"], answer["reason"]) == ("paused", f"paused by you; grid resume {paused} carries on")
    assert grid.states(paused) == ["succeeded", "queued", "queued", "queued"]
    refused(grid.here("pause", paused), "paused already", f"grid resume {paused}")
    assert grid.here("resume", paused).code == 0
    assert grid.here("wait", paused).code == 0
    assert started(gate) == {0: "x", 1: "x", 2: "x", 3: "x"}
    refused(grid.here("pause", paused), "has ended already", "succeeded")


def test_a_paused_run_can_be_stopped(grid, gate, paused):
    answer = grid.here("stop", paused, "--format", "json")
    assert answer.json == {"run": paused, "trials": 3}
    assert grid.here("wait", paused).code == 1
    assert (status(grid, paused)["state"], grid.states(paused)[1:]) == ("stopped", ["stopped"] * 3)
    assert started(gate) == {0: "x"}


def test_a_held_trial_can_be_stopped(grid, paused, wait_until):
    assert grid.here("stop", f"{paused}/2").code == 0
    wait_until(lambda: grid.states(paused) == ["succeeded", "queued", "stopped", "queued"])
    assert status(grid, paused)["state"] == "paused"


def test_pause_in_a_notebook(kernel, grid, gate, wait_until):
    kernel.run(f"run = %grid run --name held --parallel 1 gate.py {gate} range(2)")
    wait_until(lambda: started(gate) == {0: "x"})
    assert kernel.run("%grid pause held").stdout.startswith("Holding 1 trial of held; running ones go on to their end.")
    wait_until(lambda: status(grid, "held")["reason"])
    (gate / "open").touch()
    assert kernel.run("run.wait().state").result == "<RunState.PAUSED: 'paused'>"
    assert "paused already" in kernel.run("%grid pause held").error["evalue"]
    assert kernel.run("%grid rerun held 0").stdout.splitlines() == [
        "Running 1 trial of held again from scratch. 1 held trial of it run too."
    ]
    assert kernel.run("run.wait().state").result == "<RunState.SUCCEEDED: 'succeeded'>"
    assert kernel.run("run.pause()").status == "error"


# Preempt

SAVES = """\
import os, signal, sys, time
state = os.environ["GRID_CHECKPOINT_DIR"] + "/state"
def save(*_):
    open(state, "w").close()
    sys.exit(int(sys.argv[1]))
signal.signal(signal.SIGTERM, save)
print("again" if os.path.exists(state) else "first", flush=True)
while not os.path.exists(state):
    time.sleep(0.01)
print("loss=1")
"""


def interruptions(home, run):
    with closing(sqlite3.connect(home / "runs" / run / "run.db")) as store:
        return [number for (number,) in store.execute("SELECT interruptions FROM trials ORDER BY trial")]


@pytest.mark.parametrize("code", [0, 3])
def test_preempt_interrupts_and_goes_on(grid, home, write, wait_until, code):
    write({"saves.py": SAVES})
    run = grid.launch("saves.py", code)
    wait_until(lambda: grid.here("logs", f"{run}/0").out == "first\n")
    answer = grid.here("preempt", f"{run}/0", "--format", "json")
    assert (answer.code, answer.json) == (0, {"run": run, "trials": 1})
    assert grid.here("wait", run).code == 0
    (row,) = grid.results(run)
    assert (row["state"], row["attempts"], row["reason"], row["metrics"]) == ("succeeded", 2, None, {"loss": 1.0})
    assert grid.here("logs", f"{run}/0").out == "again\nloss=1\n"
    assert interruptions(home, run) == [1]
    shown = grid.here("show", f"{run}/0").out
    assert re.search(r"^attempt 1 +\d\S* s · preempted by you$", shown, re.MULTILINE), shown


def test_preempt_without_auto_resume(grid, write, wait_until):
    write({"saves.py": SAVES})
    run = grid.launch("--no_auto_resume", "saves.py", "0")
    wait_until(lambda: grid.here("logs", f"{run}/0").out == "first\n")
    assert grid.here("preempt", f"{run}-exp0").out == f"Interrupting trial {run}/0; it gets 20 s to save.\n"
    assert grid.here("wait", run).code == 1
    (row,) = grid.results(run)
    assert (row["state"], row["attempts"], row["reason"]) == ("failed", 1, "interrupted: preempted by you")


def test_an_interruption_outlives_the_watcher(grid, home, write, wait_until, tmp_path):
    """A watcher that is killed while the trial saves is followed by one that knows why the trial ends."""
    slow = SAVES.replace(
        "    open(state", f"    while not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.01)\n    open(state"
    )
    write({"saves.py": slow})
    run = grid.launch("saves.py", "0")
    wait_until(lambda: grid.here("logs", f"{run}/0").out == "first\n")
    grid.here("preempt", f"{run}/0")
    wait_until(lambda: grid.results(run)[0]["reason"])
    refused(grid.here("preempt", f"{run}/0"), "ending already")
    for watcher in watchers(home):
        watcher.kill()
    wait_until(lambda: not watchers(home))
    (tmp_path / "go").touch()
    assert grid.here("wait", run).code == 0
    assert [(row["state"], row["attempts"]) for row in grid.results(run)] == [("succeeded", 2)]


@pytest.mark.full  # it waits for the grace period
def test_what_is_preempted_can_be_stopped(grid, write, wait_until):
    write(
        {"stubborn.py": "import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\nsignal.pause()\n"}
    )
    run = grid.launch("stubborn.py")
    wait_until(lambda: grid.here("logs", f"{run}/0").out == "up\n")
    grid.here("preempt", f"{run}/0")
    wait_until(lambda: grid.results(run)[0]["reason"] == "preempted by you")
    grid.here("stop", run)
    wait_until(lambda: grid.results(run)[0]["reason"] == "stopped by you")
    assert grid.here("wait", run).code == 1
    assert [(row["state"], row["attempts"]) for row in grid.results(run)] == [("stopped", 1)]


def test_preempt_is_refused_where_nothing_runs(grid, paused):
    refused(grid.here("preempt", f"{paused}/0"), "not running", "succeeded")
    refused(grid.here("preempt", f"{paused}/1"), "not running", "queued")
    refused(grid.here("preempt", paused), "say which", f"{paused}/0")


# Rerun


@pytest.fixture
def ended(grid, gate):
    """A run of four trials of which 1 and 3 failed."""
    for name in ("open", "bad-1", "bad-3"):
        (gate / name).touch()
    run = grid.finish("--name", "ended", "gate.py", gate, "range(4)")
    assert grid.states(run) == ["succeeded", "failed", "succeeded", "failed"]
    return run


def attempts(grid, run):
    return [row["attempts"] for row in grid.results(run)]


def test_rerun_of_what_failed_starts_from_scratch(grid, gate, home, ended):
    answer = grid.here("rerun", "--failed", ended, "--format", "json")
    assert (answer.code, answer.json) == (0, {"run": ended, "trials": 2})
    # At once: the end of before is not taken for the new one.
    assert grid.here("wait", ended).code == 1
    assert attempts(grid, ended) == [1, 2, 1, 2]
    assert started(gate) == {0: "x", 1: "xx", 2: "x", 3: "xx"}
    files = grid.here("artifacts", f"{ended}/1", "--format", "json").json
    assert [file["path"] for file in files] == ["model-2.pt"]
    assert [path.name for path in grid_jupyter.Run(ended)[1].artifacts.iterdir()] == ["model-2.pt"]
    points = grid_jupyter.Run(ended).metrics()
    assert points[points["trial"] == 1]["value"].tolist() == [1, 2]  # loss and filed, of the second attempt alone
    # The logs of all attempts are kept.
    logs = home / "runs" / ended / "trials" / "1"
    assert [(logs / f"stdout.{number}").read_text().splitlines()[0] for number in (1, 2)] == ["attempt 1", "attempt 2"]


def test_resume_keeps_the_checkpoint_where_rerun_does_not(grid, gate, ended):
    grid.here("resume", ended)
    grid.here("wait", ended)
    assert started(gate) == {0: "x", 1: "xc", 2: "x", 3: "xc"}
    grid.here("rerun", ended, "3")
    grid.here("wait", ended)
    assert started(gate) == {0: "x", 1: "xc", 2: "x", 3: "xcx"}


def test_rerun_of_numbers(grid, gate, ended):
    answer = grid("rerun", ended, "2", "0", "2")
    assert answer.out == f"Running 2 trials of {ended} again from scratch.\n"
    assert grid.here("wait", ended).code == 1
    assert attempts(grid, ended) == [2, 1, 2, 1]
    for words in (["4"], ["0", "17"]):
        refused(grid.here("rerun", ended, *words), words[-1], "0 to 3")
    for word in ("1-3", "two", "٣"):
        refused(grid.here("rerun", ended, word), "INDEX", word, "0 to 3")
    refused(grid.here("rerun", ended, "--failed", "1"), "keep one")
    refused(grid.here("rerun", ended, "--failed", "--missing"), "keep one")
    refused(grid.here("rerun", ended, "--missing"), "nothing to run again")
    assert attempts(grid, ended) == [2, 1, 2, 1]


def test_rerun_of_all_asks(grid, gate, ended):
    refused(grid.here("rerun", ended), "2 that succeeded", "4 trials", "--yes")
    assert attempts(grid, ended) == [1, 1, 1, 1]
    (gate / "bad-1").unlink()
    (gate / "bad-3").unlink()
    assert grid.here("rerun", "--yes", ended).code == 0
    assert grid.here("wait", ended).code == 0
    assert attempts(grid, ended) == [2, 2, 2, 2]
    refused(grid.here("rerun", "--failed", ended), "no trial", "failed")


def test_rerun_of_all_asks_in_a_notebook(kernel, ended):
    reply = kernel.run(f"%grid rerun {ended}", allow_stdin=True, answers=["no"])
    assert "nothing was changed" in reply.error["evalue"]
    reply = kernel.run(f"%grid rerun {ended}", allow_stdin=True, answers=["yes"])
    assert reply.stdout == f"Running 4 trials of {ended} again from scratch.\n"
    grid_jupyter.Run(ended).wait()


def test_rerun_of_what_is_missing_lifts_a_pause(grid, gate, paused):
    grid.here("stop", f"{paused}/1")
    grid_jupyter.Run(paused).wait()
    answer = grid.here("rerun", "--missing", paused, "--format", "json")
    assert answer.json == {"run": paused, "trials": 3}
    assert grid.here("wait", paused).code == 0
    assert started(gate) == {0: "x", 1: "x", 2: "x", 3: "x"}


def test_rerun_of_what_was_stopped(grid, gate, wait_until):
    run = grid.launch("--parallel", "1", "gate.py", gate, "range(3)")
    wait_until(lambda: started(gate) == {0: "x"})
    refused(grid.here("rerun", run, "0"), f"{run}/0 is running", "grid stop")
    refused(grid.here("rerun", run, "2"), f"{run}/2 waits")
    refused(grid.here("rerun", run, "--yes"), "1 of 3 trials", "running")
    grid.here("stop", run)
    grid.here("wait", run)
    (gate / "open").touch()
    assert grid.here("rerun", "--missing", run, "--format", "json").json == {"run": run, "trials": 3}
    assert grid.here("wait", run).code == 0
    assert started(gate) == {0: "xx", 1: "x", 2: "x"}


def test_rerun_in_python(home, gate):
    (gate / "open").touch()
    run = grid_jupyter.run("gate.py", [gate, "[5, 6]"], wait=True)
    assert run.rerun(1).wait().results()["filed"].tolist() == [1, 2]
    assert run.rerun().wait().results()["filed"].tolist() == [2, 3]
    with pytest.raises(RunError, match="nothing to run again"):
        run.rerun(failed=True)
    with pytest.raises(CommandError, match="0 to 1"):
        run.rerun(-1)
    with pytest.raises(RunError, match="not running"):
        run[0].preempt()
    with pytest.raises(RunError, match="ended already"):
        run.pause()


def test_a_watcher_killed_while_it_clears(grid, gate, home, ended, wait_until):
    """A trial holds its old result with all its files, or waits to run; then it runs from scratch."""
    folder = home / "runs" / ended / "trials" / "0" / "artifacts"
    (gate / "open").unlink()
    for number in range(3000):
        (folder / f"more-{number}").touch()
    assert grid.here("rerun", ended, "0").code == 0
    wait_until(lambda: not (folder / "more-0").exists() or not (folder / "more-2999").exists())
    for watcher in watchers(home):
        watcher.kill()
    wait_until(lambda: not watchers(home))
    assert grid.states(ended)[0] in {"queued", "running"}
    (gate / "open").touch()
    assert grid.here("wait", ended).code == 1
    assert (grid.states(ended)[0], started(gate)[0]) == ("succeeded", "xx")
    files = grid.here("artifacts", f"{ended}/0", "--format", "json").json
    assert [file["path"] for file in files] == ["model-2.pt"]
    assert [file.name for file in folder.iterdir()] == ["model-2.pt"]
