"""Waiting for AWS to have done what it was told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from grid_jupyter.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_PAUSES = (0.2, 0.5, 1.0, 2.0)


def wait_for(look: Callable[[], _T | None], what: str, timeout: float = 300.0) -> _T:
    """Return the first true value of ``look()``, which is asked again after pauses that grow to 3 s.

    Args:
        look: Asks AWS.
        what: What is waited for, as in "the queue grid-x is not deleted".
        timeout: Seconds to wait at most.

    Raises:
        ServiceError: It takes longer.
    """
    until = time.monotonic() + timeout
    pauses = iter(_PAUSES)
    while not (value := look()):
        if time.monotonic() > until:
            raise ServiceError(f"{what} after {timeout:g} s; say the same again to go on")
        time.sleep(next(pauses, 3.0))
    return value
