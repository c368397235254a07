"""The stand-in for AWS Batch keeps to Batch's rules: what may be asked, in which order, how often and how much."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError


@pytest.fixture
def refused(batch):
    """Return a function that asks for something that is refused, and returns the error's message."""

    def refused(call, **request):
        with pytest.raises(ClientError) as told:
            getattr(batch, call)(**request)
        assert told.value.response["Error"]["Code"] == "ClientException"
        return told.value.response["Error"]["Message"]

    return refused


@pytest.fixture
def hasty(cloud):
    """A client that tries nothing again."""
    import boto3

    return boto3.client("batch", region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}))


# Compute environments and queues


def test_what_is_in_use_cannot_be_deleted(cloud, batch, refused, wait_until):
    cloud.make_pool()
    valid = lambda kind, listed: batch_status(batch, kind, listed) == "VALID"  # noqa: E731
    assert "DISABLED" in refused("delete_compute_environment", computeEnvironment="pool")
    assert "DISABLED" in refused("delete_job_queue", jobQueue="pool")
    batch.update_compute_environment(computeEnvironment="pool", state="DISABLED")
    assert "being modified" in refused("delete_compute_environment", computeEnvironment="pool")
    wait_until(lambda: valid("compute_environments", "computeEnvironments"))
    assert "JobQueue relationship" in refused("delete_compute_environment", computeEnvironment="pool")
    batch.update_job_queue(jobQueue="pool", state="DISABLED")
    wait_until(lambda: valid("job_queues", "jobQueues"))
    batch.delete_job_queue(jobQueue="pool")
    wait_until(lambda: not batch.describe_job_queues()["jobQueues"])
    batch.delete_compute_environment(computeEnvironment="pool")
    wait_until(lambda: not batch.describe_compute_environments()["computeEnvironments"])


def batch_status(batch, kind, listed):
    """The status of the only one there is."""
    (about,) = getattr(batch, f"describe_{kind}")()[listed]
    return about["status"]


def test_names_are_taken_once(cloud, refused):
    cloud.make_pool()
    order = [{"order": 1, "computeEnvironment": "pool"}]
    again = refused("create_job_queue", jobQueueName="pool", priority=1, computeEnvironmentOrder=order)
    assert again == "Object already exists"


def test_a_queue_wants_environments_that_are_valid(cloud, batch, refused):
    cloud.make_pool()
    cloud.sim.set(setup_seconds=60)
    resources = batch.describe_compute_environments()["computeEnvironments"][0]["computeResources"]
    batch.create_compute_environment(computeEnvironmentName="new", type="MANAGED", computeResources=resources)
    order = [{"order": 1, "computeEnvironment": "new"}]
    told = refused("create_job_queue", jobQueueName="new", priority=1, computeEnvironmentOrder=order)
    assert "not VALID" in told


@pytest.mark.parametrize(
    "wrong",
    [{"instanceRole": "nobody"}, {"subnets": ["subnet-none"]}, {"launchTemplate": {"launchTemplateName": "none"}}],
)
def test_what_an_environment_is_made_of_must_be_there(cloud, batch, wrong):
    with pytest.raises(AssertionError, match="CLIENT_ERROR"):
        cloud.make_pool(**wrong)
    (about,) = batch.describe_compute_environments()["computeEnvironments"]
    assert about["status"] == "INVALID"


def test_spot_needs_a_fleet_role_for_the_best_fit(cloud):
    with pytest.raises(ClientError, match="spotIamFleetRole"):
        cloud.make_pool(type="SPOT", allocationStrategy="BEST_FIT")
    cloud.make_pool(type="SPOT", allocationStrategy="SPOT_PRICE_CAPACITY_OPTIMIZED")


def test_a_disabled_queue_takes_no_jobs(cloud, batch, submit, refused, end):
    definition = batch.describe_jobs(jobs=[submit(["true"])])["jobs"][0]["jobDefinition"]
    batch.update_job_queue(jobQueue="pool", state="DISABLED")
    assert "DISABLED" in refused("submit_job", jobName="job", jobQueue="pool", jobDefinition=definition)


def test_a_deleted_queue_ends_its_jobs(batch, submit, end, wait_until):
    job = submit(["sleep", "60"])
    batch.update_job_queue(jobQueue="pool", state="DISABLED")
    wait_until(lambda: batch_status(batch, "job_queues", "jobQueues") == "VALID")
    batch.delete_job_queue(jobQueue="pool")
    assert end(job)["status"] == "FAILED"


def test_tags_are_kept(cloud, batch, submit):
    job = submit(["true"], tags={"grid:managed": "true"})
    assert batch.describe_jobs(jobs=[job])["jobs"][0]["tags"] == {"grid:managed": "true"}
    arn = batch.describe_compute_environments()["computeEnvironments"][0]["computeEnvironmentArn"]
    batch.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert batch.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}


# What stands in the way of a job


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        ((1, 512, 8), "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"),
        ((1, 4_000_000, 0), "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"),
        ((48, 512, 0), "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"),
    ],
)
def test_a_job_that_fits_no_machine_waits_and_says_why(cloud, submit, describe, wait_until, needs, reason):
    cloud.make_pool("narrow", maxvCpus=24)
    job = submit(["true"], queue="narrow", needs=needs)
    about = wait_until(lambda: "statusReason" in (about := describe(job)) and about)
    assert about["status"] == "RUNNABLE"
    assert about["statusReason"].startswith(reason)


def test_a_queue_may_cancel_what_cannot_run(cloud, batch, submit, end, wait_until):
    cloud.make_pool("narrow", maxvCpus=24)
    why = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"
    action = {"reason": why, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
    batch.update_job_queue(jobQueue="narrow", jobStateTimeLimitActions=[action])
    wait_until(lambda: batch_status(batch, "job_queues", "jobQueues") == "VALID")
    cloud.sim.set(hurry=6000)
    assert why in end(submit(["true"], queue="narrow", needs=(1, 512, 8)))["statusReason"]


def test_without_capacity_a_job_waits_at_the_front(cloud, batch, submit, describe, end, wait_until):
    cloud.sim.set(no_capacity=["g4dn.12xlarge/EC2"])
    job = submit(["true"])
    wait_until(lambda: describe(job).get("statusReason", "").startswith("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"))
    front = batch.get_job_queue_snapshot(jobQueue="pool")["frontOfQueue"]["jobs"]
    assert [entry["jobArn"].rpartition("/")[2] for entry in front] == [job]
    cloud.sim.set(no_capacity=[])
    assert end(job)["status"] == "SUCCEEDED"


def test_the_quota_holds(cloud, submit, wait_until, describe):
    cloud.quota("L-DB2E81BA", 48)
    submit(["sleep", "60"], needs=(48, 512, 0))
    job = submit(["true"], needs=(48, 512, 0))
    wait_until(lambda: describe(job).get("statusReason", "").startswith("CAPACITY"))
    assert len(cloud.sim.machines()) == 1


# Limits


@pytest.mark.parametrize("size", [0, 1, 10_001])
def test_an_array_has_2_to_10000_children(submit, size):
    with pytest.raises(ClientError, match="Array size must be between 2 and 10000"):
        submit(["true"], arrayProperties={"size": size})


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"containerOverrides": {"environment": [{"name": "A", "value": "x" * 8200}]}}, "Overrides length"),
        ({"tags": {"a": "x" * 31_000}}, "30 KiB"),
        ({"name": "-job"}, "not valid"),
        ({"name": "x" * 129}, "not valid"),
        ({"timeout": {"attemptDurationSeconds": 59}}, "at least 60"),
        ({"retryStrategy": {"attempts": 11}}, "from 1 to 10"),
        ({"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"action": "RETRY"}] * 6}}, "up to 5"),
        ({"containerOverrides": {"environment": [{"name": "AWS_BATCH_X", "value": "1"}]}}, "reserved"),
        ({"how": {"tags": {"a": "x" * 25_000}}}, "24 KiB"),
    ],
)
def test_requests_have_limits(submit, request_, told):
    with pytest.raises(ClientError, match=told):
        submit(["true"], **request_)


def test_at_most_100_jobs_are_described_at_once(batch, refused):
    assert batch.describe_jobs(jobs=["unknown"] * 100)["jobs"] == []
    assert "100" in refused("describe_jobs", jobs=["unknown"] * 101)


def test_requests_are_checked_by_the_model(cloud):
    body = json.dumps({"jobName": "job"}).encode()
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(f"{cloud.sim.url}/v1/submitjob", body)
    assert 'Missing required parameter in input: "jobQueue"' in json.load(told.value)["message"]
    with pytest.raises(ValueError, match="no_such_setting"):
        cloud.sim.set(no_such_setting=1)


def test_too_many_requests_are_refused(cloud, hasty):
    cloud.sim.set(tps=1)
    ask = lambda: [hasty.describe_jobs(jobs=["unknown"]) for _ in range(30)]  # noqa: E731
    with pytest.raises(ClientError) as told:
        ask()
    assert told.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


# Lists


def test_lists_come_in_pages(cloud, batch, submit):
    cloud.sim.set(submit_seconds=600)
    array = submit(["true"], arrayProperties={"size": 1100})
    assert batch.list_jobs(arrayJobId=array)["jobSummaryList"] == []
    page = batch.list_jobs(arrayJobId=array, jobStatus="SUBMITTED")
    assert len(page["jobSummaryList"]) == 1000
    page = batch.list_jobs(arrayJobId=array, jobStatus="SUBMITTED", nextToken=page["nextToken"])
    assert (len(page["jobSummaryList"]), "nextToken" in page) == (100, False)
    batch.terminate_job(jobId=array, reason="enough")


def test_a_name_finds_jobs_of_any_state(batch, submit, end):
    end(submit(["true"], name="Run-0"))
    second = submit(["sleep", "60"], name="Run-1")
    named = lambda *values: [  # noqa: E731
        job["jobName"]
        for job in batch.list_jobs(jobQueue="pool", filters=[{"name": "JOB_NAME", "values": list(values)}])[
            "jobSummaryList"
        ]
    ]
    assert named("run-0") == ["Run-0"]
    assert named("RUN-*") == ["Run-1", "Run-0"]
    assert named("run") == []
    batch.terminate_job(jobId=second, reason="enough")


def test_a_new_job_may_not_be_seen_at_once(cloud, batch, submit):
    cloud.sim.set(visible_seconds=600)
    job = submit(["true"])
    assert batch.describe_jobs(jobs=[job])["jobs"] == []
    assert batch.list_jobs(jobQueue="pool", filters=[{"name": "JOB_NAME", "values": ["*"]}])["jobSummaryList"] == []
    cloud.sim.set(visible_seconds=0)
    assert len(batch.describe_jobs(jobs=[job])["jobs"]) == 1


# Answers that do not come


def test_an_answer_may_be_lost(cloud, batch, hasty, submit, describe):
    definition = describe(submit(["true"], name="first"))["jobDefinition"]
    request = {"jobQueue": "pool", "jobDefinition": definition}
    cloud.sim.fail("batch:SubmitJob")
    with pytest.raises(ConnectionClosedError):
        hasty.submit_job(jobName="not-done", **request)
    cloud.sim.drop("batch:SubmitJob")
    with pytest.raises(ConnectionClosedError):
        hasty.submit_job(jobName="done", **request)
    hasty.submit_job(jobName="answered", **request)
    found = batch.list_jobs(jobQueue="pool", filters=[{"name": "JOB_NAME", "values": ["*"]}])["jobSummaryList"]
    assert [job["jobName"] for job in found] == ["answered", "done", "first"]
    assert cloud.sim.calls()["batch:SubmitJob"] == 4
    assert cloud.sim.calls(seconds=60)["batch:SubmitJob"] == 4


def test_permission_may_be_missing(cloud, batch, refused):
    cloud.sim.deny("batch:DescribeJobs")
    with pytest.raises(ClientError, match="not authorized to perform: batch:DescribeJobs"):
        batch.describe_jobs(jobs=["unknown"])
    cloud.sim.deny()
    assert batch.describe_jobs(jobs=["unknown"])["jobs"] == []
