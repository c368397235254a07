"""AWS holds what every cluster must hold."""

import subprocess
import sys

import pytest


@pytest.mark.full
@pytest.mark.timeout(1260)  # a few minutes, on a machine that does nothing else
def test_aws_conforms(aws, tmp_path):
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "grid_jupyter.conformance.options", "--durations", "10"]
    named = [
        "--pyargs",
        "grid_jupyter.conformance",
        "--grid-cluster",
        "aws",
        "--grid-flags",
        "--instance_type m5a.large",
    ]
    done = subprocess.run([*suite, *named], cwd=tmp_path, stdout=subprocess.PIPE, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout
