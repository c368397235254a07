"""What the session asks of the driver: numbered messages among Ray's packages."""

from __future__ import annotations

import gzip
import json
from typing import Any

from ray.experimental import internal_kv

from .layout import message_name


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

    def take(self) -> list[dict[str, Any]]:
        """Return the messages that have come, and remove them."""
        found: list[dict[str, Any]] = []
        while True:
            key = f"gcs://{message_name(self._label, self._job, self.read)}".encode()
            content = internal_kv._internal_kv_get(key)  # noqa: SLF001  (there is no public way)
            if content is None:
                return found
            found.append(json.loads(gzip.decompress(content)))
            internal_kv._internal_kv_del(key)  # noqa: SLF001
            self.read += 1
