"""What is refused: in one sentence that helps, with exit code 2, and with nothing made."""

from __future__ import annotations

import os
import signal
import subprocess

import psutil
import pytest
from doors import Answer

LONG = "a" * 300


def runs_made(home):
    folder = home / "runs"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def check_sentence(answer, *words, caret=False):
    assert answer.code == 2, (answer.out, answer.err)
    assert answer.out == ""
    sentence, *below = answer.err.splitlines()
    assert sentence.startswith("grid: ")
    assert "Traceback" not in answer.err
    for word in words:
        assert word in sentence
    if caret:
        shown, marks = below
        assert shown.startswith("  ")
        assert marks.strip() == "^"
    else:
        assert below == []


# Command, words that the sentence must contain, and whether a sweep text is shown with a caret.
COMMANDS = {
    # The recorded refusals
    "E01": (["run", "--strategy", "random_search", "train.py", "--a", "[1, 2]"], ["--trials"], False),
    "E02": (["run", "--strategy", "random_search", "--trials", "0", "train.py", "--a", "[1]"], ["1 or more"], False),
    "E03": (
        ["run", "--strategy", "random_search", "--trials", "two", "train.py", "--a", "[1]"],
        ["--trials", "whole number", "two"],
        False,
    ),
    "E04": (["run", "--strategy", "bayesian", "train.py"], ["bayesian", "--metric"], False),
    "E05": (["run", "--trials", "2", "train.py", "--a", "[1, 2]"], ["--trials", "random_search"], False),
    "E06": (["run", "--name", "My-Run", "train.py"], ["--name", "'My-Run'", "a-z"], False),
    "E07": (["run", "--memory", "10", "train.py"], ["--memory", "10G"], False),
    "E08": (["run", "notes.txt"], ["notes.txt", ".py", ".sh", ".jl"], False),
    "E09": (["run", "tarin.py"], ["tarin.py", "train.py"], False),
    "E10": (["run"], ["script", "-h"], False),
    "E11": (["run", "--instance_type", "3_v100_16gb", "train.py"], ["3_v100_16gb", "near", "_v100_"], False),
    "E12": (["run", "--gpus", "8", "--instance_type", "4_v100_16gb", "train.py"], ["up to 4"], False),
    "E13": (["run", "--framework", "mxnet", "train.py"], ["--framework", "mxnet", "torch"], False),
    "E14": (["run", "--datastore_name", "a:b:c", "train.py"], ["--datastore_name", "USER:NAME"], False),
    "E15": (["run", "--description", "d" * 201, "train.py"], ["--description", "200", "201"], False),
    "E16": (["run", "--gpus", "two", "train.py"], ["--gpus", "two"], False),
    "E17": (["run", "--config", "tabs.yml", "train.py"], ["tabs.yml"], False),
    "E18": (["run", "--config", "params.yml", "train.py"], ["params.yml", "compute"], False),
    "E19 list": (["run", "train.py", "--a", "[]"], ["--a", "empty"], True),
    "E19 range": (["run", "train.py", "--a", "range(3, 3)"], ["--a"], True),
    "E19 draws": (["run", "train.py", "--a", "uniform(0, 1, 0)"], ["--a"], True),
    "E20 list": (["run", "train.py", "--a", "[1, 2"], ["--a", "closed"], True),
    "E20 call": (["run", "train.py", "--a", "uniform(0, 1, 3"], ["--a", "closed"], True),
    "E21": (["run", "train.py", "--a", "[__import__('os').system('touch x')]"], ["--a"], True),
    "E22": (["run", "train.py", "--a", "[0,", "1]"], ["--a", "quote", '"[0, 1]"'], True),
    "two half-lists of many": (["run", "train.py", "--a", "[0,", "1,", "2]"], ["quote", '"[0, 1, 2]"'], True),
    # Sweep texts
    "a missing comma": (["run", "train.py", "--a", "['x' 'y']"], ["--a", "comma"], True),
    "a name that is nearly known": (["run", "train.py", "--a", "unifrom(0, 1, 3)"], ["--a", "uniform"], True),
    "a vector distribution": (["run", "train.py", "--a", "dirichlet([1, 2], 3)"], ["--a", "dirichlet"], True),
    "a negative size": (["run", "train.py", "--a", "uniform(0, 1, -1)"], ["--a"], True),
    "an argument that is no number": (["run", "train.py", "--a", "uniform(0, x, 3)"], ["--a"], True),
    "too many arguments": (["run", "train.py", "--a", "uniform(0, 1, 2, 3)"], ["--a"], True),
    "what numpy refuses": (["run", "train.py", "--a", "beta(-1, 2, 3)"], ["--a"], True),
    "a call in a list": (["run", "train.py", "--a", "[range(3)]"], ["--a"], True),
    "an operator in a list": (["run", "train.py", "--a", "[1 + 1]"], ["--a"], True),
    "a positional list": (["run", "train.py", "[1,"], ["arg1"], True),
    # Flags
    "an unknown verb": (["rum", "train.py"], ["'rum'", "run"], False),
    "an unknown flag": (["run", "--trails", "3", "train.py"], ["--trails", "--trials"], False),
    "an unknown flag with a value": (["run", "--clutser=local", "train.py"], ["--clutser", "--cluster"], False),
    "a flag of the old spelling": (["run", "--grid_gpus", "1", "train.py"], ["--grid_gpus", "--gpus"], False),
    "an unknown short flag": (["run", "-x", "train.py"], ["-x"], False),
    "an unknown flag of another verb": (["logs", "--tali", "3", "a/0"], ["--tali", "--tail"], False),
    "a switch with a value": (["run", "--use_spot=yes", "train.py"], ["--use_spot", "no value"], False),
    "a flag without its value": (["run", "--name"], ["--name", "value"], False),
    "a flag twice": (["run", "--seed", "1", "--seed", "2", "train.py"], ["--seed", "twice"], False),
    "--dockerfile": (["run", "--dockerfile", "Dockerfile", "train.py"], ["--dockerfile", "--image"], False),
    "-d": (["run", "-d", "Dockerfile", "train.py"], ["--dockerfile", "--image"], False),
    "--nodes": (["run", "--nodes", "2", "train.py"], ["--nodes", "--instance_type"], False),
    "--max_nodes": (["run", "--max_nodes", "2", "train.py"], ["--max_nodes"], False),
    "--distributed": (["run", "--distributed", "train.py"], ["--distributed"], False),
    "--trials with none": (["run", "--trials", "2", "--strategy", "none", "train.py"], ["--trials"], False),
    "an unknown strategy": (["run", "--strategy", "grid_serch", "train.py"], ["grid_search"], False),
    "no memory at all": (["run", "--memory", "0G", "train.py"], ["--memory"], False),
    "memory in a wrong unit": (["run", "--memory", "10X", "train.py"], ["--memory"], False),
    "a duration without a unit": (["run", "--max_time", "30", "train.py"], ["--max_time", "30m"], False),
    "a negative seed": (["run", "--seed", "-1", "train.py"], ["--seed"], False),
    "a small disk": (["run", "--disk_size", "50", "train.py"], ["--disk_size", "100"], False),
    "a wrong mode": (["run", "--mode", "lowest", "train.py"], ["--mode", "min"], False),
    "a wrong format": (["history", "--format", "yaml"], ["--format", "json"], False),
    "both auto_resume": (["run", "--auto_resume", "--no_auto_resume", "train.py"], ["--no_auto_resume"], False),
    "parallel of none": (["run", "--parallel", "0", "train.py"], ["--parallel"], False),
    # Names
    "an underscore in the name": (["run", "--name", "name_1", "train.py"], ["--name"], False),
    "a dash in front of the name": (["run", "--name", "-name", "train.py"], ["--name"], False),
    "a dash behind the name": (["run", "--name", "name-", "train.py"], ["--name"], False),
    "a blank in the name": (["run", "--name", "my name", "train.py"], ["--name"], False),
    "an empty name": (["run", "--name", "", "train.py"], ["--name"], False),
    "a digit in front of the name": (["run", "--name", "1name", "train.py"], ["--name"], False),
    "a trial's name": (["run", "--name", "foo-exp1", "train.py"], ["--name", "exp"], False),
    "a long name": (["run", "--name", LONG, "train.py"], ["--name", "50"], False),
    # Arguments that meet
    "two flags that meet": (["run", "train.py", "--a-b", "1", "--a_b", "2"], ["--a-b", "--a_b"], False),
    "zip of unequal lengths": (
        ["run", "--zip", "a,b", "train.py", "--a", "[1, 2]", "--b", "[1, 2, 3]"],
        ["--zip", "a has 2", "b has 3"],
        False,
    ),
    "zip of an unknown name": (["run", "--zip", "a,q", "train.py", "--a", "[1, 2]"], ["--zip", "'q'"], False),
    "zip of one name": (["run", "--zip", "a", "train.py", "--a", "[1, 2]"], ["--zip", "two"], False),
    "zip of what is no axis": (["run", "--zip", "a,b", "train.py", "--a", "[1]", "--b", "1"], ["--zip", "b"], False),
    "where with an unknown name": (["run", "--where", "lrr < 1", "train.py", "--lr", "[1]"], ["lrr", "lr"], True),
    "where with a call": (["run", "--where", "open('x')", "train.py", "--a", "[1]"], ["--where"], True),
    "where with an attribute": (["run", "--where", "a.real > 0", "train.py", "--a", "[1]"], ["--where"], True),
    "where that does not parse": (["run", "--where", "a <", "train.py", "--a", "[1]"], ["--where"], True),
    "where that compares text": (["run", "--where", "a < 1", "train.py", "--a", "[x]"], ["--where"], True),
    "where that keeps nothing": (["run", "--where", "a > 5", "train.py", "--a", "[1, 2]"], ["--where"], False),
    # Scripts and projects
    "a folder as script": (["run", "data"], ["data", "folder"], False),
    "a notebook as script": (["run", "book.ipynb"], ["book.ipynb"], False),
    "a script outside": (["run", "../outside.py"], ["../outside.py", "project"], False),
    "a script with a long name": (["run", f"{LONG}.py"], [LONG], False),
    "a config that is missing": (["run", "--config", "no.yml", "train.py"], ["no.yml"], False),
    "a config that is a folder": (["run", "--config", "data", "train.py"], ["data"], False),
    "a config that is a list": (["run", "--config", "list.yml", "train.py"], ["list.yml"], False),
    "a python that is missing": (["run", "--python", "/no/python", "train.py"], ["--python", "/no/python"], False),
    "a python that is unknown": (["run", "--python", "snake", "train.py"], ["--python", "snake"], False),
    "a python with a long name": (["run", "--python", LONG, "train.py"], ["--python"], False),
    # Where it runs
    "local with a machine": (
        ["run", "--cluster", "local", "--instance_type", "g6.xlarge", "train.py"],
        ["no instance types", "drop one"],
        False,
    ),
    "local with spot": (["run", "--cluster", "local", "--use_spot", "train.py"], ["drop one"], False),
    "an unknown cluster": (["run", "--cluster", "lokal", "train.py"], ["lokal", "local"], False),
    "a cloud that is not there": (["run", "--cluster", "aws", "train.py"], ["aws"], False),
    "a machine of a cloud": (["run", "--instance_type", "g6.xlarge", "train.py"], ["aws"], False),
    "more CPUs than there are": (["run", "--cpus", "9999", "train.py"], ["--cpus", "this machine has"], False),
    "more memory than there is": (["run", "--memory", "999T", "train.py"], ["--memory", "this machine has"], False),
    "dollars without a price": (["run", "--budget", "20", "train.py"], ["--budget 20", "no price", "2h"], False),
    # A search
    "no metric to compare by": (["run", "--early_stop", "asha", "train.py"], ["--early_stop asha", "--metric"], False),
    "no number of points": (
        ["run", "--strategy", "bayesian", "--metric", "loss", "train.py"],
        ["--strategy bayesian", "--trials"],
        False,
    ),
    "too many points": (
        ["run", "--strategy", "bayesian", "--metric", "loss", "--trials", "10001", "train.py"],
        ["--trials 10001", "10,000", "random_search"],
        False,
    ),
    "a logarithm of nothing": (
        ["run", "--strategy", "bayesian", "--metric", "a", "--trials", "9", "train.py", "--lr", "loguniform(0, 1)"],
        ["--lr", "above 0"],
        True,
    ),
    "an interval beside a list": (
        [
            *("run", "--strategy", "bayesian", "--metric", "a", "--trials", "9", "--zip", "a,b"),
            *("train.py", "--a", "uniform(0, 1)", "--b", "[1, 2]"),
        ],
        ["--zip", "a has 1, b has 2"],
        False,
    ),
    "a datastore": (["run", "--datastore_name", "a", "train.py"], ["no datastore a", "grid datastore create"], False),
    # Sizes
    "more than --max_trials": (
        ["run", "--max_trials", "3", "train.py", "--a", "range(4)"],
        ["4 trials", "--yes", "--max_trials 4"],
        False,
    ),
    "more than a thousand": (["run", "train.py", "--a", "range(1001)"], ["1,001 trials", "--yes"], False),
    "where over too many": (
        ["run", "--where", "a > 5", "train.py", "--a", "range(2000)", "--b", "range(2000)"],
        ["random_search"],
        False,
    ),
    # Runs
    "no run of that name": (["status", "nope"], ["'nope'", "history"], False),
    "no such trial": (["logs", "nope/0"], ["'nope'"], False),
    "logs of nothing": (["logs"], ["logs", "RUN/INDEX"], False),
    "history of something": (["history", "a"], ["history"], False),
    "two runs at once": (["stop", "a", "b"], ["stop", "RUN"], False),
    "a trial's address to status": (["status", "a/0"], ["a/0", "trial"], False),
    "a trial's address to wait": (["wait", "a/0"], ["a/0", "trial"], False),
    "a trial's address to results": (["results", "a/0"], ["a/0", "trial"], False),
    "a trial's address to resume": (["resume", "a/0"], ["a/0", "trial"], False),
    "a trial's address to delete": (["delete", "a/0"], ["a/0", "trial"], False),
    "a long run name": (["status", LONG], [LONG], False),
    "an empty run name": (["status", ""], ["''"], False),
}


IN_A_PROCESS = ["E01", "E08", "E19 list", "an unknown flag", "a cloud that is not there", "a long run name"]


@pytest.mark.parametrize("name", IN_A_PROCESS)
def test_a_process_says_the_same(name, grid, write):
    command, _, _ = COMMANDS[name]
    write({"notes.txt": "a"})
    assert grid(*command) == grid.here(*command)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_refused(name, grid, home, write):
    command, words, caret = COMMANDS[name]
    write(
        {
            "notes.txt": "a",
            "book.ipynb": "{}",
            "data/x.csv": "1",
            "../outside.py": "",
            "tabs.yml": "compute:\n\ttrain:\n\t\tgpus: 1\n",
            "params.yml": 'hyper_params:\n  params:\n    lr: "[1, 2]"\n',
            "list.yml": "- a\n",
        }
    )
    before = sorted(grid.cwd.iterdir())
    check_sentence(grid.here(*command), *words, caret=caret)
    assert runs_made(home) == []
    assert sorted(grid.cwd.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_script_that_cannot_be_read(grid, home):
    (grid.cwd / "train.py").chmod(0)
    check_sentence(grid("run", "train.py"), "train.py", "permissions")
    assert runs_made(home) == []


def test_the_home_directory_is_no_project(grid, home):
    answer = grid("run", "train.py", env={"HOME": str(grid.cwd)})
    check_sentence(answer, str(grid.cwd), "folder of its own")
    assert runs_made(home) == []


def test_the_root_is_no_project(grid, home):
    check_sentence(grid("run", "train.py", cwd="/"), "/")
    assert runs_made(home) == []


def test_a_directory_that_is_gone(grid, home, tmp_path):
    doomed = tmp_path / "doomed"
    doomed.mkdir()
    command = ["/bin/sh", "-c", 'rmdir "$1"; exec "$0" run train.py', grid.program, str(doomed)]
    done = subprocess.run(command, cwd=doomed, capture_output=True, text=True, check=False)
    answer = Answer(done.returncode, done.stdout, done.stderr)
    check_sentence(answer, "gone")
    assert runs_made(home) == []


def test_too_large_a_project_names_the_largest(grid, home):
    with (grid.cwd / "weights.bin").open("wb") as file:
        file.truncate(201_000_000)
    check_sentence(grid("run", "train.py"), "weights.bin", ".gridignore")
    assert runs_made(home) == []


@pytest.mark.parametrize("flags", [["--cluster", "aws"], ["--instance_type", "8_v100_16gb"], ["--use_spot"]])
def test_a_dry_run_for_a_cloud_needs_none(flags, grid, home):
    free = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"), "")
    answer = grid("run", "--dry_run", "--format", "json", *flags, "train.py", "--a", "[1, 2]", env=free)
    assert answer.code == 0, answer.err
    assert answer.json["machine"]
    assert answer.json["trials"] == 2
    assert not home.exists()


def test_the_arguments_behind_the_script_are_its_own(grid):
    answer = grid("run", "--dry_run", "--format", "json", "train.py", "--gpus", "x", "--name", "A B", "--nodes", "2")
    assert answer.code == 0, answer.err
    assert answer.json["argv"] == [["--gpus", "x", "--name", "A B", "--nodes", "2"]]


# Refusals about a run that exists


@pytest.fixture
def ended(grid):
    return grid.finish("--name", "first-run", "train.py")


def test_what_a_run_that_ended_refuses(grid, home, ended):
    check_sentence(grid("run", "--name", ended, "train.py"), "--name", ended)
    check_sentence(grid("status", "frist-run"), "'frist-run'", ended)
    check_sentence(grid("stop", ended), ended, "ended")
    check_sentence(grid("stop", f"{ended}/0"), f"{ended}/0", "ended")
    check_sentence(grid("resume", ended), ended, "succeeded")
    check_sentence(grid("delete", ended), ended, "--yes")
    check_sentence(grid("logs", f"{ended}/1"), f"{ended}/1", "0 to 0")
    check_sentence(grid("logs", f"{ended}/x"), "x")
    check_sentence(grid("artifacts", f"{ended}/9"), f"{ended}/9")
    check_sentence(grid("results", f"{ended}/0"), "trial", ended)
    check_sentence(grid("resume", "--budget", "20", ended), "--budget")
    assert runs_made(home) == [ended]


def test_a_run_that_goes_on_is_not_deleted(grid, write):
    write({"long.py": "import time\ntime.sleep(60)\n"})
    run = grid.launch("long.py")
    check_sentence(grid("delete", "--yes", run), run, "stop")
    assert grid("stop", run).code == 0
    assert grid("wait", run).code == 1


def test_a_question_in_a_pipe_is_answered_by_its_flag(grid, write, home):
    write({"empty.py": ""})
    refused = grid("run", "--max_trials", "1", "empty.py", "--a", "[1, 2]")
    check_sentence(refused, "--yes")
    assert runs_made(home) == []
    assert grid("run", "--wait", "--max_trials", "1", "--yes", "empty.py", "--a", "[1, 2]").code == 0
    assert len(runs_made(home)) == 1


# A selection in a kernel

LINES = {
    "an unknown flag": ("%grid run --trails 3 train.py", "CommandError", ["--trails", "--trials"]),
    "an unknown verb": ("%grid rum", "CommandError", ["'rum'", "run"]),
    "a missing script": ("%grid run tarin.py", "ProjectError", ["tarin.py", "train.py"]),
    "an empty list": ("%grid run train.py --a []", "SweepError", ["--a", "empty"]),
    "a bracket that is open": ("%grid run train.py --a [1, 2", "SweepError", ["closed"]),
    "a quote that is open": ('%grid run train.py --a "1', "SweepError", ["closed"]),
    "an unknown run": ("%grid status nope", "UnknownRunError", ["'nope'"]),
    "a variable of a type": ("thing = object()\n%grid run train.py --a $thing", "CommandError", ["$thing", "object"]),
    "a list in a value": ("many = [1, 2]\n%grid run train.py --a x{many}", "CommandError", ["$many", "list"]),
    "an empty variable": ("none = []\n%grid run train.py --a $none", "CommandError", ["$none", "empty"]),
    "a list for a flag": ("seeds = [1, 2]\n%grid run --seed $seeds train.py", "CommandError", ["--seed", "one value"]),
    "too many trials": ("%grid run --max_trials 1 train.py --a [1, 2]", "CommandError", ["--yes"]),
    "a cell with another verb": ("%%grid status\nx = 1", "CommandError", ["status", "run"]),
    "a name that the cell lacks": ("%%grid run --lr 0.1\nlrr = 1.0", "ArgumentError", ["lr", "nearest is lrr"]),
    "a name that is Grid's too": ("%%grid run --seed [1, 2]\nseed = 1", "CommandError", ["seed", "-- "]),
    "a flag that is Grid's too": ("%%grid run --name x\nname = 'a'", "CommandError", ["name", "-- "]),
    "a value of another type": ("%%grid run --lr big\nlr = 0.1", "ArgumentError", ["lr", "'big'"]),
    "a positional for a cell": ("%%grid run 5\nlr = 0.1", "CommandError", ["5", "--name"]),
    "a cell with a magic": ("%%grid run\n%time x = 1", "CellError", ["magics"]),
    "a cell that does not parse": ("%%grid run\nx = (", "CellError", ["line 1"]),
    "python's door": ("import grid_jupyter\ngrid_jupyter.run('no.py')", "ProjectError", ["no.py"]),
    "python's flags": ("import grid_jupyter\ngrid_jupyter.run('train.py', nodes=3)", "CommandError", ["nodes"]),
    "python's unknown flags": (
        "import grid_jupyter\ngrid_jupyter.run('train.py', trails=3)",
        "CommandError",
        ["trails"],
    ),
    "python's text of arguments": (
        "import grid_jupyter\ngrid_jupyter.run('train.py', '--a 1')",
        "CommandError",
        ["list"],
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_refused(name, project, home, module_kernel):
    code, kind, words = LINES[name]
    reply = module_kernel(project, home).run(code)
    assert reply.status == "error"
    assert reply.kinds == ["error"]
    error = reply.error
    assert error["ename"] == kind
    for word in words:
        assert word in error["evalue"]
    # The sentence, and where a text is at fault that text with a caret.
    assert len(error["traceback"]) <= 2
    assert error["traceback"][0] == error["evalue"]
    assert "Traceback" not in "".join(error["traceback"])
    assert runs_made(home) == []


def test_an_interrupt_while_waiting_is_130(grid, write, wait_until):
    write({"long.py": "import time\ntime.sleep(60)\n"})
    waiting = grid.start("run", "--wait", "--name", "long", "long.py", stdout=-1, stderr=-1, text=True)
    assert waiting.stdout.readline() == "1 trial on this machine\n"
    # Whoever waits gives up its turn again and again.
    process = psutil.Process(waiting.pid)
    turns = process.num_ctx_switches().voluntary
    wait_until(lambda: grid.states("long") == ["running"] and process.num_ctx_switches().voluntary > turns + 5)
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=20)
    assert (waiting.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "grid stop long" in err.splitlines()[-1]
    assert grid.states("long") == ["running"]
    grid("stop", "long")
    assert grid("wait", "long").code == 1
