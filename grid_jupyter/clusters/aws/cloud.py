"""The services of one AWS account in one region."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import find_credential, open_session, renew_keys, told_plainly
from grid_jupyter.remote.agent.bucket import Bucket

from .names import bucket_name

if TYPE_CHECKING:
    import boto3

    from grid_jupyter.core.settings import Settings

_ATTEMPTS = 12


class Cloud:
    """Clients of the services that are used, made when they are first used.

    They wait and try again where AWS says that it is asked too often. Calls may raise what botocore raises: callers put
    ``told_plainly`` around them.

    Args:
        session: What has the credentials and the region.
        profile: The profile that they come from, if it is not the usual one.
    """

    def __init__(self, session: boto3.Session, profile: str | None = None) -> None:
        self._session = session
        self._profile = profile

    @classmethod
    def open(cls, settings: Settings, credential: str | None = None, region: str | None = None) -> Cloud:
        """Return the account that a credential of the user's leads to.

        Args:
            settings: The user's settings.
            credential: What ``--credential`` says.
            region: The region, where it is not that of the credential or the settings.

        Raises:
            CredentialError: There is none, or it cannot be used.
        """
        return cls(open_session(settings, credential, region), find_credential(settings, credential).profile)

    @property
    def region(self) -> str:
        """The region's name."""
        return str(self._session.region_name)

    @cached_property
    def identity(self) -> tuple[str, str]:
        """The account's number, and the ARN of who asks.

        Raises:
            CredentialError: AWS does not accept the credential.
            ServiceError: AWS does not answer.
        """
        with told_plainly():
            answer = self.client("sts").get_caller_identity()
        return str(answer["Account"]), str(answer["Arn"])

    @property
    def account(self) -> str:
        """The account's number."""
        return self.identity[0]

    @property
    def partition(self) -> str:
        """``aws``, or the name of another set of regions, as it stands in ARNs."""
        return self.identity[1].split(":")[1]

    @cached_property
    def bucket(self) -> Bucket:
        """The account's bucket of ours, which need not exist yet."""
        return Bucket(self.client("s3"), bucket_name(self.account, self.region), self.account)

    @cached_property
    def batch(self) -> Any:  # noqa: ANN401  (made at run time)
        """AWS Batch."""
        return self.client("batch")

    @cached_property
    def ec2(self) -> Any:  # noqa: ANN401
        """EC2: machines, networks, spot prices."""
        return self.client("ec2")

    @cached_property
    def iam(self) -> Any:  # noqa: ANN401
        """IAM: roles."""
        return self.client("iam")

    @cached_property
    def logs(self) -> Any:  # noqa: ANN401
        """CloudWatch Logs."""
        return self.client("logs")

    @cached_property
    def quotas(self) -> Any:  # noqa: ANN401
        """Service Quotas."""
        return self.client("service-quotas")

    def renew(self) -> None:
        """Take up keys that were renewed in AWS's own files, where they do not renew themselves."""
        renew_keys(self._session, self._profile)

    def client(self, service: str, *, attempts: int = _ATTEMPTS) -> Any:  # noqa: ANN401
        """Return a new client of a service.

        Args:
            service: The service's name, as boto3 knows it.
            attempts: How often a call is tried in all; once where to repeat it would do something twice.
        """
        from botocore.config import Config

        from grid_jupyter import __version__

        config = Config(
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=20,
            retries={"mode": "adaptive", "total_max_attempts": attempts},
            user_agent_extra=f"grid-jupyter/{__version__}",
        )
        return self._session.client(service, config=config)  # type: ignore[call-overload]
