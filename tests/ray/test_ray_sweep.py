"""A sweep over the nodes of a cluster: where each trial ran and when, what it was given, and all that it left."""

import json

import pytest

from grid_jupyter import Run

pytestmark = pytest.mark.timeout(300)
TRIALS, AT_ONCE = 24, 12

# Tells where and when it ran and what it saw, and prints bytes of all kinds.
TELLS = """\
import json, os, sys, time
began = time.time()
sys.stdout.buffer.write(b"loss=%s\\n" % sys.argv[1].encode() + bytes(range(256)) * 20 + b"no newline at the end")
sys.stdout.flush()
sys.stderr.buffer.write(b"\\xff\\x00 trial " + sys.argv[1].encode())
time.sleep(2)
names = ("RAY_RAYLET_PID", "CUDA_VISIBLE_DEVICES", "GRID_TRIAL_INDEX", "GRID_RUN_NAME")
told = {name: os.environ.get(name) for name in names}
with open("told.json", "w") as file:
    json.dump({**told, "began": began, "ended": time.time()}, file)
"""


def most_at_once(told):
    """How many trials ran at the same time, at most."""
    times = sorted([(one["began"], 1) for one in told] + [(one["ended"], -1) for one in told])
    running, most = 0, 0
    for _, change in times:
        running += change
        most = max(most, running)
    return most


def test_trials_share_gpus_of_all_nodes(ray, ray_cluster, write, jobs, wait_until):
    write({"tells.py": TELLS})
    name = ray.finish("--cluster", "ray", "--gpus", "0.5", "tells.py", f"range({TRIALS})", timeout=200)
    rows = ray.results(name)
    assert [(row["state"], row["attempts"], row["metrics"]) for row in rows] == [
        ("succeeded", 1, {"loss": float(trial)}) for trial in range(TRIALS)
    ]
    run = Run(name)
    told = [json.loads((trial.artifacts / "told.json").read_text()) for trial in run]
    assert [(one["GRID_TRIAL_INDEX"], one["GRID_RUN_NAME"]) for one in told] == [
        (str(trial), name) for trial in range(TRIALS)
    ]
    nodes = {int(one["RAY_RAYLET_PID"]) for one in told}
    assert nodes == {*ray_cluster.raylets()}, "not all nodes were used"
    assert most_at_once(told) <= AT_ONCE
    for node in nodes:
        theirs = [one for one in told if int(one["RAY_RAYLET_PID"]) == node]
        assert most_at_once(theirs) <= 4, "more than its two GPUs hold"
        for gpu in ("0", "1"):
            assert most_at_once([one for one in theirs if one["CUDA_VISIBLE_DEVICES"] == gpu]) <= 2
        assert {one["CUDA_VISIBLE_DEVICES"] for one in theirs} == {"0", "1"}
    for number, trial in enumerate(run):
        said = b"loss=%d\n" % number + bytes(range(256)) * 20 + b"no newline at the end"
        assert trial.log_file(1, "stdout").read_bytes() == said
        assert trial.log_file(1, "stderr").read_bytes() == b"\xff\x00 trial %d" % number
    table = run.results()
    assert table["loss"].tolist() == [float(trial) for trial in range(TRIALS)]
    wait_until(lambda: [job["status"] for job in jobs(name)] == ["SUCCEEDED"])


FAILS = """\
import os, sys
print("attempt", os.environ["GRID_ATTEMPT"])
if int(os.environ["GRID_ATTEMPT"]) < int(sys.argv[1]):
    raise ValueError(f"no such data: {sys.argv[1]}")
"""


def test_a_mistake_is_not_tried_again_unless_it_is_to_be(ray, write):
    write({"fails.py": FAILS})
    once = ray.finish("--cluster", "ray", "fails.py", "[1, 9]")
    again = ray.finish("--cluster", "ray", "--retries", "1", "fails.py", "[2, 9]")
    assert [(row["state"], row["attempts"], row["reason"]) for row in ray.results(once)] == [
        ("succeeded", 1, None),
        ("failed", 1, "exit code 1: ValueError: no such data: 9"),
    ]
    assert [(row["state"], row["attempts"]) for row in ray.results(again)] == [("succeeded", 2), ("failed", 2)]
    assert Run(again)[0].log() == "attempt 2"
