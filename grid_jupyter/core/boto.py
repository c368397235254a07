"""AWS sessions from the user's own credentials, and AWS's errors in sentences.

Credentials come from where AWS's own tools find them, or from the profile or role that ``[credentials.NAME]`` of the
settings names. They are never kept, printed or handed on.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from grid_jupyter.errors import CommandError, CredentialError, ServiceError

from .settings import NamedCredential
from .settings_file import settings_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3

    from .settings import Settings

FALLBACK_REGION = "us-east-1"
_T = TypeVar("_T")
_UNKNOWN_CREDENTIAL = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
# What has no body, such as the answer to HeadBucket, tells its status alone.
_DENIED = frozenset({"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def find_credential(settings: Settings, name: str | None) -> NamedCredential:
    """Return what ``--credential NAME`` means: a table of the settings, else a profile of AWS's own configuration.

    Raises:
        CommandError: There is neither.
    """
    if name is None:
        return NamedCredential()
    if name in settings.credentials:
        return settings.credentials[name]
    from difflib import get_close_matches

    import botocore.session

    profiles = botocore.session.Session().available_profiles
    if name in profiles:
        return NamedCredential(profile=name)
    known = [*settings.credentials, *profiles]
    near = get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]}" if near else f"there is {', '.join(known)}" if known else "there is none yet"
    raise CommandError(
        f"--credential {name}: no [credentials.{name}] in {settings_path()} and no AWS profile of that name; {advice}"
    )


def open_session(settings: Settings, name: str | None = None, region: str | None = None) -> boto3.Session:
    """Return a session that has credentials, in the region that holds for them.

    Args:
        settings: The user's settings.
        name: What ``--credential`` says.
        region: The region, whatever else says so.

    Raises:
        CredentialError: There are none, or they cannot be used.
    """
    import boto3

    credential = find_credential(settings, name)
    with told_plainly():
        session = boto3.Session(profile_name=credential.profile, region_name=region or region_of(settings, credential))
        if session.get_credentials() is None:
            raise CredentialError(
                "no AWS credentials were found: run aws configure or aws sso login, set AWS_PROFILE, "
                f"or name a profile under [credentials.NAME] in {settings_path()}"
            )
        return _assume(session, credential, credential.role_arn) if credential.role_arn else session


def renew_keys(session: boto3.Session, profile: str | None = None) -> None:
    """Take up keys that other tools have written anew since a session was opened; its clients get them too.

    What comes from a login or a role renews itself, and is left alone.

    Args:
        session: The session.
        profile: The profile that its keys come from, if it is not the usual one.
    """
    import boto3
    from botocore.credentials import Credentials
    from botocore.exceptions import BotoCoreError

    known: Any = session.get_credentials()
    if type(known) is not Credentials:
        return
    with suppress(BotoCoreError):  # what is half written is read again
        fresh: Any = boto3.Session(profile_name=profile).get_credentials()
        if fresh:
            keys = fresh.get_frozen_credentials()
            known.access_key, known.secret_key, known.token = keys.access_key, keys.secret_key, keys.token


def region_of(settings: Settings, credential: NamedCredential | None = None) -> str:
    """Return the region: the credential's, the settings', that of AWS's own configuration, else us-east-1."""
    if credential and credential.region:
        return credential.region
    return settings.region or configured_region(credential.profile if credential else None)[0]


def configured_region(profile: str | None = None) -> tuple[str, str]:
    """Return the region of AWS's own configuration, else us-east-1; and where it comes from."""
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if region := os.environ.get(variable):
            return region, variable
    import botocore.session

    with told_plainly():
        region = botocore.session.Session(profile=profile).get_config_variable("region")
    return (region, "AWS's configuration") if region else (FALLBACK_REGION, "default")


def _assume(session: boto3.Session, credential: NamedCredential, role: str) -> boto3.Session:
    """Return a session with the credentials of a role, which are renewed when they expire."""
    import boto3
    import botocore.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    extra = {"RoleSessionName": "grid-jupyter"}
    if credential.external_id:
        extra["ExternalId"] = credential.external_id
    base = botocore.session.Session(profile=credential.profile)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(base.create_client, region_name=session.region_name),
        source_credentials=session.get_credentials(),
        role_arn=role,
        extra_args=extra,
    )
    assumed: Any = botocore.session.Session()
    # The way that botocore itself keeps credentials which renew themselves; it offers no public one.
    assumed._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")  # noqa: SLF001
    return boto3.Session(botocore_session=assumed, region_name=session.region_name)


def make_client(session: boto3.Session, service: str, region: str | None = None) -> Any:  # noqa: ANN401  (made at run time)
    """Return a client that gives up soon: two attempts, of a few seconds each."""
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"})
    return session.client(service, region_name=region or session.region_name, config=config)  # type: ignore[call-overload]


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what botocore raises into a sentence.

    AWS's own messages are left out: they name accounts and roles, and notebooks are shared.

    Raises:
        CredentialError: The credential is missing, expired, or may not do this.
        ServiceError: AWS did not answer, or not as it should.
    """
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        yield
    except exceptions.ProfileNotFound as error:
        raise CredentialError(f"AWS knows no profile {error.kwargs['profile']!r}; aws configure makes one") from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise CredentialError(f"the AWS credentials are incomplete: {error}; run aws configure") from None
    except (exceptions.SSOError, exceptions.TokenRetrievalError):
        raise CredentialError("the login at AWS has expired, or there was none yet; run aws sso login") from None
    except exceptions.ClientError as error:
        raise _told(error) from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise ServiceError(
            f"AWS did not answer ({type(error).__name__}); look at the connection and try again"
        ) from None
    except ResponseParserError:
        raise ServiceError("what answered is not AWS; look at the region and at what is between") from None
    except exceptions.BotoCoreError as error:
        # What is left are faults of the configuration: a login that has expired, a file that cannot be read.
        told = " ".join(str(error).split())
        raise CredentialError(f"the AWS configuration or credentials cannot be used: {told[:200]}") from None


def _told(error: Any) -> CredentialError | ServiceError:  # noqa: ANN401  (a type of botocore, imported late)
    code = str(error.response.get("Error", {}).get("Code", "unknown"))[:60]
    if code in _DENIED:
        return CredentialError(f"AWS denies {error.operation_name}; the credential needs that permission")
    if code in _UNKNOWN_CREDENTIAL:
        return CredentialError(f"AWS does not accept the credentials ({code}); renew them, as with aws sso login")
    return ServiceError(f"AWS refused {error.operation_name} ({code}); try again")


def within(seconds: float, work: Callable[[], _T]) -> _T:
    """Do some work in a thread and return what it returns; leave it alone when it takes longer.

    The timeouts of sockets do not cover everything: a name server may hang, and a credential may come from a program.

    Raises:
        ServiceError: It takes longer.
    """
    results: list[_T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  (raised again below)
            failures.append(error)

    thread = threading.Thread(target=run, name="grid-aws", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if not results:
        raise ServiceError(f"AWS did not answer within {seconds:g} s; look at the connection and try again")
    return results[0]
