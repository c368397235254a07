"""What a dashboard answers that was asked for a file, in two dialects: Ray changed it between 2.40 and 2.60."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .connection import reason_of

if TYPE_CHECKING:
    import requests

AS_IT_IS = {"format": "text"}
"""What an old one is asked for, lest it write a ``1`` in front of each piece; newer ones do not read it."""

_MARK = b"[get_logs] Fetch log error: "
_LONGEST = 4096


def failure_of(answer: requests.Response) -> str | None:
    """Return why a file did not come, or not whole; ``None`` where it did."""
    if not answer.ok:
        return reason_of(answer)
    if "Content-Disposition" in answer.headers:
        return None
    # An old one says 200 before it looks, and tells of a failure behind what it has sent.
    _, mark, told = answer.content[-_LONGEST:].rpartition(_MARK)
    return told.decode(errors="replace") if mark else None
