"""Whether the credential may do what runs need, by IAM's own simulation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from grid_jupyter.clusters.aws.account.policies import user_policy
from grid_jupyter.clusters.aws.refusals import code_of
from grid_jupyter.core.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Case

_UNABLE = frozenset({"AccessDenied", "AccessDeniedException", "NoSuchEntity", "InvalidInput"})


def check_permissions(case: Case) -> Iterator[Finding]:
    """Name the actions that are missing."""
    from botocore.exceptions import ClientError

    cloud = case.cloud
    principal = _principal(cloud.identity[1])
    if principal is None:
        yield Finding("permissions", Level.OK, "the root user may do everything")
        return
    missing: list[str] = []
    try:
        for statement in user_policy(cloud.account, cloud.partition)["Statement"]:
            missing += _missing(case, principal, statement)
    except ClientError as error:
        if code_of(error) not in _UNABLE:
            raise
        told = "they cannot be looked at without iam:SimulatePrincipalPolicy; what is missing is told when it is needed"
        yield Finding("permissions", Level.WARNING, told)
        return
    if missing:
        yield Finding("permissions", Level.PROBLEM, f"allow {', '.join(sorted(missing))}; docs/aws.md has all")
    else:
        yield Finding("permissions", Level.OK, "all that runs need")


def _missing(case: Case, principal: str, statement: dict[str, Any]) -> list[str]:
    """Return the actions of a statement that are not allowed on what it names."""
    asked = statement["Action"]
    actions = [asked] if isinstance(asked, str) else asked
    named = statement["Resource"]
    resources = [_example(one, case.cloud.region) for one in ([named] if isinstance(named, str) else named)]
    answer = case.cloud.iam.simulate_principal_policy(
        PolicySourceArn=principal,
        ActionNames=actions,
        ResourceArns=resources,
        ContextEntries=_context(statement.get("Condition", {}).get("StringEquals", {})),
    )
    # An action is for one kind of the things that the statement names.
    allowed = {one["EvalActionName"] for one in answer["EvaluationResults"] if one["EvalDecision"] == "allowed"}
    return [action for action in actions if action not in allowed]


def _example(pattern: str, region: str) -> str:
    """Return something that a pattern of ARNs fits."""
    if pattern == "*":
        return pattern
    parts = pattern.split(":", 5)
    parts[3] = parts[3].replace("*", region)
    return ":".join(parts).replace("*", "doctor")


def _context(condition: dict[str, Any]) -> list[dict[str, Any]]:
    values = {key: value if isinstance(value, str) else value[0] for key, value in condition.items()}
    return [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in values.items()
    ]


def _principal(arn: str) -> str | None:
    """Return the ARN whose permissions count: of a session the role's; ``None`` for root."""
    if arn.endswith(":root"):
        return None
    session = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.+", arn)
    return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else arn
