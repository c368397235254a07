"""One region's Batch: its parts, put together."""

import threading
from pathlib import Path

from .account import Account, Logs
from .containers import Process
from .definitions import Definitions
from .errors import Refused
from .fleet import Fleet
from .jobs import Jobs
from .resources import Resources
from .scheduler import Scheduler
from .settings import Settings
from .switches import Switches

# The operations by the part that does them.
PARTS = {
    "resources": [
        f"{verb}{kind}"
        for verb, kind in [
            ("Create", "ComputeEnvironment"),
            ("Describe", "ComputeEnvironments"),
            ("Update", "ComputeEnvironment"),
            ("Delete", "ComputeEnvironment"),
            ("Create", "JobQueue"),
            ("Describe", "JobQueues"),
            ("Update", "JobQueue"),
            ("Delete", "JobQueue"),
        ]
    ],
    "definitions": ["RegisterJobDefinition", "DescribeJobDefinitions", "DeregisterJobDefinition"],
    "jobs": [
        "SubmitJob",
        "DescribeJobs",
        "ListJobs",
        "GetJobQueueSnapshot",
        "CancelJob",
        "TerminateJob",
        "CancelJobs",
        "TerminateJobs",
    ],
    "tags": ["TagResource", "UntagResource", "ListTagsForResource"],
}


class Tags:
    """The tags of anything that has an ARN."""

    def __init__(self, resources, definitions, jobs):
        self._resources, self._definitions, self._jobs = resources, definitions, jobs

    def _of(self, arn):
        kind, _, name = arn.rpartition(":")[2].partition("/") if arn.count(":") == 5 else ("", "", "")
        found = {
            "compute-environment": lambda: self._resources.environments[name].detail,
            "job-queue": lambda: self._resources.queues[name].detail,
        }.get(kind)
        if found is None and "job-definition/" in arn:
            found = lambda: self._definitions.find(arn)  # noqa: E731
        if found is None and "job/" in arn:
            found = lambda: self._jobs.all[arn.partition("job/")[2]].request  # noqa: E731
        try:
            return found().setdefault("tags", {})
        except (KeyError, TypeError) as error:
            raise Refused(f"{arn} does not exist", "ClientException", 404) from error

    def tag_resource(self, request):
        self._of(request["resourceArn"]).update(request["tags"])
        return {}

    def untag_resource(self, request):
        for key in request["tagKeys"]:
            self._of(request["resourceArn"]).pop(key, None)
        return {}

    def list_tags_for_resource(self, request):
        return {"tags": self._of(request["resourceArn"])}


class Simulation:
    """Batch, from when it is made until it is closed.

    Args:
        folder: Where machines and containers have their files.
        server: The address of the server, which containers get their credentials from.
        settings: What differs from the defaults.
    """

    def __init__(self, folder, server, settings):
        self.folder, self.server = Path(folder), server
        self.settings = Settings(**settings)
        self.switches = Switches(self.settings)
        self.lock = threading.RLock()
        account = Account(self.settings)
        self._logs = Logs(account, self.settings)
        self.resources = Resources(self.settings, account.verify)
        self.definitions = Definitions(self.settings)
        self.jobs = Jobs(self.settings, self.resources, self.definitions, lambda job: job.placement.stop())
        self.fleet = Fleet(self.settings, self.resources, account, self.folder / "machines")
        self.tags = Tags(self.resources, self.definitions, self.jobs)
        containers = self.folder / "containers"
        self.scheduler = Scheduler(
            self.settings, self.resources, self.jobs, self.fleet, self._run, self.lock, containers
        )
        self._operations = {
            name: getattr(getattr(self, part), _snake(name)) for part, names in PARTS.items() for name in names
        }
        self.scheduler.start()

    def call(self, operation, request):
        """Do one operation."""
        if operation not in self._operations:
            raise Refused(f"{operation} has no stand-in", "ServerException", 501)
        with self.lock:
            self.resources.settle()
            return self._operations[operation](request)

    def _run(self, placement, running, ended):
        self._logs.follow(placement)
        threading.Thread(target=placement.run, args=(self.server, running, ended), daemon=True).start()

    def close(self):
        self.scheduler.close()
        self._logs.close()

    # What tests do

    def machines(self):
        with self.lock:
            return [machine.about() for machine in self.fleet.machines.values()] + [
                about | {"gone": True} for about in self.fleet.past
            ]

    def interrupt(self, machine, seconds):
        with self.lock:
            self.fleet.machines[machine].interrupt(seconds)

    def lose(self, machine):
        with self.lock:
            self.scheduler.lose(self.fleet.machines[machine])

    def run_out_of_memory(self, job):
        with self.lock:
            runner = self.jobs.all[job].placement.runner
            if isinstance(runner, Process):
                runner.out_of_memory = True
            runner.kill()

    def log(self, job, attempt):
        file = self.folder / "logs" / f"{job.replace(':', '.')}.{attempt}"
        return file.read_text(errors="replace") if file.exists() else ""

    def credentials(self, token):
        """Return whether a container of that token runs."""
        with self.lock:
            return any(job.placement and job.placement.token == token for job in self.jobs.busy.values())


def _snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
