"""Job definitions: what a trial's container is, by a name that is a digest of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import told_plainly

from .names import LOG_GROUP, MANAGED, PREFIX, execution_role, trial_role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .cloud import Cloud
    from .share import Share

CACHE = "/grid"
"""The directory of a machine that its trials share, in containers and outside of them."""

LOST_EXIT_CODE = 75
"""How the agent ends when the machine is taken away; AWS Batch then tries again."""

DEFAULT_ATTEMPTS = 10
"""The most that AWS Batch allows."""

_SCRATCH = "/scratch"


@dataclass(frozen=True)
class Container:
    """What a trial's container is.

    Attributes:
        image: Its image.
        share: What it gets of its machine.
        agent: The key of the agent in the bucket.
        bootstrap: The Python source that fetches the agent and runs it.
        scratch: Where the machine's extra disk is mounted; ``None`` for nowhere.
        secrets: ARNs by the environment variables that get the secrets' values.
        attempts: How often AWS Batch starts a trial that the cluster takes away, 1 to 10.
    """

    image: str
    share: Share
    agent: str
    bootstrap: str
    scratch: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    attempts: int = DEFAULT_ATTEMPTS


@told_plainly()
def ensure_definition(cloud: Cloud, container: Container) -> str:
    """Return the name of the job definition of such a container, which is made if there is none.

    Made twice at the same time, it has two versions of one content.

    Raises:
        CredentialError: The credential may not do this.
        ServiceError: AWS did not do it.
    """
    request = definition_request(cloud, container)
    name: str = request["jobDefinitionName"]
    if not cloud.batch.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"]:
        cloud.batch.register_job_definition(**request)
    return name


def definition_request(cloud: Cloud, container: Container) -> dict[str, Any]:
    """Return what AWS Batch is asked for."""
    request: dict[str, Any] = {
        "type": "container",
        "platformCapabilities": ["EC2"],
        "containerProperties": _properties(cloud, container),
        "retryStrategy": {
            "attempts": container.attempts,
            # What matches none of them would be tried again, so that the last one matches all.
            "evaluateOnExit": [
                {"onStatusReason": "Host EC2*", "action": "RETRY"},
                {"onExitCode": str(LOST_EXIT_CODE), "action": "RETRY"},
                {"onReason": "DockerTimeoutError*", "action": "RETRY"},
                {"onReason": "*", "action": "EXIT"},
            ],
        },
        "propagateTags": True,
        "tags": dict(MANAGED),
    }
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    return {"jobDefinitionName": f"{PREFIX}{digest[:24]}", **request}


def _properties(cloud: Cloud, container: Container) -> dict[str, Any]:
    share = container.share
    environment = {
        "AWS_DEFAULT_REGION": cloud.region,
        "GRID_AGENT": container.agent,
        "GRID_BUCKET": cloud.bucket.name,
        "GRID_BUCKET_OWNER": cloud.account,
        "GRID_CACHE": CACHE,
    }
    needs = {"VCPU": share.vcpus, "MEMORY": share.memory, "GPU": share.gpus}
    mounts = {"cache": (CACHE, CACHE)} | ({"scratch": (_SCRATCH, container.scratch)} if container.scratch else {})
    properties = {
        "image": container.image,
        "command": ["python3", "-c", container.bootstrap],
        "jobRoleArn": _role(cloud, trial_role(cloud.region)),
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "resourceRequirements": [{"type": kind, "value": str(need)} for kind, need in needs.items() if need],
        "linuxParameters": {"initProcessEnabled": True, "sharedMemorySize": share.shared_memory},
        "volumes": [{"name": name, "host": {"sourcePath": host}} for name, (host, _) in mounts.items()],
        "mountPoints": [{"sourceVolume": name, "containerPath": inside} for name, (_, inside) in mounts.items()],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": LOG_GROUP,
                "awslogs-region": cloud.region,
                "mode": "non-blocking",  # a trial never waits for a log
                "max-buffer-size": "4m",
            },
        },
    }
    if container.secrets:
        properties["executionRoleArn"] = _role(cloud, execution_role(cloud.region))
        properties["secrets"] = [{"name": name, "valueFrom": arn} for name, arn in sorted(container.secrets.items())]
    return properties


def _role(cloud: Cloud, name: str) -> str:
    return f"arn:{cloud.partition}:iam::{cloud.account}:role/{name}"
