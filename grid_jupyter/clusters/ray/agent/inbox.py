"""What the session asks of the driver: numbered messages among Ray's packages."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from ray.experimental import internal_kv

from .layout import message_name

if TYPE_CHECKING:
    from collections.abc import Iterator


class Inbox:
    """The messages to one job, in their order.

    Ray's key-value store is the one place where both a client of the dashboard can put something and a driver can take
    it, through whatever is between them.

    Attributes:
        read: How many were taken.
    """

    def __init__(self, label: str, job: int) -> None:
        self._label = label
        self._job = job
        self.read = 0

    def take(self) -> Iterator[dict[str, Any]]:
        """Yield the messages that have come, and remove each when it has been dealt with."""
        while True:
            content = internal_kv._internal_kv_get(self._key(self.read))  # noqa: SLF001  (there is no public way)
            if content is None:
                return
            self.read += 1
            yield json.loads(gzip.decompress(content))
            internal_kv._internal_kv_del(self._key(self.read - 1))  # noqa: SLF001

    def clear(self) -> None:
        """Remove what a session has sent a second time, not knowing that it was taken."""
        for number in range(self.read):
            internal_kv._internal_kv_del(self._key(number))  # noqa: SLF001

    def _key(self, number: int) -> bytes:
        return f"gcs://{message_name(self._label, self._job, number)}".encode()
