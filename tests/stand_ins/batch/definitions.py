"""Job definitions and their revisions."""

import json

from .errors import Refused
from .resources import NAME

# "Maximum payload size for RegisterJobDefinition: 24 KiB" – user guide, quotas.
MOST_BYTES = 24 * 1024


def check_retry(strategy):
    """Refuse a retry strategy that AWS refuses."""
    if not strategy:
        return
    # "You can specify between 1 and 10 attempts." – model
    if not 1 <= strategy.get("attempts", 1) <= 10:
        raise Refused("retryStrategy.attempts must be from 1 to 10")
    rules = strategy.get("evaluateOnExit", [])
    # "Array of up to 5 objects … If this parameter is specified, then the attempts parameter must also be specified."
    if len(rules) > 5 or (rules and "attempts" not in strategy):
        raise Refused("retryStrategy.evaluateOnExit takes up to 5 objects, together with attempts")
    for rule in rules:
        for key in ("onStatusReason", "onReason", "onExitCode"):
            pattern = rule.get(key, "")
            # "It can optionally end with an asterisk (*) so that only the start of the string needs to be an exact
            # match." – model
            if "*" in pattern[:-1] or len(pattern) > 512:
                raise Refused(f"{key} {pattern} is not valid")


def check_timeout(timeout):
    """Refuse a timeout that AWS refuses."""
    # "The minimum value for the timeout is 60 seconds." – model
    if timeout and timeout.get("attemptDurationSeconds", 60) < 60:
        raise Refused("timeout.attemptDurationSeconds must be at least 60")


def check_environment(variables):
    """Refuse variables that are AWS's own."""
    for variable in variables:
        # "Environment variables cannot start with "AWS_BATCH"." – model
        if variable.get("name", "").startswith("AWS_BATCH"):
            raise Refused(f"Environment variable {variable['name']} is reserved")


class Definitions:
    """All revisions of all definitions."""

    def __init__(self, settings):
        self._settings = settings
        self.revisions = []

    def register_job_definition(self, request):
        name = request["jobDefinitionName"]
        if not NAME.fullmatch(name):
            raise Refused(f"jobDefinitionName {name} is not valid")
        if len(json.dumps(request).encode()) > MOST_BYTES:
            raise Refused("the request is larger than 24 KiB")
        properties = request.get("containerProperties")
        if request["type"] != "container" or not properties:
            raise Refused("Container properties should not be empty.")
        self._check_container(properties)
        check_retry(request.get("retryStrategy"))
        check_timeout(request.get("timeout"))
        revision = 1 + max((one["revision"] for one in self.revisions if one["jobDefinitionName"] == name), default=0)
        arn = self._settings.arn(f"job-definition/{name}:{revision}")
        kept = {key: value for key, value in request.items() if key != "ecsProperties"}
        answer = {"jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision}
        self.revisions.append(
            {
                "platformCapabilities": ["EC2"],
                "tags": {},
                "containerOrchestrationType": "ECS",
                **kept,
                **answer,
                "status": "ACTIVE",
            }
        )
        return answer

    @staticmethod
    def _check_container(properties):
        if not properties.get("image"):
            raise Refused("containerProperties.image must be provided")
        needs = {entry["type"]: entry["value"] for entry in properties.get("resourceRequirements", [])}
        for kind, old in (("VCPU", "vcpus"), ("MEMORY", "memory")):
            if kind not in needs and old not in properties:
                raise Refused(f"resourceRequirements of {kind} must be provided")
        for kind, value in needs.items():
            # "The values vary based on the type specified … the number of GPUs … the hard limit (in MiB) of memory …
            # the number of vCPUs": on EC2 all are whole numbers. – model
            if not value.isdigit() or (int(value) < 1 and kind != "GPU"):
                raise Refused(f"{kind} value {value} is not valid")
        check_environment(properties.get("environment", []))
        # "executionRoleArn … The Amazon Resource Name (ARN) of the execution role that Batch can assume": whoever names
        # secrets names it too – user guide, specifying sensitive data
        if properties.get("secrets") and not properties.get("executionRoleArn"):
            raise Refused("executionRoleArn must be provided with secrets")
        volumes = {volume["name"] for volume in properties.get("volumes", [])}
        for mount in properties.get("mountPoints", []):
            if mount.get("sourceVolume") not in volumes:
                raise Refused(f"Unknown volume '{mount.get('sourceVolume')}'.")

    def find(self, wanted):
        """Return the active revision that a name, a name with its revision, or an ARN means."""
        name, _, revision = wanted.rpartition("/")[2].partition(":")
        # "If the revision is not specified, then the latest active revision is used." – model
        for one in reversed(self.revisions):
            same = one["jobDefinitionName"] == name and revision in {"", str(one["revision"])}
            if same and one["status"] == "ACTIVE":
                return one
        raise Refused(f"JobDefinition {wanted} does not exist")

    def describe_job_definitions(self, request):
        found = self.revisions
        if wanted := request.get("jobDefinitions"):
            names = {entry.rpartition("/")[2] for entry in wanted}
            found = [one for one in found if f"{one['jobDefinitionName']}:{one['revision']}" in names]
        if name := request.get("jobDefinitionName"):
            found = [one for one in found if one["jobDefinitionName"] == name]
        if status := request.get("status"):
            found = [one for one in found if one["status"] == status]
        # "DescribeJobDefinitions returns up to 100 results and a nextToken value if applicable." – model
        start, most = int(request.get("nextToken", 0)), min(request.get("maxResults", 100), 100)
        answer = {"jobDefinitions": found[start : start + most]}
        if start + most < len(found):
            answer["nextToken"] = str(start + most)
        return answer

    def deregister_job_definition(self, request):
        self.find(request["jobDefinition"])["status"] = "INACTIVE"
        return {}
