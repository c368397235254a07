"""The example notebook on a real cluster, which loses a node while it runs."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import grid_jupyter

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.timeout(300)


def test_the_notebook_with_a_node_that_is_lost(ray, ray_cluster, tmp_path, wait_until):
    folder = tmp_path / "examples"
    folder.mkdir()
    for name in ("ray.ipynb", "descent.py"):
        shutil.copy(EXAMPLES / name, folder)

    def all_run():
        """Whether each trial has told of some epochs."""
        points = [run.metrics() for run in grid_jupyter.runs()]
        sizes = points[0].groupby("trial").size().tolist() if points and len(points[0]) else []
        return len(sizes) == 6 and min(sizes) >= 5

    def lose():
        wait_until(all_run, 200)
        ray_cluster.kill_node(1)

    meanwhile = threading.Thread(target=lose, daemon=True)
    meanwhile.start()
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--color=no", "--timeout", "250", "ray.ipynb"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    meanwhile.join(10)
    (run,) = grid_jupyter.runs()
    assert {row.state for row in run.rows()} == {"succeeded"}
    assert ray_cluster.raylets()[1] is None, "it was over before a node was lost"
