"""A cluster of a test's own: what it says of a Python without Ray, and what becomes of runs when it is started anew."""

import time
from contextlib import suppress

import psutil
import pytest
from ray_cluster import VARIABLE, open_cluster, ray_python

pytestmark = [pytest.mark.full, pytest.mark.timeout(400)]

SLOW = """\
import time
from pathlib import Path

until = time.monotonic() + 300
while time.monotonic() < until and not Path({go!r}).exists():
    time.sleep(0.05)
"""

JOINS = """\
import ray

ray.init()
double = ray.remote(num_cpus=0.5)(lambda number: 2 * number)
print(f"doubled={ray.get(double.remote(21))}")
"""


@pytest.fixture(scope="module")
def own_cluster():
    """A cluster of one node that a test may take down."""
    if ray_python() is None:
        pytest.skip(f"{VARIABLE} names no Python that has Ray; make test-all does")
    with open_cluster(nodes=1, token=None) as cluster:
        yield cluster


def start_anew(cluster):
    """Start a cluster anew, at the same address: all that it knew is gone."""
    cluster.lose_node(0)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(f"{cluster.folder}/n0/" in word for word in process.cmdline()):
                process.kill()
                process.wait(20)
    cluster.start_node(0)


def test_a_script_may_use_the_ray_that_it_runs_on(own_cluster, grid, settings, write):
    settings(own_cluster.settings(poll=0.3))
    write({"joins.py": JOINS})
    began = time.monotonic()
    run = grid.finish("--cluster", "ray", "joins.py", timeout=150)
    logs = grid("logs", run)
    assert grid.states(run) == ["succeeded"], (logs.out, logs.err, time.monotonic() - began)
    assert grid.results(run)[0]["metrics"] == {"doubled": 42}


def test_a_python_without_ray_lets_a_run_rest_with_a_sentence(own_cluster, grid, settings):
    settings(own_cluster.settings(poll=0.3, python="/usr/bin/false"))
    run = grid.finish("--cluster", "ray", "train.py", "--lr", "[1, 2]", timeout=150)
    (reason,) = {row["reason"] for row in grid.results(run)}
    assert grid.states(run) == ["interrupted", "interrupted"]
    assert reason.startswith("its Ray job ended: "), reason
    assert "\n" not in reason


def test_a_disk_of_the_head_that_takes_nothing_for_a_while_ends_no_trial(
    own_cluster, grid, settings, write, wait_until, tmp_path
):
    go = tmp_path / "go"
    settings(own_cluster.settings(poll=0.3))
    write({"slow.py": SLOW.format(go=str(go))})
    run = grid.launch("--cluster", "ray", "slow.py", "--n", "[1, 2, 3]")
    wait_until(lambda: grid.states(run) == ["running"] * 3, 120)
    (out,) = own_cluster.logs(0).glob(f"grid-jupyter/{run}-*/0/out")
    out.rename(out.with_name("away"))
    out.touch()  # no file can be written below it
    assert grid("stop", f"{run}/0").code == 0  # of which the driver tells that it has read it
    go.touch()
    time.sleep(3)  # in which it tries
    out.unlink()
    out.with_name("away").rename(out)
    grid("wait", run, timeout=120)
    rows = grid.results(run)
    assert [row["state"] for row in rows] == ["stopped", "succeeded", "succeeded"]
    assert [row["attempts"] for row in rows] == [1, 1, 1]


LARGE = "from pathlib import Path; Path('model.pt').write_bytes(bytes(11 << 20))"


def test_what_becomes_of_runs_when_a_cluster_is_started_anew(own_cluster, grid, settings, write, wait_until, tmp_path):
    go = tmp_path / "go"
    settings(own_cluster.settings(poll=0.3))
    write({"slow.py": SLOW.format(go=str(go)), "large.py": LARGE})
    over = grid.finish("--cluster", "ray", "large.py", timeout=150)
    run = grid.launch("--cluster", "ray", "slow.py", "--n", "[1, 2]")
    wait_until(lambda: grid.states(run) == ["running", "running"], 120)
    start_anew(own_cluster)

    # What a trial left on a node is gone, which is told and not passed over.
    answer = grid("artifacts", over, "--download_dir", "there")
    assert answer.code == 1
    assert "model.pt of trial 0 is not kept any more" in answer.err

    # Trials that ran begin again.
    wait_until(lambda: [row["attempts"] for row in grid.results(run)] == [2, 2], 120)
    go.touch()
    assert grid("wait", run, timeout=60).code == 0
    assert grid.states(run) == ["succeeded", "succeeded"]
