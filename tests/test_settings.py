"""The settings: one TOML file and environment variables, as ``grid config`` shows them and runs follow them."""

from __future__ import annotations

import os

import platformdirs
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from grid_jupyter.core.settings import Settings, load
from grid_jupyter.core.settings_values import READERS
from grid_jupyter.errors import ConfigError

WHOLE = """\
# What I use.
region = "eu-central-1"
live_prices = true
max_trials = 500
max_cost_per_hour = 2.5

cluster = "lab"

[clusters.lab]
type = "local"
slots = [
    1,
    2,
]
inner.deep = "x"

[credentials.work]
profile = "work"
role_arn = "arn:aws:iam::123456789012:role/grid"
"""


@pytest.fixture
def shown(grid):
    """Return a function that gives the value and the origin of each setting."""

    def config():
        answer = grid.here("config", "--format", "json")
        assert answer.code == 0, answer.err
        return {row["name"]: (row["value"], row["from"]) for row in answer.json["settings"]}

    return config


def test_the_defaults(grid, home, shown):
    assert shown() == {
        "region": ("us-east-1", "default"),
        "live_prices": (False, "default"),
        "max_trials": (1000, "default"),
        "max_cost_per_hour": (10.0, "default"),
        "cluster": ("local", "default"),
        "mlflow": ("off", "default"),
    }
    assert not home.exists()


def test_each_value_says_where_it_comes_from(shown, settings, monkeypatch):
    file = settings(WHOLE)
    monkeypatch.setenv("GRID_MAX_TRIALS", "7")
    assert shown() == {
        "region": ("eu-central-1", f"{file}:2"),
        "live_prices": (True, f"{file}:3"),
        "max_trials": (7, "GRID_MAX_TRIALS"),
        "max_cost_per_hour": (2.5, f"{file}:5"),
        "cluster": ("lab", f"{file}:7"),
        "mlflow": ("off", "default"),
        "clusters.lab.type": ("local", f"{file}:10"),
        "clusters.lab.slots": ("1, 2", f"{file}:11"),
        "clusters.lab.inner.deep": ("x", f"{file}:15"),
        "credentials.work.profile": ("work", f"{file}:18"),
        "credentials.work.role_arn": ("arn:aws:iam::123456789012:role/grid", f"{file}:19"),
    }


def test_a_person_sees_the_same(grid, settings):
    file = settings("max_trials = 500\n")
    lines = grid("config").out.splitlines()
    assert lines[0] == f"Settings file: {file}"
    assert f"max_trials         500        {file}:1" in lines
    assert "cluster            local      default" in lines


def test_the_file_of_the_platform_is_found(grid, tmp_path, monkeypatch):
    monkeypatch.delenv("GRID_CONFIG")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = platformdirs.user_config_path("grid-jupyter", appauthor=False)
    assert folder.is_relative_to(tmp_path)
    assert f"{folder / 'config.toml'} (not there yet)" in grid.here("config").out
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("max_trials = 3")
    assert load().max_trials == 3


def test_a_region_of_aws_itself_counts_last(shown, settings, monkeypatch, tmp_path):
    configured = tmp_path / "aws"
    configured.write_text("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(configured))
    assert shown()["region"] == ("eu-west-1", "AWS's configuration")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    assert shown()["region"] == ("eu-west-2", "AWS_REGION")
    settings('region = "eu-west-3"')
    assert shown()["region"][0] == "eu-west-3"
    monkeypatch.setenv("GRID_REGION", "eu-north-1")
    assert shown()["region"] == ("eu-north-1", "GRID_REGION")


def test_an_aws_that_is_set_up_wrong_hides_nothing_else(shown, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nosuch")
    assert shown()["region"] == ("unknown", "AWS knows no profile 'nosuch'; aws configure makes one")
    assert shown()["max_trials"] == (1000, "default")


# What is refused

FAULTS = {
    "not TOML": ("\nregion = eu-central-1\n", 2, ["not TOML", "in quotes"]),
    "not closed": ("\n\n[clusters.lab\n", 3, ["not TOML"]),
    "cut off": ('max_trials = 1\nregion = "eu', 2, ["not TOML"]),
    "twice": ("max_trials = 1\nmax_trials = 2\n", 2, ["not TOML"]),
    "not UTF-8": (b"\n# \xff\n", 2, ["UTF-8"]),
    "an unknown key": ("\nmax_trails = 5\n", 2, ["max_trails", "did you mean max_trials"]),
    "an unknown table": ("[cluster.lab]\n", 1, ["cluster", "[clusters.NAME]"]),
    "a text for a number": ('max_trials = "many"\n', 1, ["max_trials", "whole number, 1 or more", "'many'"]),
    "a fraction": ("max_trials = 1.5", 1, ["max_trials", "whole number"]),
    "a true for a number": ("max_trials = true", 1, ["max_trials", "whole number", "true"]),
    "none": ("max_trials = 0", 1, ["max_trials", "1 or more"]),
    "a number for a switch": ("live_prices = 1", 1, ["live_prices", "true or false"]),
    "negative dollars": ("max_cost_per_hour = -1", 1, ["max_cost_per_hour", "dollars an hour"]),
    "no number of dollars": ("max_cost_per_hour = nan", 1, ["max_cost_per_hour", "dollars an hour"]),
    "no region": ('region = "Frankfurt"', 1, ["region", "eu-central-1"]),
    "no such cluster": ('\ncluster = "lap"\n[clusters.lab]\ntype = "ray"', 2, ["'lap'", "did you mean lab"]),
    "a cluster without a type": ("\n[clusters.lab]\nslots = 3", 2, ["clusters.lab", 'type = "local"']),
    "a type that is none": ('[clusters.lab]\ntype = "rai"', 2, ["clusters.lab.type", "did you mean ray"]),
    "a type under another's name": ('[clusters.aws]\ntype = "ray"', 2, ["clusters.aws.type", "another name"]),
    "a value for a table": ('[clusters]\nlab = "ray"', 2, ["clusters.lab", "[clusters.NAME]"]),
    "a value for all tables": ("clusters = 3", 1, ["clusters", "[clusters.NAME]"]),
    "a name that is none": ('[clusters."my lab"]\ntype = "ray"', 1, ["my lab", "starts with a letter"]),
    "an unknown key of a credential": ('[credentials.w]\nprofil = "a"', 2, ["profil", "did you mean profile"]),
    "a credential without a source": ('\n[credentials.w]\nregion = "eu-west-1"', 2, ["credentials.w", "profile"]),
    "a number for a profile": ("[credentials.w]\nprofile = 3", 2, ["profile", "text in quotes"]),
    "an AWS key": ('[credentials.w]\naws_secret_access_key = "HIDDEN"', 2, ["looks like a secret"]),
    "a key under another name": ('[credentials.w]\nprofile = "AKIAHIDDEN0123456789"', 2, ["looks like a secret"]),
    "a key in a list": ('[clusters.lab]\ntype = "ray"\nx = ["ASIAHIDDEN0123456789"]', 3, ["looks like a secret"]),
    "a token": ('[clusters.lab]\ntype = "ray"\nauth.token = "HIDDEN"', 3, ["auth.token looks like a secret"]),
    "too large": ("#" * 70_000, None, ["over 64 KB"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_line(grid, home, settings, name):
    text, line, words = FAULTS[name]
    file = settings(text)
    for command in (["config"], ["machines"], ["run", "train.py"]):
        answer = grid.here(*command)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.count("\n") == 1
        assert answer.err.startswith((f"grid: {file}, line {line}: ", f"grid: {file}:{line}: ") if line else "grid: ")
        assert "HIDDEN" not in answer.err
        for word in words:
            assert word in answer.err
    assert not home.exists()


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("GRID_MAX_TRIALS", "many", "takes a whole number"),
        ("GRID_LIVE_PRICES", "perhaps", "takes true or false"),
        ("GRID_MAX_COST_PER_HOUR", "$5", "takes dollars an hour"),
        ("GRID_REGION", "Frankfurt", "such as eu-central-1"),
        ("GRID_CLUSTER", "lokal", "did you mean local"),
        ("GRID_CONFIG", "/nosuch/config.toml", "not there"),
    ],
)
def test_a_variable_is_told_by_its_name(grid, monkeypatch, variable, text, told):
    monkeypatch.setenv(variable, text)
    answer = grid.here("config")
    assert answer.code == 2
    assert variable in answer.err
    assert told in answer.err


def test_a_broken_file_stops_no_run(grid, settings, write):
    write({"long.py": "import time\ntime.sleep(60)\n"})
    run = grid.launch("long.py")
    settings("not TOML")
    assert grid("stop", run).code == 0
    assert grid("wait", run).code == 1
    assert grid("results", run).code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_cannot_be_read(grid, settings):
    settings("").chmod(0)
    assert "cannot be read" in grid.here("config").err


@given(st.text(max_size=200) | st.binary(max_size=200))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_file_gives_settings_or_a_sentence(settings, content):
    file = settings(content.encode(errors="surrogatepass") if isinstance(content, str) else content)
    made = _made()
    assert isinstance(made, Settings) or made.startswith(str(file))


VALUES = st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.lists(st.integers(), max_size=2))


@given(st.dictionaries(st.sampled_from(sorted(READERS)) | st.text(max_size=5), VALUES, max_size=4))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_value_gives_settings_or_a_sentence(settings, values):
    lines = [f"{_quoted(key)} = {_toml(value)}" for key, value in values.items()]
    file = settings("\n".join(lines))
    made = _made()
    if isinstance(made, str):
        assert made.startswith(str(file))
    else:
        assert all(getattr(made, key) == value or isinstance(value, str) for key, value in values.items())


def _made():
    """The settings, or the sentence with which they are refused."""
    try:
        return load()
    except ConfigError as error:
        return str(error)


def _quoted(text):
    return '"' + "".join(f"\\U{ord(char):08x}" for char in text if not 0xD800 <= ord(char) < 0xE000) + '"'


def _toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    return _quoted(value) if isinstance(value, str) else str(value)


# What follows from them


def test_the_limit_of_trials(grid, settings, monkeypatch):
    settings("max_trials = 2\n")
    refused = grid.here("run", "train.py", "--lr", "[1, 2, 3]")
    assert "more than 2" in refused.err
    assert "--max_trials 3" in refused.err
    # A flag wins over a variable, and a variable over the file.
    monkeypatch.setenv("GRID_MAX_TRIALS", "1")
    assert "more than 1" in grid.here("run", "train.py", "--lr", "[1, 2, 3]").err
    run = grid.launch("--wait", "--max_trials", "3", "train.py", "--lr", "[1, 2, 3]")
    assert grid.states(run) == ["succeeded"] * 3


def test_a_cluster_of_ones_own(grid, settings):
    settings('cluster = "here"\n[clusters.here]\ntype = "local"\n')
    run = grid.launch("--wait", "train.py")
    assert grid.states(run) == ["succeeded"]
    assert grid.here("status", run, "--format", "json").json["cluster"] == "here"
    refused = grid.here("run", "--cluster", "here", "--instance_type", "g6.xlarge", "train.py")
    assert "--cluster here" in refused.err
    assert "did you mean here" in grid.here("run", "--cluster", "her", "train.py").err


@pytest.mark.parametrize(
    ("default", "flags", "cluster"),
    [
        ("lab", [], "lab"),
        ("lab", ["--cluster", "local"], "local"),
        ("lab", ["--instance_type", "g6.xlarge"], "aws"),
        ("cloud", ["--instance_type", "g6.xlarge"], "cloud"),
        ("cloud", [], "cloud"),
        ("local", ["--use_spot"], "aws"),
    ],
)
def test_the_cluster_that_a_run_is_for(grid, settings, default, flags, cluster):
    from grid_jupyter.core.arguments import Word
    from grid_jupyter.core.command import parse_command
    from grid_jupyter.core.plan import Surroundings
    from grid_jupyter.core.submission import plan_command

    settings(f'cluster = "{default}"\n[clusters.lab]\ntype = "ray"\n[clusters.cloud]\ntype = "aws"\n')
    words = [Word(word) for word in ("run", "--dry_run", *flags, "train.py")]
    made = plan_command(parse_command(words), Surroundings(grid.cwd, grid.cwd))
    assert made.placement.cluster == cluster


def test_a_notebook_shows_them(settings, kernel):
    kernel.run("%grid config")
    settings("max_trials = 12\n")
    assert "max_trials         12" in kernel.run("%grid config").stdout
