"""``grid credential``: which there are, and whether one works."""

import json

import pytest
from stand_ins.cloud import OPERATOR, REGION

PROFILES = f"""\
[profile work]
region = eu-central-1
aws_access_key_id = {OPERATOR["AWS_ACCESS_KEY_ID"]}
aws_secret_access_key = {OPERATOR["AWS_SECRET_ACCESS_KEY"]}

[profile login]
sso_session = company
sso_account_id = 123456789012
sso_role_name = research
region = eu-central-1

[sso-session company]
sso_start_url = https://company.awsapps.com/start
sso_region = eu-central-1
"""
SETTINGS = """\
[credentials.lab]
profile = "work"
region = "us-west-2"

[credentials.shared]
role_arn = "arn:aws:iam::123456789012:role/research"
"""


@pytest.fixture
def profiles(cloud, tmp_path, monkeypatch, settings):
    """AWS's own configuration with profiles, and settings with credentials."""
    path = tmp_path / "aws-config"
    path.write_text(PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    settings(SETTINGS)
    return cloud


@pytest.mark.usefixtures("profiles")
def test_all_names_are_listed_without_a_key(grid):
    listed = grid.here("credential", "--format", "json")
    assert {one["name"]: one["source"] for one in listed.json} == {
        "lab": "settings",
        "shared": "settings",
        "work": "profile",
        "login": "profile",
    }
    shown = grid.here("credential")
    assert "shared  the role arn:aws:iam::123456789012:role/research by AWS's usual ways" in shown.out
    for key in OPERATOR.values():
        assert key not in listed.out + shown.out


@pytest.mark.usefixtures("profiles")
def test_one_is_checked(grid):
    told = grid.here("credential", "lab", "--format", "json").json
    assert (told["account"], told["region"], told["expires"]) == ("123456789012", "us-west-2", None)
    work = grid.here("credential", "work").out
    assert work == f"work: user/moto in account 123456789012, region {REGION} (config-file).\n"
    role = grid.here("credential", "shared").out
    assert role.startswith(f"shared: assumed-role/research/grid-jupyter in account 123456789012, region {REGION}")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wrok", "--credential wrok: no [credentials.wrok]"),
        ("login", "the login at AWS has expired, or there was none yet; run aws sso login"),
    ],
)
@pytest.mark.usefixtures("profiles")
def test_one_that_does_not_work_says_what_to_do(grid, name, told):
    refused = grid.here("credential", name)
    assert refused.code == 2
    assert refused.err.startswith(f"grid: {told}")
    assert "Traceback" not in refused.err


def test_one_that_aws_does_not_take(profiles, grid):
    profiles.services.deny("sts:GetCallerIdentity")
    refused = grid.here("credential", "work", "--format", "json")
    assert refused.code == 2
    assert refused.err == "grid: AWS denies GetCallerIdentity; the credential needs that permission\n"


def test_there_may_be_none(home, grid):
    assert json.loads(grid.here("credential", "--format", "json").out) == []
    assert "aws sso login" in grid.here("credential").out
