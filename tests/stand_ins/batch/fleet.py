"""The machines of compute environments: they boot, are packed with jobs, idle, are interrupted and lost."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .catalogue import chosen, instance_types, quota_code

KINDS = ("VCPU", "MEMORY", "GPU")


class Machine:
    """An instance with its room, and the directories of its disk.

    Attributes:
        free: What no job has, by kind; of GPUs there are ``gpus``.
        jobs: What runs here, by id.
        notice: When it is taken, as the instance metadata says it.
        most_gpus: The most GPUs that were in use at once.
    """

    def __init__(self, instance, environment, name, market, folder, boot_seconds):
        self.id = instance or f"i-0{uuid.uuid4().hex[:16]}"
        self.environment, self.type, self.market = environment, name, market
        self.folder = Path(folder, self.id[-8:])
        self.arn = ""
        shape = instance_types()[name]
        self.vcpus = shape["VCPU"]
        self.free = {"VCPU": shape["VCPU"], "MEMORY": shape["MEMORY"]}
        self.gpus = [f"GPU-{uuid.uuid5(uuid.NAMESPACE_OID, f'{self.id}/{n}')}" for n in range(shape["GPU"])]
        self.total = dict(shape)
        self.ready_at = time.monotonic() + boot_seconds
        self.idle_since = self.ready_at
        self.jobs = {}
        self.notice = None
        self.lost_at = None
        self.most_gpus = 0
        self.mounted = {}

    @property
    def ready(self):
        return time.monotonic() >= self.ready_at

    @property
    def accepts(self):
        # "ECS_ENABLE_SPOT_INSTANCE_DRAINING": the agent sets the instance to DRAINING when the notice comes, and
        # "new tasks aren't scheduled for placement" – ECS developer guide.
        return self.ready and self.notice is None

    def fits(self, needs, free=None):
        free = free or {**self.free, "GPU": len(self.gpus)}
        return all(free[kind] >= needs[kind] for kind in KINDS)

    def take(self, job):
        """Give a job its room; return its GPUs."""
        for kind in ("VCPU", "MEMORY"):
            self.free[kind] -= job.needs[kind]
        taken, self.gpus = self.gpus[: job.needs["GPU"]], self.gpus[job.needs["GPU"] :]
        self.jobs[job.id] = (job, taken)
        self.most_gpus = max(self.most_gpus, self.total["GPU"] - len(self.gpus))
        return taken

    def release(self, job):
        if job.id not in self.jobs:
            return
        _, taken = self.jobs.pop(job.id)
        for kind in ("VCPU", "MEMORY"):
            self.free[kind] += job.needs[kind]
        self.gpus += taken
        self.idle_since = time.monotonic()

    def directory(self, source, container_path):
        """Return the directory that stands for one of the host's, which lasts as long as the machine."""
        folder = self.folder / source.strip("/").replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        self.mounted[container_path] = folder
        self._write_notice()
        return folder

    def interrupt(self, seconds):
        """Let EC2 say that it takes the machine."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        # {"action": "terminate", "time": "2017-09-18T08:22:00Z"} – EC2 user guide, spot instance-action
        self.notice = {"action": "terminate", "time": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.lost_at = time.monotonic() + seconds
        self._write_notice()

    def _write_notice(self):
        """Do what the unit on the host does that asks the instance metadata."""
        if self.notice and "/grid" in self.mounted:
            file = self.mounted["/grid"] / "spot-notice"
            file.with_suffix(".new").write_text(json.dumps(self.notice))
            file.with_suffix(".new").replace(file)

    def about(self):
        """What tests see."""
        return {
            "id": self.id,
            "type": self.type,
            "market": self.market,
            "environment": self.environment,
            "ready": self.ready,
            "notice": self.notice,
            "jobs": list(self.jobs),
            "gpus": {job.id: taken for job, taken in self.jobs.values()},
            "most_gpus": self.most_gpus,
            "mounted": {path: str(folder) for path, folder in self.mounted.items()},
        }


class Fleet:
    """All machines.

    Args:
        settings: What tests set.
        resources: The compute environments.
        account: What runs instances.
        folder: Where the disks of the machines lie.

    Attributes:
        machines: Those that there are, by id.
        past: What tests see of those that were.
    """

    def __init__(self, settings, resources, account, folder):
        self._settings, self._resources, self._account, self._folder = settings, resources, account, folder
        self.machines = {}
        self.past = []

    def of(self, environment):
        return [machine for machine in self.machines.values() if machine.environment == environment]

    def place(self, job, environments):
        """Return the machine that has room for a job now, else None."""
        for environment in environments:
            for machine in self.of(environment.detail["computeEnvironmentName"]):
                if machine.accepts and machine.fits(job.needs):
                    return machine
        return None

    def obstacle(self, job, environments):
        """Return why no machine of any of the environments could ever run a job, in AWS's words, else None."""
        shapes = [
            (instance_types()[name], environment.detail["computeResources"]["maxvCpus"])
            for environment in environments
            for name in chosen(environment.detail["computeResources"]["instanceTypes"])
        ]
        fitting = [most for shape, most in shapes if all(shape[kind] >= job.needs[kind] for kind in KINDS)]
        # "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - All compute environments have no connected instances that meet
        # the job requirements." – model, statusReason
        if not fitting:
            return "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - No connected instances meet the job requirements."
        # "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - All compute environments have a maxVcpu setting that is
        # smaller than the job requirements." – model
        if all(most < job.needs["VCPU"] for most in fitting):
            return "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - maxvCpus is smaller than the job requires."
        return None

    def provide(self, jobs, environments):
        """Start machines for jobs that wait; return whether some had to be refused for want of capacity."""
        rooms = [
            {**machine.free, "GPU": len(machine.gpus)}
            for environment in environments
            for machine in self.of(environment.detail["computeEnvironmentName"])
            if machine.notice is None
        ]
        for job in jobs:
            room = next((room for room in rooms if all(room[kind] >= job.needs[kind] for kind in KINDS)), None)
            if room is None:
                machine, refused = self._launch(job, environments)
                if machine is None:
                    return refused
                room = {**machine.free, "GPU": len(machine.gpus)}
                rooms.append(room)
            for kind in KINDS:
                room[kind] -= job.needs[kind]
        return False

    def _launch(self, job, environments):
        refused = False
        for environment in environments:
            about = environment.detail["computeResources"]
            used = sum(machine.vcpus for machine in self.of(environment.detail["computeEnvironmentName"]))
            for name in chosen(about["instanceTypes"]):
                shape = instance_types()[name]
                if any(shape[kind] < job.needs[kind] for kind in KINDS):
                    continue
                # "The maximum number of vCPUs that a compute environment can support … Batch might need to exceed
                # maxvCpus … never … by more than a single instance." – model A machine is started below the maximum.
                if used >= about["maxvCpus"]:
                    continue
                if self._wanting(name, about["type"]):
                    refused = True
                    continue
                return self._boot(environment.detail["computeEnvironmentName"], name, about["type"]), False
        return None, refused

    def _wanting(self, name, market):
        """Whether EC2 has none of a type, or the account may have no more."""
        if {name, f"{name}/{market}"} & set(self._settings.no_capacity):
            return True
        code = quota_code(name, market)
        quota = self._settings.quotas.get(code)
        running = [one for one in self.machines.values() if quota_code(one.type, one.market) == code]
        return quota is not None and sum(one.vcpus for one in running) + instance_types()[name]["VCPU"] > quota

    def _boot(self, environment, name, market):
        detail = self._resources.environments[environment].detail
        instance = self._account.run_instance(name, detail["computeResources"])
        machine = Machine(instance, environment, name, market, self._folder, self._settings.boot_seconds)
        cluster = detail["ecsClusterArn"].rpartition("/")[2]
        machine.arn = self._settings.arn(f"container-instance/{cluster}/{uuid.uuid4().hex}", "ecs")
        self.machines[machine.id] = machine
        self._settle(environment)
        return machine

    def _settle(self, environment):
        one = self._resources.environments.get(environment)
        if one:
            one.detail["computeResources"]["desiredvCpus"] = sum(machine.vcpus for machine in self.of(environment))

    def remove(self, machine):
        del self.machines[machine.id]
        self._account.end_instance(machine.id)
        self.past.append(machine.about())
        self._settle(machine.environment)

    def scale_down(self, wanted):
        """Let go of machines that have had no job for long, and of all of environments that are no more.

        Args:
            wanted: Names of the environments that jobs wait for.
        """
        for machine in list(self.machines.values()):
            idle = not machine.jobs and machine.ready and machine.environment not in wanted
            known = machine.environment in self._resources.environments
            if idle and (not known or time.monotonic() - machine.idle_since > self._settings.idle_seconds):
                self.remove(machine)
