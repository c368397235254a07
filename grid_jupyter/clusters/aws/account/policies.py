"""Who may do what, in IAM's words: as little as works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.clusters.aws.names import LOG_GROUP, MANAGED, PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

_MANAGED_TAG = {f"aws:ResourceTag/{key}": value for key, value in MANAGED.items()}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: str | list[str], resources: str | list[str], **condition: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a statement that allows something."""
    extra = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **extra}


def trust(service: str, account: str | None = None) -> dict[str, Any]:
    """Return by whom a role may be taken on: a service, for one account alone if that is named."""
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": account}}} if account else {}
    return policy(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"} | condition,
    )


def trial_policy(partition: str, bucket: str) -> dict[str, Any]:
    """Return what a trial may: read code, data and runs, and write what belongs to runs; delete nothing."""
    arn = f"arn:{partition}:s3:::{bucket}"
    return policy(
        allow("s3:GetObject", [f"{arn}/{folder}/*" for folder in ("agent", "code", "datastores", "runs")]),
        allow(["s3:PutObject", "s3:AbortMultipartUpload"], f"{arn}/runs/*"),
        allow("s3:ListBucket", arn, StringLike={"s3:prefix": ["datastores/*", "runs/*"]}),
    )


def secrets_policy(arns: Iterable[str]) -> dict[str, Any]:
    """Return which secrets may be read to be given to trials."""
    by_action: dict[str, list[str]] = {"secretsmanager:GetSecretValue": [], "ssm:GetParameters": []}
    for arn in sorted(set(arns)):
        action = "ssm:GetParameters" if ":ssm:" in arn else "secretsmanager:GetSecretValue"
        # A reference to a secret may go on with the key and the version that are meant.
        by_action[action].append(arn if ":ssm:" in arn else ":".join(arn.split(":")[:7]))
    return policy(*(allow(action, found) for action, found in by_action.items() if found))


def encrypted_only(partition: str, bucket: str) -> dict[str, Any]:
    """Return the policy of a bucket that refuses connections which are not encrypted."""
    arn = f"arn:{partition}:s3:::{bucket}"
    return policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def user_policy(account: str, partition: str = "aws") -> dict[str, Any]:
    """Return what whoever launches runs must be allowed, once the account is set up."""
    batch = f"arn:{partition}:batch:*:{account}"
    own = [f"{batch}:{kind}/{PREFIX}*" for kind in ("compute-environment", "job-definition", "job-queue")]
    bucket = f"arn:{partition}:s3:::{PREFIX}{account}-*"
    templates = f"arn:{partition}:ec2:*:{account}:launch-template/*"
    return policy(
        {"Sid": "Look", **allow(_LOOK, "*")},
        {"Sid": "Pools", **allow(_POOLS, [*own, f"{batch}:job/*"])},
        {"Sid": "Stop", **allow(_STOP, f"{batch}:job/*", StringEquals=dict(_MANAGED_TAG))},
        {"Sid": "Templates", **allow("ec2:CreateLaunchTemplate", templates)},
        {
            "Sid": "Tags",
            **allow("ec2:CreateTags", templates, StringEquals={"ec2:CreateAction": "CreateLaunchTemplate"}),
        },
        {
            "Sid": "OwnTemplates",
            **allow("ec2:DeleteLaunchTemplate", templates, StringEquals=dict(_MANAGED_TAG)),
        },
        {
            "Sid": "Pass",
            **allow(
                "iam:PassRole",
                f"arn:{partition}:iam::{account}:role/{PREFIX}*",
                StringEquals={"iam:PassedToService": ["batch.amazonaws.com", *_PASSED_ON]},
            ),
        },
        {"Sid": "Bucket", **allow(_BUCKET, [bucket, f"{bucket}/*"])},
        {"Sid": "Logs", **allow("logs:GetLogEvents", f"arn:{partition}:logs:*:{account}:log-group:{LOG_GROUP}:*")},
    )


def actions_of(document: dict[str, Any]) -> list[str]:
    """Return the actions that a policy allows, in the order of their names."""
    listed = (statement["Action"] for statement in document["Statement"])
    return sorted({action for found in listed for action in ([found] if isinstance(found, str) else found)})


_PASSED_ON = ("ec2.amazonaws.com", "ecs-tasks.amazonaws.com")
_LOOK = [
    "batch:DescribeComputeEnvironments",
    "batch:DescribeJobDefinitions",
    "batch:DescribeJobQueues",
    "batch:DescribeJobs",
    "batch:GetJobQueueSnapshot",
    "batch:ListJobs",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "pricing:GetProducts",
    "servicequotas:GetServiceQuota",
]
_POOLS = [
    "batch:CreateComputeEnvironment",
    "batch:CreateJobQueue",
    "batch:DeleteComputeEnvironment",
    "batch:DeleteJobQueue",
    "batch:DeregisterJobDefinition",
    "batch:RegisterJobDefinition",
    "batch:SubmitJob",
    "batch:TagResource",
    "batch:UpdateComputeEnvironment",
    "batch:UpdateJobQueue",
]
_STOP = ["batch:CancelJob", "batch:TerminateJob"]
_BUCKET = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketTagging",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
]
SETUP_ACTIONS = [
    "ec2:CreateSecurityGroup",
    "ec2:CreateTags",
    "ec2:DeleteSecurityGroup",
    "ec2:RevokeSecurityGroupIngress",
    "iam:AddRoleToInstanceProfile",
    "iam:AttachRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:CreateRole",
    "iam:CreateServiceLinkedRole",
    "iam:DeleteInstanceProfile",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetInstanceProfile",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRoles",
    "iam:ListRolePolicies",
    "iam:PutRolePolicy",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:ListBucketMultipartUploads",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
]
"""What setting up and taking down must be allowed on top of that."""
