"""The plan, shown: what a person reads before a launch, in a terminal, in a notebook and from Python."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

import grid_jupyter
from grid_jupyter.errors import CommandError


@pytest.fixture
def told(grid):
    """Return a function that gives the lines of a plan's text."""

    def plan(*words):
        answer = grid.here("run", "--dry_run", *words)
        assert answer.code == 0, answer.err
        return answer.out.splitlines()

    return plan


@pytest.fixture
def starting(told):
    """Return a function that gives the rest of the one line of a plan that starts with a text."""

    def line(start, *words):
        (found,) = [line for line in told(*words) if line.startswith(start)]
        return found.removeprefix(start).strip()

    return line


# What it says


def test_the_seed_case(told, write):
    sweep = ["model.py", "--learning_rate", "uniform(1e-5, 1e-1, 4)", "--layers", "[2, 4]"]
    write({"model.py": ""})
    lines = told("--instance_type", "8_v100_32gb", *sweep)
    assert lines[0] == "Plan for model.py"
    assert lines[1] == "8 combinations = 4 learning_rate × 2 layers"
    assert lines[2].startswith("8 trials · grid · seed ")
    assert lines[3].startswith("GPUs      64 = 8 trials × 8      Machines  8 × p3dn.24xlarge")
    catch = next(line for line in lines if line.startswith("! p3dn.24xlarge"))
    assert "nearest" in catch
    assert "p4d.24xlarge" in catch or "g6" in catch or "g5" in catch


def test_how_many_survive_a_condition(told):
    lines = told(
        "--where", "lr < 0.1 or layers > 1", "train.py", "--lr", "[0.1, 0.01, 0.001, 1]", "--layers", "[1,2,3]"
    )
    assert lines[1] == '12 combinations = 4 lr × 3 layers          10 kept by --where "lr < 0.1 or layers > 1"'
    assert lines[2].startswith("10 trials ")


def test_the_first_trials_and_the_last(told):
    lines = told("train.py", "--lr", "range(1000)", "--layers", "range(1000000)")
    heads = ["trial", "lr", "layers", "command"]
    rows = lines[[line.split() for line in lines].index(heads) + 1 :]
    assert rows[0].split() == ["0", "0", "0", "train.py", "--lr", "0", "--layers", "0"]
    assert rows[19].split()[:3] == ["19", "0", "19"]
    assert rows[20].split() == ["…"]
    assert rows[21].split()[:3] == ["999999999", "999", "999999"]
    assert rows[22] == "trials 0 to 19 of 1,000,000,000"


def test_trials_that_share_a_machine(told):
    words = ["--instance_type", "4_l4_24gb", "--gpus", "1", "train.py", "--lr", "range(10)"]
    lines = told(*words)
    assert "4 trials fit a machine" in lines[2]
    assert "Machines  3 × g6.12xlarge" in lines[3]


def test_a_word_of_a_command_reads_as_it_is_typed(told):
    assert told("train.py", "--text", "two words; $HOME", "--n", "[1, 2]")[-1].endswith(
        "train.py --text 'two words; $HOME' --n 2"
    )


# How long, and how much in all


def test_a_limit_bounds_the_whole(starting):
    line = starting("Whole run", "--max_time", "30m", "--parallel", "2", "train.py", "--lr", "range(5)")
    assert line == "at most 1 h 30 min (3 rounds of 30 min, --max_time)"


def test_a_limit_bounds_the_cost(starting):
    cloud = ["--instance_type", "4_l4_24gb", "--gpus", "4", "--parallel", "2"]
    line = starting("Whole run", *cloud, "--max_time", "1h", "train.py", "--lr", "range(4)")
    assert line.startswith("at most $18.4")
    assert line.endswith(", 2 h (2 rounds of 1 h, --max_time)")


def test_unknown_is_said_where_it_costs(told, starting):
    assert starting("Whole run", "--instance_type", "4_l4_24gb", "train.py") == "not known before a trial has ended"
    assert not [line for line in told("train.py") if line.startswith("Whole run")]


def test_an_earlier_run_of_the_script_tells(grid, starting, write):
    write({"slow.py": "import time\ntime.sleep(1.2)\n", "other.py": ""})
    grid.finish("--name", "first", "slow.py", "--a", "[1, 2]")
    grid.finish("--name", "second", "other.py")
    line = starting("Whole run", "--parallel", "1", "slow.py", "--a", "range(100)")
    assert line.startswith("about ")
    assert line.endswith(", as measured on first)")
    assert "(100 rounds of 1." in line


def test_a_run_that_cannot_be_read_hinders_no_plan(grid, told, home):
    grid.finish("--name", "first", "train.py")
    (home / "runs" / "first" / "store.db").write_bytes(b"no database" * 100)
    assert told("train.py")[0] == "Plan for train.py"


def test_stable_text_says_nothing_of_today(home, kernel):
    shown = kernel.run("%grid run --dry_run train.py --lr [1, 2]").result
    assert "at once" not in shown
    assert "seed" not in shown


# Pages, from Python


def test_pages(home, project):
    plan = grid_jupyter.plan("train.py", {"lr": [0.1, 0.2], "layers": "range(1000)", "name": "x"})
    page = plan.page(1500, 3)
    assert list(page.index) == [1500, 1501, 1502]
    assert list(page.columns) == ["lr", "layers", "command"]
    assert list(page["lr"]) == [0.2] * 3
    assert list(page["layers"]) == [500, 501, 502]
    assert page["command"][1500] == "train.py --lr 0.2 --layers 500 --name x"
    assert len(plan.page()) == 100
    assert len(plan.page(1999)) == 1
    for wrong in (2000, -1):
        with pytest.raises(CommandError, match="the trials are 0 to 1,999"):
            plan.page(wrong)


def test_pages_of_very_many(home, project):
    plan = grid_jupyter.plan("train.py", {"lr": "range(1000000)", "layers": "range(1000)"})
    assert list(plan.page(999_999_999)["lr"]) == [999_999]


def test_pages_of_an_estimate_end(home, project):
    plan = grid_jupyter.plan(
        "train.py", {"lr": "range(1000000)", "layers": "range(1000)"}, where="layers > 500", max_trials=10**9
    )
    assert list(plan.page(0, 2)["layers"]) == [501, 502]
    with pytest.raises(CommandError, match="estimated"):
        plan.page(10**6)


# Before a launch


def test_it_stands_above_the_question_in_a_terminal(grid, write):
    write({"a-b.py": ""})
    shown, answer = _on_terminal(grid, b"n\n", "run", "--max_trials", "1", "a-b.py", "--x-y", "[1, 2]")
    order = [
        shown.index(part) for part in ("Plan for a-b.py", "! --x-y becomes", "a-b.py --x_y 2", "Go on?", "nothing was")
    ]
    assert order == sorted(order)
    assert answer == 2
    assert grid_jupyter.runs() == []


def test_a_terminal_without_a_question_tells_the_warnings_alone(grid, write):
    write({"a-b.py": ""})
    shown, answer = _on_terminal(grid, b"", "run", "--wait", "a-b.py", "--x-y", "[1, 2]")
    assert "Plan for" not in shown
    assert shown.count("--x-y becomes") == 1
    assert answer == 0


def _on_terminal(grid, typed, *words):
    """Run the command on a terminal; return what it showed and its exit code."""
    outer, inner = pty.openpty()
    with grid.start(*words, stdin=inner, stdout=inner, stderr=inner) as process:
        os.close(inner)
        os.write(outer, typed)
        shown = b""
        while True:
            try:
                shown += os.read(outer, 4096)
            except OSError:  # the other end is closed
                break
    os.close(outer)
    return shown.decode(), process.returncode


def test_it_stands_above_the_question_in_a_notebook(kernel):
    reply = kernel.run("%grid run --max_trials 1 train.py --x-y [1, 2]", allow_stdin=True, answers=["n"])
    assert reply.kinds == ["display_data", "error"]
    (shown,) = reply.of("display_data")
    assert "--x-y becomes" in shown["data"]["text/html"]
    assert "--x-y becomes" in shown["data"]["text/plain"]


def test_the_preview_in_a_notebook(kernel):
    line = (
        "%grid run --dry_run --instance_type 4_l4_24gb train.py --lr range(300) --note '<img src=x onerror=alert(1)>'"
    )
    (shown,) = kernel.run(line, allow_stdin=True).of("execute_result")
    html = shown["data"]["text/html"]
    assert html.count("<tr") == 1 + 100 + 2  # the heads, a page, a gap and the last
    assert "<img" not in html
    assert "&lt;img" in html
    assert "300 trials" in html
    assert "g6.12xlarge" in html
    assert "<script" not in html
    assert "Plan for train.py" in shown["data"]["text/plain"]


def test_a_notebook_that_nobody_watches_gets_text_alone(kernel):
    (shown,) = kernel.run("%grid run --dry_run train.py --lr [1, 2]").of("execute_result")
    assert list(shown["data"]) == ["text/plain"]


def test_pages_in_a_notebook(kernel):
    kernel.run("plan = %grid run --dry_run train.py --lr range(300)")
    assert kernel.run("list(plan.page(298).index)").result == "[298, 299]"
    error = kernel.run("plan.page(300)").error
    assert error["evalue"].startswith("page(300): the trials are 0 to 299")


def test_a_launch_shows_no_forecast_and_reads_for_none(grid):
    """Reading earlier runs is for those who look at the plan."""
    code = "import sys, grid_jupyter; grid_jupyter.run('train.py'); print('grid_jupyter.core.forecast' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=grid.cwd)
    assert done.stdout.splitlines()[-1] == "False"
