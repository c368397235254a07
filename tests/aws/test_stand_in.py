"""The stand-in for AWS Batch keeps to Batch's rules."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def batch(cloud):
    return cloud.client("batch")


@pytest.fixture
def submit(cloud, batch):
    """Return a function that submits a job of its own definition to a queue, and returns the job's id."""
    made = []

    def submit(command, *, name="job", queue="pool", needs=(1, 512, 0), properties=(), how=(), **request):
        if not made and queue == "pool":
            cloud.make_pool()
            made.append(queue)
        kinds = zip(("VCPU", "MEMORY", "GPU"), needs, strict=True)
        definition = batch.register_job_definition(
            jobDefinitionName="definition",
            type="container",
            containerProperties={
                "image": "python",
                "command": command,
                "resourceRequirements": [{"type": kind, "value": str(value)} for kind, value in kinds if value],
                **dict(properties),
            },
            **dict(how),
        )
        answer = batch.submit_job(jobName=name, jobQueue=queue, jobDefinition=definition["jobDefinitionArn"], **request)
        return answer["jobId"]

    return submit


@pytest.fixture
def describe(batch):
    return lambda job: batch.describe_jobs(jobs=[job])["jobs"][0]


@pytest.fixture
def end(describe, wait_until):
    """Return a function that waits for a job's end and describes it."""
    return lambda job: wait_until(lambda: (about := describe(job))["status"] in {"SUCCEEDED", "FAILED"} and about)


def python(code):
    return ["python3", "-S", "-c", code]


def test_a_job_runs_to_its_end_in_a_clean_environment(cloud, submit, end):
    job = submit(["env"])
    about = end(job)
    assert (about["status"], about["container"]["exitCode"]) == ("SUCCEEDED", 0)
    told = dict(line.partition("=")[::2] for line in cloud.sim.log(job).splitlines())
    assert told["AWS_BATCH_JOB_ID"] == job
    assert told["AWS_BATCH_JOB_ATTEMPT"] == "1"
    assert told["AWS_BATCH_JQ_NAME"] == told["AWS_BATCH_CE_NAME"] == "pool"
    assert "OPERATOR" not in cloud.sim.log(job)
    assert "AWS_BATCH_JOB_ARRAY_INDEX" not in told


def test_an_array_counts_its_children(cloud, batch, submit, end):
    job = submit(
        python("import os, sys; sys.exit(os.environ['AWS_BATCH_JOB_ARRAY_INDEX'] == '2')"), arrayProperties={"size": 5}
    )
    about = end(job)
    assert about["status"] == "FAILED"
    assert about["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 4
    (failed,) = batch.list_jobs(arrayJobId=job, jobStatus="FAILED")["jobSummaryList"]
    assert (failed["jobId"], failed["arrayProperties"]["index"]) == (f"{job}:2", 2)
    assert failed["container"]["exitCode"] == 1


def test_what_is_in_use_cannot_be_deleted(cloud, batch):
    cloud.make_pool()
    for refuse in (
        lambda: batch.delete_compute_environment(computeEnvironment="pool"),
        lambda: batch.delete_job_queue(jobQueue="pool"),
    ):
        with pytest.raises(ClientError, match="state must be DISABLED"):
            refuse()
