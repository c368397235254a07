"""Whole runs in AWS, on a stand-in for it: what becomes of trials, their logs, metrics and files."""

import json

import pytest

TRAIN = """\
import argparse, os, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.5)
args = parser.parse_args()
for epoch in range(3):
    print(f"epoch={epoch} loss={args.lr / (epoch + 1)}", flush=True)
    time.sleep(0.2)
open("model.txt", "w").write(str(args.lr))
"""


def prepare(cloud):
    """What grid aws setup makes, as little of it as a run needs."""
    cloud.client("s3").create_bucket(Bucket="grid-123456789012-us-east-1")
    ec2 = cloud.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "grid:managed", "Value": "true"}]}]
    ec2.create_security_group(GroupName="grid-trials", Description="grid", VpcId=vpc, TagSpecifications=tags)
    cloud.client("logs").create_log_group(logGroupName="/grid/trials")


@pytest.fixture
def aws(cloud, grid, settings, write):
    """The command, with an account that is set up, looked at often."""
    prepare(cloud)
    settings("[clusters.aws]\npoll = 0.3\n")
    write({"train.py": TRAIN})
    return grid


def test_sweep(aws):
    run = aws.finish("--instance_type", "g4dn.12xlarge", "--gpus", "1", "train.py", "--lr", "[0.1, 0.2, 0.3]")
    rows = aws.results(run)
    assert [row["state"] for row in rows] == ["succeeded"] * 3, json.dumps(rows)
    assert [row["metrics"]["loss"] for row in rows] == pytest.approx([0.1 / 3, 0.2 / 3, 0.1])
