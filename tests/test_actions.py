"""Actions of a configuration file: shell commands before the first trial, and around each script."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import textwrap

import psutil
import pytest

import grid_jupyter

SHOW = "import pathlib, sys\nprint('script', sys.argv[1:], sorted(p.name for p in pathlib.Path('.').iterdir()))\n"


@pytest.fixture
def configured(write):
    """Return a function that writes a configuration with actions, and the words that read it."""

    def config(script=SHOW, environment=(), **actions):
        train = {"actions": actions} | ({"environment": environment} if environment else {})
        write({"show.py": script, "grid.yml": json.dumps({"compute": {"train": train}})})
        return "--config", "grid.yml", "show.py"

    return config


def out(grid, trial):
    answer = grid.here("logs", trial)
    assert answer.code == 0, answer.err
    return answer.out


def test_before_and_after_each_script(grid, configured):
    words = configured(on_experiment_start=["echo one", "echo two"], on_experiment_end=["echo after $GRID_TRIAL_INDEX"])
    run = grid.finish(*words, "--lr", "[1, 2]", "a b; echo $HOME")
    lines = out(grid, f"{run}/1").splitlines()
    assert lines[:2] == ["one", "two"]
    assert lines[2].startswith("script ['--lr', '2', 'a b; echo $HOME']")
    assert lines[3] == "after 1"


def test_old_names_mean_the_same(grid, configured):
    run = grid.finish(*configured(on_before_training_start=["echo one"], on_after_training_end=["echo after"]))
    assert [line.split()[0] for line in out(grid, f"{run}/0").splitlines()] == ["one", "script", "after"]


def test_they_have_the_environment_and_what_bash_can_do(grid, configured):
    environment = {"GREETING": "hello"}
    words = configured(on_experiment_end=["echo ${GREETING^^} ${GRID_EXPERIMENT_ID:0:4}."], environment=environment)
    last = out(grid, f"{grid.finish(*words)}/0").splitlines()[-1]
    assert last.startswith("HELLO ")
    assert len(last) == len("HELLO abcd.")


def test_python_and_pip_are_those_of_the_script(grid, configured):
    run = grid.finish(*configured(on_experiment_start=["python -c 'import sys; print(sys.prefix)'"]))
    assert out(grid, f"{run}/0").splitlines()[0] == sys.prefix


def test_one_before_the_script_that_fails_ends_the_trial(grid, configured):
    run = grid.finish(*configured(on_experiment_start=["exit 3", "echo never"], on_experiment_end=["echo after"]))
    (row,) = grid.results(run)
    assert row["state"] == "failed"
    reason = grid_jupyter.runs()[0][0].reason
    assert reason == "exit code 3: grid: error: on_experiment_start ended with exit code 3: exit 3"
    assert "script" not in out(grid, f"{run}/0")


def test_one_after_a_script_that_fails_makes_the_trial_fail(grid, configured):
    run = grid.finish(*configured(on_experiment_end=["exit 4", "echo last"]))
    assert grid.states(run) == ["failed"]
    assert grid_jupyter.runs()[0][0].reason.startswith("exit code 4: grid: error: on_experiment_end")
    assert out(grid, f"{run}/0").splitlines()[-1] != "never"
    assert "last" in out(grid, f"{run}/0")


def test_the_script_s_own_end_stays(grid, configured):
    run = grid.finish(*configured("import sys\nsys.exit(7)", on_experiment_end=["echo after"]))
    assert grid.states(run) == ["failed"]
    assert grid_jupyter.runs()[0][0].reason == "exit code 7"
    assert out(grid, f"{run}/0") == "after\n"


def test_a_script_that_is_asked_to_end_may_save(grid, configured, wait_until, tmp_path):
    script = f"""
        import pathlib, signal, sys, time
        def save(*_):
            time.sleep(0.5)
            pathlib.Path("saved").touch()
            sys.exit(0)
        signal.signal(signal.SIGTERM, save)
        pathlib.Path({str(tmp_path / "ready")!r}).touch()
        time.sleep(60)
        """
    words = configured(textwrap.dedent(script), on_experiment_start=["echo one"], on_experiment_end=["echo after"])
    run = grid.launch(*words)
    wait_until((tmp_path / "ready").exists)
    assert grid.here("stop", "--yes", run).code == 0
    grid.here("wait", run)
    assert grid.states(run) == ["stopped"]
    assert [path.name for path in grid_jupyter.runs()[0][0].artifacts.iterdir()] == ["saved"]
    assert out(grid, f"{run}/0") == "one\nafter\n"


def test_warm_is_not_used_with_them(grid, configured):
    answer = grid.here("run", "--dry_run", "--warm", *configured(on_experiment_start=["true"]))
    assert "--warm: not used: the configuration has actions" in answer.out
    assert grid.states(grid.finish("--warm", *configured(on_experiment_start=["true"]))) == ["succeeded"]


# Before the first trial


def test_the_build_comes_first_and_once_and_its_files_are_in_each_trial(grid, configured, tmp_path):
    count = tmp_path / "count"
    build = [f"echo . >> {count}", "mkdir -p lib && echo 1 > lib/made", "echo building"]
    words = configured(on_build_start=build, on_build_end=["echo 'print(5)' > show.py"])
    run = grid.finish("--parallel", "2", *words, "--lr", "[1, 2, 3]")
    assert grid.states(run) == ["succeeded"] * 3
    assert count.read_text() == ".\n"
    assert out(grid, f"{run}/build") == "building\n"
    assert out(grid, f"{run}/2") == "5\n"
    assert grid_jupyter.runs()[0][0].artifacts.exists() is False  # what the build wrote is no trial's result


def test_what_the_build_made_is_there_when_trials_run_again(grid, configured):
    run = grid.finish(*configured(on_build=["echo 1 > made"]), "--lr", "[1, 2]")
    assert grid.here("rerun", "--yes", run).code == 0
    assert grid.here("wait", run).code == 0
    assert "made" in out(grid, f"{run}/1")
    assert grid.here("gc").code == 0
    assert grid.here("rerun", "--yes", run).code == 0
    assert grid.here("wait", run).code == 0


def test_a_build_that_fails_pauses_and_resume_tries_again(grid, configured, tmp_path):
    words = configured(on_build=[f"echo trying; test -e {tmp_path}/allowed || {{ echo 'no way' >&2; exit 9; }}"])
    answer = grid("run", "--wait", "--name", "first", *words, "--lr", "[1, 2]")
    assert answer.code == 1
    reason = grid.here("status", "first", "--format", "json").json["reason"]
    assert reason.startswith("on_build failed: exit code 9: ")
    assert "grid logs first/build" in reason
    assert grid.states("first") == ["queued"] * 2
    assert "no way" in grid.here("logs", "first/build").err
    (tmp_path / "allowed").touch()
    assert grid.here("resume", "first").code == 0
    assert grid.here("wait", "first").code == 0
    assert grid.states("first") == ["succeeded"] * 2


WAITS = "echo begun >> {0}/log; while ! test -e {0}/open; do sleep 0.05; done; echo 1 > made"


def watcher_of(processes, home):
    (found,) = [one for one in processes(home) if "grid_jupyter.watcher" in " ".join(one.cmdline())]
    return found


def test_a_watcher_that_is_killed_during_the_build_is_followed_by_another(
    grid, configured, tmp_path, wait_until, processes, home
):
    run = grid.launch(*configured(on_build=[WAITS.format(tmp_path)]), "--lr", "[1, 2]")
    wait_until((tmp_path / "log").exists)
    wait_until(lambda: "build" in grid.here("status", run).out)
    watcher_of(processes, home).send_signal(signal.SIGKILL)
    psutil.wait_procs(processes(home), timeout=0.2)
    assert grid.here("resume", run).code == 0
    (tmp_path / "open").touch()
    assert grid.here("wait", run).code == 0
    assert (tmp_path / "log").read_text() == "begun\n"  # it was taken over, not begun again
    assert "made" in out(grid, f"{run}/1")


def test_a_build_can_be_stopped(grid, configured, tmp_path, wait_until):
    run = grid.launch(*configured(on_build=[WAITS.format(tmp_path)]), "--lr", "[1, 2]")
    wait_until((tmp_path / "log").exists)
    assert f"stop {run}" in grid.here("stop", f"{run}/build").err
    assert grid.here("stop", "--yes", run).code == 0
    grid.here("wait", run)
    assert grid.states(run) == ["stopped"] * 2
    (tmp_path / "open").touch()
    assert grid.here("resume", run).code == 0
    assert grid.here("wait", run).code == 0
    assert grid.states(run) == ["succeeded"] * 2


def test_a_run_without_a_build_has_no_log_of_it(grid):
    run = grid.finish("train.py")
    answer = grid.here("logs", f"{run}/build")
    assert answer.code == 2
    assert "no build actions" in answer.err


# What is shown


def test_the_plan_tells_of_them(grid, configured):
    words = configured(on_build=["make", "make test"], on_experiment_end=["date"], environment={"TOKEN": "s3cret"})
    shown = grid.here("run", "--dry_run", *words).out
    assert "Actions   2 before the first trial · 1 after each script" in shown
    assert "TOKEN" in shown
    assert "s3cret" not in shown


def test_values_of_the_environment_are_never_shown(grid, configured):
    words = configured("import os, sys\nsys.exit(len(os.environ['TOKEN']))", environment={"TOKEN": "s3cret-value"})
    told = [grid("run", "--wait", "--name", "first", *words)]
    told += [grid.here(*command) for command in (["status", "first"], ["history"], ["results", "first"])]
    told += [
        grid.here("status", "first", "--format", "json"),
        grid.here("run", "--dry_run", "--format", "json", *words),
    ]
    assert told[0].code == 1
    assert not [one for one in told if "s3cret" in one.out + one.err]


@pytest.mark.parametrize("text", ["a\0b", "a\u0007b"])
def test_an_action_that_no_shell_can_read_is_refused(grid, configured, text):
    answer = grid.here("run", *configured(on_build=[text]))
    assert answer.code == 2
    assert "grid.yml, line 1: compute.train.actions.on_build[0]" in answer.err


def test_a_shell_that_is_not_bash_will_do(grid, configured, tmp_path, monkeypatch):
    for name in ("sh", "env", "sleep"):
        (tmp_path / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path))
    run = grid.finish(*configured(on_experiment_start=["echo one"]))
    assert out(grid, f"{run}/0").splitlines()[0] == "one"
