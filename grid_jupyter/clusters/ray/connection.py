"""Asking a dashboard over HTTP, with every failure as one sentence."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import requests
from requests.utils import get_environ_proxies

from grid_jupyter.errors import CredentialError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .tokens import Token

CONNECTING = 5.0
"""Seconds until a dashboard must have taken a connection."""

ANSWERING = 30.0
"""Seconds within which it must say something."""

_BAD_STATUS = 400
_BROKEN_OFF = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
_DETAILS = re.compile(r'details = "(.+)"')  # of a call between nodes that failed


class Connection:
    """A way to one dashboard; for one thread at a time.

    Args:
        address: As ``dashboard_address`` gives it.
        token: What lets requests in, where the cluster wants it.
    """

    def __init__(self, address: str, token: Token | None) -> None:
        self.address = address
        self.token = token
        self._session = requests.Session()
        # What is sent goes to the dashboard alone: by itself requests would take credentials from ~/.netrc instead, and
        # show them and ours to a proxy. It may carry what is encrypted.
        self._session.trust_env = False
        if address.startswith("https:"):
            self._session.proxies = get_environ_proxies(address)
            self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True

    def ask(
        self,
        method: str,
        path: str,
        *,
        passing: Collection[int] = (),
        seconds: float = ANSWERING,
        open_: bool = False,
        **sent: Any,  # noqa: ANN401  (as requests takes it)
    ) -> requests.Response:
        """Send a request and return the answer.

        Args:
            method: ``GET``, …
            path: From the slash on.
            passing: Which statuses, besides those of success, are for the caller to read.
            seconds: How long it may be silent.
            open_: Send no token.
            sent: ``params``, ``json`` and ``data``; and ``stream``, to take the content later.

        Raises:
            CredentialError: The cluster wants a token, or another one.
            ServiceError: It does not answer, or not as a dashboard does.
        """
        headers = {} if open_ or self.token is None else {"Authorization": f"Bearer {self.token.text}"}
        try:
            answer = self._session.request(
                method,
                f"{self.address}{path}",
                headers=headers,
                timeout=(CONNECTING, seconds),
                allow_redirects=False,  # where it leads may be anybody's
                **sent,
            )
        except requests.RequestException as error:
            raise ServiceError(self._told(error, seconds)) from None
        if answer.status_code in passing:
            return answer
        self.refuse(answer)
        return answer

    def pieces(self, answer: requests.Response) -> Iterator[bytes]:
        """Yield the content of an answer that was asked for with ``stream``, 1 MB at a time, as it comes.

        Raises:
            ServiceError: It breaks off.
        """
        try:
            yield from answer.iter_content(2**20)
        except requests.RequestException as error:
            raise ServiceError(self._told(error, ANSWERING)) from None
        finally:
            answer.close()

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()

    def refuse(self, answer: requests.Response) -> None:
        """Raise what an answer means that is none of success."""
        status = answer.status_code
        if status == requests.codes.unauthorized or (status == requests.codes.forbidden and self.token is None):
            raise CredentialError(
                f"the Ray cluster at {self.address} asks for a token: name a file that holds it with token_file in the "
                "cluster's settings; on the cluster, ray get-auth-token prints it"
            )
        if status == requests.codes.forbidden and self.token is not None:
            raise CredentialError(
                f"the Ray cluster at {self.address} does not take the token of {self.token.source}: name the file of "
                "its own with token_file in the cluster's settings; on the cluster, ray get-auth-token prints it"
            )
        if answer.is_redirect:
            raise ServiceError(
                f"{self.address} leads to another page, perhaps to log in, which is not followed; set address to the "
                "dashboard itself"
            )
        if status >= _BAD_STATUS:
            raise ServiceError(f"the Ray dashboard at {self.address} answered {status}: {reason_of(answer)}")

    def _told(self, error: requests.RequestException, seconds: float) -> str:
        look = (
            "see that the cluster and a tunnel to it run, and that address names its dashboard, usually port 8265 of "
            "the head"
        )
        if isinstance(error, requests.exceptions.SSLError):
            return (
                f"the certificate of {self.address} is not trusted; set REQUESTS_CA_BUNDLE to the file that has the "
                "certificate of whoever signed it"
            )
        if isinstance(error, _BROKEN_OFF):
            return f"the Ray dashboard at {self.address} broke off in the middle of its answer"
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return f"no Ray dashboard answers at {self.address} within {CONNECTING:g} seconds; {look}"
        if isinstance(error, requests.exceptions.Timeout):
            return f"the Ray dashboard at {self.address} has not answered for {seconds:g} seconds; {look}"
        return f"no Ray dashboard answers at {self.address}: {_cause(error)}; {look}"


def reason_of(answer: requests.Response) -> str:
    """Return why a dashboard did not do something: of a traceback, or of several in one another, the last line."""
    text = answer.text
    if found := _DETAILS.search(text):
        return found[1][:300]
    lines = [line.strip() for line in text.splitlines() if line.strip(" .")]
    return (lines[-1] if lines else answer.reason or "nothing")[:300]


def _cause(error: requests.RequestException) -> str:
    """Return what the system said: the exceptions of two libraries lie around it."""
    cause: BaseException = error
    while True:
        inner = cause.__cause__ or cause.__context__ or getattr(cause, "reason", None)
        inner = inner or next((one for one in cause.args if isinstance(one, BaseException)), None)
        if not isinstance(inner, BaseException) or inner is cause:
            break
        cause = inner
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return "it does not speak HTTP" if isinstance(error, requests.ConnectionError) else type(error).__name__
