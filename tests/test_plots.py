"""Plots of a run: what is drawn, and which files and outputs come of it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from doors import Grid, Kernel, make_files

import grid_jupyter
from grid_jupyter.core.plots import importance, rendering
from grid_jupyter.core.states import TrialState
from grid_jupyter.core.store import Point, Store, TrialRow
from grid_jupyter.errors import CommandError, RunError, StoreError

SCRIPT = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float)
p.add_argument("--opt")
p.add_argument("--seed", type=int)
a = p.parse_args()
for step in range(4):
    print(f"step={step} loss={a.lr / (step + 1) + a.seed}")
if a.opt == "bad":
    raise SystemExit("no such optimiser")
print(f"once={a.lr}")
"""
VEGA_LITE = "application/vnd.vegalite.v5+json"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Eight trials with two seeds each, four of which fail after their metrics; all tests only read them."""
    base = tmp_path_factory.mktemp("plots")
    make_files(base / "project", {"sweep.py": SCRIPT})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRID_HOME", str(base / "home"))
        patch.setenv("GRID_RUNTIME", str(base / "runtime"))
        patch.chdir(base / "project")
        words = ["--metric", "loss", "--mode", "min", "sweep.py", "--lr", "[0.001, 0.5]", "--opt", "['a<b', adam, bad]"]
        Grid(base / "project")("run", "--wait", "--name", "sweep", *words, "--seed", "[0, 1]")
        yield grid_jupyter.Run("sweep")


def facts(spec):
    """The lines of a chart of curves, by their key."""
    (lookup,) = spec["transform"]
    return {line["k"]: line for line in lookup["from"]["data"]["values"]}


def points(spec, key):
    return [row for row in spec["data"]["values"] if row["k"] == key]


def notes(spec):
    return spec["title"].get("subtitle", [])


def test_curves_of_all_trials_of_which_some_stand_out(sweep):
    plot = sweep.plot(trials=[7, 3])
    spec = plot.spec
    kinds = {key: line["kind"] for key, line in facts(spec).items()}
    assert kinds.pop("0") == "best"  # of lr 0.001 and seed 0, the first
    assert {key for key, kind in kinds.items() if kind == "series"} == {"3", "7"}
    assert len(kinds) == 11
    assert [row["y"] for row in points(spec, "7")] == [1.5, 1.25, 1.1667, 1.125]
    named = [end["n"] for layer in spec["layer"][-1]["layer"] for end in layer["data"]["values"]]
    assert sorted(named) == ["3", "7", "★ 0"]
    assert repr(plot) == "Curves of loss: 12 trials along the step"
    assert "The best is trial 0, 2.500e-4" in spec["description"]
    # The values span more than a hundred times, and are told apart on a logarithmic axis.
    assert spec["encoding"]["y"]["scale"]["type"] == "log"
    assert "type" not in sweep.plot(log=False).spec["encoding"]["y"]["scale"]


def test_what_is_smoothed_keeps_what_was_read(sweep):
    rows = points(sweep.plot(smooth=0.5).spec, "6")
    assert [row["r"] for row in rows] == [0.5, 0.25, 0.16667, 0.125]
    # The average of 0.25 and half of 0.5, of the weights 1 and a half: TensorBoard's.
    assert [row["y"] for row in rows[:2]] == [0.5, 0.33333]


def test_trials_that_differ_in_a_seed_are_one(sweep):
    spec = sweep.plot(over="seed").spec
    assert notes(spec) == ["mean and range of 2 trials, by lr, opt"]
    marks = [layer["mark"] for layer in spec["layer"] if "mark" in layer]
    assert [mark["clip"] for mark in marks if mark["type"] == "line"] == [False]  # none leaves; clipping is slow
    assert set(facts(spec)) == {f"{lr}, {opt}" for lr in ("0.001", "0.5") for opt in ("a<b", "adam", "bad")}
    last = points(spec, "0.5, adam")[-1]
    assert (last["x"], last["y"], last["l"], last["h"]) == (3, 0.625, 0.125, 1.125)
    by = sweep.plot(group_by=["lr"]).spec
    assert notes(by) == ["mean and range of 6 trials, by lr"]
    assert sweep.plot(group_by="lr, opt").spec["data"] == spec["data"]


def test_a_single_value_each_is_a_dot(sweep):
    spec = sweep.plot(metric="once", mode="min").spec
    assert spec["encoding"]["x"]["title"] == "trial"
    assert len(points(spec, "0")) == 1
    assert len(points(spec, "best so far")) == 8  # failed ones never wrote a number
    assert sweep.plot(x="time").spec["encoding"]["x"]["title"] == "seconds"


def test_parallel_coordinates(sweep):
    spec = sweep.plot("parallel").spec
    strips = spec["hconcat"][::2]
    heads = [strip["layer"][0]["data"]["values"][0]["n"] for strip in strips]
    assert heads == ["lr", "opt", "seed", "loss"]
    brushes = [layer["params"][0]["name"] for strip in strips for layer in strip["layer"] if "params" in layer]
    assert brushes == ["mark0", "mark1", "mark2", "mark3"]
    rows = spec["datasets"]["trials"]
    assert (len(rows), rows[-1]["t"], rows[-1]["v3"], rows[-1]["p3"]) == (8, 0, "2.500e-4", 1)
    assert [row["k"] for row in rows] == sorted(row["k"] for row in rows)  # the best on top
    assert "4 trials without loss left out" in notes(spec)
    # What stands at the axes are the values as they were passed; those of lr are logarithmically spaced.
    ticks = [[tick["n"] for tick in strip["layer"][-2]["data"]["values"]] for strip in strips]
    assert ticks[:3] == [["0.001", "0.5"], ["a<b", "adam"], ["0", "1"]]
    assert strips[0]["layer"][1]["data"]["values"] == [{"n": "log"}]


@pytest.mark.full
def test_importance(sweep):
    plot = sweep.plot("importance")
    rows = plot.spec["data"]["values"]
    assert next(row["n"] for row in rows) == "seed"
    assert sum(row["s"] for row in rows) == pytest.approx(1, abs=0.01)
    assert "8 trials are few" in repr(plot)
    assert re.search(r"fANOVA|PED-ANOVA", repr(plot))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "pie"}, "curves, parallel, importance"),
        ({"metric": "los"}, "there is loss, once"),
        ({"trials": [12]}, "trials 0 to 11"),
        ({"trials": ["sweep/3"]}, "a trial is named by its number; got 'sweep/3'"),
        ({"smooth": 1}, "0 (as read) to below 1"),
        ({"group_by": "lrr"}, "did you mean lr"),
        ({"group_by": "lr", "over": "seed"}, "give one of them"),
        ({"over": "lr,opt,seed"}, "nothing else varies"),
        ({"kind": "parallel", "smooth": 0.5}, "smooth is for curves"),
        ({"mode": "low"}, "'min' or 'max'"),
        ({"x": "epoch"}, "step or time"),
        ({"width": 9}, "50 to 4000"),
    ],
)
def test_what_cannot_be_drawn_is_told(sweep, options, words):
    with pytest.raises((CommandError, RunError), match=re.escape(words)):
        sweep.plot(**options)


def test_files(sweep, tmp_path):
    plot = sweep.plot()
    plot.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    plot.save(tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text()
    assert "★ 0" in svg
    labels = svg[svg.index("role-axis-label") : svg.index("role-axis-title")]
    assert re.findall(r">([^<>]+)</text>", labels)[:4] == ["0", "1", "2", "3"]
    plot.save(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == plot.spec
    with pytest.raises(CommandError, match=r"\.png, \.svg, \.html, \.json"):
        plot.save(tmp_path / "a.gif")
    with pytest.raises(StoreError, match=r"save ~nobody-of-this-name/a\.json: No such file"):
        plot.save("~nobody-of-this-name/a.json")


@pytest.mark.full
def test_a_page_needs_no_network(sweep, tmp_path):
    sweep.plot("parallel").save(tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert not re.search(r"""<(script|link)[^>]*(src|href)=""", page)
    assert len(page) > 500_000  # it holds what draws it


def test_without_what_draws_pictures(sweep, tmp_path, monkeypatch):
    monkeypatch.setattr(rendering, "find_spec", lambda _: None)
    plot = sweep.plot()
    with pytest.raises(CommandError, match=r'pip install "grid-jupyter\[plots\]"'):
        plot.save(tmp_path / "a.png")
    assert set(plot.bundle()) == {VEGA_LITE, "text/plain"}
    assert "grid-jupyter[plots]" in plot.bundle(live=False)["text/plain"]
    monkeypatch.setattr(importance, "find_spec", lambda _: None)
    with pytest.raises(CommandError, match=r'pip install "grid-jupyter\[bayesian\]"'):
        sweep.plot("importance")


def test_a_terminal_writes_a_file(sweep, tmp_path):
    grid = Grid(tmp_path)
    told = grid.here("plot", "sweep", "--metric", "loss", "--trials", "3,7", "--save", tmp_path / "b.svg")
    assert (told.code, told.err) == (0, "")
    assert told.out == f"Curves of loss: 12 trials along the step, written to {tmp_path / 'b.svg'}\n"
    assert "--save" in grid.here("plot", "sweep").out
    asked = grid.here("plot", "sweep", "--over", "seed", "--smooth", "0.5", "--format", "json")
    assert asked.json["$schema"].endswith("/v5.json")
    assert grid.here("plot", "sweep", "--trials", "x").code == 2
    assert grid.here("plot", "sweep", "--save", tmp_path / "none" / "b.json").code == 1


@pytest.mark.full
def test_a_chart_of_many_trials_stays_small(grid, write):
    write({"nothing.py": ""})
    name = grid.launch("--parallel", "1", "nothing.py", "--x", "range(600)")
    grid.here("stop", name)
    grid.here("wait", name)
    run = grid_jupyter.Run(name)
    rows = [TrialRow(trial, TrialState.SUCCEEDED, attempts=1, metrics={"loss": trial / 7}) for trial in range(600)]
    values = [
        Point(trial, "loss", step, trial / 7 + 1 / (step + 1), float(step))
        for trial in range(600)
        for step in range(300)
    ]
    with Store(run.store_folder, write=True) as store:
        store.write(rows, values)
    spec = run.plot(smooth=0.5).spec
    assert notes(spec)[0] == "200 of 600 shown, the best"
    assert len(json.dumps(spec)) < 1_500_000
    assert len(facts(run.plot(group_by="x").spec)) == 100
    spec = run.plot("parallel").spec
    assert "500 of 600 trials shown, of all ranks" in notes(spec)
    assert len(json.dumps(spec)) < 200_000


# In a notebook


def test_a_chart_for_a_person_and_a_picture_for_others(sweep, tmp_path):
    kernel = Kernel(Path.cwd(), tmp_path)
    try:
        kernel.run("%load_ext grid_jupyter")
        (live,) = kernel.run("%grid plot sweep --trials [3, 7]", allow_stdin=True).of("execute_result")
        assert set(live["data"]) == {VEGA_LITE, "image/png", "text/plain"}
        # Colours follow the theme of whoever looks at it.
        assert "var(--jp-ui-font-color1" in json.dumps(live["data"][VEGA_LITE])
        assert live["data"][VEGA_LITE]["usermeta"]["embedOptions"]["renderer"] == "svg"
        (still,) = kernel.run("%grid plot sweep --trials 3,7").of("execute_result")
        assert set(still["data"]) == {"image/png", "text/plain"}
        assert still["data"]["text/plain"] == live["data"]["text/plain"] == "Curves of loss: 12 trials along the step"
        (frame,) = kernel.run("%grid results sweep --over seed").of("execute_result")
        assert "mean" in frame["data"]["text/plain"]
        (compared,) = kernel.run("%grid compare sweep 0 3").of("execute_result")
        assert "a&lt;b" in compared["data"]["text/html"]
        assert "a<b" not in compared["data"]["text/html"]
    finally:
        kernel.close()
    assert os.environ["GRID_HOME"]
