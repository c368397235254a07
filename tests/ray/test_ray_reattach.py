"""Runs on a Ray cluster whose kernel or watcher is killed: they go on, and nothing is submitted twice or lost."""

import os
import signal

import pytest
from ray_cluster.gate import open_gate

from grid_jupyter import Run

pytestmark = pytest.mark.timeout(300)

TRAIN = """\
import sys, time
print(f"loss={sys.argv[1]}", flush=True)
time.sleep(0.5)
open("model.txt", "w").write(sys.argv[1])
"""

WAITS = """\
import pathlib, sys, time
step = 0
while not pathlib.Path(sys.argv[1]).exists():
    print(f"step={step} loss=1", flush=True)
    step += 1
    time.sleep(0.2)
pathlib.Path("word.txt").write_text(sys.argv[2])
print("done")
"""

# What a watcher asks of the dashboard for a launch, in turn: the code, the job, what its driver is to do, how it is.
CALLS = [
    r"GET /api/packages/gcs/_ray_pkg_",
    r"PUT /api/packages/gcs/_ray_pkg_",
    r"POST /api/jobs/$",
    r"PUT /api/packages/gcs/_grid_",
    r"GET /api/jobs/",
    r"GET /api/v0/logs/file",
]
MOST_LIKELY_TO_HURT = {(r"POST /api/jobs/$", "after"), (r"PUT /api/packages/gcs/_grid_", "after")}
BOUNDARIES = [
    pytest.param(call, when, marks=[] if (call, when) in MOST_LIKELY_TO_HURT else pytest.mark.soak, id=f"{when} {call}")
    for call in CALLS
    for when in ("before", "after")
]


@pytest.mark.parametrize(("call", "when"), BOUNDARIES)
def test_a_watcher_is_killed_at_a_call(
    call, when, ray_cluster, grid, settings, write, jobs, watcher, tmp_path, wait_until
):
    write({"train.py": f"{TRAIN}# {tmp_path}: code that the cluster has not seen\n"})
    with open_gate(ray_cluster.address) as gate:
        settings(ray_cluster.settings(address=gate.address, poll=0.3))
        gate.hold(call, when)
        run = grid.launch("--cluster", "ray", "train.py", "[1, 2]")
        assert gate.came.wait(150)
        killed = watcher()
        os.kill(killed.pid, signal.SIGKILL)
        wait_until(lambda: not killed.is_running(), 10)
        gate.release()
        Run(run).wait(150)
    rows = grid.results(run)
    assert [(row["state"], row["attempts"], row["metrics"]["loss"]) for row in rows] == [
        ("succeeded", 1, 1.0),
        ("succeeded", 1, 2.0),
    ]
    wait_until(lambda: [job["status"] for job in jobs(run)] == ["SUCCEEDED"], 150)


def test_another_kernel_takes_up_what_one_has_launched(ray, ray_cluster, write, start_kernel, jobs, tmp_path):
    from_kernel = "%load_ext grid_jupyter\n%grid run --cluster ray --gpus 0.5 --name from-kernel "
    write({"waits.py": WAITS})
    go_on = tmp_path / "go-on"
    first = start_kernel()
    said = first.run(f'{from_kernel} waits.py {go_on} "[a, b]"')
    assert said.status == "ok", said.outputs
    os.kill(first.pid, signal.SIGKILL)
    second = start_kernel()
    second.run("import grid_jupyter, time\nrun = grid_jupyter.Run('from-kernel')")
    grows = """
def steps():
    return int(run.metrics().groupby("trial").size().min()) if len(run.metrics()) else 0
until, sizes = time.monotonic() + 60, set()
while len(sizes) < 4 and time.monotonic() < until:
    sizes.add((steps(), len(run[0].log()), len(run[1].log())))
    time.sleep(0.2)
print(len(sizes), run.results().state.tolist())
"""
    assert second.run(grows, timeout=90).stdout == "4 ['running', 'running']\n"
    go_on.touch()
    ends = """
run.wait(150)
steps = run.metrics().groupby("trial")["step"].agg(list).tolist()
print(run.results().state.tolist(), [of == list(range(len(of))) for of in steps])
print([(trial.artifacts / "word.txt").read_text() for trial in run], run[0].log().splitlines()[-1])
"""
    assert second.run(ends, timeout=90).stdout == "['succeeded', 'succeeded'] [True, True]\n['a', 'b'] done\n"
    assert len(jobs("from-kernel")) == 1
