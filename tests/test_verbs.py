"""Each verb through the terminal, for people and for programs."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal

import pytest

import grid_jupyter
from grid_jupyter.errors import GridError

VERBS = [
    "run",
    "status",
    "history",
    "logs",
    "results",
    "artifacts",
    "wait",
    "stop",
    "pause",
    "resume",
    "rerun",
    "preempt",
    "delete",
    "machines",
    "config",
    "gc",
]

MIXED = """\
import argparse, sys

parser = argparse.ArgumentParser()
parser.add_argument("--x", type=int)
parser.add_argument("--quiet", action="store_true")
args = parser.parse_args()
print(f"loss={args.x / 10} accuracy={1 - args.x / 10}")
print("to stderr", file=sys.stderr)
if args.x == 2:
    raise ModuleNotFoundError("No module named 'tqdm'")
if args.x == 3:
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
open("model.pt", "w").write("m" * args.x)
"""


@pytest.fixture
def mixed(grid, write):
    """A run whose trials 0 and 1 succeed, 2 raises and 3 is killed."""
    write({"mixed.py": MIXED})
    return grid.finish("--name", "mixed-run", "--parallel", "4", "mixed.py", "--x", "range(4)", "--quiet")


def test_run_returns_at_once(grid, write):
    write({"long.py": "import time\ntime.sleep(60)\n"})
    answer = grid("run", "--name", "long", "--format", "json", "long.py")
    assert (answer.code, answer.json) == (0, {"run": "long", "trials": 1})
    assert grid.here("stop", "long").code == 0
    assert grid.here("wait", "long").code == 1


def test_run_tells_one_stable_line_in_a_pipe(grid):
    answer = grid("run", "train.py", "--lr", "[0.1, 0.2]", "--layers", "range(3)")
    assert (answer.code, answer.out) == (0, "6 trials on this machine\n")
    (run,) = grid.here("history", "--format", "json").json
    assert grid.here("wait", run["run"]).code == 0


def test_run_wait_follows_to_the_end(grid):
    answer = grid("run", "--wait", "train.py", "--lr", "[0.1, 0.2]")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "2 trials on this machine", "2 succeeded", "0  lr=0.1  succeeded", "1  lr=0.2  succeeded",
    ]  # fmt: skip


def test_run_wait_fails_with_a_trial(grid, write):
    write({"mixed.py": MIXED})
    answer = grid("run", "--wait", "--format", "json", "mixed.py", "--x", "[1, 2]")
    assert answer.code == 1
    assert answer.json["trials"] == 2


def test_run_is_seeded_and_says_so(grid):
    def argv(*flags):
        answer = grid("run", "--dry_run", "--format", "json", *flags, "train.py", "--lr", "uniform(0, 1, 5)")
        return answer.json["seed"], answer.json["argv"]

    assert argv("--seed", "3") == argv("--seed", "3")
    assert argv("--seed", "3")[1] != argv("--seed", "4")[1]


def test_a_drawn_seed_is_kept_with_the_run(grid):
    run = grid.finish("train.py", "--lr", "uniform(0, 1, 3)")
    drawn = [row["params"]["lr"] for row in grid.results(run)]
    # The values that the scripts got are those that are shown, run after run of the command.
    assert [row["metrics"]["loss"] for row in grid.results(run)] == [float(lr) for lr in drawn]


def test_train_is_another_name_that_the_help_does_not_show(grid):
    answer = grid("train", "--wait", "--name", "by-train", "train.py")
    assert answer.code == 0
    assert grid.states("by-train") == ["succeeded"]
    assert "train " not in grid("-h").out.replace("train.py", "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_at_every_level(grid, home, flag):
    general = grid(flag)
    assert (general.code, general.err) == (0, "")
    assert grid().out == general.out
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", general.out, re.MULTILINE)
        answer = grid.here(verb, flag)
        assert (answer.code, answer.err) == (0, "")
        assert answer.out.startswith(f"grid {verb} ")
    assert "--strategy" in grid("run", flag).out
    assert "--dockerfile" not in grid("run", flag).out
    assert not home.exists()


def test_help_behind_the_script_is_the_scripts(grid):
    run = grid.finish("train.py", "-h")
    assert "--lr" in grid("logs", f"{run}/0").out


def test_status_of_one_run(grid, mixed):
    answer = grid("status", mixed, "--format", "json").json
    assert set(answer) == {"run", "state", "reason", "cluster", "created", "counts", "trials", "notes"}
    assert (answer["run"], answer["state"], answer["cluster"]) == (mixed, "failed", "local")
    assert (answer["counts"], answer["trials"]) == ({"succeeded": 2, "failed": 2}, 4)
    assert "tqdm" in answer["reason"]
    told = grid.here("status", mixed).out
    assert told.splitlines()[0] == f"{mixed}  failed"
    assert "4 of 4 ended · 2 failed" in told
    assert "best loss 0" in told


def test_status_lists_what_goes_on(grid, write, mixed):
    write({"long.py": "import time\ntime.sleep(60)\n"})
    run = grid.launch("long.py")
    assert [one["run"] for one in grid.here("status", "--format", "json").json] == [run]
    told = grid.here("status").out
    assert run in told
    assert mixed not in told
    assert "1 run ended" in told
    grid.here("stop", run)
    grid.here("wait", run)
    assert grid.here("status", "--format", "json").json == []
    assert "No run is under way" in grid.here("status").out


def test_history_is_newest_first(grid, mixed):
    second = grid.finish("train.py")
    answer = grid("history", "--format", "json").json
    assert [run["run"] for run in answer] == [second, mixed]
    assert answer[0]["created"] >= answer[1]["created"]
    assert answer[0] == grid.here("status", second, "--format", "json").json
    told = grid.here("history").out.splitlines()
    assert told[0].split() == ["run", "state", "ended", "failed", "created", "reason"]
    assert told[1].startswith(second)
    assert told[2].startswith(mixed)


def test_results_for_programs(grid, mixed):
    rows = grid.results(mixed)
    assert [row["trial"] for row in rows] == [f"{mixed}/{index}" for index in range(4)]
    assert [row["index"] for row in rows] == [0, 1, 2, 3]
    assert [row["state"] for row in rows] == ["succeeded", "succeeded", "failed", "failed"]
    assert [row["params"] for row in rows] == [{"x": str(x), "quiet": "true"} for x in range(4)]
    assert rows[1]["metrics"] == {"loss": 0.1, "accuracy": 0.9}
    assert all(0 < row["duration"] < 60 for row in rows)
    assert [row["attempts"] for row in rows] == [1, 1, 1, 1]
    assert set(rows[0]) == {"trial", "index", "state", "reason", "params", "metrics", "duration", "attempts"}


def test_reasons_are_words(grid, mixed):
    reasons = [row["reason"] for row in grid.results(mixed)]
    assert reasons[:2] == [None, None]
    assert reasons[2] == "exit code 1: ModuleNotFoundError: No module named 'tqdm'"
    assert reasons[3].startswith("killed by signal 9")
    assert reasons[2] in grid.here("results", mixed).out


def test_params_are_named(grid, write):
    write({"empty.py": ""})
    run = grid.finish("empty.py", "first", "--lr", "1", "--lr", "[2]", "--data-dir=x", "--on", "--", "-second")
    (row,) = grid.results(run)
    expected = {"arg1": "first", "lr": "1", "lr_2": "2", "data_dir": "x", "on": "true", "arg2": "-second"}
    assert row["params"] == expected


def test_results_for_people(grid, mixed):
    lines = grid.here("results", mixed).out.splitlines()
    assert lines[0].split()[:4] == ["trial", "state", "x", "loss"]
    assert len(lines) == 5


def test_results_as_csv(grid, mixed, tmp_path):
    file = tmp_path / "out" / "results.csv"
    failed = grid("results", "--csv", file, mixed)
    assert failed.code == 1
    assert failed.err.count("\n") == 1
    file.parent.mkdir()
    answer = grid.here("results", mixed, "--csv", file)
    assert (answer.code, answer.out) == (0, f"4 trials written to {file}\n")
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["trial"], row["x"], row["state"]) for row in rows[:3]] == [
        ("0", "0", "succeeded"), ("1", "1", "succeeded"), ("2", "2", "failed"),
    ]  # fmt: skip
    assert float(rows[1]["loss"]) == 0.1


def test_results_as_json(grid, mixed, tmp_path, monkeypatch):
    file = tmp_path / "results.json"
    answer = grid.here("results", mixed, "--json", file, "--csv", tmp_path / "r.csv")
    assert answer.out == f"4 trials written to {tmp_path / 'r.csv'} and {file}\n"
    assert json.loads(file.read_text()) == grid.results(mixed)
    missing = grid.here("results", mixed, "--json", tmp_path / "no" / "results.json")
    assert missing.code == 1
    assert missing.err.startswith(f"grid: --json {tmp_path / 'no' / 'results.json'}: No such file")


def test_results_saved_from_python(grid, mixed, tmp_path):
    run = grid_jupyter.Run(mixed)
    for name in ("results.json", "results.CSV"):
        run.save(tmp_path / name)
    assert json.loads((tmp_path / "results.json").read_text()) == grid.results(mixed)
    assert (tmp_path / "results.CSV").read_text() == run.results().to_csv()
    with pytest.raises(GridError, match=r"name a file that ends in \.csv or \.json"):
        run.save(tmp_path / "results.txt")


def test_results_of_what_has_not_ended(grid, write, wait_until):
    write({"slow.py": "import time\nprint('loss=0.5', flush=True)\ntime.sleep(60)\n"})
    run = grid.launch("--parallel", "1", "slow.py", "--a", "[1, 2]")
    wait_until(lambda: grid.results(run)[0]["metrics"] == {"loss": 0.5})
    first, second = grid.results(run)
    assert (first["state"], first["duration"], first["attempts"]) == ("running", None, 1)
    assert (second["state"], second["metrics"], second["duration"], second["attempts"]) == ("queued", {}, None, 0)
    grid.here("stop", run)
    grid.here("wait", run)


def test_nan_and_infinity_are_null(grid, write):
    write({"odd.py": "print('a=nan b=inf c=-inf d=1')\n"})
    (row,) = grid.results(grid.finish("odd.py"))
    assert row["metrics"] == {"a": None, "b": None, "c": None, "d": 1.0}


def test_logs(grid, mixed):
    answer = grid("logs", f"{mixed}/1")
    assert (answer.code, answer.out, answer.err) == (0, "loss=0.1 accuracy=0.9\n", "to stderr\n")
    assert grid("logs", f"{mixed}-exp1").out == answer.out
    lines = [json.loads(line) for line in grid("logs", f"{mixed}/1", "--format", "json").out.splitlines()]
    assert lines == [
        {"trial": f"{mixed}/1", "stream": "stdout", "text": "loss=0.1 accuracy=0.9"},
        {"trial": f"{mixed}/1", "stream": "stderr", "text": "to stderr"},
    ]


def test_the_last_lines_of_a_log(grid, write):
    write({"lines.py": "for number in range(1000): print('line', number)\n"})
    run = grid.finish("lines.py")
    assert grid("logs", "--tail", "2", f"{run}/0").out == "line 998\nline 999\n"
    assert grid("logs", f"{run}/0", "--tail=5000").out.count("\n") == 1000
    assert grid("logs", "--follow", "--tail", "1", f"{run}/0").out == "line 999\n"


def test_logs_follow_to_the_end(grid, write, tmp_path):
    write(
        {
            "gated.py": "import os, sys, time\n"
            "print('one', flush=True)\n"
            "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
            "print('two'); print('three', end='')\n"
        }
    )
    gate = tmp_path / "gate"
    run = grid.launch("gated.py", gate)
    following = grid.start("logs", "--follow", f"{run}/0", stdout=-1, text=True)
    assert following.stdout.readline() == "one\n"
    gate.touch()
    assert following.communicate(timeout=20) == ("two\nthree\n", None)
    assert following.returncode == 0
    assert grid.here("wait", run).code == 0


def test_logs_follow_over_attempts(grid, write):
    write({"again.py": "import os, sys\nprint('attempt', os.environ['GRID_ATTEMPT'])\nsys.exit(1)\n"})
    run = grid.launch("--retries", "2", "again.py")
    seen = grid("logs", "--follow", f"{run}/0").out.splitlines()
    assert seen[-1] == "attempt 3"
    assert grid.here("wait", run).code == 1
    assert grid("logs", f"{run}/0").out == "attempt 3\n"


def test_logs_into_a_pipe_that_closes(grid, write):
    write({"lines.py": "for number in range(20000): print('line', number)\n"})
    run = grid.finish("lines.py")
    for command in (["logs", f"{run}/0"], ["history"]):
        reading = grid.start(*command, stdout=-1, stderr=-1)
        reading.stdout.close()
        assert reading.wait(timeout=20) == 0
        assert reading.stderr.read() == b""
        reading.stderr.close()


def test_artifacts(grid, mixed):
    files = grid("artifacts", mixed, "--format", "json").json
    assert files == [
        {"trial": f"{mixed}/0", "path": "model.pt", "size": 0},
        {"trial": f"{mixed}/1", "path": "model.pt", "size": 1},
    ]
    assert grid.here("artifacts", f"{mixed}/1", "--format", "json").json == files[1:]
    assert "model.pt" in grid.here("artifacts", mixed).out
    assert grid.here("artifacts", f"{mixed}/2").out == "No files were written.\n"


def test_wait(grid, mixed):
    good = grid.finish("train.py")
    assert grid("wait", good).code == 0
    answer = grid("wait", mixed)
    assert answer.code == 1
    assert answer.out.splitlines()[0] == "2 succeeded, 2 failed"
    answer = grid.here("wait", "--format", "json", mixed)
    assert (answer.code, answer.json) == (1, {"run": mixed, "trials": 4})


def test_stop_a_trial(grid, write, wait_until):
    write({"long.py": "import time\nprint('up', flush=True)\ntime.sleep(60)\n"})
    run = grid.launch("--parallel", "2", "long.py", "--a", "range(4)")
    wait_until(lambda: grid.states(run) == ["running", "running", "queued", "queued"])
    answer = grid("stop", f"{run}/3", "--format", "json")
    assert (answer.code, answer.json) == (0, {"run": run, "trials": 1})
    wait_until(lambda: grid.states(run)[3] == "stopped")
    answer = grid.here("stop", f"{run}/0")
    assert (answer.code, f"{run}/0" in answer.out) == (0, True)
    wait_until(lambda: grid.states(run) == ["stopped", "running", "running", "stopped"])
    answer = grid.here("stop", run, "--format", "json")
    assert answer.json == {"run": run, "trials": 2}
    assert grid.here("wait", run).code == 1
    rows = grid.results(run)
    assert [row["state"] for row in rows] == ["stopped"] * 4
    assert all("stopped by you" in row["reason"] for row in rows)
    assert grid.here("status", run, "--format", "json").json["state"] == "stopped"


def test_stop_gives_time_to_save(grid, write, wait_until):
    write(
        {
            "saves.py": "import signal, sys, time\n"
            "def save(*_):\n    open('saved.txt', 'w').write('done'); sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, save)\n"
            "print('up', flush=True)\ntime.sleep(60)\n"
        }
    )
    run = grid.launch("saves.py")
    wait_until(lambda: grid.here("logs", f"{run}/0").out == "up\n")
    grid.here("stop", run)
    assert grid.here("wait", run).code == 1
    assert grid.states(run) == ["stopped"]
    assert [file["path"] for file in grid.here("artifacts", run, "--format", "json").json] == ["saved.txt"]


def test_resume_runs_again_what_did_not_succeed(grid, write, tmp_path):
    write(
        {
            "flaky.py": "import os, sys\n"
            "open(sys.argv[2] + '-' + sys.argv[4], 'a').write('x')\n"
            "sys.exit(0 if sys.argv[4] == '1' or os.path.exists(sys.argv[2] + '-fixed') else 1)\n"
        }
    )
    out = tmp_path / "out"
    run = grid.finish("flaky.py", "--out", out, "--a", "[1, 2]")
    assert grid.states(run) == ["succeeded", "failed"]
    (tmp_path / "out-fixed").touch()
    answer = grid.here("resume", run, "--format", "json")
    assert (answer.code, answer.json) == (0, {"run": run, "trials": 1})
    # At once: the state of before is not taken for the new end.
    assert grid.here("wait", run).code == 0
    assert [row["attempts"] for row in grid.results(run)] == [1, 2]
    assert ((tmp_path / "out-1").read_text(), (tmp_path / "out-2").read_text()) == ("x", "xx")


def test_resume_takes_new_limits(grid, write):
    write({"long.py": "import time\ntime.sleep(0.5)\n"})
    run = grid.finish("--max_time", "0.1s", "long.py")
    (row,) = grid.results(run)
    assert "--max_time" in row["reason"]
    assert grid.here("resume", "--max_time", "1m", run).code == 0
    assert grid.here("wait", run).code == 0


@pytest.mark.full  # it takes the time that it is about
def test_the_time_of_a_trial_begins_with_its_start(grid, write):
    """And not when its directory was made ready, while another trial was running."""
    write({"long.py": "import sys, time\ntime.sleep(float(sys.argv[1]))\n"})
    run = grid.finish("--parallel", "1", "--max_time", "4s", "long.py", "[3, 2]")
    assert grid.states(run) == ["succeeded", "succeeded"]


def test_delete(grid, home, mixed):
    answer = grid("delete", "--yes", mixed, "--format", "json")
    assert (answer.code, answer.json) == (0, {"run": mixed, "trials": 4})
    assert list((home / "runs").iterdir()) == []
    assert grid.here("history", "--format", "json").json == []
    assert grid.here("status", mixed).code == 2
    again = grid.finish("--name", mixed, "train.py")
    assert grid("delete", again, "--yes").out == f"{again} is deleted.\n"


def test_a_question_in_a_terminal(grid, mixed):
    def ask(text):
        mine, theirs = pty.openpty()
        asking = grid.start("delete", mixed, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        os.write(mine, text)
        said = b""
        while True:
            try:
                piece = os.read(mine, 1024)
            except OSError:
                break
            said += piece
            if not piece:
                break
        os.close(mine)
        return asking.wait(timeout=20), said.decode()

    code, said = ask(b"n\n")
    assert code == 2
    assert "4 trials" in said
    assert "nothing was changed" in said
    assert grid.here("status", mixed).code == 0
    code, said = ask(b"y\n")
    assert (code, f"{mixed} is deleted" in said) == (0, True)


def test_a_killed_command_stops_no_trial(grid, write, tmp_path, wait_until):
    write({"gate.py": "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"})
    gate = tmp_path / "gate"
    waiting = grid.start("run", "--wait", "--name", "kept", "gate.py", gate, stdout=-1, stderr=-1)
    wait_until(lambda: grid.here("status", "kept").code == 0 and grid.states("kept") == ["running"])
    waiting.send_signal(signal.SIGKILL)
    waiting.communicate()
    gate.touch()
    assert grid.here("wait", "kept").code == 0
