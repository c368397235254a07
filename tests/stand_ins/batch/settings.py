"""What a test may set, while the stand-in runs, by ``POST /_sim/settings``."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

ACCOUNT = "123456789012"


@dataclass
class Settings:
    """How the region is at the moment; times are in seconds.

    Attributes:
        region: The region's name.
        services: Where the other services of AWS answer; jobs get it as AWS_ENDPOINT_URL.
        verify: Whether a compute environment becomes INVALID whose roles and networks are not there.
        setup_seconds: How long a compute environment or a queue is CREATING, UPDATING or DELETING.
        submit_seconds: How long a job is SUBMITTED before it is RUNNABLE.
        boot_seconds: How long a machine boots.
        start_seconds: How long a job is STARTING: the pull of its image.
        idle_seconds: How long a machine without a job is kept.
        stop_seconds: How long a container has from SIGTERM to SIGKILL.
        visible_seconds: How long a new job is not yet seen by DescribeJobs and ListJobs.
        hurry: What timeouts and time limits are divided by; they begin at a minute.
        tps: Requests that are answered a second; 0 for any number.
        no_capacity: Instance types of which there are none; TYPE/SPOT and TYPE/EC2 mean one market.
        quotas: vCPUs by the code of the quota; unlimited where there is none.
        bad_images: Images that cannot be pulled.
        mode: ``process``, or ``podman`` for real containers.
        images: Podman's images that stand for images of job definitions; ``*`` stands for any other.
        podman: Podman's options, such as ``--runtime``.
        path: PATH in a job that is a process.
    """

    region: str = "us-east-1"
    services: str = ""
    verify: bool = True
    setup_seconds: float = 0.05
    submit_seconds: float = 0.02
    boot_seconds: float = 0.2
    start_seconds: float = 0.0
    idle_seconds: float = 3.0
    stop_seconds: float = 30.0
    visible_seconds: float = 0.0
    hurry: float = 1.0
    tps: float = 50
    no_capacity: list = field(default_factory=list)
    quotas: dict = field(default_factory=dict)
    bad_images: list = field(default_factory=list)
    mode: str = "process"
    images: dict = field(default_factory=dict)
    podman: list = field(default_factory=list)
    path: str = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])

    def change(self, wanted):
        """Set what a test wants; a name that there is none of is an error."""
        for name, value in wanted.items():
            getattr(self, name)
            setattr(self, name, value)

    def arn(self, what, service="batch"):
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{what}"
