"""A Ray cluster holds what every cluster must hold."""

import subprocess
import sys

import pytest


@pytest.mark.soak  # minutes: each run has a driver of its own, which imports Ray
@pytest.mark.timeout(1500)
def test_ray_conforms(ray, tmp_path):
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "grid_jupyter.conformance.options", "--durations", "10"]
    named = ["--pyargs", "grid_jupyter.conformance", "--grid-cluster", "ray", "--grid-flags", "--cpus 1"]
    done = subprocess.run([*suite, *named], cwd=tmp_path, stdout=subprocess.PIPE, text=True, timeout=1400, check=False)
    assert done.returncode == 0, done.stdout
