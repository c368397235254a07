"""Notebooks as scripts: real papermill, real kernels."""

from __future__ import annotations

import json
import os
import venv

import pytest
from parts import gone

import grid_jupyter
from grid_jupyter.core.script import read_flags
from grid_jupyter.errors import CommandError

PARAMETERS = "lr = 0.1  # step size\nlayers = 2\nshape = (1, 2)\nname = 'adam'\n"
TRAIN = """\
import os, sys
print(f"epoch=1 loss={lr * layers}")
print("a warning", file=sys.stderr)
print(type(lr).__name__, shape, repr(name), os.environ["GRID_TRIAL_INDEX"], os.path.basename(os.getcwd()))
"""
# Says that it is there, and how it is ended.
SLOW = """\
import os, time
from pathlib import Path
try:
    print("here", flush=True)
    while not Path(os.environ["GRID_CHECKPOINT_DIR"], "saved").exists():
        time.sleep(0.01)
except KeyboardInterrupt:
    Path(os.environ["GRID_CHECKPOINT_DIR"], "saved").touch()
    Path("saved.pt").touch()
    print("saved", flush=True)
    raise
"""
HANDLES = """\
import signal, time
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
print("here", flush=True)
while not ended:
    time.sleep(0.01)
print("loss=2")
"""


def notebook(*cells, parameters=PARAMETERS, **metadata):
    """The text of a notebook whose first cell is tagged, unless there are no parameters."""
    tagged = [] if parameters is None else [(parameters, {"tags": ["parameters"]})]
    made = [
        {"cell_type": "code", "metadata": meta, "execution_count": None, "outputs": [], "source": source}
        for source, meta in (*tagged, *((cell, {}) for cell in cells))
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": made})


def executed(run, trial):
    """The executed notebook of a trial: its code cells, each as source and printed text."""
    path = next(run[trial].artifacts.rglob("*.ipynb"))
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    join = "".join
    return [(join(cell["source"]), join(join(out.get("text", "")) for out in cell["outputs"])) for cell in cells]


def started(run, trial, text, wait_until):
    """Wait until a trial has printed something."""
    wait_until(lambda: text in run[trial].log(), timeout=60)


@pytest.mark.full
def test_each_trial_executes_the_notebook_with_its_parameters(grid, write):
    write({"deep/train.ipynb": notebook(TRAIN), "deep/other.txt": "x"})
    name = grid.finish("deep/train.ipynb", "--lr", "[0.1, 1e-3]", "--shape", "(3, 4)", "--name", "it's")
    run = grid_jupyter.Run(name)
    assert grid.states(name) == ["succeeded", "succeeded"]
    assert [row["metrics"] for row in grid.results(name)] == [{"loss": 0.2}, {"loss": 0.002}]
    assert [row["params"]["lr"] for row in grid.results(name)] == ["0.1", "1e-3"]
    # Both streams as they are, and the notebook in its own folder.
    assert run[1].log() == 'epoch=1 loss=0.002\nfloat (3, 4) "it\'s" 1 deep'
    assert run[1].log("stderr") == "a warning"
    assert run.artifacts() == [
        (0, "deep/train.ipynb", run.artifacts()[0][2]),
        (1, "deep/train.ipynb", run.artifacts()[1][2]),
    ]
    cells = executed(run, 1)
    assert cells[0] == (PARAMETERS, "")
    assert "lr = 0.001" in cells[1][0]
    assert "epoch=1 loss=0.002\n" in cells[2][1]


@pytest.mark.full
def test_a_cell_that_fails_ends_the_trial_with_its_error(grid, write):
    cells = [
        "if lr > 1:\n    raise ValueError(f'too large: {lr}')",
        "if lr > 0.5:\n    raise SystemExit(3)",
        "print('end')",
    ]
    write({"train.ipynb": notebook(*cells)})
    name = grid.finish("train.ipynb", "--lr", "[0.1, 0.9, 2]")
    run = grid_jupyter.Run(name)
    told = [(row["state"], row["reason"]) for row in grid.results(name)]
    assert told == [
        ("succeeded", None),
        ("failed", "exit code 3: SystemExit: 3"),
        ("failed", "exit code 1: ValueError: too large: 2.0"),
    ]
    assert "Cell In[3], line 2" in run[2].log("stderr")
    assert "\x1b" not in run[2].log("stderr")
    assert any("end\n" in printed for _, printed in executed(run, 0))
    assert not any("end\n" in printed for _, printed in executed(run, 2))


@pytest.mark.full
def test_a_stopped_trial_is_interrupted_and_keeps_what_it_has_done(grid, write, wait_until):
    write({"train.ipynb": notebook(SLOW, "print('after')")})
    run = grid_jupyter.Run(grid.launch("train.ipynb"))
    started(run, 0, "here", wait_until)
    run.stop()
    wait_until(lambda: run.state.ended)
    assert run[0].state == "stopped"
    assert run[0].row.duration < 60
    assert [path for _, path, _ in run.artifacts()] == ["saved.pt", "train.ipynb"]
    assert executed(run, 0)[1][1] == "here\nsaved\n"
    assert "after" not in run[0].log()


@pytest.mark.full
def test_a_preempted_trial_goes_on_with_its_checkpoint(grid, write, wait_until):
    write({"train.ipynb": notebook(SLOW, "print('loss=1')")})
    run = grid_jupyter.Run(grid.launch("train.ipynb"))
    started(run, 0, "here", wait_until)
    run[0].preempt()
    wait_until(lambda: run.state.ended, timeout=60)
    assert (run[0].state, run[0].row.attempts, run[0].metrics) == ("succeeded", 2, {"loss": 1.0})


@pytest.mark.full
def test_a_notebook_that_handles_sigterm_itself_ends_as_it_likes(grid, write, wait_until):
    write({"train.ipynb": notebook(HANDLES, "print('after')")})
    run = grid_jupyter.Run(grid.launch("train.ipynb"))
    started(run, 0, "here", wait_until)
    run.stop()
    wait_until(lambda: run.state.ended, timeout=60)
    assert (run[0].state, run[0].metrics) == ("stopped", {"loss": 2.0})
    assert "after" not in run[0].log()


@pytest.mark.full
def test_a_kernel_that_is_killed_fails_its_trial_and_keeps_the_notebook(grid, home, write, processes, wait_until):
    write({"train.ipynb": notebook("print('before')", SLOW)})
    run = grid_jupyter.Run(grid.launch("train.ipynb"))
    started(run, 0, "here", wait_until)
    (kernel,) = [each for each in processes(home) if "-Xfrozen_modules=off" in each.cmdline()]
    # It belongs to the trial: its process group, and no terminal or session of its own.
    assert os.getpgid(kernel.pid) == kernel.parent().pid
    kernel.kill()
    wait_until(lambda: run.state.ended, timeout=60)
    assert run[0].state == "failed"
    assert "killed by signal 9" in run[0].reason or "out of memory" in run[0].reason
    assert executed(run, 0)[1][1] == "before\n"


@pytest.mark.full
def test_a_kernel_does_not_outlive_its_trial(grid, home, write, processes, wait_until):
    write({"train.ipynb": notebook(SLOW)})
    run = grid_jupyter.Run(grid.launch("--no_auto_resume", "train.ipynb"))
    started(run, 0, "here", wait_until)
    (kernel,) = [each for each in processes(home) if "-Xfrozen_modules=off" in each.cmdline()]
    kernel.parent().kill()
    wait_until(lambda: run.state.ended)
    wait_until(lambda: gone(kernel))


REFUSED = {
    "a name that it does not set": (
        notebook(),
        ["--lrr", "1"],
        "--lrr: the cell of book.ipynb that is tagged parameters",
        "nearest is lr",
    ),
    "a value of another type": (notebook(), ["--layers", "[1, x]"], "--layers: 'x' is not a whole number", ""),
    "no cell is tagged": (
        notebook(TRAIN, parameters=None),
        ["--lr", "1"],
        "--lr: book.ipynb has no cell for parameters",
        "Cell tags",
    ),
    "a positional argument": (notebook(), ["1"], "a notebook takes flags alone", ""),
    "another language": (notebook(language_info={"name": "R"}), [], "written in r; only notebooks in Python", ""),
    "no notebook": ("{", [], "book.ipynb is no notebook that can be read", "save it again"),
    "an old format": ('{"worksheets": []}', [], "book.ipynb is no notebook that can be read", ""),
    "a magic among the parameters": (
        notebook(parameters="%time lr = 1"),
        ["--lr", "1"],
        "line 1 of the cell of book.ipynb",
        "take it out",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_run_is_refused_before_the_launch(grid, home, write, case):
    text, words, *told = REFUSED[case]
    write({"book.ipynb": text})
    answer = grid.here("run", "book.ipynb", *words)
    assert answer.code == 2
    assert answer.out == ""
    for part in told:
        assert part in answer.err
    assert not home.exists()


def test_without_arguments_a_notebook_needs_no_tagged_cell(grid, write):
    write({"book.ipynb": notebook(TRAIN, parameters=None)})
    assert grid.here("run", "--dry_run", "book.ipynb").code == 0


def test_papermill_and_ipykernel_are_asked_for_before_the_launch(grid, home, write, tmp_path, monkeypatch):
    write({"train.ipynb": notebook(TRAIN)})
    venv.create(tmp_path / "bare", symlinks=True, with_pip=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "papermill" else object())
    answer = grid.here("run", "train.ipynb")
    assert (answer.code, answer.err) == (
        2, 'grid: train.ipynb: notebooks need papermill: pip install "grid-jupyter[notebooks]"\n',
    )  # fmt: skip
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    answer = grid.here("run", "--python", tmp_path / "bare", "train.ipynb")
    assert answer.code == 2
    assert f"{tmp_path}/bare/bin/python has no ipykernel" in answer.err
    assert "pip install ipykernel, or name another with --python" in answer.err
    assert not home.exists()


def test_warm_is_not_used_and_says_so(grid, write):
    write({"train.ipynb": notebook(TRAIN)})
    plan = grid_jupyter.plan("train.ipynb", {"lr": [0.1, 0.2]}, warm=True)
    assert "--warm: not used: train.ipynb is executed by a kernel of its own" in plan.warnings
    assert [plan.argv(0), plan.argv(1)] == [["--lr", "0.1"], ["--lr", "0.2"]]
    with pytest.raises(CommandError, match="nearest is lr"):
        grid_jupyter.plan("train.ipynb", {"lrs": [0.1, 0.2]})


def test_its_parameters_are_its_flags(project, write):
    write({"train.ipynb": notebook(TRAIN), "bare.ipynb": notebook(TRAIN, parameters=None)})
    found = read_flags(project / "train.ipynb", project)
    assert [(flag.name, flag.type, flag.default, flag.help) for flag in found.flags] == [
        ("--lr", "float", 0.1, "step size"), ("--layers", "int", 2, None), ("--shape", "tuple", (1, 2), None),
        ("--name", "str", "adam", None),
    ]  # fmt: skip
    assert found.complete
    (note,) = read_flags(project / "bare.ipynb", project).notes
    assert note.startswith("bare.ipynb has no cell for parameters; tag one")


def test_its_imports_are_followed_past_magics(project, write):
    from grid_jupyter.core.script import read_script

    cells = ["%matplotlib inline\n!ls\nimport numpy", "%%bash\nimport nothing", "files = !ls \\\n -l\nimport helper"]
    write({"train.ipynb": notebook(*cells), "helper.py": "import scipy"})
    source = read_script(project / "train.ipynb", project)
    assert source.imports == {"numpy", "helper", "scipy"}
