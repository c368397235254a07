"""Runs in AWS whose watcher is killed, or that another computer takes over: nothing is submitted twice or lost."""

import os
import signal

import psutil
import pytest

from grid_jupyter import Run

TRAIN = """\
import sys
print(f"loss={sys.argv[1]}")
with open("big.bin", "wb") as file:
    file.write(bytes(11 << 20))
"""
BUCKET = "grid-123456789012-us-east-1"

# Every call that a launch makes once the watcher is at work, in turn, with what is known of the run when it is cut off.
BOUNDARIES = [
    ("services", "s3:HeadObject"),
    ("services", "s3:PutObject"),
    ("services", "ec2:DescribeSecurityGroups"),
    ("services", "ec2:CreateLaunchTemplate"),
    ("sim", "batch:CreateComputeEnvironment"),
    ("sim", "batch:CreateJobQueue"),
    ("sim", "batch:RegisterJobDefinition"),
    ("sim", "batch:SubmitJob"),
    ("sim", "batch:DescribeJobs"),
    ("services", "s3:ListObjectsV2"),
    ("services", "s3:GetObject"),
]


def watcher_of(home):
    """The process of the run's watcher, which is the only one in a home."""
    for process in psutil.process_iter():
        try:
            if "grid_jupyter.watcher" in process.cmdline() and any(str(home) in word for word in process.cmdline()):
                return process
        except psutil.Error:
            continue
    return None


@pytest.mark.soak
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("door", "operation"), BOUNDARIES)
def test_a_watcher_is_killed_at_a_call(door, operation, when, aws, cloud, write, home, wait_until):
    write({"train.py": TRAIN})
    side = getattr(cloud, door)
    side.hold(operation, when)
    before = side.calls().get(operation, 0)
    run = aws.launch("--instance_type", "m5a.large", "train.py", "[1, 2]")
    wait_until(lambda: side.calls().get(operation, 0) > before, 60)
    if when == "after":
        wait_until(lambda: watcher_of(home), 10)
    watcher = watcher_of(home)
    os.kill(watcher.pid, signal.SIGKILL)
    wait_until(lambda: watcher_of(home) is None, 10)
    side.hold()
    Run(run).wait(90)
    rows = aws.results(run)
    assert [(row["state"], row["attempts"], row["metrics"]["loss"]) for row in rows] == [
        ("succeeded", 1, 1.0),
        ("succeeded", 1, 2.0),
    ]
    jobs = [job for job in cloud.sim.jobs() if ":" not in job]
    assert len(jobs) == 1
    assert set(cloud.sim.jobs().values()) == {"SUCCEEDED"}


@pytest.mark.full
def test_another_computer_takes_a_run_over(aws, cloud, write, tmp_path, monkeypatch, wait_until):
    gate = tmp_path / "gate"
    write(
        {
            "waits.py": "import pathlib, sys, time\nprint('loss=1', flush=True)\n"
            "while not pathlib.Path(sys.argv[1]).exists():\n    time.sleep(0.05)\nprint('loss=2')\n"
            "with open('small.txt', 'w') as file:\n    file.write(sys.argv[2])\n"
        }
    )
    home = os.environ["GRID_HOME"]
    run = aws.launch("--instance_type", "m5a.large", "waits.py", gate, "[a, b]")
    wait_until(lambda: aws.states(run) == ["running"] * 2, 60)
    os.kill(watcher_of(home).pid, signal.SIGKILL)
    wait_until(lambda: watcher_of(home) is None, 10)
    monkeypatch.setenv("GRID_HOME", str(tmp_path / "grid-home-2"))
    assert aws("status", run).code == 2
    answer = aws("attach", run, "--format", "json")
    assert (answer.code, answer.json) == (0, {"run": run, "trials": 2}), answer.err
    wait_until(lambda: aws.states(run) == ["running"] * 2, 60)
    assert Run(run)[0].log() == "loss=1"
    gate.touch()
    Run(run).wait(60)
    assert [row["metrics"]["loss"] for row in aws.results(run)] == [2.0, 2.0]
    assert (Run(run)[1].artifacts / "small.txt").read_text() == "b"
    assert cloud.sim.calls()["batch:SubmitJob"] == 1
    assert aws("attach", "no-such-run").err.startswith("grid: the account has no run no-such-run in us-east-1")


@pytest.mark.full
def test_a_large_file_comes_when_it_is_asked_for_and_goes_with_the_run(aws, cloud, write, tmp_path):
    write({"train.py": TRAIN})
    run = aws.finish("--instance_type", "m5a.large", "train.py", "1")
    assert [(file["path"], file["size"]) for file in aws("artifacts", run, "--format", "json").json] == [
        ("big.bin", 11 << 20)
    ]
    assert not (Run(run)[0].artifacts / "big.bin").exists()
    assert aws("artifacts", run, "--download_dir", tmp_path / "there").code == 0
    assert (tmp_path / "there" / f"{run}-exp0" / "big.bin").stat().st_size == 11 << 20
    answer = aws("delete", run, "--yes")
    assert answer.code == 0, answer.err
    listed = cloud.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {item["Key"].partition("/")[0] for item in listed} == {"agent", "code"}
