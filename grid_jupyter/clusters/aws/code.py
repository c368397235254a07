"""A run's frozen code in the bucket, which holds each code once."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, BinaryIO, cast

from grid_jupyter.core.home import unusable
from grid_jupyter.remote.agent.layout import code_key
from grid_jupyter.remote.code import pack

if TYPE_CHECKING:
    from pathlib import Path

    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.remote.agent.bucket import Bucket


def upload_code(bucket: Bucket, snapshot: Snapshot, objects: Path) -> str:
    """Bring a run's code into the bucket unless it is there, and return its key.

    Args:
        bucket: Where to.
        snapshot: What was frozen; links that lead out of the project stay behind.
        objects: The store that it was frozen into.

    Raises:
        StoreError: A frozen file is missing, or the disk is full.
    """
    key = code_key(snapshot.digest)
    if not bucket.has(key):
        try:
            with tempfile.NamedTemporaryFile(suffix=".tar.gz") as file:
                pack(snapshot, objects, cast("BinaryIO", file))
                file.flush()
                bucket.upload(file.name, key)
        except OSError as error:
            raise unusable(objects, error) from error
    return key
