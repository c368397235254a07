"""What Batch does in the rest of the account: it looks at roles and networks, runs instances, and keeps logs."""

import contextlib
import threading
import time
from fnmatch import fnmatchcase
from functools import cached_property

from botocore.exceptions import ClientError

SERVICE_KEY = "AKIABATCHSERVICEROLE"
# What an event of CloudWatch Logs may hold, less what it is counted with: "256 KB" – CloudWatch Logs quotas
MOST_BYTES = 200_000
FLUSH_SECONDS = 0.5


class Unreadable(OSError):
    """A secret cannot be read."""


class Account:
    """The other services, as Batch's own role sees them.

    Args:
        settings: Where the services answer; without that nothing is looked at and nothing is made.
    """

    def __init__(self, settings):
        self._settings = settings

    def _client(self, service):
        import boto3

        return boto3.client(
            service,
            region_name=self._settings.region,
            endpoint_url=self._settings.services,
            aws_access_key_id=SERVICE_KEY,
            aws_secret_access_key="none",
        )

    @cached_property
    def _ec2(self):
        return self._client("ec2")

    @cached_property
    def _iam(self):
        return self._client("iam")

    @cached_property
    def logs(self):
        return self._client("logs")

    def verify(self, resources):
        """Return what is wrong with what a compute environment is to be made of, or None."""
        # "If you specify … the compute environment … INVALID … CLIENT_ERROR" – user guide, invalid environments
        if not self._settings.services or not self._settings.verify:
            return None
        try:
            profile = resources["instanceRole"].rpartition("/")[2]
            self._iam.get_instance_profile(InstanceProfileName=profile)
            self._ec2.describe_subnets(SubnetIds=resources["subnets"])
            if groups := resources.get("securityGroupIds"):
                self._ec2.describe_security_groups(GroupIds=groups)
            if template := _template(resources):
                versions = self._ec2.describe_launch_template_versions(
                    **_named(template), Versions=[template["Version"]]
                )
                if not versions["LaunchTemplateVersions"]:
                    return f"launch template version {template['Version']} does not exist"
        except ClientError as error:
            return error.response["Error"]["Message"]
        return None

    def secret(self, arn, role):
        """Return a secret that a role may read; of others tell what ECS tells."""
        # "ResourceInitializationError: unable to pull secrets or registry auth" – ECS developer guide, stopped tasks
        try:
            if not self._may_read(role.rpartition("/")[2], arn):
                raise Unreadable("AccessDeniedException")
            if ":ssm:" in arn:
                name = arn.partition(":parameter")[2]
                return self._client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
            return self._client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        except ClientError as error:
            raise Unreadable(error.response["Error"]["Code"]) from error

    def _may_read(self, role, arn):
        """Whether one of a role's own policies names a secret. Conditions and denials are not looked at."""
        for name in self._iam.list_role_policies(RoleName=role)["PolicyNames"]:
            policy = self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in policy["Statement"]:
                named = statement.get("Resource", [])
                if any(fnmatchcase(arn, one) for one in ([named] if isinstance(named, str) else named)):
                    return True
        return False

    def run_instance(self, name, resources):
        """Run an instance for a compute environment; return its id, or None without services."""
        if not self._settings.services:
            return None
        tags = [{"Key": key, "Value": value} for key, value in resources.get("tags", {}).items()]
        template = _template(resources)
        answer = self._ec2.run_instances(
            ImageId=resources.get("imageId", "ami-00000000"),
            InstanceType=name,
            MinCount=1,
            MaxCount=1,
            **({"LaunchTemplate": template} if template else {}),
            **({"SecurityGroupIds": groups} if (groups := resources.get("securityGroupIds")) else {}),
            **({"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]} if tags else {}),
        )
        return answer["Instances"][0]["InstanceId"]

    def end_instance(self, instance):
        """Terminate an instance."""
        if self._settings.services:
            self._ec2.terminate_instances(InstanceIds=[instance])


def _template(resources):
    """Return the launch template of a compute environment in EC2's words, or None."""
    given = resources.get("launchTemplate")
    if not given:
        return None
    # "The version number of the launch template, $Default, or $Latest. … If the value is … an empty string, the default
    # version of the launch template is used." – model
    words = {"launchTemplateId": "LaunchTemplateId", "launchTemplateName": "LaunchTemplateName"}
    named = {words[key]: given[key] for key in words if key in given}
    return named | {"Version": given.get("version") or "$Default"}


def _named(template):
    return {key: value for key, value in template.items() if key != "Version"}


class Logs:
    """The thread that takes what containers write to CloudWatch Logs, where a job definition says so."""

    def __init__(self, account, settings):
        self._account, self._settings = account, settings
        self._followed = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)
        self._thread.start()

    def follow(self, placement):
        """Begin with a container."""
        driver = placement.job.container.get("logConfiguration", {}).get("logDriver")
        if driver == "awslogs" and self._settings.services:
            self._followed[placement] = 0

    def close(self):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(FLUSH_SECONDS):
            for placement in list(self._followed):
                self._take(placement)

    def _take(self, placement):
        over, offset = placement.over, self._followed[placement]
        with contextlib.suppress(FileNotFoundError, ClientError), placement.log.open("rb") as file:
            file.seek(offset)
            data = file.read(MOST_BYTES)
            # The agent's driver sends whole lines.
            data = data if over and len(data) < MOST_BYTES else data[: data.rfind(b"\n") + 1]
            if data:
                self._put(placement, data.decode(errors="replace").splitlines(), first=not offset)
                self._followed[placement] = offset + len(data)
                return
        if over:
            del self._followed[placement]

    def _put(self, placement, lines, *, first):
        named = {"logGroupName": placement.log_group, "logStreamName": placement.log_stream}
        if first:
            self._account.logs.create_log_stream(**named)
        at = int(time.time() * 1000)
        events = [{"timestamp": at, "message": line} for line in lines if line]
        if events:
            self._account.logs.put_log_events(**named, logEvents=events)
