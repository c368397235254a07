"""Scripts of all kinds on a Ray cluster, and what is told of their trials afterwards."""

import pytest

from grid_jupyter import Run
from grid_jupyter.core.following import follow

pytestmark = pytest.mark.timeout(240)

TABLE = """\
import pathlib
table = pathlib.Path("lightning_logs/version_0/metrics.csv")
table.parent.mkdir(parents=True)
table.write_text("epoch,step,train_acc\\n0,9,0.5\\n1,19,0.75\\n")
"""


@pytest.fixture
def far(ray_cluster, grid, settings):
    """The command, with the cluster in the settings, which is looked at often."""
    settings(ray_cluster.settings(poll=0.3))
    return grid


def test_a_shell_script_which_sees_no_gpu(far, write):
    """Nodes have GPUs, which are for whoever asks for them."""
    write({"train.sh": 'echo "loss=$1" | tee told.txt\necho "sees <${CUDA_VISIBLE_DEVICES-all}>" >> told.txt\n'})
    run = far.finish("--cluster", "ray", "train.sh", "[1, 2]")
    assert [row["metrics"] for row in far.results(run)] == [{"loss": 1.0}, {"loss": 2.0}]
    assert (Run(run)[1].artifacts / "told.txt").read_text() == "loss=2\nsees <>\n"


def test_tables_of_lightning_are_metrics(far, write):
    write({"logs.py": TABLE})
    run = far.finish("--cluster", "ray", "logs.py")
    assert far.results(run)[0]["metrics"] == {"train_acc": 0.75}


def test_a_trial_runs_again_as_it_was(far, write):
    write({"train.py": "import sys\nprint(f'loss={sys.argv[1]}')\n"})
    run = far.finish("--cluster", "ray", "train.py", "[1, 2]")
    shown = far.here("show", f"{run}/1", "--format", "json").json
    assert shown["machine"]["cpus"]
    write({"train.py": "raise ValueError\n"})
    again = far("rerun", f"{run}/1", "--from_snapshot", "--format", "json").json["run"]
    Run(again).wait(120)
    assert [(row["state"], row["metrics"]) for row in far.results(again)] == [("succeeded", {"loss": 2.0})]


def test_an_interruption_without_auto_resume_is_a_failure(far, write, wait_until):
    write({"waits.py": "import time\nprint('step=0 loss=1', flush=True)\ntime.sleep(300)\n"})
    run = far.launch("--cluster", "ray", "--no_auto_resume", "waits.py")
    wait_until(lambda: far.states(run) == ["running"], 60)
    assert far("preempt", f"{run}/0").code == 0
    wait_until(lambda: far.states(run) == ["failed"], 60)


def test_a_log_that_somebody_follows_comes_sooner(ray_cluster, grid, settings, write, wait_until):
    """Where a cluster is looked at seldom."""
    settings(ray_cluster.settings(poll=20))
    write(
        {"waits.py": "import time\nfor step in range(600):\n    print('step', step, flush=True)\n    time.sleep(0.2)\n"}
    )
    run = grid.launch("--cluster", "ray", "waits.py")
    folder = Run(run).store_folder
    file = Run(run)[0].log_file(1, "stdout")

    def lines():
        follow(folder, 0)
        return len(file.read_text().splitlines()) if file.exists() else 0

    begun = wait_until(lines, 90)
    wait_until(lambda: lines() > begun, 15)
    assert grid("stop", run).code == 0
    Run(run).wait(60)


def test_a_cell_is_the_script(far, start_kernel):
    kernel = start_kernel()
    kernel.run("%load_ext grid_jupyter")
    cell = "%%grid run --cluster ray --name cell --wait --lr [0.1, 0.2]\nlr = 0.5\nprint(f'loss={lr}')\n"
    assert kernel.run(cell).status == "ok"
    assert [row["metrics"] for row in far.results("cell")] == [{"loss": 0.1}, {"loss": 0.2}]


@pytest.mark.parametrize(("flags", "node"), [(("--use_spot",), 1), (("--instance_type", "g5.xlarge"), 2)])
def test_a_trial_runs_on_the_nodes_that_are_meant(flags, node, far, ray_cluster, write):
    write({"tells.py": "import os\nprint('node=' + os.environ['RAY_RAYLET_PID'])\n"})
    run = far.finish("--cluster", "ray", *flags, "tells.py", "[1, 2]")
    assert [row["metrics"]["node"] for row in far.results(run)] == [ray_cluster.raylets()[node]] * 2
