"""Compute environments and job queues: their states, and what may be done in which."""

import re
import time
import uuid

from .errors import Refused

# "It can be up to 128 characters long. It can contain uppercase and lowercase letters, numbers, hyphens (-), and
# underscores (_)." – model
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
# "50 compute environments and 50 job queues per Region"; "3 compute environments per queue" – user guide, quotas.
MOST = 50
MOST_ENVIRONMENTS = 3


class Resource:
    """One compute environment or queue: what describing it says, and what it becomes when."""

    def __init__(self, detail, seconds):
        self.detail = detail
        self.become("CREATING", "VALID", seconds)

    def become(self, now, then, seconds, reason="ComputeEnvironment Healthy"):
        self.detail["status"] = now
        self.then, self.reason, self.at = then, reason, time.monotonic() + seconds

    @property
    def usable(self):
        return self.detail["status"] == "VALID" and self.detail["state"] == "ENABLED"


class Resources:
    """All compute environments and queues by name.

    Args:
        settings: What tests set.
        verify: Returns what is wrong with the resources of a compute environment, or None.
    """

    def __init__(self, settings, verify=lambda _: None):
        self._settings = settings
        self._verify = verify
        self.environments = {}
        self.queues = {}

    def settle(self):
        """Let be what has become since."""
        for of_kind in (self.environments, self.queues):
            for name, one in list(of_kind.items()):
                if one.then and time.monotonic() >= one.at:
                    if one.then == "GONE":
                        del of_kind[name]
                    else:
                        one.detail |= {"status": one.then, "statusReason": one.reason}
                    one.then = ""

    def find(self, of_kind, name):
        """Return what a name or an ARN means, or None."""
        return of_kind.get(name.rpartition("/")[2])

    def _named(self, of_kind, name, what):
        found = self.find(of_kind, name)
        if found is None:
            raise Refused(f"{name} does not exist" if what == "queue" else f"{name} does not exist.")
        return found

    @staticmethod
    def _check_new(of_kind, name):
        if not NAME.fullmatch(name):
            raise Refused(f"Error executing request, Exception : name {name} is not valid.")
        if name in of_kind:
            raise Refused("Object already exists")
        if len(of_kind) >= MOST:
            raise Refused(f"You've reached the limit of {MOST}.")

    def _check_settled(self, one):
        # "resource is being modified": while it changes, nothing else may be done to it.
        if one.then:
            raise Refused("Cannot update, resource is being modified.")

    # Compute environments

    def create_compute_environment(self, request):
        name = request["computeEnvironmentName"]
        self._check_new(self.environments, name)
        resources = request.get("computeResources")
        if request["type"] == "MANAGED" and not resources:
            raise Refused("computeResources must be provided for a MANAGED compute environment")
        if request.get("state", "ENABLED") != "ENABLED":
            # "A compute environment must be created in the ENABLED state." – model
            raise Refused("A compute environment must be created in the ENABLED state.")
        self._check_resources(resources)
        arn = self._settings.arn(f"compute-environment/{name}")
        one = Resource(
            {
                "computeEnvironmentName": name,
                "computeEnvironmentArn": arn,
                "ecsClusterArn": self._settings.arn(f"cluster/AWSBatch-{name}-{uuid.uuid4()}", "ecs"),
                "tags": request.get("tags", {}),
                "type": request["type"],
                "state": "ENABLED",
                "computeResources": {"minvCpus": 0, "desiredvCpus": 0, **resources},
                # "If your account already created the Batch service-linked role, that role is used by default." – model
                "serviceRole": request.get("serviceRole", self._service_linked_role()),
                "containerOrchestrationType": "ECS",
                "uuid": str(uuid.uuid4()),
            },
            self._settings.setup_seconds,
        )
        if wrong := self._verify(resources):
            one.then, one.reason = "INVALID", f"CLIENT_ERROR - {wrong}"
        self.environments[name] = one
        return {"computeEnvironmentName": name, "computeEnvironmentArn": arn}

    def _service_linked_role(self):
        return self._settings.arn("role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch", "iam")

    @staticmethod
    def _check_resources(resources):
        for needed in ("instanceTypes", "subnets", "instanceRole"):
            if not resources.get(needed):
                raise Refused(f"computeResources.{needed} must be provided")
        # "This role is required if the allocation strategy set to BEST_FIT or if the allocation strategy isn't
        # specified." – model, spotIamFleetRole
        best_fit = resources.get("allocationStrategy", "BEST_FIT") == "BEST_FIT"
        if resources["type"] == "SPOT" and best_fit and not resources.get("spotIamFleetRole"):
            raise Refused("spotIamFleetRole is required for BEST_FIT")
        if not resources.get("securityGroupIds") and not resources.get("launchTemplate"):
            # "One or more security groups must be specified, either in securityGroupIds or using a launch template."
            raise Refused("computeResources.securityGroupIds must be provided")

    def describe_compute_environments(self, request):
        return {"computeEnvironments": self._describe(self.environments, request.get("computeEnvironments"))}

    def _describe(self, of_kind, names):
        if names is not None and len(names) > 100:
            # "A list of up to 100 … names or full Amazon Resource Name (ARN) entries." – model
            raise Refused("at most 100 can be described at once")
        if names:
            found = [self.find(of_kind, name) for name in names]
            return [one.detail for one in found if one]
        return [one.detail for one in of_kind.values()]

    def update_compute_environment(self, request):
        one = self._named(self.environments, request["computeEnvironment"], "environment")
        self._check_settled(one)
        if "state" in request:
            one.detail["state"] = request["state"]
        one.detail["computeResources"] |= request.get("computeResources", {})
        one.become("UPDATING", one.detail["status"], self._settings.setup_seconds)
        return self._pair(one, "computeEnvironment")

    @staticmethod
    def _pair(one, what):
        return {f"{what}{part}": one.detail[f"{what}{part}"] for part in ("Name", "Arn")}

    def delete_compute_environment(self, request):
        # "you must set its state to DISABLED with the UpdateComputeEnvironment API operation and disassociate it from
        # any job queues with the UpdateJobQueue API operation." – model
        one = self.find(self.environments, request["computeEnvironment"])
        if one is None:
            return {}
        self._check_settled(one)
        if one.detail["state"] != "DISABLED":
            raise Refused("Cannot delete, state must be DISABLED")
        arn = one.detail["computeEnvironmentArn"]
        if any(entry["computeEnvironment"] == arn for queue in self.queues.values() for entry in self.order(queue)):
            raise Refused("Cannot delete, found existing JobQueue relationship")
        one.become("DELETING", "GONE", self._settings.setup_seconds)
        return {}

    # Queues

    @staticmethod
    def order(queue):
        """The compute environments of a queue, the preferred first."""
        return sorted(queue.detail["computeEnvironmentOrder"], key=lambda entry: entry["order"])

    def _checked_order(self, order):
        if not 1 <= len(order) <= MOST_ENVIRONMENTS:
            raise Refused(f"a job queue has 1 to {MOST_ENVIRONMENTS} compute environments")
        checked = []
        for entry in order:
            one = self._named(self.environments, entry["computeEnvironment"], "environment")
            # "Compute environments must be in the VALID state before you can associate them with a job queue." – model
            if one.detail["status"] != "VALID":
                raise Refused(f"{entry['computeEnvironment']} is not VALID")
            checked.append({"order": entry["order"], "computeEnvironment": one.detail["computeEnvironmentArn"]})
        return checked

    def create_job_queue(self, request):
        name = request["jobQueueName"]
        self._check_new(self.queues, name)
        self._check_limits(request)
        arn = self._settings.arn(f"job-queue/{name}")
        detail = {
            "jobQueueName": name,
            "jobQueueArn": arn,
            "state": request.get("state", "ENABLED"),
            "priority": request["priority"],
            "computeEnvironmentOrder": self._checked_order(request.get("computeEnvironmentOrder", [])),
            "jobQueueType": "ECS",
            "tags": request.get("tags", {}),
            "jobStateTimeLimitActions": request.get("jobStateTimeLimitActions", []),
        }
        self.queues[name] = Resource(detail, self._settings.setup_seconds)
        self.queues[name].reason = "JobQueue Healthy"
        return {"jobQueueName": name, "jobQueueArn": arn}

    @staticmethod
    def _check_limits(request):
        for action in request.get("jobStateTimeLimitActions", []):
            # "The minimum value is 600 (10 minutes) and the maximum value is 86,400 (24 hours)." – model
            if not 600 <= action["maxTimeSeconds"] <= 86_400:
                raise Refused("maxTimeSeconds must be from 600 to 86400")

    def describe_job_queues(self, request):
        return {"jobQueues": self._describe(self.queues, request.get("jobQueues"))}

    def update_job_queue(self, request):
        one = self._named(self.queues, request["jobQueue"], "queue")
        self._check_settled(one)
        self._check_limits(request)
        for key in ("state", "priority", "jobStateTimeLimitActions"):
            if key in request:
                one.detail[key] = request[key]
        if "computeEnvironmentOrder" in request:
            one.detail["computeEnvironmentOrder"] = self._checked_order(request["computeEnvironmentOrder"])
        one.become("UPDATING", "VALID", self._settings.setup_seconds, "JobQueue Healthy")
        return self._pair(one, "jobQueue")

    def delete_job_queue(self, request):
        # "You must first disable submissions for a queue with the UpdateJobQueue operation. All jobs in the queue are
        # eventually terminated when you delete a job queue." – model
        one = self.find(self.queues, request["jobQueue"])
        if one is None:
            return {}
        self._check_settled(one)
        if one.detail["state"] != "DISABLED":
            raise Refused("Cannot delete, state must be DISABLED")
        one.become("DELETING", "GONE", self._settings.setup_seconds)
        return {}
