"""What a session asks of its agents: to tell more often of the trials that somebody follows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.core.following import followed

if TYPE_CHECKING:
    from grid_jupyter.core.home import RunFolder
    from grid_jupyter.remote.agent.bucket import Bucket
    from grid_jupyter.remote.agent.layout import RunKeys


class Control:
    """The wishes of one session, in the bucket."""

    def __init__(self, bucket: Bucket, keys: RunKeys, folder: RunFolder) -> None:
        self._bucket = bucket
        self._keys = keys
        self._folder = folder
        self._told: set[int] = set()

    def tell(self) -> set[int]:
        """Tell agents which trials are followed, where that has changed; return them.

        Raises:
            GridError: AWS does not take it.
        """
        wanted = followed(self._folder)
        if wanted != self._told:
            with told_plainly():
                self._bucket.put(self._keys.control, json.dumps({"followed": sorted(wanted)}).encode())
            self._told = wanted
        return wanted
