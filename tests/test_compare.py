"""Trials side by side, and results in groups."""

from __future__ import annotations

import re
import subprocess
from contextlib import closing

import pytest

import grid_jupyter
from grid_jupyter.core.code_diff import MOST_LINES
from grid_jupyter.core.home import run_folder
from grid_jupyter.core.store import Store
from grid_jupyter.errors import CommandError

SCRIPT = """
import sys
lr, seed = float(sys.argv[2]), int(sys.argv[4])
print(f"loss={lr + seed} acc={1 - lr}")
open("model.pt", "w").write("x" * (seed + 1))
"""


def test_two_trials_of_a_run(grid, write):
    write({"s.py": SCRIPT})
    grid.finish("--name", "one", "s.py", "--lr", "[0.5, 0.25]", "--seed", "[0, 1]")
    run = grid_jupyter.Run("one")
    found = run.compare(0, 3)
    assert found.names == ("trial 0", "trial 3")
    shown = {row.name: (row.shown, row.change) for row in found.shown}
    assert shown["lr"] == (("0.5", "0.25"), "")
    assert shown["loss"] == (("0.5000", "1.250"), "+0.7500 (+150%)")
    assert shown["model.pt"] == (("1 B", "2 B"), "")
    assert "state" not in shown
    assert all(diff.same for diff in found.code)
    told = grid.here("compare", "one", "0", "3").out
    assert "same code" in told
    assert re.search(r"and [23] equal rows", told)  # both may take as long as each other
    assert "attempts" not in told
    assert "attempts" in grid.here("compare", "--all", "one", "0", "3").out
    frame = found.to_frame()
    assert frame.loc[("parameters", "lr"), "trial 3"] == "0.25"
    assert not frame.loc[("trial", "state"), "differs"]
    asked = grid.here("compare", "one", "0", "1", "2", "--format", "json").json
    assert asked["trials"] == ["trial 0", "trial 1", "trial 2"]
    assert {"section": "metrics", "name": "loss", "differs": True, "values": [0.5, 1.5, 0.25]} in asked["rows"]


def test_trials_of_two_runs_and_their_code(grid, write):
    write({"s.py": SCRIPT, "data.bin": b"\0\1"})
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -q -m x"):
        subprocess.run(["git", *words.split()], cwd=grid.cwd, check=True)
    grid.finish("--name", "one", "s.py", "--lr", "0.5", "--seed", "0")
    write({"s.py": SCRIPT.replace("lr + seed", "lr * 2 + seed"), "data.bin": b"\0\2", "new.py": "x = '<b>'\n"})
    grid.finish("--name", "two", "s.py", "--lr", "0.5", "--seed", "0", "--more", "yes")
    told = grid.here("compare", "one/0", "two/0").out.splitlines()
    assert told[0].split() == ["one/0", "two/0", "change"]
    assert "code of one/0 and two/0: 3 files differ" in told
    assert '-print(f"loss={lr + seed} acc={1 - lr}")' in told
    assert '+print(f"loss={lr * 2 + seed} acc={1 - lr}")' in told
    assert "data.bin differs; it is no text, too large or gone" in told
    assert "+x = '<b>'" in told
    (commit,) = (line for line in told if line.startswith("  git"))
    assert "3 files changed" in commit
    assert not any(line.startswith("packages") for line in told)  # they are the same
    (diff,) = grid_jupyter.Run("one").compare(0, grid_jupyter.Run("two")[0]).code
    assert not diff.same


WRONG = {
    "one 0": "2 to 20 trials",
    "one 0 0": "named twice",
    "one 0 9": "trials 0 to 1",
    "one 0 x": "got 'x'",
    "one/0 none/0": "no run 'none'",
    "one/0 1": "no run '1'",
}


def test_what_cannot_be_compared_is_told(grid, write):
    write({"s.py": SCRIPT})
    grid.finish("--name", "one", "s.py", "--lr", "0.5", "--seed", "[0, 1]")
    with pytest.raises(CommandError, match="a trial is named by its number; got 'one/0'"):
        grid_jupyter.Run("one").compare("one/0", 1)
    for words, told in WRONG.items():
        answer = grid.here("compare", *words.split())
        assert answer.code == 2
        assert told in answer.err


def test_with_a_run_of_an_earlier_version_packages_are_not_listed_one_by_one(grid, write):
    write({"s.py": SCRIPT})
    for name in ("old", "new"):
        grid.finish("--name", name, "s.py", "--lr", "0.5", "--seed", "0")
    with closing(Store(run_folder("old"), write=True)) as store:
        store.set_facts({"provenance": None})
    rows = [
        row for row in grid_jupyter.Run("new").compare(0, grid_jupyter.Run("old")[0]).rows if row.section == "packages"
    ]
    assert [(row.name, row.shown[1]) for row in rows] == [("installed", "not known")]
    assert re.fullmatch(r"Python 3\.\S+, \d+ packages", rows[0].shown[0])


@pytest.mark.full
def test_the_code_of_very_many_files_is_compared_in_bounds(grid, write):
    names = ("one", "two")
    for place, name in enumerate(names):
        text = [f"{number * 2 + place}" for number in range(20_000)]
        write({"s.py": SCRIPT, **{f"data/{number:02}.csv": "\n".join(text) for number in range(12)}})
        grid.finish("--name", name, "s.py", "--lr", "0.5", "--seed", "0")
    (code,) = grid_jupyter.Run("one").compare(0, grid_jupyter.Run("two")[0]).code
    assert code.summary == "12 files differ"
    assert code.cut < 11 * MOST_LINES


def test_results_in_groups(grid, write, tmp_path):
    write({"s.py": SCRIPT})
    grid.finish("--name", "one", "s.py", "--lr", "[0.5, 0.25, x]", "--seed", "[0, 1, 2]")  # x fails
    run = grid_jupyter.Run("one")
    frame = run.results(over="seed")
    assert list(frame.index) == [0.25, 0.5]
    assert frame.loc[0.25, ("loss", "mean")] == pytest.approx(1.25)
    assert frame.loc[0.25, ("loss", "std")] == pytest.approx(1.0)
    assert list(frame["trials"]) == [3, 3]
    by_seed = run.results(group_by="seed")
    assert list(by_seed.index) == [0, 1, 2]
    assert by_seed.loc[2, ("loss", "max")] == 2.5
    assert list(run.results(group_by=["lr", "seed"]).index.names) == ["lr", "seed"]
    told = grid.here("results", "one", "--group_by", "lr").out.splitlines()
    assert told[0].split("  ")[0] == "lr"
    assert told[1].split() == ["0.25", "3", "1.250", "0.2500", "2.250", "0.7500", "0.7500", "0.7500"]
    asked = grid.here("results", "one", "--over", "seed", "--format", "json").json
    assert asked[0]["params"] == {"lr": "0.25"}
    assert asked[0]["metrics"]["loss"] == {"mean": 1.25, "std": 1.0, "min": 0.25, "max": 2.25, "count": 3}
    assert "2 groups written" in grid.here("results", "one", "--over", "seed", "--csv", tmp_path / "g.csv").out
    assert (tmp_path / "g.csv").read_text().startswith(",trials,loss")
    with pytest.raises(CommandError, match="did you mean lr"):
        run.results(group_by="lrs")
    refused = grid.here("results", "one", "--group_by", ",", "--csv", tmp_path / "g.csv")
    assert (refused.code, refused.err) == (2, "grid: group_by names no parameter; there is lr, seed\n")
