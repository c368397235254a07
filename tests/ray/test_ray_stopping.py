"""Stopping on a Ray cluster: one trial, one that waits, all of a run, with all that their scripts have started."""

import psutil
import pytest
from ray_cluster.gate import open_gate

from grid_jupyter import Run

pytestmark = pytest.mark.timeout(300)

# Starts a child that starts a child, tells the processes of all three, saves when it is asked to end.
FAMILY = """\
import os, signal, subprocess, sys, time
def asked(*_):
    print("asked", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, asked)
inner = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
outer = "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " \\
    "subprocess.Popen([sys.executable, '-c', sys.argv[1]]); print(os.getpid(), flush=True); time.sleep(300)"
print(os.getpid(), flush=True)
subprocess.Popen([sys.executable, "-c", outer, inner])
while True:
    time.sleep(0.1)
"""


def test_trials_end_with_all_that_they_have_started(ray, write, jobs, wait_until):
    write({"family.py": FAMILY})
    run = ray.launch("--cluster", "ray", "--cpus", "3", "family.py", "range(4)")  # one a node, so that one waits

    def family(trial):
        file = Run(run)[trial].log_file(1, "stdout")
        words = file.read_text().split() if file.exists() else []
        return [psutil.Process(int(word)) for word in words] if len(words) == 3 else None

    # Which of them waits is for Ray to say.
    wait_until(lambda: sorted(ray.states(run)) == ["running"] * 3 + ["starting"], 150)
    rows = ray.results(run)
    (waits,) = [row for row in rows if row["state"] == "starting"]
    assert waits["reason"] == "waits for 3 CPUs on the Ray cluster"
    first, *others = [row["index"] for row in rows if row["state"] == "running"]
    families = {trial: wait_until(lambda trial=trial: family(trial), 30) for trial in (first, *others)}
    assert ray("stop", f"{run}/{waits['index']}").code == 0
    wait_until(lambda: ray.states(run)[waits["index"]] == "stopped", 150)
    assert ray("stop", f"{run}/{first}").code == 0
    wait_until(lambda: ray.states(run)[first] == "stopped", 150)
    assert not psutil.wait_procs(families[first], 5)[1]
    assert all(process.is_running() for trial in others for process in families[trial])
    assert ray("stop", run).code == 0
    Run(run).wait(150)
    assert {(row["state"], row["reason"]) for row in ray.results(run)} == {("stopped", "stopped by you")}
    assert not psutil.wait_procs([process for trial in others for process in families[trial]], 5)[1]
    assert Run(run)[first].log().splitlines()[-1] == "asked"
    wait_until(lambda: [job["status"] for job in jobs(run)] == ["SUCCEEDED"], 150)


@pytest.mark.soak
def test_what_could_not_be_stopped_ends_when_the_run_is_deleted(ray_cluster, grid, settings, write, wait_until):
    write({"waits.py": "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(300)\n"})
    with open_gate(ray_cluster.address) as gate:
        settings(ray_cluster.settings(address=gate.address, poll=0.3))
        run = grid.launch("--cluster", "ray", "waits.py")
        script = psutil.Process(int(wait_until(lambda: Run(run)[0].log().strip(), 60)))
        gate.cut()
        assert grid("stop", run).code == 0
        Run(run).wait(150)
    assert grid.states(run) == ["stopped"]
    assert script.is_running()
    settings(ray_cluster.settings(poll=0.3))
    answer = grid("delete", run, "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert not psutil.wait_procs([script], 10)[1]
