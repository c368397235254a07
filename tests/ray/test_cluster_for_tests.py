"""The cluster that the tests share: it is real, nodes of it can be lost, and it leaves nothing behind."""

import os
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import psutil
import pytest
from ray_cluster import VARIABLE, open_cluster

pytestmark = pytest.mark.soak  # it changes seldom, and all others use it


def test_a_node_can_be_killed_and_started_anew(ray_cluster):
    before = ray_cluster.raylets()
    ray_cluster.kill_node(2)
    assert ray_cluster.raylets() == [*before[:2], None]
    ray_cluster.start_node(2)
    after = ray_cluster.raylets()
    assert after[:2] == before[:2]
    assert psutil.Process(after[2]).name() == "raylet"


def test_a_node_is_lost_with_all_that_runs_there(ray_cluster):
    below = psutil.Process(ray_cluster.raylets()[1]).children(recursive=True)
    assert below
    ray_cluster.lose_node(1)
    assert not psutil.wait_procs(below, 10)[1]


@pytest.mark.full
def test_it_ends_with_whoever_started_it(ray_cluster, wait_until):
    program = "import sys, time\nfrom ray_cluster import open_cluster\nwith open_cluster(nodes=1) as cluster:\n"
    program += "    print(cluster.folder, cluster.raylets()[0], flush=True)\n    time.sleep(60)\n"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True) as owner:
        folder, raylet = owner.stdout.readline().split()
        owner.send_signal(signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(int(raylet)) and not Path(folder).exists())


def test_one_that_does_not_start_says_why_and_leaves_nothing(tmp_path, monkeypatch, capfd):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nsleep 100 &\necho no Ray here\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(fake))
    with pytest.raises(RuntimeError, match="the Ray cluster ended"), open_cluster():
        pass
    assert "no Ray here" in capfd.readouterr().err
    left = [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "100"]]
    assert not left


def test_the_environment_of_this_project_never_has_ray():
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("ray")
