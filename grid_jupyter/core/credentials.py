"""The AWS credentials that there are, and whether one works. Keys are never shown."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .boto import make_client, open_session, region_of, told_plainly, within
from .units import format_time_left

if TYPE_CHECKING:
    from .settings import NamedCredential, Settings

_PATIENCE = 20.0  # seconds


@dataclass(frozen=True)
class Source:
    """Where the credentials of a name come from.

    Attributes:
        name: What ``--credential`` takes.
        source: ``settings``, or ``profile`` for one of AWS's own.
        credential: What is known of it.
    """

    name: str
    source: str
    credential: NamedCredential

    def to_json(self) -> dict[str, Any]:
        """Return it as ``--format json`` shows it."""
        known = self.credential
        return {
            "name": self.name,
            "source": self.source,
            "profile": known.profile,
            "role_arn": known.role_arn,
            "region": known.region,
        }


@dataclass(frozen=True)
class Identity:
    """Who a credential is, as AWS says.

    Attributes:
        name: Its name; ``None`` for the one that holds without ``--credential``.
        account: The account's number.
        identity: The user or role.
        region: The region that holds for it.
        method: How it was found, in botocore's words: ``sso``, ``assume-role``.
        expires: When it ends, in UTC seconds; ``None`` where it does not, or renews itself.
    """

    name: str | None
    account: str
    identity: str
    region: str
    method: str
    expires: float | None

    def to_json(self) -> dict[str, Any]:
        """Return it as ``--format json`` shows it."""
        return dict(vars(self))

    def text(self) -> str:
        """Return it in a sentence."""
        told = f"{self.name or 'the usual credential'}: {self.identity} in account {self.account}, region {self.region}"
        if self.expires is None:
            return f"{told} ({self.method})."
        return f"{told} ({self.method}); ends in {format_time_left(self.expires - time.time())}."


def list_credentials(settings: Settings) -> list[Source]:
    """Return all names that ``--credential`` takes; the settings' come first, and win over profiles."""
    import botocore.session

    from .settings import NamedCredential

    own = [Source(name, "settings", known) for name, known in settings.credentials.items()]
    with told_plainly():
        profiles = botocore.session.Session().available_profiles
    rest = [name for name in profiles if name not in settings.credentials]
    return [*own, *(Source(name, "profile", NamedCredential(profile=name)) for name in rest)]


def check_credential(settings: Settings, name: str | None) -> Identity:
    """Ask AWS who a credential is.

    Raises:
        CommandError: There is none of that name.
        CredentialError: AWS does not accept it, or it has expired; the sentence says how to renew it.
        ServiceError: AWS does not answer.
    """

    def ask() -> Identity:
        session = open_session(settings, name)
        with told_plainly():
            answer = make_client(session, "sts").get_caller_identity()
            found: Any = session.get_credentials()
        expires = getattr(found, "_expiry_time", None)  # botocore offers no other way to it
        return Identity(
            name=name,
            account=str(answer["Account"]),
            identity=str(answer["Arn"]).split(":", 5)[5],
            region=str(session.region_name),
            method=str(found.method),
            expires=expires.timestamp() if expires else None,
        )

    return within(_PATIENCE, ask)


def credentials_text(sources: list[Source], settings: Settings) -> str:
    """Return the names as a table, with where each comes from."""
    if not sources:
        return (
            "No AWS credential has a name here. Without one AWS's usual ways hold: AWS_PROFILE, aws configure, "
            "aws sso login. grid credential -h tells more."
        )
    rows = [("name", "comes from", "region")]
    for one in sources:
        known = one.credential
        profile = f"the profile {known.profile}" if known.profile else "AWS's usual ways"
        source = f"the role {known.role_arn} by {profile}" if known.role_arn else profile
        rows.append((one.name, source, region_of(settings, known)))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "\n".join(f"{name:<{widths[0]}}  {source:<{widths[1]}}  {region}" for name, source, region in rows)
