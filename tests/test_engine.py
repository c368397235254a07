"""What a trial sees, and that every trial runs exactly once whatever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from parts import GATE

import grid_jupyter
from grid_jupyter.errors import GridError


@pytest.fixture
def gate(gate_folder, write):
    """A folder in which trials of gate.py say that they started, and wait for the file ``open``."""
    write({"gate.py": GATE})
    return gate_folder


def trial(run, index=0):
    return grid_jupyter.Run(run)[index]


def output(run, index=0):
    """What a trial wrote to its out.json."""
    return json.loads((trial(run, index).artifacts / "out.json").read_text())


def watchers(home):
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "grid_jupyter.watcher" in (words := process.info["cmdline"] or []) and words[-1].startswith(str(home))
    ]


def parent_of_trial(processes):
    """The tiny parent of the one trial that runs."""
    (script,) = [process for process in processes if "gate.py" in process.cmdline()]
    return script.parent()


def wait(grid, run):
    """Wait for a run and return the states of its trials."""
    grid.here("wait", run)
    return grid.states(run)


# What a trial sees


def test_trials_run_beside_each_other(grid, write, tmp_path):
    write(
        {
            "meet.py": "import os, sys, time\n"
            "folder, me = sys.argv[1:3]\n"
            "open(folder + '/' + me, 'w').close()\n"
            "while len(os.listdir(folder)) < 2: time.sleep(0.01)\n"
        }
    )
    (tmp_path / "meet").mkdir()
    assert grid.states(grid.finish("--parallel", "2", "meet.py", tmp_path / "meet", "[a, b]")) == ["succeeded"] * 2


def test_parallel_bounds_how_many_run_at_once(grid, gate, wait_until):
    run = grid.launch("--parallel", "1", "gate.py", gate, "[1, 2, 3]")
    wait_until((gate / "started-1").exists)
    wait_until(lambda: grid.states(run) == ["running", "queued", "queued"])
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"] * 3


def test_each_trial_has_a_directory_of_its_own(grid, write, project):
    write({"model.py": "import sys\nassert open('base.txt').read() == 'b'\nopen('model.pt', 'w').write(sys.argv[1])\n"})
    write({"base.txt": "b", "model.pt": "old"})
    run = grid.finish("--parallel", "2", "model.py", "[1, 22]")
    assert [(trial(run, n).artifacts / "model.pt").read_text() for n in (0, 1)] == ["1", "22"]
    files = grid.here("artifacts", run, "--format", "json").json
    assert [(file["path"], file["size"]) for file in files] == [("model.pt", 1), ("model.pt", 2)]
    assert (project / "model.pt").read_text() == "old"


def test_changed_files_are_artifacts_and_unchanged_ones_are_not(grid, write):
    write({"change.py": "open('a.txt', 'a').write('!')\nopen('sub/new.txt', 'w').write('n')\n"})
    write({"a.txt": "a", "b.txt": "b", "sub/c.txt": "c"})
    run = grid.finish("change.py")
    files = grid.here("artifacts", run, "--format", "json").json
    assert [file["path"] for file in files] == ["a.txt", "sub/new.txt"]
    assert (trial(run).artifacts / "a.txt").read_text() == "a!"


def test_artifacts_of_a_trial_that_fails_are_kept(grid, write):
    write({"fail.py": "open('half.txt', 'w').write('h')\nraise SystemExit(3)\n"})
    run = grid.finish("fail.py")
    assert (trial(run).artifacts / "half.txt").read_text() == "h"
    assert trial(run).reason == "exit code 3"


def test_artifacts_may_have_any_name(grid, write):
    write({"names.py": "open(b'caf\\xe9.txt', 'w').write('1')\nopen('größe\\n.txt', 'w').write('22')\n"})
    run = grid.launch("names.py")
    grid_jupyter.Run(run).wait(timeout=10)
    assert grid.states(run) == ["succeeded"]
    files = grid.here("artifacts", run, "--format", "json").json
    assert sorted(file["size"] for file in files) == [1, 2]
    assert grid("artifacts", run).code == 0


def test_ignored_data_is_there(grid, write, project):
    write({".gitignore": "data/\n", "data/x.csv": "1,2\n", "sub/read.py": "print(open('../data/x.csv').read())\n"})
    (project / ".git").mkdir()
    (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    answer = grid("run", "--wait", "read.py", cwd=project / "sub")
    assert answer.code == 0, answer.out
    run = grid_jupyter.runs()[0].name
    assert grid.here("logs", f"{run}/0").out == "1,2\n\n"
    assert grid.here("artifacts", run, "--format", "json").json == []


def test_a_queued_trial_runs_the_code_of_the_launch(grid, gate, write, project, wait_until):
    write({"helper.py": "WHAT = 'old'\n", "edited.py": f"import helper\n{GATE}print(helper.WHAT, 'old')\n"})
    run = grid.launch("--parallel", "1", "edited.py", gate, "[1, 2]")
    wait_until((gate / "started-1").exists)
    write({"helper.py": "WHAT = 'new'\n", "edited.py": "print('new new')\n"})
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"] * 2
    assert [trial(run, n).log().splitlines()[-1] for n in (0, 1)] == ["old old"] * 2


def test_a_package_installed_in_place_comes_from_the_snapshot(grid, gate, write, project, tmp_path, wait_until):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (packages / "mine.pth").write_text(f"{project / 'src'}\n")
    write({"src/mine/__init__.py": "WHAT = 'old'\n", "use.py": f"{GATE}import mine\nprint(mine.WHAT, mine.__file__)\n"})
    run = grid.launch("--python", tmp_path / "env", "--parallel", "1", "use.py", gate, "[1, 2]")
    wait_until((gate / "started-1").exists)
    write({"src/mine/__init__.py": "WHAT = 'new'\n"})
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"] * 2
    for index in (0, 1):
        what, file = trial(run, index).log().splitlines()[-1].split(" ", 1)
        assert what == "old"
        assert not file.startswith(str(project))


WITNESS = """\
import json, os, sys
seen = {"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "stdin": sys.stdin.read(),
        "executable": sys.executable, "path": sys.path}
json.dump(seen, open("out.json", "w"))
"""


def test_the_environment_of_a_trial(grid, write, tmp_path):
    write({"witness.py": WITNESS})
    (tmp_path / "lib").mkdir()
    env = {"PYTHONPATH": str(tmp_path / "lib"), "MY_OWN": "kept"}
    run = grid.finish("witness.py", "[a, b]", env=env)
    for index in (0, 1):
        seen = output(run, index)["env"]
        assert seen["GRID_RUN_NAME"] == run
        assert seen["GRID_TRIAL_INDEX"] == str(index)
        assert seen["GRID_EXPERIMENT_NAME"] == f"{run}-exp{index}"
        assert seen["GRID_ATTEMPT"] == "1"
        assert seen["GRID_INSTANCE_TYPE"] == ""
        assert os.path.isdir(seen["GRID_CHECKPOINT_DIR"])  # noqa: PTH112
        assert seen["GRID_METRICS_FILE"]
        assert seen["MY_OWN"] == "kept"
        assert str(tmp_path / "lib") in output(run, index)["path"]
    assert output(run, 0)["env"]["GRID_EXPERIMENT_ID"] != output(run, 1)["env"]["GRID_EXPERIMENT_ID"]
    assert os.path.dirname(output(run)["executable"]) == os.path.dirname(sys.executable)  # noqa: PTH120
    assert output(run)["stdin"] == ""


def test_the_active_environment_runs_the_script(grid, write, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    write({"witness.py": WITNESS})
    run = grid.finish("witness.py", env={"VIRTUAL_ENV": str(tmp_path / "env")})
    assert output(run)["executable"] == str(tmp_path / "env" / "bin" / "python")


def test_no_shell_reads_the_arguments(grid, write, tmp_path):
    write({"witness.py": WITNESS})
    words = [
        "--a", "two words", "--b", "$(touch x)", "--c", "`touch x`", "--d", "it's \"quoted\"", "--e", "line\nbreak",
        "--f", "größe → ∞ 🙂", "--g", "; touch x", "--h", "*", "--i", "\\", "--j", "", "--k=a b", "$HOME", "~", "-0.1",
        "--l", "%s {} {{x}}", "--m", "\t",
    ]  # fmt: skip
    run = grid.finish("witness.py", *words)
    assert output(run)["argv"] == words
    assert grid.states(run) == ["succeeded"]
    assert [file["path"] for file in grid.here("artifacts", run, "--format", "json").json] == ["out.json"]
    assert grid("results", run).code == 0
    assert grid("status", run).code == 0


def test_the_command_of_a_run_asks_for_it_again(grid, write):
    write({"witness.py": WITNESS})
    words = ["--a", "$(touch x) it's", "--b", "[1, 2]", "--c", "line\nbreak"]
    run = grid.finish("--seed", "3", "witness.py", *words)
    again = subprocess.run(
        ["/bin/sh", "-c", grid_jupyter.Run(run).command.replace("grid run", "exec $0 run --wait", 1), grid.program],
        cwd=grid.cwd,
        capture_output=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    second = grid_jupyter.runs()[0].name
    assert second != run
    assert [output(second, n)["argv"] for n in (0, 1)] == [output(run, n)["argv"] for n in (0, 1)]


def test_bytes_that_are_no_text_arrive(grid, write):
    write({"witness.py": "import os, sys\nprint(os.fsencode(sys.argv[1]).hex())\n"})
    done = subprocess.run(
        [grid.program, "run", "--wait", "witness.py", b"caf\xe9"], cwd=grid.cwd, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    run = grid_jupyter.runs()[0].name
    assert grid.here("logs", f"{run}/0").out == "636166e9\n"
    for verb in ("results", "status"):
        answer = grid(verb, run)
        assert (answer.code, answer.err) == (0, "")


def test_a_shell_script(grid, write):
    write({"job.sh": 'read line; echo "got <$1> <$2> <$line>"; echo "loss=$2"\n'})
    run = grid.finish("job.sh", "a b", "[1, 2]")
    assert grid.here("logs", f"{run}/1").out == "got <a b> <2> <>\nloss=2\n"
    assert [row["metrics"] for row in grid.results(run)] == [{"loss": 1.0}, {"loss": 2.0}]


def test_output_is_kept_byte_for_byte(grid, write):
    content = bytes(range(256)) * 3 + b"\r\nno newline \xff"
    write({"bytes.py": f"import os\nos.write(1, {content!r})\nos.write(2, b'\\xfe')\n"})
    run = grid.finish("bytes.py")
    assert trial(run).log_file(1, "stdout").read_bytes() == content
    assert trial(run).log_file(1, "stderr").read_bytes() == b"\xfe"
    answer = grid("logs", f"{run}/0", "--format", "json")
    assert answer.code == 0
    assert [json.loads(line)["stream"] for line in answer.out.splitlines()][-1] == "stderr"


# Metrics


def test_metrics_in_all_forms(grid, write):
    lines = [
        "loss: 0.5", "acc=0.25 f1=.5", "a: 1, b=2", '{"json": 1.5, "flag": true, "text": "x"}', "train/loss=1e-3",
        "not a metric: 5 apples", "Epoch 3 loss=9", '{"nested": {"x": 1}}', "nothing=here", "  padded = 7  ",
        "loss: 0.4", "big=1e400", "odd=nan",
    ]  # fmt: skip
    code = f"for line in {lines!r}: print(line)\nprint('last=1', end='')\n"
    filed = '{"filed": 3}\nrubbish\n{"filed": 4}'
    write({"metrics.py": f"import os\n{code}open(os.environ['GRID_METRICS_FILE'], 'a').write({filed!r})\n"})
    run = grid.finish("metrics.py")
    metrics = trial(run).metrics
    assert metrics.pop("odd") != metrics.get("odd")
    assert metrics == {
        "loss": 0.4, "acc": 0.25, "f1": 0.5, "a": 1, "b": 2, "json": 1.5, "train/loss": 1e-3, "padded": 7,
        "big": float("inf"), "last": 1, "filed": 4,
    }  # fmt: skip


def test_steps(grid, write):
    lines = ["epoch=5 loss=1", "step=10 loss=2", "epoch=6 step=20 global_step=3 loss=3", "acc=1", "acc=2"]
    write({"steps.py": f"for line in {lines!r}: print(line)\n"})
    run = grid.finish("steps.py")
    points = grid_jupyter.Run(run).metrics()
    assert list(points.columns) == ["trial", "name", "step", "value", "time"]
    assert points[points["name"] == "loss"]["step"].tolist() == [5, 10, 20]
    assert points[points["name"] == "acc"]["step"].tolist() == [0, 1]
    assert set(points["name"]) == {"loss", "acc"}


def test_the_last_metrics_of_many_lines(grid, write):
    write(
        {"many.py": "for n in range(200_000): print(f'step={n} loss={n / 1000}' if n % 100 == 99 else f'line {n}')\n"}
    )
    run = grid.finish("many.py")
    assert trial(run).metrics == {"loss": 199.999}
    assert len(grid_jupyter.Run(run).metrics()) == 2000
    assert grid.here("logs", f"{run}/0", "--tail", "1").out == "step=199999 loss=199.999\n"


UNTRUE = {
    "a step that is no number": "step=nan loss=1",
    "a step without end": '{"step": Infinity, "loss": 1}',
    "a number that no float holds": '{"loss": 1' + "0" * 400 + "}",
    "a number of many digits": '{"loss": 1' + "0" * 5000 + "}",
    "an object of great depth": '{"a":' * 5000 + "1" + "}" * 5000,
    "a name that is half a character": '{"\\ud800": 1}',
    "a line without end": "loss=" + "1" * 200_000,
}


@pytest.mark.parametrize("line", UNTRUE.values(), ids=UNTRUE.keys())
def test_no_line_harms_the_run(grid, write, line):
    """Whatever a trial prints, and wherever, it ends well and its good lines count."""
    write({"line.txt": line})
    write(
        {
            "odd.py": "import os\nline = open('line.txt').read()\nprint(line)\nprint('good=1')\n"
            "open(os.environ['GRID_METRICS_FILE'], 'w').write(line + '\\n{\"filed\": 2}\\n')\n"
        }
    )
    run = grid.launch("odd.py")
    grid_jupyter.Run(run).wait(timeout=10)
    assert grid.states(run) == ["succeeded"]
    metrics = trial(run).metrics
    assert (metrics["good"], metrics["filed"]) == (1, 2)


# Ends


def test_what_a_trial_leaves_running_is_ended(grid, write, tmp_path, wait_until):
    write(
        {
            "parent.py": "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            "open(sys.argv[1], 'w').write(str(child.pid))\n"
        }
    )
    run = grid.finish("parent.py", tmp_path / "pid")
    assert grid.states(run) == ["succeeded"]
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, timeout=5)


def test_retries(grid, write):
    write({"third.py": "import os, sys\nsys.exit(0 if os.environ['GRID_ATTEMPT'] == '3' else 1)\n"})
    run = grid.finish("--retries", "2", "third.py")
    (row,) = grid.results(run)
    assert (row["state"], row["attempts"], row["reason"]) == ("succeeded", 3, None)
    run = grid.finish("--retries", "1", "third.py")
    (row,) = grid.results(run)
    assert (row["state"], row["attempts"], row["reason"]) == ("failed", 2, "exit code 1")


def test_the_checkpoint_is_there_again(grid, write):
    write(
        {
            "saves.py": "import os, sys\nfile = os.environ['GRID_CHECKPOINT_DIR'] + '/state'\n"
            "seen = os.path.exists(file)\nopen(file, 'a').write('x')\nsys.exit(not seen)\n"
        }
    )
    assert grid.states(grid.finish("--retries", "1", "saves.py")) == ["succeeded"]


def test_max_time(grid, write):
    write({"slow.py": "import sys, time\nprint('loss=1', flush=True)\ntime.sleep(60 if sys.argv[1] == '1' else 0)\n"})
    run = grid.finish("--max_time", "3s", "--parallel", "2", "slow.py", "[1, 2]")
    first, second = grid.results(run)
    assert "--max_time" in first["reason"]
    assert (first["metrics"], second["state"]) == ({"loss": 1.0}, "succeeded")
    assert 2 < first["duration"] < 15


def test_a_script_that_cannot_be_started(grid, write):
    write({"broken.py": "def f(:\n"})
    run = grid.finish("broken.py")
    assert "SyntaxError" in trial(run).reason


# Killed


def count(gate, kind):
    """How often each trial did something."""
    return {file.name: len(file.read_text()) for file in gate.glob(f"{kind}-*")}


def test_a_killed_watcher_loses_nothing(grid, gate, home, wait_until):
    run = grid.launch("--parallel", "2", "gate.py", gate, "range(5)")
    wait_until(lambda: len(count(gate, "started")) == 2)
    wait_until(lambda: grid.states(run).count("running") == 2)
    (watcher,) = watchers(home)
    watcher.kill()
    wait_until(lambda: not watchers(home))
    (gate / "open").touch()
    # The two that ran end by themselves, with nobody to watch.
    wait_until(lambda: len(count(gate, "done")) == 2)
    assert grid.here("resume", run).code == 0
    wait_until(lambda: len(count(gate, "done")) == 5)
    assert wait(grid, run) == ["succeeded"] * 5
    assert count(gate, "started") == {f"started-{n}": 1 for n in range(5)}
    assert count(gate, "done") == {f"done-{n}": 1 for n in range(5)}
    assert [row["metrics"] for row in grid.results(run)] == [{"loss": float(n)} for n in range(5)]
    assert [row["attempts"] for row in grid.results(run)] == [1] * 5


def test_waiting_carries_on_a_run_whose_watcher_was_killed(grid, gate, home, wait_until):
    run = grid.launch("--parallel", "1", "gate.py", gate, "range(3)")
    wait_until(lambda: grid.states(run)[0] == "running")
    (watcher,) = watchers(home)
    watcher.kill()
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"] * 3
    assert count(gate, "started") == {f"started-{n}": 1 for n in range(3)}


def test_a_watcher_killed_again_and_again(grid, write, home, tmp_path, wait_until):
    (tmp_path / "out").mkdir()
    write({"quick.py": "import sys, time\nopen(sys.argv[1] + '/' + sys.argv[2], 'a').write('x')\ntime.sleep(0.1)\n"})
    run = grid.launch("--parallel", "2", "quick.py", tmp_path / "out", "range(30)")
    for _ in range(4):
        for watcher in wait_until(lambda: watchers(home)):
            watcher.kill()
        wait_until(lambda: not watchers(home))
        grid.here("resume", run)
    assert wait(grid, run) == ["succeeded"] * 30
    assert {file.name: file.read_text() for file in (tmp_path / "out").iterdir()} == {str(n): "x" for n in range(30)}


def test_a_second_watcher_leaves(grid, gate, home, wait_until):
    run = grid.launch("gate.py", gate, "1")
    wait_until(lambda: grid.states(run) == ["running"])
    (first,) = watchers(home)
    second = subprocess.run(
        [sys.executable, "-m", "grid_jupyter.watcher", str(home / "runs" / run)],
        timeout=20,
        check=False,
        capture_output=True,
    )
    assert second.returncode == 0
    assert watchers(home) == [first]
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"]
    assert count(gate, "started") == {"started-1": 1}


def test_two_watchers_at_once(grid, gate, home, wait_until):
    run = grid.launch("gate.py", gate, "[1, 2, 3]")
    wait_until(lambda: watchers(home))
    for watcher in watchers(home):
        watcher.kill()
    wait_until(lambda: not watchers(home))
    command = [sys.executable, "-m", "grid_jupyter.watcher", str(home / "runs" / run)]
    both = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    (gate / "open").touch()
    assert [process.wait(timeout=30) for process in both] == [0, 0]
    assert grid.states(run) == ["succeeded"] * 3
    assert set(count(gate, "started").values()) == {1}


def test_a_trial_whose_parent_was_killed_runs_again_alone(grid, gate, home, wait_until, processes):
    """The process that was left without its parent must not go on beside its second attempt."""
    run = grid.launch("gate.py", gate, "1")
    wait_until(lambda: count(gate, "started") == {"started-1": 1})
    parent = parent_of_trial(processes(home))
    orphans = parent.children(recursive=True)
    parent.kill()
    wait_until(lambda: count(gate, "started") == {"started-1": 2})
    assert [process for process in orphans if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"]
    assert grid.results(run)[0]["attempts"] == 2
    assert count(gate, "done") == {"done-1": 1}


def test_no_auto_resume_lets_it_fail(grid, gate, home, wait_until, processes):
    run = grid.launch("--no_auto_resume", "gate.py", gate, "1")
    wait_until(lambda: count(gate, "started") == {"started-1": 1})
    parent = parent_of_trial(processes(home))
    os.killpg(parent.pid, signal.SIGKILL)
    assert wait(grid, run) == ["failed"]
    assert "interrupted" in trial(run).reason
    assert grid.results(run)[0]["attempts"] == 1


def test_a_killed_script_is_no_interruption(grid, gate, home, wait_until, processes):
    run = grid.launch("gate.py", gate, "1")
    wait_until(lambda: count(gate, "started") == {"started-1": 1})
    parent = parent_of_trial(processes(home))
    (script,) = parent.children()
    script.kill()
    assert wait(grid, run) == ["failed"]
    assert trial(run).reason.startswith("killed by signal 9")


# Python's door


def test_python_runs_and_waits(home, project):
    run = grid_jupyter.run("train.py", {"lr": [0.5, 0.25], "layers": 2}, name="by-python", wait=True)
    frame = run.results()
    assert frame["lr"].tolist() == [0.5, 0.25]
    assert frame["loss"].tolist() == [1.0, 0.5]
    assert run.best().index == 1
    assert [one.name for one in grid_jupyter.runs()] == ["by-python"]
    run.delete()
    assert grid_jupyter.runs() == []


def test_a_dry_run_of_python_launches_nothing(home, project):
    plan = grid_jupyter.plan("train.py", {"lr": [0.5]}, dry_run=True)
    assert plan.trials == 1
    assert not home.exists()
    # A call that returns a run has no plan to return.
    with pytest.raises(GridError, match=r"grid_jupyter\.plan"):
        grid_jupyter.run("train.py", {"lr": [0.5]}, dry_run=True)
    assert not home.exists()


def test_a_wait_in_python_takes_a_timeout(home, project, gate):
    run = grid_jupyter.run("gate.py", [gate, "1"])
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="goes on"):
        run.wait(timeout=0.3)
    assert time.monotonic() - began < 5
    (gate / "open").touch()
    assert run.wait(timeout=30).state == "succeeded"
