"""This machine holds what every cluster must hold; and the suite that tells so refuses clearly."""

from __future__ import annotations

import subprocess
import sys

import pytest

SUITE = [sys.executable, "-m", "pytest", "-p", "grid_jupyter.conformance.options", "--pyargs"]
"""The options are named, since a checkout may have been installed before there were any."""


def run(*words, cwd, timeout=560):
    """Run the suite as its users do, in a folder that is none of ours; return what it said."""
    done = subprocess.run(
        [*SUITE, *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.full
@pytest.mark.timeout(600)
def test_this_machine_conforms(home, tmp_path):
    code, said = run("grid_jupyter.conformance", "--grid-cluster", "local", "-q", cwd=tmp_path)
    assert code == 0, said
    assert "holds  Arguments reach the script" in said
    assert "not tested" not in said


def test_a_cluster_must_be_named(tmp_path):
    code, said = run("grid_jupyter.conformance", "-q", cwd=tmp_path)
    assert code == 4
    assert "ERROR: which cluster is to be tested? Say --grid-cluster NAME" in said
    assert "Traceback" not in said


def test_a_cluster_that_does_not_exist_is_told(home, tmp_path):
    """The reason is what grid run says, and no test waits for anything."""
    code, said = run("grid_jupyter.conformance.test_ends", "--grid-cluster", "locl", "-q", cwd=tmp_path)
    assert code == 1
    assert "its run did not come so far: grid run" in said
    assert "did you mean local" in said


@pytest.mark.full
def test_settings_of_the_project_around_it_do_not_matter(home, tmp_path):
    """Neither a timeout, nor warnings that are errors, nor a conftest."""
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\ntimeout = 1\nfilterwarnings = error\naddopts = --strict-markers --strict-config\n"
    )
    (tmp_path / "conftest.py").write_text("import pytest\n\n@pytest.fixture\ndef stage():\n    raise ValueError\n")
    code, said = run("grid_jupyter.conformance.test_interruptions", "--grid-cluster", "local", "-q", cwd=tmp_path)
    assert code == 0, said
