"""Where checkpoints and the files of trials are kept, if not on the driver's node: a shared folder, or a bucket."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grid_jupyter.remote.agent.bucket import Bucket
from grid_jupyter.remote.agent.folder import Folder
from grid_jupyter.remote.agent.problem import Problem
from grid_jupyter.remote.agent.through import Prefixed

if TYPE_CHECKING:
    from grid_jupyter.remote.agent.objects import Objects


def open_store(address: str) -> Objects:
    """Return the objects of a store.

    Args:
        address: An absolute path, or ``s3://BUCKET/PREFIX``; the machine's own credentials lead to it.

    Raises:
        Problem: It cannot be used from here.
    """
    if not address.startswith("s3://"):
        if not Path(address).is_dir():
            raise Problem(f"the store {address} is no folder of this node; mount it on all nodes, or name another")
        return Folder(Path(address))
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise Problem(f"the store {address} needs boto3 on the cluster; add it to requirements.txt") from error
    parts = urlsplit(address)
    config = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3})
    return Prefixed(Bucket(boto3.client("s3", config=config), parts.netloc), parts.path.strip("/"))
