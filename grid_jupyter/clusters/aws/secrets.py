"""Secrets of trials: the variables that get them name where they are kept, and nothing of ours ever has their values.

In AWS a variable's value can be seen by whoever may look at the account's jobs or its bucket.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grid_jupyter.core.settings_file import settings_path
from grid_jupyter.errors import ConfigError
from grid_jupyter.remote.secrets import find_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Options

SECRET_ARN = re.compile(r"arn:[a-z-]+:(?:secretsmanager:[a-z0-9-]+:\d{12}:secret:|ssm:[a-z0-9-]+:\d{12}:parameter/)\S+")
"""Where a secret is kept: in Secrets Manager or Parameter Store."""


def references(environment: Mapping[str, str]) -> dict[str, str]:
    """Return those variables whose values are ARNs of secrets, which are to get what is kept there."""
    return {name: value for name, value in environment.items() if SECRET_ARN.fullmatch(value)}


def plain(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the other variables, whose values are what they are."""
    return {name: value for name, value in environment.items() if not SECRET_ARN.fullmatch(value)}


def refuse_secrets(environment: Mapping[str, str], options: Options, cluster: str) -> None:
    """Refuse variables that look like secrets, and references to secrets that trials may not read.

    Args:
        environment: The variables that a run's configuration sets.
        options: What the settings say of the cluster.
        cluster: The cluster's name.

    Raises:
        ConfigError: There is one.
    """
    table = f"[clusters.{cluster}.secrets] in {settings_path()}"
    if name := find_secret(plain(environment)):
        raise ConfigError(
            f"environment: {name} looks like a secret, and whoever looks into the AWS account could read it; keep "
            f'it in AWS Secrets Manager and write {name} = "arn:aws:secretsmanager:…" below {table}'
        )
    for name, arn in references(environment).items():
        if arn not in options.secrets.values():
            raise ConfigError(
                f"environment: {name} names a secret that trials may not read; name it below {table} too, and run "
                "grid aws setup again"
            )
