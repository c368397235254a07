"""What is kept of a run, what ``show`` tells of it, and running it again from its snapshot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import grid_jupyter
from grid_jupyter.core.git import LISTED, GitQuery
from grid_jupyter.core.packages import differences, installed_packages, python_version
from grid_jupyter.errors import CommandError

SCRIPT = """\
import os, sys, numpy
from helper import VERSION
print(f"loss={VERSION}")
print(sys.argv[1:], os.environ["GRID_TRIAL_INDEX"])
"""


def git(folder, *words):
    name = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *name, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(project, write):
    """The project under git, with a file that differs from the commit, one that is new, and shared data."""
    write({"train.py": SCRIPT, "helper.py": "VERSION = 1\n", ".gitignore": "data/\n", "data/x.csv": "1\n"})
    git(project, "init")
    git(project, "remote", "add", "origin", "https://ana:secret@example.org/digits.git?token=secret")
    git(project, "add", "-A")
    git(project, "commit", "-m", "first")
    write({"helper.py": "VERSION = 2\n", "a new one.txt": ""})
    return project


def shown(grid, address):
    answer = grid.here("show", address, "--format", "json")
    assert answer.code == 0, answer.err
    return answer.json


def test_show_tells_what_makes_a_trial_again(grid, repository):
    grid.finish("--name", "first", "--seed", "7", "train.py", "--lr", "[0.1, 1e-3]", "--note", "a b")
    told = shown(grid, "first/1")
    assert (told["trial"], told["index"], told["state"], told["attempts"]) == ("first/1", 1, "succeeded", 1)
    assert told["params"] == {"lr": "1e-3", "note": "a b"}
    assert told["metrics"] == {"loss": 2.0}
    assert told["command"][1:] == ["train.py", "--lr", "1e-3", "--note", "a b"]
    assert (told["seed"], told["script"], told["reproduce"]) == (7, "train.py", "grid rerun first/1 --from_snapshot")
    assert (told["code"]["files"], told["code"]["shared"]) == (4, ["data"])
    assert told["git"] == {
        "commit": git(repository, "rev-parse", "HEAD"), "branch": "main", "remote": "https://example.org/digits.git",
        "changed": ["helper.py", "a new one.txt"], "changes": 2,
    }  # fmt: skip
    python = told["python"]
    assert (python["executable"], python["version"]) == (sys.executable, ".".join(map(str, sys.version_info[:3])))
    assert python["packages"] == installed_packages(Path(sys.executable))
    assert python["imported"] == ["numpy"]
    assert next(iter(python["packages"])) == "numpy"
    assert told["machine"]["cpus"] >= 1
    assert told["grid_jupyter"] == grid_jupyter.__version__
    text = grid.here("show", "first-exp1").out
    assert text.startswith("first/1  succeeded\n")
    for part in (
        "note='a b'",
        "2 files changed: helper.py, a new one.txt",
        "shared, not frozen: data",
        f"numpy {python['packages']['numpy']}",
    ):
        assert part in text
    assert "secret" not in text + json.dumps(told)
    assert all(
        b"secret" not in file.read_bytes() for file in grid_jupyter.Run("first").folder.rglob("*") if file.is_file()
    )
    assert grid.here("show", "first").out == grid.here("status", "first").out
    assert grid.here("show", "first", "--format", "json").json["run"] == "first"


def test_a_trial_runs_again_as_it_was_after_all_has_changed(grid, repository, write):
    grid.finish("--name", "first", "train.py", "--lr", "[0.1, 1e-3]", "--opt=[-x, '[1, 2]']")
    before = grid_jupyter.Run("first")[3].log()
    write({"helper.py": "VERSION = 3\n", "train.py": "raise SystemExit('not this one')"})
    git(repository, "commit", "-am", "second")
    answer = grid("rerun", "first/3", "--from_snapshot", "--name", "again")
    assert (answer.code, answer.out) == (0, "Running 1 trial of first again from the frozen code, as again.\n")
    assert answer.err == "grid: Shared and not frozen, so it may have changed since: data\n"
    assert grid("wait", "again").code == 0
    run = grid_jupyter.Run("again")
    # Bit for bit, and with the number that the script saw.
    assert run[0].log() == before == "loss=2\n['--lr', '1e-3', '--opt=[1, 2]'] 3"
    told = shown(grid, "again/0")
    assert (told["repeats"], told["git"]) == ("first/3", shown(grid, "first/3")["git"])
    assert told["code"] == shown(grid, "first/3")["code"]
    # The first run is as it was, and the new one can be run again itself, without its project.
    assert [row["state"] for row in grid.results("first")] == ["succeeded"] * 4
    shutil.rmtree(repository)
    repository.mkdir()
    grid.here("delete", "--yes", "first")
    answer = grid("rerun", "again", "--from_snapshot", "--name", "third")
    assert "data, which was shared and not frozen, is gone" in answer.err
    grid("wait", "third")
    assert grid_jupyter.Run("third")[0].log() == before


@pytest.mark.full
def test_all_trials_of_a_random_search_run_again(grid, write):
    search = ["--strategy", "random_search", "--trials", "3", "--seed", "5"]
    grid.finish("--name", "first", *search, "train.py", "--lr", "uniform(0, 1, 50)")
    write({"train.py": "raise SystemExit(1)"})
    run = grid_jupyter.Run("first").reproduce(name="again")
    run.wait()
    assert [trial.params for trial in run] == [trial.params for trial in grid_jupyter.Run("first")]
    assert grid.states("again") == ["succeeded"] * 3
    assert shown(grid, "again/2")["repeats"] == "first"


def test_what_differs_from_then_is_named(grid, project, tmp_path, write):
    venv.create(tmp_path / "old", symlinks=True, with_pip=False)
    packages = next((tmp_path / "old" / "lib").glob("python*/site-packages"))
    for name in ("torch-2.5.0", "gone-1.0", "same-1.0"):
        (packages / f"{name}.dist-info").mkdir()
    write({"train.py": "print('loss=1')\nif False:\n    import torch"})
    grid.finish("--name", "first", "--python", tmp_path / "old", "train.py")
    (packages / "torch-2.5.0.dist-info").rename(packages / "torch-2.6.0.dist-info")
    (packages / "gone-1.0.dist-info").rmdir()
    answer = grid("rerun", "first", "0", "--from_snapshot", "--name", "again")
    assert answer.err == "grid: Packages differ: torch 2.5.0 then, 2.6.0 now; gone 1.0 then, not there now.\n"
    grid("wait", "again")
    shutil.rmtree(tmp_path / "old")
    answer = grid("rerun", "first/0", "--from_snapshot", "--name", "third")
    assert f"{tmp_path}/old/bin/python is gone; {sys.executable} is taken instead." in answer.err
    assert "Packages differ: torch 2.5.0 then, not there now; " in answer.err
    assert answer.err.count("more.") == 1
    grid("wait", "third")
    assert grid.states("third") == ["succeeded"]


WRONG = {
    "a trial that is not there": (["first/9", "--from_snapshot"], "first has trials 0 to 1"),
    "a number that is not there": (["first", "9", "--from_snapshot"], "trial 9: first has trials 0 to 1"),
    "two choices": (["first", "--failed", "--from_snapshot"], "--failed and --from_snapshot exclude each other"),
    "a name that is taken": (["first/0", "--from_snapshot", "--name", "first"], "--name first: there is a run of that"),
    "a name without a new run": (["first/0", "--name", "new"], "--name: only --from_snapshot makes a new run"),
    "the build": (["first/build", "--from_snapshot"], "first has no build actions"),
}


def test_what_cannot_be_run_again_is_refused(grid, home):
    grid.finish("--name", "first", "train.py", "--lr", "[0.1, 0.2]")
    for words, told in WRONG.values():
        answer = grid.here("rerun", *words)
        assert (answer.code, told in answer.err) == (2, True), (words, answer.err)
    for file in (home / "objects").glob("??/*"):
        file.unlink()
    answer = grid.here("rerun", "first/0", "--from_snapshot")
    assert (answer.code, answer.err) == (
        1, "grid: the frozen copy of train.py is gone, so this cannot be run again as it was\n",
    )  # fmt: skip
    assert [path.name for path in (home / "runs").iterdir() if path.is_dir()] == ["first"]


def test_numbers_of_numpy_are_numbers(grid):
    run = grid_jupyter.Run(grid.finish("train.py", "--lr", "[1, 2]"))
    again = run.reproduce(run.results()["lr"].to_numpy().argmax())
    again.wait()
    assert again[0].params == {"lr": "2"}
    with pytest.raises(CommandError, match=r"a trial is named by its number; got 1\.0"):
        run.reproduce(1.0)


def test_a_trial_is_named_for_a_rerun_as_everywhere(grid):
    grid.finish("--name", "first", "train.py", "--lr", "[0.1, 0.2]")
    assert grid.here("rerun", "first/1").out == "Running 1 trial of first again from scratch.\n"
    grid_jupyter.Run("first").wait()
    assert [row["attempts"] for row in grid.results("first")] == [1, 2]


def test_in_a_notebook(kernel, grid):
    grid.finish("--name", "first", "train.py", "--lr", "[0.1, 0.2]", "--layers", "2")
    told = kernel.run("%grid show first/1")
    assert told.result == "trial 1  succeeded\nparameters  lr=0.2 layers=2"
    assert set(told.of("execute_result")[0]["data"]) == {"text/plain"}
    told = kernel.run("%grid show first/1", allow_stdin=True)
    assert "grid rerun first/1 --from_snapshot" in told.result
    html = told.of("execute_result")[0]["data"]["text/html"]
    assert "<th" in html
    assert "grid rerun first/1 --from_snapshot" in html
    assert kernel.run("%grid show first").stdout.startswith("2 trials on this machine\n2 succeeded\n")
    shown = kernel.run("run = %grid rerun first/1 --from_snapshot --name again\nrun.wait()\nrun")
    assert "1 succeeded" in shown.stdout
    assert (
        kernel.run("import grid_jupyter\ngrid_jupyter.Run('again')[0].details.to_json()['repeats']").result
        == "'first/1'"
    )


def test_git_says_what_it_can(tmp_path):
    with GitQuery(tmp_path) as query:
        assert query.answer() is None
    git(tmp_path, "init")
    for number in range(LISTED + 5):
        (tmp_path / f"{number} é\n").touch()
    with GitQuery(tmp_path) as query:
        state = query.answer()
    assert (state.commit, state.branch, state.changes, len(state.changed)) == (None, "main", LISTED + 5, LISTED)
    assert "0 é\n" in state.changed
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-m", "all")
    git(tmp_path, "mv", "0 é\n", "moved")
    git(tmp_path, "checkout", "--detach")
    with GitQuery(tmp_path) as query:
        state = query.answer()
    assert (state.branch, state.changed, state.commit) == (None, ("moved",), git(tmp_path, "rev-parse", "HEAD"))
    assert str(state) == f"{state.commit}, 1 file changed: moved"


@pytest.mark.parametrize(
    ("remote", "kept"),
    [
        ("https://ann:hunter2@example.com/a/b.git?token=hunter2", "https://example.com/a/b.git"),
        ("ann:hunter2@example.com:a/b.git", "example.com:a/b.git"),
        ("codecommit::eu-west-1://hunter2@thing", "codecommit::eu-west-1://thing"),
        ("https://[example.com/b.git", "https://[example.com/b.git"),
        ("https://example.com/@a/b.git", "https://example.com/@a/b.git"),
    ],
)
def test_an_origin_is_kept_without_what_is_secret(tmp_path, remote, kept):
    git(tmp_path, "init")
    git(tmp_path, "remote", "add", "origin", remote)
    with GitQuery(tmp_path) as query:
        assert query.answer().remote == kept


def test_a_git_that_is_slow_or_broken_keeps_nobody_waiting(grid, repository, tmp_path, monkeypatch):
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(
        f'#!/bin/sh\ncase "$*" in *rev-parse*) exec {shutil.which("git")} "$@";; *status*) exec sleep 60;; esac\n'
    )
    slow.chmod(0o755)
    monkeypatch.setattr("grid_jupyter.core.git.PATIENCE", 0.2)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    with GitQuery(repository) as query:
        state = query.answer()
    assert (len(state.commit), state.changes) == (40, None)
    assert str(state).endswith("not known whether files were changed")
    slow.write_text("#!/bin/sh\nexit 1\n")
    grid.finish("--name", "first", "train.py")
    assert shown(grid, "first/0")["git"] is None


def test_packages_are_seen_without_starting_python(tmp_path):
    packages = tmp_path / "env" / "lib" / "python3.12" / "site-packages"
    for name in ("scikit_learn-1.5.0.dist-info", "Old.Style-2.0-py3.12.egg-info", "rc-1.0rc1.dist-info", "no.egg-info"):
        (packages / name).mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    python = tmp_path / "env" / "bin" / "python"
    assert installed_packages(python) == {"old-style": "2.0", "rc": "1.0rc1", "scikit-learn": "1.5.0"}
    assert python_version(python) == "3.12"
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.12.4.final.0\n")
    assert python_version(python) == "3.12.4"


def test_many_differences_are_counted():
    then = {f"p{number:02}": "1" for number in range(20)}
    told = differences(then, {}, ["p19"])
    assert told[0] == "p19 1 then, not there now"
    assert told[-1] == "10 more"
