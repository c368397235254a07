"""One job: its states, its attempts, and what describing it says."""

import itertools
import time
from collections import Counter

STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
ENDED = ("SUCCEEDED", "FAILED")
_numbers = itertools.count()


def now_ms():
    return int(time.time() * 1000)


class Job:
    """A job, or a child of an array, or an array as the parent of its children.

    Attributes:
        needs: Whole numbers of VCPU, MEMORY (MiB) and GPU.
        children: The children of an array, and in ``counts`` how many are in which state.
        placement: Where the present attempt runs.
        stopping: Why the present attempt is being stopped; it is not tried again then.
    """

    def __init__(self, job_id, arn, request, definition, queue, parent=None, index=None):
        self.id, self.arn, self.request, self.definition, self.queue = job_id, arn, request, definition, queue
        self.parent, self.index = parent, index
        self.number = next(_numbers)
        self.created, self.born = now_ms(), time.monotonic()
        self.status, self.reason = "SUBMITTED", None
        self.since = time.monotonic()
        self.started = self.stopped = None
        self.attempts, self.children, self.counts = [], [], Counter()
        self.current = {}
        self.placement = None
        self.stopping = None
        self.cancelled = self.terminated = False
        self.container = _merged(definition["containerProperties"], request.get("containerOverrides", {}))
        needs = {entry["type"]: int(entry["value"]) for entry in self.container["resourceRequirements"]}
        self.needs = {
            "VCPU": self.container.get("vcpus", 1),
            "MEMORY": self.container.get("memory", 0),
            "GPU": 0,
        } | needs

    @property
    def name(self):
        return self.request["jobName"]

    @property
    def size(self):
        return len(self.children)

    @property
    def ended(self):
        return self.status in ENDED

    @property
    def retry(self):
        # "When a retry strategy is specified here, it overrides the retry strategy defined in the job definition."
        return self.request.get("retryStrategy") or self.definition.get("retryStrategy") or {"attempts": 1}

    @property
    def timeout(self):
        # "This configuration overrides any timeout configuration specified in the job definition." – model
        return self.request.get("timeout") or self.definition.get("timeout") or {}

    def become(self, status, reason=None):
        """Enter a state; the parent follows."""
        if self.parent:
            self.parent.counts[self.status] -= 1
            self.parent.counts[status] += 1
        self.status, self.reason, self.since = status, reason, time.monotonic()
        if self.parent:
            self.parent.follow()

    def add(self, child):
        """Take in a child of the array."""
        self.children.append(child)
        self.counts[child.status] += 1

    def follow(self):
        """Enter the state that the children make."""
        # "Array job parents are updated to PENDING when any child job is updated to RUNNABLE and remain in PENDING
        # status while child jobs are running." – model, ListJobs
        if self.status == "SUBMITTED":
            self.status = "PENDING"
        if self.ended or sum(self.counts[state] for state in ENDED) < self.size:
            return
        failed = self.counts["FAILED"]
        self.status = "FAILED" if failed else "SUCCEEDED"
        # "if any child job fails, the parent job is FAILED" – user guide, array jobs
        self.reason = self.reason or ("Array Child Job failed" if failed else None)
        self.stopped = now_ms()

    def summary(self):
        """What ListJobs says."""
        answer = {
            "jobArn": self.arn,
            "jobId": self.id,
            "jobName": self.name,
            "createdAt": self.created,
            "status": self.status,
            "jobDefinition": self.definition["jobDefinitionArn"],
            "container": {key: self.current[key] for key in ("exitCode", "reason") if key in self.current},
        }
        # "This field is only present when the value is true." – model
        answer |= {"isCancelled": True} if self.cancelled else {}
        answer |= {"isTerminated": True} if self.terminated else {}
        return answer | self._times() | self._array(summary=True)

    def detail(self):
        """What DescribeJobs says."""
        container = {key: value for key, value in self.container.items() if value is not None}
        return (
            {
                "jobArn": self.arn,
                "jobName": self.name,
                "jobId": self.id,
                "jobQueue": self.queue,
                "status": self.status,
                "attempts": self.attempts,
                "createdAt": self.created,
                "retryStrategy": self.retry,
                "jobDefinition": self.definition["jobDefinitionArn"],
                "dependsOn": [],
                "parameters": {},
                "container": container | self.current,
                "tags": self.request.get("tags", {}),
                "propagateTags": self.request.get("propagateTags", False),
                "platformCapabilities": ["EC2"],
                "isCancelled": self.cancelled,
                "isTerminated": self.terminated,
            }
            | ({"timeout": self.timeout} if self.timeout else {})
            | self._times()
            | self._array()
        )

    def _times(self):
        facts = {"startedAt": self.started, "stoppedAt": self.stopped, "statusReason": self.reason}
        return {key: value for key, value in facts.items() if value is not None}

    def _array(self, summary=False):
        if self.index is not None:
            # "The job index within the array that's associated with this job." – model
            return {"arrayProperties": {"index": self.index}}
        if not self.children:
            return {}
        about = {"size": self.size, "statusSummaryLastUpdatedAt": now_ms()}
        if not summary:
            about["statusSummary"] = {state: self.counts[state] for state in STATES}
        return {"arrayProperties": about}


def _merged(properties, overrides):
    """Return the properties of a definition with what a submission says otherwise."""
    merged = {"environment": [], "mountPoints": [], "volumes": [], "ulimits": [], "networkInterfaces": []} | properties
    # "You can add new environment variables … or you can override the existing environment variables from the Docker
    # image or the job definition." – model
    environment = {entry["name"]: entry.get("value", "") for entry in merged["environment"]}
    environment |= {entry["name"]: entry.get("value", "") for entry in overrides.get("environment", [])}
    needs = {entry["type"]: entry["value"] for entry in merged.get("resourceRequirements", [])}
    needs |= {entry["type"]: entry["value"] for entry in overrides.get("resourceRequirements", [])}
    return merged | {
        "command": overrides.get("command") or merged.get("command", []),
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "resourceRequirements": [{"type": kind, "value": value} for kind, value in needs.items()],
    }
