"""An AWS account for each test."""

import pytest
from stand_ins.cloud import open_account


@pytest.fixture(scope="session")
def account():
    """The servers, which all tests of a process share."""
    with open_account() as opened:
        yield opened


@pytest.fixture
def cloud(account, monkeypatch):
    """An account with nothing in it, which this process and those that it starts come to by their environment."""
    account.reset()
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    yield account
    # Nothing goes on in it while the next test begins.
    account.sim("reset")


BUCKET = "grid-123456789012-us-east-1"


def _prepare(cloud):
    """Make what a run needs of what ``grid aws setup`` makes."""
    cloud.client("s3").create_bucket(Bucket=BUCKET)
    ec2 = cloud.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "grid:managed", "Value": "true"}]}]
    ec2.create_security_group(GroupName="grid-trials", Description="grid", VpcId=vpc, TagSpecifications=tags)
    iam = cloud.client("iam")
    for role in ("grid-instance", "grid-trial"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName="grid-instance")
    iam.add_role_to_instance_profile(InstanceProfileName="grid-instance", RoleName="grid-instance")
    cloud.client("logs").create_log_group(logGroupName="/grid/trials")


@pytest.fixture
def aws(cloud, grid, settings):
    """The command, with an account that is set up and looked at often."""
    _prepare(cloud)
    settings("[clusters.aws]\npoll = 0.3\ncheckpoint_every = 1\n")
    return grid
