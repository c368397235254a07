"""An AWS account for each test, and what tests of the account itself share."""

import shutil
import subprocess
from pathlib import Path

import pytest
from stand_ins.batch.podman import LIMITS
from stand_ins.cloud import open_account

_OF_THE_STAND_IN = ("test_account", "test_stand_in", "test_stand_in_requests")


def pytest_collection_modifyitems(items):
    """What has an account takes seconds, if only to have it empty again; the stand-in itself changes seldom."""
    for item in items:
        if "cloud" in getattr(item, "fixturenames", ()) and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.soak if item.path.stem in _OF_THE_STAND_IN else pytest.mark.full)


@pytest.fixture(scope="session")
def account():
    """The servers, which all tests of a process share."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("the stand-in for AWS Batch ends jobs by what Linux tells of processes")
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


@pytest.fixture
def aws(cloud, grid, settings):
    """The command, with an account that is set up and looked at often."""
    settings("[clusters.aws]\npoll = 0.3\ncheckpoint_every = 1\n")
    answer = grid.here("aws", "setup", "--yes")
    assert answer.code == 0, answer.err
    return grid


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
        arn = definition["jobDefinitionArn"]
        return batch.submit_job(jobName=name, jobQueue=queue, jobDefinition=arn, **request)["jobId"]

    return submit


@pytest.fixture
def describe(batch):
    return lambda job: batch.describe_jobs(jobs=[job])["jobs"][0]


@pytest.fixture
def end(describe, wait_until):
    """Return a function that waits for a job's end and describes it."""

    def end(job, timeout=60):
        over = lambda about: about["status"] in {"SUCCEEDED", "FAILED"} and about  # noqa: E731
        return wait_until(lambda: over(describe(job)), timeout)

    return end


@pytest.fixture
def python():
    """Return a function that makes a command of Python code, which starts quickly."""
    return lambda code: ["python3", "-S", "-c", code]


RUNTIMES = [[], ["--runtime", "runc"]]


@pytest.fixture
def podman(cloud):
    """Let jobs be containers that see the files of this machine."""
    run = ["run", "--rm", "--network", "host", *LIMITS, "--rootfs", "/:O", "true"]
    works = [options for options in RUNTIMES if shutil.which("podman") and _works(["podman", *options, *run])]
    if not works:
        pytest.skip("no podman that can run a container: apt-get install podman runc catatonit")
    cloud.sim.set(mode="podman", images={"*": "rootfs:/"}, podman=works[0], path="")


def _works(command):
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
