"""The example notebook on a stand-in for AWS, with an interruption while it runs."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]


# In the script's own loop: its first attempt goes no further than the fourth epoch until it is asked to end.
HELD = """\
    import time
    while epoch == 3 and not asked_to_end:
        time.sleep(0.05)
    if asked_to_end and"""


def test_the_notebook_with_an_interruption(cloud, grid, tmp_path, wait_until):
    shutil.copy(EXAMPLES / "aws.ipynb", tmp_path)
    script = (EXAMPLES / "resumable.py").read_text()
    assert "    if asked_to_end and" in script
    (tmp_path / "resumable.py").write_text(script.replace("    if asked_to_end and", HELD))

    def runs():
        return [row["run"] for row in grid.here("history", "--format", "json").json]

    def printed(trial):
        return [grid.here("logs", f"{run}/{trial}").out.count("epoch=") for run in runs()]

    def interrupt():
        """Take the machine away when each trial has printed four epochs; its trials go on elsewhere."""
        wait_until(lambda: all(printed(trial) == [4] for trial in range(4)), timeout=200)
        (machine,) = cloud.sim.machines()
        cloud.sim.interrupt(machine["id"], seconds=20)

    meanwhile = threading.Thread(target=interrupt, daemon=True)
    meanwhile.start()
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--color=no", "--timeout", "500", "aws.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    meanwhile.join(60)
    (run,) = runs()
    rows = grid.results(run)
    assert [(row["state"], row["attempts"]) for row in rows] == [("succeeded", 2)] * 4
    assert not cloud.leftovers(), cloud.leftovers()
