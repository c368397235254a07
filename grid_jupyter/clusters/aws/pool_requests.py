"""A pool as AWS is asked for it: a launch template, a compute environment and a queue of one name.

The name ends in a digest of all that cannot be changed afterwards, so that another wish is another pool.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .images import OUTDATED
from .names import MANAGED, PREFIX, instance_role
from .user_data import user_data

if TYPE_CHECKING:
    from grid_jupyter.core.machines import Machine

    from .network import Network

ROOT_DEVICE = "/dev/xvda"
"""The device of the first disk, in AWS's own machine images."""

SPEC_TAG = "grid:spec"
"""The tag that tells for which wish a thing was made."""

_SCRATCH_DEVICE = "/dev/sdf"
_SPARE_GB = 50  # inside a machine, for code and environments beside an extra disk's content
_HOPELESS = ("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
_HOPELESS_AFTER = 600


@dataclass(frozen=True)
class PoolWish:
    """Machines that a run wants.

    Attributes:
        machine: Their type.
        spot: Whether AWS may take them away, for a lower price.
        disk_gb: The disk of each.
        scratch_gb: An extra disk of each; 0 for none.
        max_vcpus: Virtual CPUs of all that the run can use at once; 0 for one machine's.
    """

    machine: Machine
    spot: bool = False
    disk_gb: int = 200
    scratch_gb: int = 0
    max_vcpus: int = 0


@dataclass(frozen=True)
class Pool:
    """What AWS is asked for.

    Attributes:
        wish: The machines.
        network: Where they start.
        ami: The machine image; ``None`` for the newest of AWS Batch's own.
        root_device: The device of the first disk in that image.
    """

    wish: PoolWish
    network: Network
    ami: str | None = None
    root_device: str = ROOT_DEVICE

    @cached_property
    def spec(self) -> str:
        """A digest of all that makes it what it is."""
        content = json.dumps([self._template, self._resources], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The name of its parts: ``grid-g6-12xlarge-spot-1a2b3c4d``."""
        kind = self.wish.machine.name.replace(".", "-")
        return f"{PREFIX}{kind}-{'spot' if self.wish.spot else 'od'}-{self.spec[:8]}"

    @property
    def tags(self) -> dict[str, str]:
        """What marks its parts."""
        return {**MANAGED, SPEC_TAG: self.spec}

    def template(self) -> dict[str, Any]:
        """Return the request for the launch template."""
        named = {"Key": "Name", "Value": self.name}
        marked = [named, *({"Key": key, "Value": value} for key, value in MANAGED.items())]
        data = dict(self._template)
        data["TagSpecifications"] = [{"ResourceType": kind, "Tags": marked} for kind in ("instance", "volume")]
        own = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return {
            "LaunchTemplateName": self.name,
            "LaunchTemplateData": data,
            "TagSpecifications": [{"ResourceType": "launch-template", "Tags": own}],
        }

    def environment(self, template: str, most: int) -> dict[str, Any]:
        """Return the request for the compute environment.

        Args:
            template: The launch template's id.
            most: Virtual CPUs of all machines at once.
        """
        return {
            "computeEnvironmentName": self.name,
            "type": "MANAGED",
            "state": "ENABLED",
            "computeResources": {
                **self._resources,
                "maxvCpus": most,
                "launchTemplate": {"launchTemplateId": template, "version": "1"},
                "tags": {**MANAGED, "Name": self.name},
            },
            "tags": self.tags,
        }

    def queue(self) -> dict[str, Any]:
        """Return the request for the queue. Jobs that can never start are ended; those that wait for room are not."""
        action = {"state": "RUNNABLE", "maxTimeSeconds": _HOPELESS_AFTER, "action": "CANCEL"}
        return {
            "jobQueueName": self.name,
            "state": "ENABLED",
            "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": self.name}],
            "jobStateTimeLimitActions": [{"reason": reason, **action} for reason in _HOPELESS],
            "tags": self.tags,
        }

    @cached_property
    def _template(self) -> dict[str, Any]:
        wish = self.wish
        disks = [(self.root_device, wish.disk_gb)]
        if wish.scratch_gb and wish.machine.local_disk_gb < wish.scratch_gb + _SPARE_GB:
            disks.append((_SCRATCH_DEVICE, wish.scratch_gb))
        return {
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
            "BlockDeviceMappings": [
                {
                    "DeviceName": device,
                    "Ebs": {"VolumeType": "gp3", "VolumeSize": size, "Encrypted": True, "DeleteOnTermination": True},
                }
                for device, size in disks
            ],
            "UserData": base64.b64encode(user_data().encode()).decode(),
        }

    @cached_property
    def _resources(self) -> dict[str, Any]:
        kind = "ECS_AL2023_NVIDIA" if self.wish.machine.gpus else "ECS_AL2023"
        if self.wish.machine.accelerator in OUTDATED:
            kind = "ECS_AL2_NVIDIA"  # with an image of the user's own; the newer kind refuses these machines
        return {
            "type": "SPOT" if self.wish.spot else "EC2",
            "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED" if self.wish.spot else "BEST_FIT_PROGRESSIVE",
            "minvCpus": 0,
            "instanceTypes": [self.wish.machine.name],
            "subnets": list(self.network.subnets),
            "securityGroupIds": [self.network.group],
            "instanceRole": instance_role(self.network.region),
            "ec2Configuration": [{"imageType": kind, **({"imageIdOverride": self.ami} if self.ami else {})}],
        }
