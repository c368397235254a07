"""The stand-in for AWS Batch keeps to Batch's rules: where jobs run, what they see, how they end."""

import json
from pathlib import Path

import pytest

HANDLES_TERM = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
print("ready", flush=True)
time.sleep(60)
"""
IGNORES_TERM = """
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "61.5"], start_new_session=True)
print("ready", flush=True)
time.sleep(60)
"""
RECIPE = [
    {"onStatusReason": "Host EC2*", "action": "RETRY"},
    {"onExitCode": "75", "action": "RETRY"},
    {"onReason": "*", "action": "EXIT"},
]
WAITS = "import time; time.sleep(60)"


@pytest.fixture
def ready(cloud, wait_until):
    """Return a function that waits until an attempt has said that it is ready."""
    return lambda job, attempt=1: wait_until(lambda: "ready" in cloud.sim.log(job, attempt), timeout=60)


def test_a_job_runs_in_a_clean_environment(cloud, submit, end):
    job = submit(["env"], properties={"environment": [{"name": "GIVEN", "value": "there"}]})
    about = end(job)
    assert (about["status"], about["container"]["exitCode"]) == ("SUCCEEDED", 0)
    told = dict(line.partition("=")[::2] for line in cloud.sim.log(job).splitlines())
    assert (told["AWS_BATCH_JOB_ID"], told["AWS_BATCH_JOB_ATTEMPT"], told["GIVEN"]) == (job, "1", "there")
    assert told["AWS_BATCH_JQ_NAME"] == told["AWS_BATCH_CE_NAME"] == "pool"
    assert "AWS_BATCH_JOB_ARRAY_INDEX" not in told
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_BATCH", "GRID_HOME"} & told.keys()


def test_what_a_submission_says_comes_before_the_definition(cloud, submit, end):
    job = submit(
        ["env"],
        properties={"environment": [{"name": "A", "value": "old"}, {"name": "B", "value": "kept"}]},
        containerOverrides={"environment": [{"name": "A", "value": "new"}], "command": ["sh", "-c", "echo $A $B"]},
    )
    end(job)
    assert cloud.sim.log(job) == "new kept\n"


def test_an_array_counts_its_children(batch, submit, end, python):
    job = submit(
        python("import os, sys; sys.exit(os.environ['AWS_BATCH_JOB_ARRAY_INDEX'] == '2')"), arrayProperties={"size": 5}
    )
    about = end(job)
    assert (about["status"], about["statusReason"]) == ("FAILED", "Array Child Job failed")
    summary = about["arrayProperties"]["statusSummary"]
    assert (summary["SUCCEEDED"], summary["FAILED"], sum(summary.values())) == (4, 1, 5)
    (failed,) = batch.list_jobs(arrayJobId=job, jobStatus="FAILED")["jobSummaryList"]
    assert (failed["jobId"], failed["arrayProperties"]["index"]) == (f"{job}:2", 2)
    assert failed["container"]["exitCode"] == 1


def test_gpus_are_packed_and_pinned(cloud, batch, submit, wait_until):
    cloud.make_pool("narrow", maxvCpus=48)
    array = submit(["sleep", "60"], queue="narrow", needs=(1, 512, 1), arrayProperties={"size": 6})
    wait_until(lambda: len(batch.list_jobs(arrayJobId=array)["jobSummaryList"]) == 4)
    (machine,) = cloud.sim.machines()
    pinned = [gpu for gpus in machine["gpus"].values() for gpu in gpus]
    assert len(set(pinned)) == len(pinned) == machine["most_gpus"] == 4
    assert len(batch.list_jobs(arrayJobId=array, jobStatus="RUNNABLE")["jobSummaryList"]) == 2


@pytest.mark.parametrize("needs", [(30, 512, 0), (1, 120_000, 0), (1, 512, 3)])
def test_no_machine_is_given_more_than_it_has(cloud, submit, wait_until, needs):
    submit(["sleep", "60"], needs=needs, arrayProperties={"size": 2})
    wait_until(lambda: [len(machine["jobs"]) for machine in cloud.sim.machines()] == [1, 1])


def test_machines_go_when_they_idle(cloud, submit, end, wait_until):
    cloud.sim.set(idle_seconds=0.1)
    end(submit(["true"]))
    wait_until(lambda: not cloud.sim.machines())
    assert len(cloud.sim.machines(gone=True)) == 1
    assert "instances" not in cloud.leftovers()


def test_a_failed_job_is_tried_again(cloud, submit, end, python):
    job = submit(
        python("import os, sys; sys.exit(os.environ['AWS_BATCH_JOB_ATTEMPT'] != '3')"),
        how={"retryStrategy": {"attempts": 5}},
    )
    about = end(job)
    assert about["status"] == "SUCCEEDED"
    assert [attempt["container"]["exitCode"] for attempt in about["attempts"]] == [1, 1, 0]
    assert {attempt["statusReason"] for attempt in about["attempts"]} == {"Essential container in task exited"}


@pytest.mark.parametrize(("code", "attempts"), [(75, 3), (1, 1), (7, 1)])
def test_the_first_rule_that_matches_decides(submit, end, python, code, attempts):
    job = submit(
        python(f"import sys; sys.exit({code})"), how={"retryStrategy": {"attempts": 3, "evaluateOnExit": RECIPE}}
    )
    assert len(end(job)["attempts"]) == attempts


def test_without_a_rule_that_matches_a_job_is_tried_again(submit, end, python):
    rules = [{"onExitCode": "2", "action": "EXIT"}]
    strategy = {"attempts": 2, "evaluateOnExit": rules}
    assert len(end(submit(python("import sys; sys.exit(1)"), retryStrategy=strategy))["attempts"]) == 2


def test_a_terminated_job_gets_sigterm_and_its_time(batch, submit, end, ready, python):
    job = submit(python(HANDLES_TERM), how={"retryStrategy": {"attempts": 3}})
    ready(job)
    batch.terminate_job(jobId=job, reason="by hand")
    about = end(job)
    assert (about["status"], about["statusReason"], about["isTerminated"]) == ("FAILED", "by hand", True)
    assert [attempt["container"]["exitCode"] for attempt in about["attempts"]] == [3]


def test_after_its_time_all_of_a_container_is_killed(cloud, batch, submit, end, ready, python):
    cloud.sim.set(stop_seconds=0.3)
    job = submit(python(IGNORES_TERM))
    ready(job)
    assert _sleepers("61.5")
    batch.terminate_job(jobId=job, reason="by hand")
    assert end(job)["container"]["exitCode"] == 137
    assert not _sleepers("61.5")


def _sleepers(seconds):
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", seconds.encode()]:
            found.append(folder.name)
    return found


def test_terminating_an_array_ends_all_children(batch, submit, end, wait_until):
    job = submit(["sleep", "60"], needs=(48, 512, 0), arrayProperties={"size": 4})
    wait_until(lambda: len(batch.list_jobs(arrayJobId=job)["jobSummaryList"]) == 2)
    batch.terminate_job(jobId=job, reason="enough")
    assert end(job)["arrayProperties"]["statusSummary"]["FAILED"] == 4
    children = batch.describe_jobs(jobs=[f"{job}:{index}" for index in range(4)])["jobs"]
    assert {child["statusReason"] for child in children} == {"enough"}


def test_cancelling_leaves_what_runs(cloud, batch, submit, describe, end, ready, python):
    running = submit(python(HANDLES_TERM), needs=(48, 512, 0))
    ready(running)
    cloud.sim.set(no_capacity=["g4dn.12xlarge"])
    waiting = submit(["true"], needs=(48, 512, 0))
    answer = batch.cancel_jobs(jobs=[running, waiting, "unknown"], reason="not needed")
    assert (answer["successful"], answer["errors"]) == ([running, waiting, "unknown"], [])
    assert end(waiting)["statusReason"] == "not needed"
    assert describe(running)["status"] == "RUNNING"
    batch.terminate_jobs(jobs=[running], reason="now")
    assert end(running)["statusReason"] == "now"


def test_a_timeout_ends_a_job_for_good(cloud, submit, end):
    cloud.sim.set(hurry=600)
    job = submit(["sleep", "60"], timeout={"attemptDurationSeconds": 60}, retryStrategy={"attempts": 3})
    about = end(job)
    assert about["statusReason"] == "Job attempt duration exceeded timeout"
    assert len(about["attempts"]) == 1


MOUNTED = {
    "volumes": [{"name": "cache", "host": {"sourcePath": "/var/grid"}}],
    "mountPoints": [{"sourceVolume": "cache", "containerPath": "/grid"}],
    "environment": [{"name": "CACHE", "value": "/grid"}, {"name": "FILE", "value": "/grid/kept"}],
}


def test_what_is_mounted_lasts_as_long_as_the_machine(cloud, submit, end):
    end(submit(["sh", "-c", "echo kept > $FILE"], properties=MOUNTED))
    job = submit(["sh", "-c", "cat $CACHE/kept; pwd; echo $HOME"], properties=MOUNTED)
    end(job)
    kept, folder, home = cloud.sim.log(job).split()
    assert kept == "kept"
    assert not Path(folder).exists()
    assert not Path(home).exists()


NOTICE = """
import json, os, sys, time, urllib.request
first = os.environ["AWS_BATCH_JOB_ATTEMPT"] == "1"
print("ready", flush=True)
while first:
    time.sleep(0.02)
    try:
        file = json.load(open(os.environ["CACHE"] + "/spot-notice"))
    except FileNotFoundError:
        continue
    imds = os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "/latest/"
    asked = urllib.request.Request(imds + "api/token", method="PUT")
    token = urllib.request.urlopen(asked).read().decode()
    headers = {"X-aws-ec2-metadata-token": token}
    asked = urllib.request.Request(imds + "meta-data/spot/instance-action", headers=headers)
    told = json.load(urllib.request.urlopen(asked))
    print(json.dumps([file, told]))
    sys.exit(75)
"""


def test_a_notice_comes_before_the_loss(cloud, submit, end, ready, python):
    how = {"retryStrategy": {"attempts": 3, "evaluateOnExit": RECIPE}}
    job = submit(python(NOTICE), properties=MOUNTED, how=how)
    ready(job)
    taken = cloud.sim.machine_of(job)
    cloud.sim.interrupt(taken, seconds=120)
    about = end(job)
    file, told = json.loads(cloud.sim.log(job).splitlines()[-1])
    assert file == told
    assert told["action"] == "terminate"
    # Nothing new comes onto a machine that is about to go.
    first, second = about["attempts"]
    assert first["container"]["containerInstanceArn"] != second["container"]["containerInstanceArn"]
    assert [machine["id"] for machine in cloud.sim.machines() if machine["notice"]] == [taken]


def test_a_lost_machine_takes_its_jobs_with_it(cloud, submit, end, ready, python):
    code = (
        "import os, sys, time; print('ready', flush=True); os.environ['AWS_BATCH_JOB_ATTEMPT'] == '2' or time.sleep(60)"
    )
    job = submit(python(code), how={"retryStrategy": {"attempts": 3, "evaluateOnExit": RECIPE}})
    ready(job)
    machine = cloud.sim.machine_of(job)
    cloud.sim.lose(machine)
    about = end(job)
    assert about["status"] == "SUCCEEDED"
    assert about["attempts"][0]["statusReason"] == f"Host EC2 (instance {machine}) terminated."
    assert "exitCode" not in about["attempts"][0]["container"]
    (gone,) = [one for one in cloud.sim.machines(gone=True) if one.get("gone")]
    assert gone["id"] == machine


def test_an_image_that_cannot_be_pulled_is_told(cloud, submit, end):
    cloud.sim.set(bad_images=["python"])
    about = end(submit(["true"]))
    assert (about["status"], about["statusReason"]) == ("FAILED", "Task failed to start")
    assert about["container"]["reason"].startswith("CannotPullContainerError")


def test_a_command_that_is_not_there_is_told(submit, end):
    assert end(submit(["no-such-program"]))["container"]["reason"].startswith("CannotStartContainerError")


def test_a_container_is_killed_for_its_memory(cloud, submit, end, ready, python):
    job = submit(python(HANDLES_TERM))
    ready(job)
    cloud.sim.run_out_of_memory(job)
    container = end(job)["container"]
    assert (container["exitCode"], container["reason"].split(":")[0]) == (137, "OutOfMemoryError")


CREDENTIALS = """
import boto3, os
boto3.client("s3").put_object(Bucket="of-the-run", Key="here", Body=b"x")
print(boto3.Session().get_credentials().access_key)
"""


def test_a_job_has_credentials_of_its_own(cloud, submit, end):
    cloud.client("s3").create_bucket(Bucket="of-the-run")
    role = {"jobRoleArn": "arn:aws:iam::123456789012:role/trial"}
    job = submit(["python3", "-c", CREDENTIALS], properties=role)
    assert end(job)["status"] == "SUCCEEDED", cloud.sim.log(job)
    key = cloud.sim.log(job).strip()
    assert key.startswith("ASIATASK")
    assert key in cloud.services.get("keys")["s3"]


def test_what_a_container_writes_is_logged(cloud, submit, end, wait_until):
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/trials")
    options = {"awslogs-group": "/trials", "awslogs-stream-prefix": "run"}
    job = submit(
        ["sh", "-c", "echo one; echo two; printf three"],
        properties={"logConfiguration": {"logDriver": "awslogs", "options": options}},
    )
    stream = end(job)["container"]["logStreamName"]
    assert stream.startswith("run/default/")
    wait_until(lambda: stream in [one["logStreamName"] for one in _streams(logs)])
    told = lambda: [one["message"] for one in _events(logs, stream)]  # noqa: E731
    wait_until(lambda: told() == ["one", "two", "three"])


def _streams(logs):
    return logs.describe_log_streams(logGroupName="/trials")["logStreams"]


def _events(logs, stream):
    return logs.get_log_events(logGroupName="/trials", logStreamName=stream, startFromHead=True)["events"]


@pytest.mark.full
def test_an_array_of_a_thousand_drains(cloud, submit, end, python):
    cloud.make_pool("wide", maxvCpus=96, instanceTypes=["m7i.24xlarge"])
    job = submit(python("pass"), queue="wide", arrayProperties={"size": 1000})
    assert end(job, timeout=100)["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 1000


# Real containers

MOUNTED_FOR_REAL = """
trap 'echo stopped > $CACHE/told; exit 4' TERM
[ "$CACHE" = /grid ] && env && touch /tmp/of-the-container && echo ready
while true; do sleep 0.1; done
"""


@pytest.mark.soak
def test_a_job_may_be_a_real_container(cloud, batch, submit, end, ready, podman):
    linux = {"linuxParameters": {"initProcessEnabled": True, "sharedMemorySize": 128}}
    job = submit(["sh", "-c", MOUNTED_FOR_REAL], properties=MOUNTED | linux)
    ready(job)
    assert "OPERATOR" not in cloud.sim.log(job)
    assert not Path("/tmp/of-the-container").exists()
    (machine,) = cloud.sim.machines()
    batch.terminate_job(jobId=job, reason="by hand")
    assert end(job)["container"]["exitCode"] == 4
    assert Path(machine["mounted"]["/grid"], "told").read_text() == "stopped\n"


@pytest.mark.soak
def test_a_container_that_is_killed_is_gone(cloud, submit, end, ready, podman):
    job = submit(["sh", "-c", "echo ready; sleep 63.5"], how={"retryStrategy": {"attempts": 1}})
    ready(job)
    assert _sleepers("63.5")
    cloud.sim.lose(cloud.sim.machine_of(job))
    assert end(job)["statusReason"].startswith("Host EC2")
    assert not _sleepers("63.5")
