"""Fetches the agent from the bucket and runs it: this text is the command of every job's container."""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST = (1, 36)  # of boto3: it can write an object unless there is one


def has_boto3() -> bool:
    """Whether the image has one that is new enough."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return tuple(int(part) for part in version("boto3").split(".")[:2]) >= OLDEST
    except (PackageNotFoundError, ValueError):
        return False


def install_boto3() -> None:
    """Install it beside what the image has, once for all containers of this machine."""
    cache = os.environ.get("GRID_CACHE", "")
    cache = cache if os.access(cache, os.W_OK) else tempfile.gettempdir()
    folder = Path(cache, "boto3-{}.{}".format(*sys.version_info))
    with folder.with_name(folder.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = tempfile.mkdtemp(dir=cache)
            wanted = "boto3>={}.{}".format(*OLDEST)
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", part, wanted], check=True)
            Path(part).chmod(0o755)  # users of other images read it
            Path(part).rename(folder)
    sys.path.insert(0, str(folder))


def fetch() -> str:
    """Return where the agent lies, which is what its name says."""
    import boto3
    from botocore.config import Config

    s3 = boto3.client("s3", config=Config(connect_timeout=5, retries={"mode": "standard", "max_attempts": 10}))
    key = os.environ["GRID_AGENT"]
    place = {"Bucket": os.environ["GRID_BUCKET"], "ExpectedBucketOwner": os.environ["GRID_BUCKET_OWNER"]}
    content = s3.get_object(Key=key, **place)["Body"].read()
    digest = key.rpartition("/")[2].partition(".")[0]
    if not hashlib.sha256(content).hexdigest().startswith(digest):
        raise ValueError(key + " is damaged")
    path = Path(tempfile.mkdtemp(), "agent.zip")
    path.write_bytes(content)
    return str(path)


if sys.version_info < (3, 8):
    sys.exit("grid: the agent needs Python 3.8 or newer, and the image's python3 is older")
sys.path[:] = [folder for folder in sys.path if folder]  # nothing that lies about in the image counts
try:
    if not has_boto3():
        install_boto3()
    sys.path.insert(0, fetch())
    from grid_jupyter.clusters.aws.agent.__main__ import main
except Exception as error:  # noqa: BLE001
    sys.exit("grid: the agent cannot be started: {}: {}".format(type(error).__name__, error))
main()
