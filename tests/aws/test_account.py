"""The account for tests: what moto lacks is there, every door has switches, and nothing of it is left behind."""

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

TESTS = Path(__file__).parent.parent
PRODUCT = TESTS.parent / "grid_jupyter"


@pytest.fixture
def aws(cloud):
    """Return a function that makes a client as the product does, by the environment."""
    return lambda service, **config: boto3.client(service, config=Config(**config) if config else None)


def test_no_product_code_knows_of_a_stand_in():
    found = [
        path
        for path in PRODUCT.rglob("*.py")
        if re.search(r"stand.?in(s\b|\.)|_sim/|\bmoto\b", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_environment_leads_there(cloud, aws):
    assert aws("sts").get_caller_identity()["Account"] == "123456789012"
    aws("s3").create_bucket(Bucket="here")
    assert aws("batch").describe_job_queues()["jobQueues"] == []
    assert cloud.services.get("keys")["s3"] == [os.environ["AWS_ACCESS_KEY_ID"]]


def test_what_there_is_can_be_listed(cloud, aws):
    assert cloud.leftovers() == {}
    cloud.make_pool()
    aws("s3").create_bucket(Bucket="here")
    aws("s3").put_object(Bucket="here", Key="a/b", Body=b"x")
    aws("logs").create_log_group(logGroupName="/trials")
    assert cloud.leftovers() == {
        "compute environments": ["pool"],
        "job queues": ["pool"],
        "instance profiles": ["test-instance"],
        "log groups": ["/trials"],
        "buckets": {"here": 1},
    }
    cloud.reset()
    assert cloud.leftovers() == {}


def test_spot_prices_are_below_those_on_demand(cloud, aws):
    asked = {"InstanceTypes": ["g4dn.xlarge"], "ProductDescriptions": ["Linux/UNIX"]}
    prices = aws("ec2").describe_spot_price_history(**asked)["SpotPriceHistory"]
    assert {price["AvailabilityZone"] for price in prices} == {"us-east-1a", "us-east-1b"}
    assert all(0.1 < float(price["SpotPrice"]) < 0.526 for price in prices)
    cloud.services("prices", **{"g4dn.xlarge/SPOT": 0.2})
    assert aws("ec2").describe_spot_price_history(**asked)["SpotPriceHistory"][0]["SpotPrice"] == "0.2000"


def test_the_price_list_knows_the_machines(aws):
    wanted = [{"Type": "TERM_MATCH", "Field": "instanceType", "Value": "g4dn.xlarge"}]
    (price,) = aws("pricing").get_products(ServiceCode="AmazonEC2", Filters=wanted)["PriceList"]
    assert "0.5260000000" in price


def test_quotas_are_told(cloud, aws):
    cloud.quota("L-DB2E81BA", 8)
    told = aws("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode="L-DB2E81BA")
    assert told["Quota"]["Value"] == 8


def test_policies_are_simulated_by_what_is_denied(cloud, aws):
    cloud.services.deny("iam:CreateRole", "batch:*")
    answer = aws("iam").simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::123456789012:user/ada",
        ActionNames=["iam:CreateRole", "batch:SubmitJob", "s3:PutObject"],
    )
    decisions = {entry["EvalActionName"]: entry["EvalDecision"] for entry in answer["EvaluationResults"]}
    assert decisions == {
        "iam:CreateRole": "implicitDeny",
        "batch:SubmitJob": "implicitDeny",
        "s3:PutObject": "allowed",
    }


@pytest.mark.parametrize(
    ("service", "operation", "call", "code"),
    [
        ("iam", "iam:ListRoles", lambda client: client.list_roles(), "AccessDenied"),
        ("sts", "sts:GetCallerIdentity", lambda client: client.get_caller_identity(), "AccessDenied"),
        ("ec2", "ec2:DescribeVpcs", lambda client: client.describe_vpcs(), "UnauthorizedOperation"),
        ("logs", "logs:DescribeLogGroups", lambda client: client.describe_log_groups(), "AccessDeniedException"),
        ("s3", "s3:ListBuckets", lambda client: client.list_buckets(), "AccessDenied"),
        ("s3", "s3:*", lambda client: client.list_buckets(), "AccessDenied"),
    ],
)
def test_permission_may_be_missing(cloud, aws, service, operation, call, code):
    call(aws(service))
    cloud.services.deny(operation)
    with pytest.raises(ClientError) as told:
        call(aws(service))
    assert told.value.response["Error"]["Code"] == code
    cloud.services.deny()
    call(aws(service))


def test_operations_of_s3_have_their_names(cloud, aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="here")
    s3.put_object(Bucket="here", Key="a b/c", Body=b"x")
    s3.copy_object(Bucket="here", Key="d", CopySource="here/a b/c")
    s3.get_object(Bucket="here", Key="d")
    s3.head_object(Bucket="here", Key="d")
    s3.list_objects_v2(Bucket="here")
    s3.get_bucket_location(Bucket="here")
    upload = s3.create_multipart_upload(Bucket="here", Key="e")["UploadId"]
    part = s3.upload_part(Bucket="here", Key="e", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket="here", Key="e", UploadId=upload, MultipartUpload=parts)
    s3.delete_objects(Bucket="here", Delete={"Objects": [{"Key": "d"}]})
    s3.delete_object(Bucket="here", Key="e")
    names = """CreateBucket PutObject CopyObject GetObject HeadObject ListObjectsV2 GetBucketLocation DeleteObject
        DeleteObjects CreateMultipartUpload UploadPart CompleteMultipartUpload"""
    assert cloud.services.calls() == {f"s3:{name}": 1 for name in names.split()}


def test_an_answer_may_be_lost(cloud, aws):
    hasty = aws("s3", retries={"total_max_attempts": 1})
    hasty.create_bucket(Bucket="here")
    cloud.services.fail("s3:PutObject")
    with pytest.raises(ConnectionClosedError):
        hasty.put_object(Bucket="here", Key="not-done", Body=b"x")
    cloud.services.drop("s3:PutObject")
    with pytest.raises(ConnectionClosedError):
        hasty.put_object(Bucket="here", Key="done", Body=b"x")
    assert [entry["Key"] for entry in hasty.list_objects_v2(Bucket="here")["Contents"]] == ["done"]


def test_of_many_that_put_if_there_is_none_one_does(aws):
    s3 = aws("s3", retries={"total_max_attempts": 1}, max_pool_connections=16)
    s3.create_bucket(Bucket="here")

    def put(number):
        try:
            s3.put_object(Bucket="here", Key="claim", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 412  # noqa: PT017
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(put, range(32))) == 1


def test_the_policy_of_a_bucket_is_kept(aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="here")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="here")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::here/*"}
    policy = json.dumps({"Statement": [deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})
    s3.put_bucket_policy(Bucket="here", Policy=policy)
    s3.put_object(Bucket="here", Key="a", Body=b"x")
    assert s3.get_bucket_policy(Bucket="here")["Policy"] == policy
    s3.delete_bucket_policy(Bucket="here")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="here")


def test_a_security_group_is_kept_while_a_machine_runs_in_it(cloud, aws, submit, wait_until):
    ec2 = aws("ec2")
    group = ec2.create_security_group(GroupName="of-ours", Description="ours")["GroupId"]
    cloud.make_pool("ours", securityGroupIds=[group])
    cloud.sim.set(idle_seconds=0)
    job = submit(["sleep", "60"], queue="ours")
    wait_until(lambda: cloud.sim.jobs()[job] == "RUNNING")
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    aws("batch").terminate_job(jobId=job, reason="enough")
    wait_until(lambda: not cloud.sim.machines())
    ec2.delete_security_group(GroupId=group)


SLEEPS = """
import boto3, os, time
from stand_ins.cloud import Account
parent = os.getppid()
account = Account(os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_ENDPOINT_URL_BATCH"], None)
account.make_pool()
batch = account.client("batch")
batch.register_job_definition(
    jobDefinitionName="sleeps", type="container", containerProperties={
        "image": "python", "command": ["sleep", "62.5"],
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]})
job = batch.submit_job(jobName="sleeps", jobQueue="pool", jobDefinition="sleeps")["jobId"]
while batch.describe_jobs(jobs=[job])["jobs"][0]["status"] != "RUNNING":
    time.sleep(0.02)
print("running", flush=True)
while os.getppid() == parent:
    time.sleep(0.1)
"""


@pytest.mark.full
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_an_account_without_pytest(wait_until, end):
    """Even where what made it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "stand_ins.cloud", sys.executable, "-c", SLEEPS],
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"running\n"
    family = _family(process.pid)
    assert len(family) >= 4
    process.send_signal(end)
    process.wait(30)
    process.stdout.close()
    wait_until(lambda: not [pid for pid in family if _alive(pid)])


def _family(pid):
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _alive(pid):
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
