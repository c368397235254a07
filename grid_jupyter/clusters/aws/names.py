"""What everything that is made in an account is called: a newcomer to the account can tell it by its name.

All that can carry tags carries ``MANAGED`` too, which permissions and the take-down go by.
"""

from __future__ import annotations

PREFIX = "grid-"
"""How every name starts, but for the log group's."""

INSTANCE_ROLE = "grid-instance"
"""The role, and instance profile, of the machines."""

TRIAL_ROLE = "grid-trial"
"""The role of trials: their own run's files in the bucket, and nothing else."""

EXECUTION_ROLE = "grid-execution"
"""The role that reads secrets for a trial and hands them to it."""

SECURITY_GROUP = "grid-trials"
"""The security group of the machines, which lets nothing in."""

LOG_GROUP = "/grid/trials"
"""Where containers log what happens before a trial's own log is there."""

MANAGED = {"grid:managed": "true"}
"""The tag of all that is ours."""


def bucket_name(account: str, region: str) -> str:
    """Return the name of the bucket, which is the account's in that region."""
    return f"{PREFIX}{account}-{region}"
