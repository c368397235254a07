"""An AWS account for tests: moto and the stand-in for Batch, each in a process of its own, and a hand on both.

Without pytest, in the folder of the tests: ``python -m stand_ins.cloud COMMAND …`` runs a command with an account and
ends with it; ``python -m stand_ins.cloud > FILE &`` writes what a shell evaluates to come there, and runs until it is
ended.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

REGION = "us-east-1"
# Whoever finds these anywhere but in requests has found a leak.
OPERATOR = {
    "AWS_ACCESS_KEY_ID": "AKIAOPERATORPLANTED0",
    "AWS_SECRET_ACCESS_KEY": "operator/planted+secret+of+forty+letters0",
}
STAND_INS = Path(__file__).parent


class Door:
    """What tests ask of one of the servers under ``/_sim``."""

    def __init__(self, url):
        self.url = url

    def __call__(self, verb, **asked):
        """Ask for something; what is asked goes as JSON."""
        return _request(f"{self.url}/_sim/{verb}", json.dumps(asked).encode())

    def get(self, verb):
        return _request(f"{self.url}/_sim/{verb}")

    def calls(self, seconds=None):
        """Return the number of calls by ``service:Operation``, of the last seconds if asked for."""
        return self.get(f"calls?seconds={seconds}" if seconds else "calls")

    def deny(self, *operations):
        """Refuse these operations, and no others, for want of permission: ``service:Operation``, ``service:*``."""
        self("switches", denied=operations)

    def fail(self, operation, times=1):
        """Leave the next calls without an answer, and do not do them."""
        self("switches", failing={operation: times})

    def hold(self, operation=None, when="before"):
        """Make calls of an operation wait, before they are done (which they then are not) or after; of none let go."""
        self("switches", held={operation: when} if operation else {})

    def drop(self, operation, times=1):
        """Do what the next calls want, and leave them without an answer."""
        self("switches", dropping={operation: times})


class Batch(Door):
    """The hand on the stand-in for Batch."""

    def set(self, **settings):
        """Change settings; see ``stand_ins/batch/settings.py``."""
        self("settings", **settings)

    def machines(self, *, gone=False):
        """Return the machines; those that are no more only if asked for."""
        return [machine for machine in self.get("machines") if gone or not machine.get("gone")]

    def machine_of(self, job):
        """Return the id of the machine on which a job is."""
        (machine,) = [machine["id"] for machine in self.machines() if job in machine["jobs"]]
        return machine

    def interrupt(self, machine, seconds=120):
        """Let EC2 take a machine in so many seconds, with the notice of that now."""
        self("interrupt", machine=machine, seconds=seconds)

    def lose(self, machine):
        """Let a machine be gone at once."""
        self("lose", machine=machine)

    def run_out_of_memory(self, job):
        """Let a job's container be killed for its use of memory."""
        self("memory", job=job)

    def log(self, job, attempt=1):
        """Return what the container of an attempt wrote."""
        return self.get(f"log?job={job}&attempt={attempt}")["text"]

    def jobs(self):
        """Return the status of all jobs by id."""
        return self.get("jobs")


class Account:
    """An account that is there.

    Attributes:
        sim: The hand on Batch.
        services: The hand on the other services.
        environment: The variables that lead there, with the operator's credentials.
        folder: Where machines have their disks.
    """

    def __init__(self, services, batch, folder):
        self.services, self.sim, self.folder = Door(services), Batch(batch), folder
        self._clients = {}
        self.environment = {
            "AWS_ENDPOINT_URL": services,
            "AWS_ENDPOINT_URL_BATCH": batch,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            **OPERATOR,
        }

    def client(self, service):
        """Return a client of the operator's, the same each time: making one takes longer than most calls."""
        if service not in self._clients:
            self._clients[service] = self._make_client(service)
        return self._clients[service]

    def _make_client(self, service):
        import boto3
        from botocore.config import Config

        url = self.sim.url if service == "batch" else self.services.url
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id=OPERATOR["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=OPERATOR["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"mode": "standard", "max_attempts": 12}),
        )

    def make_pool(self, name="pool", **resources):
        """Make a compute environment and its queue, of the same name, with what they need; wait until they are VALID.

        Args:
            name: What both are called.
            resources: What differs in ``computeResources``: by default two g4dn.12xlarge on demand.
        """
        batch, ec2, iam = self.client("batch"), self.client("ec2"), self.client("iam")
        if not iam.list_instance_profiles()["InstanceProfiles"]:
            iam.create_instance_profile(InstanceProfileName="test-instance")
        profile = iam.list_instance_profiles()["InstanceProfiles"][0]["InstanceProfileName"]
        usual = {
            "type": "EC2",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "minvCpus": 0,
            "maxvCpus": 96,
            "instanceTypes": ["g4dn.12xlarge"],
            "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
            "securityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
            "instanceRole": profile,
        }
        batch.create_compute_environment(
            computeEnvironmentName=name, type="MANAGED", computeResources=usual | resources
        )
        _wait(lambda: batch.describe_compute_environments(computeEnvironments=[name])["computeEnvironments"][0])
        batch.create_job_queue(
            jobQueueName=name, priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": name}]
        )
        _wait(lambda: batch.describe_job_queues(jobQueues=[name])["jobQueues"][0])

    def quota(self, code, vcpus):
        """Set a quota of vCPUs, as Service Quotas tells it and as EC2 keeps to it."""
        self.services("quotas", **{code: vcpus})
        self.sim.set(quotas={code: vcpus})

    def reset(self):
        """Leave nothing of what was done, and set nothing."""
        self.sim("reset")
        self.services("reset")
        _request(f"{self.services.url}/moto-api/reset", b"")

    def leftovers(self):
        """Return what there is in the account, by kind; kinds of which there is nothing are left out."""
        batch, ec2, iam = self.client("batch"), self.client("ec2"), self.client("iam")
        logs, s3 = self.client("logs"), self.client("s3")
        definitions = batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
        environments = batch.describe_compute_environments()["computeEnvironments"]
        groups = ec2.describe_security_groups()["SecurityGroups"]
        roles = [role for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
        found = {
            "compute environments": [one["computeEnvironmentName"] for one in environments],
            "job queues": [one["jobQueueName"] for one in batch.describe_job_queues()["jobQueues"]],
            "job definitions": [f"{one['jobDefinitionName']}:{one['revision']}" for one in definitions],
            "jobs": [job for job, status in self.sim.jobs().items() if status not in {"SUCCEEDED", "FAILED"}],
            "launch templates": [
                one["LaunchTemplateName"] for one in ec2.describe_launch_templates()["LaunchTemplates"]
            ],
            "security groups": [one["GroupName"] for one in groups if one["GroupName"] != "default"],
            "roles": [one["RoleName"] for one in roles if not one["Path"].startswith("/aws-service-role/")],
            "instance profiles": [
                one["InstanceProfileName"] for one in iam.list_instance_profiles()["InstanceProfiles"]
            ],
            "instances": _instances(ec2),
            "log groups": [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]],
            "buckets": {one["Name"]: _objects(s3, one["Name"]) for one in s3.list_buckets()["Buckets"]},
        }
        return {kind: things for kind, things in found.items() if things}


def _instances(ec2):
    pages = ec2.get_paginator("describe_instances").paginate()
    found = [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]
    return [one["InstanceId"] for one in found if one["State"]["Name"] not in {"terminated", "shutting-down"}]


def _wait(describe):
    """Wait until something that was made is VALID."""
    while (about := describe())["status"] == "CREATING":
        time.sleep(0.02)
    assert about["status"] == "VALID", about["statusReason"]


def _objects(s3, bucket):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sum(page.get("KeyCount", 0) for page in pages)


def _request(url, data=None):
    headers = {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        raise ValueError(error.read().decode()) from error
    return json.loads(body) if body else {}


def _start(module, folder, *words):
    """Start a server; return its process and its address."""
    port_file = Path(folder, f"{module}.port")
    environment = os.environ | {"PYTHONPATH": str(STAND_INS.parent)}
    process = subprocess.Popen(
        [sys.executable, "-m", f"stand_ins.{module}", "--port-file", port_file, *words],
        env=environment,
        cwd=STAND_INS.parent,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not port_file.exists():
        assert process.poll() is None, f"{module} does not start"
        assert time.monotonic() < until, f"{module} does not start in time"
        time.sleep(0.02)
    return process, f"http://127.0.0.1:{port_file.read_text()}"


@contextmanager
def open_account():
    """Give an account whose servers end with the context, and with them all that runs in it."""
    folder = tempfile.mkdtemp(prefix="aws-")
    processes = []
    try:
        services, url = _start("services", folder)
        processes.append(services)
        batch, batch_url = _start("batch", folder, "--folder", folder, "--services", url, "--region", REGION)
        processes.append(batch)
        yield Account(url, batch_url, Path(folder))
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open_account() as account:
        if command := sys.argv[1:]:
            sys.exit(subprocess.run(command, env=os.environ | account.environment, check=False).returncode)
        for name, value in account.environment.items():
            sys.stdout.write(f"export {name}='{value}'\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
