"""What AWS refuses, and in which words."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_ARN = re.compile(r"arn:[\w-]+:[\w-]*:[\w-]*:\d*:([\w/.:*+=@-]*[\w/*])")


def code_of(error: Any) -> str:  # noqa: ANN401  (a type of botocore, imported late)
    """Return AWS's code of a refusal."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def message_of(error: Any) -> str:  # noqa: ANN401
    """Return AWS's own words without accounts in them: notebooks are shared."""
    return scrubbed(str(error.response.get("Error", {}).get("Message", "")))


def scrubbed(text: str) -> str:
    """Return a text of AWS's on one line, with names in place of ARNs and without the account's number."""
    return _ACCOUNT.sub("\N{HORIZONTAL ELLIPSIS}", _ARN.sub(r"\1", " ".join(text.split())))[:400]


@contextmanager
def passing(*codes: str, message: str = "") -> Iterator[None]:
    """Let refusals of some codes pass, as where what is to be made is there already.

    Args:
        codes: AWS's codes.
        message: Words that the refusal must have in it too, in small letters.
    """
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if code_of(error) not in codes or message not in str(error).lower():
            raise
