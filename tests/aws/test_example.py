"""The example notebook on a stand-in for AWS, with an interruption while it runs."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]


def states(cloud):
    """What agents tell of attempts, by trial and attempt."""
    s3 = cloud.client("s3")
    found = {}
    for bucket in s3.list_buckets()["Buckets"]:
        for item in s3.list_objects_v2(Bucket=bucket["Name"], Prefix="runs/").get("Contents", []):
            if "/state/" in item["Key"]:
                body = s3.get_object(Bucket=bucket["Name"], Key=item["Key"])["Body"].read()
                found[item["Key"].rpartition("/")[2]] = json.loads(body)
    return found


def test_the_notebook_with_an_interruption(cloud, home, tmp_path, wait_until):
    for name in ("aws.ipynb", "resumable.py"):
        shutil.copy(EXAMPLES / name, tmp_path)
    trials = [str(trial) for trial in range(4)]
    seen = {}

    def printed(trial):
        return states(cloud).get(f"{trial}.1", {}).get("files", {}).get("stdout", 0)

    def interrupt():
        """Take the machine away when each trial has printed a few epochs; its trials go on elsewhere."""
        wait_until(lambda: all(printed(trial) > 50 for trial in trials), timeout=200)
        (machine,) = cloud.sim.machines()
        cloud.sim.interrupt(machine["id"], seconds=20)
        wait_until(lambda: all(states(cloud).get(f"{trial}.2", {}).get("started") for trial in trials), timeout=200)
        seen.update(states(cloud))

    meanwhile = threading.Thread(target=interrupt, daemon=True)
    meanwhile.start()
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--color=no", "--timeout", "500", "aws.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    meanwhile.join(60)
    assert all(seen[f"{trial}.1"]["lost"] for trial in trials), seen
    assert not cloud.leftovers(), cloud.leftovers()
