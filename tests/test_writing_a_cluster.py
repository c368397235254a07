"""The cluster of docs/writing-a-cluster.md, taken from the page and installed, runs trials like one of ours."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from parts import GATE, count, kill_watchers
from sources import ROOT

from grid_jupyter.core import cluster
from grid_jupyter.core.plan import Surroundings, make_plan
from grid_jupyter.core.plan_text import plan_text
from grid_jupyter.core.planned import plan_of
from grid_jupyter.core.run import Run
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.notebook.plan import plan_html
from grid_jupyter.server import shapes

PAGE = (ROOT / "docs" / "writing-a-cluster.md").read_text(encoding="utf-8")
SOURCES = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
PROJECT = tomllib.loads(re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0])
SAVES = """\
import os, signal, sys, time
checkpoint = os.environ["GRID_CHECKPOINT_DIR"] + "/saved"
def save(*_):
    open(checkpoint, "w").write("kept")
    sys.exit(3)
signal.signal(signal.SIGTERM, save)
if os.path.exists(checkpoint):
    print("state=1")
else:
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def bench(home, tmp_path, monkeypatch):
    """The package of the page, installed for this process and those that it starts."""
    place = tmp_path / "site"
    for name, source in SOURCES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(source)
    known = PROJECT["project"]
    about = place / f"{known['name'].replace('-', '_')}-{known['version']}.dist-info"
    about.mkdir()
    about.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {known['name']}\nVersion: {known['version']}\n"
    )
    points = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in known["entry-points"].items()
    ]
    about.joinpath("entry_points.txt").write_text("\n".join(points))
    monkeypatch.setenv("PYTHONPATH", str(place))
    monkeypatch.syspath_prepend(str(place))

    yield place
    for name in [name for name in sys.modules if name.partition(".")[0] == "grid_bench"]:
        del sys.modules[name]
    cluster._make.cache_clear()  # the next test has a package of its own


@pytest.mark.usefixtures("bench")
class TestTheClusterOfThePage:
    def test_it_runs_a_sweep(self, grid, write):
        write({"train.py": 'import sys\nprint("loss=" + sys.argv[2])\nopen("out.txt", "w").write("x")\n'})
        run = grid.finish("--cluster", "bench", "train.py", "--lr", "[1, 2, 3]")
        rows = grid.results(run)
        assert [row["state"] for row in rows] == ["succeeded"] * 3
        assert [row["metrics"] for row in rows] == [{"loss": 1}, {"loss": 2}, {"loss": 3}]
        assert [one["path"] for one in grid.here("artifacts", run, "--format", "json").json] == ["out.txt"] * 3
        assert grid.here("delete", run, "--yes").code == 0

    def test_a_failure_is_told(self, grid, write):
        write({"train.py": "import nosuch\n"})
        run = grid.finish("--cluster", "bench", "train.py")
        assert grid.results(run)[0]["reason"] == "exit code 1: ModuleNotFoundError: No module named 'nosuch'"

    def test_a_plan_has_its_facts_and_the_stable_one_has_not(self, grid, settings):
        settings('[clusters.big]\ntype = "bench"\nslots = 5\n')
        shown = grid.here("run", "--dry_run", "--cluster", "big", "train.py", "--lr", "[1, 2, 3]").out
        assert "\nSlots     5\n" in shown
        assert "3 at once on the bench" in shown
        plan = make_plan(RunSpec(script="train.py", cluster="big"), Surroundings(grid.cwd, Path(sys.executable)))
        assert "Slots" in plan_text(plan)
        assert "Slots" not in plan_text(plan, stable=True)
        assert re.search(r">Slots</span>5</div>", plan_html(plan))
        assert "Slots     5" in shapes.plan(plan, None, 0, 20)["lines"]

    def test_what_is_wrong_is_told(self, grid, settings):
        refused = grid.here("run", "--dry_run", "--cluster", "bench", "--gpus", "1", "train.py")
        assert (refused.code, refused.err) == (2, "grid: --gpus 1: the bench has no GPUs; leave --gpus out\n")
        settings("[clusters.bench]\nslots = 0\n")
        assert "slots takes a whole number" in grid.here("run", "--cluster", "bench", "train.py").err

    def test_another_watcher_carries_on(self, grid, home, tmp_path, write, wait_until):
        write({"train.py": GATE})
        run = grid.launch("--cluster", "bench", "train.py", str(tmp_path), "[0, 1, 2]")
        wait_until(lambda: len(count(tmp_path, "started")) == 2)
        kill_watchers(home, wait_until)
        (tmp_path / "open").touch()
        grid("wait", run)
        assert grid.states(run) == ["succeeded"] * 3
        assert count(tmp_path, "started") == count(tmp_path, "done") == dict.fromkeys("012", 1)

    def test_an_interrupted_trial_goes_on_with_its_checkpoint(self, grid, write, wait_until):
        write({"train.py": SAVES})
        run = grid.launch("--cluster", "bench", "train.py")
        wait_until(lambda: "ready" in grid.here("logs", f"{run}/0").out)
        assert grid.here("preempt", f"{run}/0").code == 0
        grid("wait", run)
        assert [(row["state"], row["attempts"], row["metrics"]) for row in grid.results(run)] == [
            ("succeeded", 2, {"state": 1})
        ]

    def test_a_stopped_trial_gets_time_to_save(self, grid, write, wait_until):
        write({"train.py": SAVES})
        run = grid.launch("--cluster", "bench", "train.py")
        wait_until(lambda: "ready" in grid.here("logs", f"{run}/0").out)
        assert grid.here("stop", run).code == 0
        grid("wait", run)
        assert grid.states(run) == ["stopped"]

    def test_its_doctor(self, grid):
        found = grid.here("doctor", "bench")
        assert found.code == 0
        assert re.match(r"ok +slots +2 trials at once\nok +shell +/\S+\n\nAll is well\.\n", found.out)

    def test_its_verbs(self, grid):
        assert grid.here("bench", "sweep").out == "The bench is clean.\n"
        assert grid.here("bench", "sweep", "--format", "json").json == {"swept": True}
        assert "  sweep  Sweep the bench\n" in grid.here("bench", "-h").out
        assert "'seep' is not a verb of grid bench; did you mean sweep" in grid.here("bench", "seep").err

    def test_datastores_are_those_of_this_machine(self, grid):
        made = grid.here("datastore", "create", "faces", "train.py", "--cluster", "bench")
        assert made.code == 0, made.err
        assert "faces" in grid.here("datastore", "list", "--cluster", "bench").out


def test_one_on_other_machines_has_the_data_that_it_keeps(grid, bench, write):
    package = bench / "grid_bench"
    with (package / "__init__.py").open("a") as file:
        file.write("BenchCluster.traits = Traits()\n")
    write({".gridignore": "data/\n", "data/x": "1"})
    words = ("run", "--dry_run", "--cluster", "bench", "train.py")
    shown = grid.here(*words).out
    assert "data/ (1 B) stays here, where trials do not see it: name a path that its machines can read" in shown
    refused = grid.here("datastore", "list", "--cluster", "bench")
    assert refused.err.startswith("grid: a cluster of the type bench keeps no datastores")
    (package / "datastores.py").write_text(
        "from grid_jupyter.core.datastores.local import LocalDatastores\n"
        "from grid_jupyter.core.home import grid_home\n\n\n"
        "def open_place(settings, credential):\n"
        "    return LocalDatastores(grid_home() / 'bench')\n"
    )
    importlib.invalidate_caches()
    assert "grid datastore create NAME SOURCE brings data there" in grid.here(*words).out
    assert grid.here("datastore", "create", "faces", "data", "--cluster", "bench").code == 0
    assert "faces:1" in grid.here("datastore", "list", "--cluster", "bench").out
    assert "faces:1" not in grid.here("datastore", "list").out


def test_a_run_can_be_looked_at_when_its_package_is_gone(grid, bench):
    run = grid.finish("--cluster", "bench", "train.py", "--lr", "[1, 2]")
    assert plan_of(Run(run)).placement.here
    shutil.rmtree(bench)
    cluster._make.cache_clear()
    assert not plan_of(Run(run)).placement.here
    assert grid.states(run) == ["succeeded"] * 2
    assert f"{run} " in grid.here("history").out
    assert "the cluster bench is not part of this version" in grid.here("delete", run, "--yes").err


def test_a_package_that_is_broken_is_told(grid, bench):
    (bench / "grid_bench" / "__init__.py").write_text("import nosuch\n")
    refused = grid.here("run", "--dry_run", "--cluster", "bench", "train.py")
    assert refused.code == 2
    told = "grid: the cluster bench cannot be loaded (No module named 'nosuch'); install grid-bench again\n"
    assert refused.err == told


def test_without_its_package_it_is_unknown(grid):
    refused = grid.here("run", "--dry_run", "--cluster", "bench", "train.py")
    assert refused.code == 2
    assert "the cluster bench is not part of this version of grid-jupyter" in refused.err
