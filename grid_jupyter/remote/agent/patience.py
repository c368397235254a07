"""Waiting for what does not answer."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TypeVar

from .objects import PassingError

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")

PATIENCE = 600.0
"""Seconds for which something is tried again."""

LONGEST_PAUSE = 20.0


def patiently(call: Callable[[], _Result], seconds: float = PATIENCE) -> _Result:
    """Return what a call returns; call it again, ever more seldom, while nobody answers or is asked to wait.

    Raises:
        Exception: What the call raises, when it is no matter of time or the time is up.
    """
    until = time.monotonic() + seconds
    pause = 0.5
    while True:
        try:
            return call()
        except Exception as error:
            if not is_passing(error) or time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def is_passing(error: Exception) -> bool:
    """Whether an error may be gone the next time."""
    if isinstance(error, PassingError):
        return True
    if "boto3" not in sys.modules:  # then it is none of AWS's
        return False
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    if isinstance(error, Boto3Error) and isinstance(error.__context__, ClientError):
        error = error.__context__
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        return status >= 500 or status == 429 or error.response["Error"]["Code"] in {"SlowDown", "RequestTimeout"}
    return isinstance(error, (BotoCoreError, Boto3Error)) and not isinstance(error, ParamValidationError)
