"""``grid doctor``: whether runs can work on a cluster."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from grid_jupyter.core import home as homes
from grid_jupyter.core.completion import complete


def findings(answer):
    return {(one["check"], one["level"]): one["told"] for one in answer.json}


def test_this_machine(grid, home):
    said = grid.here("doctor")
    assert said.code == 0
    assert re.search(rf"^ok +Python +{re.escape(platform.python_version())} ", said.out)
    assert re.search(r"^ok +CPUs +\d+ for trials$", said.out, re.MULTILINE)
    assert re.search(r"^ok +memory +[\d.]+ GB for trials$", said.out, re.MULTILINE)
    assert re.search(rf"^ok +home +{re.escape(str(home))}, .* free$", said.out, re.MULTILINE)
    assert said.out.endswith("\nAll is well.\n")
    assert not home.exists()


def test_programs_get_json(grid):
    found = findings(grid.here("doctor", "local", "--format", "json"))
    assert found["GPUs", "ok"]
    assert found["CPUs", "ok"].endswith(" for trials")


def test_a_home_that_cannot_be_written_is_a_problem(grid, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRID_HOME", str(tmp_path / "file" / "home"))
    said = grid.here("doctor", "--format", "json")
    assert said.code == 1
    assert findings(said)["home", "problem"].endswith("cannot be written; set GRID_HOME to a folder that can")
    assert "\n1 problem, 0 warnings.\n" in grid.here("doctor").out


def test_a_network_file_system_is_worth_a_warning(grid, home, monkeypatch):
    monkeypatch.setattr(homes, "_mounts", lambda: [("/", "nfs4")])
    homes.on_network.cache_clear()
    said = grid.here("doctor", "--format", "json")
    homes.on_network.cache_clear()
    assert said.code == 0
    assert findings(said)["home", "warning"].startswith(f"{home} lies on a network file system")


def test_what_is_not_installed_is_named(grid, monkeypatch):
    monkeypatch.setattr("grid_jupyter.clusters.local.doctor.find_spec", lambda name: None if name == "optuna" else name)
    told = [one["told"] for one in grid.here("doctor", "--format", "json").json if one["check"] == "extras"]
    assert told[0] == ('not installed: Optuna, for --strategy bayesian; pip install "grid-jupyter[bayesian]" brings it')


def test_the_cluster_of_the_settings_is_meant(grid, settings):
    settings('cluster = "lab"\n[clusters.lab]\ntype = "local"\n')
    assert grid.here("doctor").out == grid.here("doctor", "lab").out


def test_an_account_without_a_credential_is_a_problem(grid, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = grid.here("doctor", "aws", "--format", "json")
    assert said.code == 1
    assert findings(said)["identity", "problem"].startswith("no AWS credentials were found")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("locl",), "the cluster locl is not part of this version of grid-jupyter: did you mean local"),
        (("local", "aws"), "grid doctor takes [CLUSTER]"),
    ],
)
def test_what_is_wrong_is_told(grid, words, told):
    said = grid.here("doctor", *words)
    assert said.code == 2
    assert told in said.err


def test_clusters_are_completed(settings):
    settings('[clusters.cloud]\ntype = "aws"\n')
    assert {"local", "aws", "cloud"} <= {one.text for one in complete("doctor ", Path.cwd()).candidates}
