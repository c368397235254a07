"""What everything that is made in an account is called: a newcomer to the account can tell it by its name.

All that can carry tags carries ``MANAGED`` too, which permissions and the take-down go by.
"""

from __future__ import annotations

PREFIX = "grid-"
"""How every name starts, but for the log group's."""

SECURITY_GROUP = "grid-trials"
"""The security group of the machines, which lets nothing in."""

LOG_GROUP = "/grid/trials"
"""Where containers log what happens before a trial's own log is there."""

MANAGED = {"grid:managed": "true"}
"""The tag of all that is ours."""


def instance_role(region: str) -> str:
    """Return the name of the role, and instance profile, of a region's machines."""
    return f"{PREFIX}instance-{region}"


def trial_role(region: str) -> str:
    """Return the name of the role of a region's trials: the files of runs in the bucket, and nothing else."""
    return f"{PREFIX}trial-{region}"


def execution_role(region: str) -> str:
    """Return the name of the role that reads secrets for a region's trials and hands them over."""
    return f"{PREFIX}execution-{region}"


def bucket_name(account: str, region: str) -> str:
    """Return the name of the bucket, which is the account's in that region."""
    return f"{PREFIX}{account}-{region}"
