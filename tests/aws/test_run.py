"""Whole runs in AWS, on a stand-in for it: what becomes of trials, their logs, metrics and files."""

import json

import pytest
from stand_ins.cloud import OPERATOR

from grid_jupyter import Run
from grid_jupyter.core.following import follow

TRAIN = """\
import argparse, os, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.5)
parser.add_argument("--epochs", type=int, default=2)
args = parser.parse_args()
for epoch in range(args.epochs):
    print(f"epoch={epoch} loss={args.lr / (epoch + 1)}", flush=True)
    time.sleep(0.1)
with open("model.txt", "w") as file:
    file.write(f"{args.lr} {os.environ.get('CUDA_VISIBLE_DEVICES')} {os.environ.get('NVIDIA_VISIBLE_DEVICES')}")
"""
# Goes on until the file is there whose name it is given; saves each epoch.
LONG = """\
import os, pathlib, signal, sys, time
saved = pathlib.Path(os.environ["GRID_CHECKPOINT_DIR"], "epoch")
epoch = int(saved.read_text()) + 1 if saved.exists() else 0
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
go_on = pathlib.Path(sys.argv[1])
while not go_on.exists() and not asked:
    time.sleep(0.05)
    print(f"epoch={epoch} loss={1 / (epoch + 1)}", flush=True)
    draft = saved.with_suffix(".part")
    draft.write_text(str(epoch))
    draft.rename(saved)
    epoch += 1
if asked:
    sys.exit(143)
print("done")
"""
SPOT = ("--instance_type", "g4dn.xlarge", "--use_spot")


def epochs(run, trial=0):
    points = Run(run).metrics()
    return points[(points["trial"] == trial) & (points["name"] == "loss")]["step"].tolist()


@pytest.fixture
def long(aws, write, tmp_path):
    """Starts a trial that goes on until its file is there; gives the run's name and the file."""
    write({"long.py": LONG})
    go_on = tmp_path / "go-on"

    def start(*flags):
        return aws.launch(*flags, "long.py", go_on), go_on

    return start


@pytest.mark.full
def test_trials_share_machines_and_leave_all_that_they_wrote(aws, cloud, write):
    write({"train.py": TRAIN})
    flags = ("--instance_type", "g4dn.12xlarge", "--gpus", "1")
    run = aws.finish(*flags, "train.py", "--lr", "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]")
    rows = aws.results(run)
    assert [row["state"] for row in rows] == ["succeeded"] * 6, json.dumps(rows)
    assert [row["metrics"]["loss"] for row in rows] == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
    assert all(row["attempts"] == 1 and row["duration"] < 10 for row in rows)
    made = Run(run)
    assert made[3].log() == "epoch=0 loss=0.4\nepoch=1 loss=0.2"
    assert (made[3].artifacts / "model.txt").read_text().startswith("0.4 ")
    machines = cloud.sim.machines(gone=True)
    assert len(machines) == 2
    assert max(machine["most_gpus"] for machine in machines) == 4
    shown = aws("artifacts", f"{run}/3", "--format", "json")
    assert [file["path"] for file in shown.json] == ["model.txt"]
    assert aws.here("show", f"{run}/0").out.count("g4dn.12xlarge")


@pytest.mark.full
def test_logs_and_metrics_come_while_a_trial_runs(long, aws, cloud, wait_until):
    run, go_on = long("--instance_type", "m5a.large")
    wait_until(lambda: aws.states(run) == ["running"], 60)
    wait_until(lambda: len(epochs(run)) > 3, 30)
    assert "epoch=0 loss=1.0" in Run(run)[0].log()
    go_on.touch()
    Run(run).wait(60)
    said = epochs(run)
    assert said == [float(step) for step in range(len(said))]


@pytest.mark.full
def test_a_trial_waits_for_a_machine_and_says_so(aws, cloud, write, wait_until):
    write({"train.py": TRAIN})
    cloud.sim.set(no_capacity=["g4dn.xlarge"])
    run = aws.launch(*SPOT, "train.py")
    row = wait_until(lambda: next((row for row in aws.results(run) if "none free" in (row["reason"] or "")), None), 60)
    assert row["state"] == "starting"
    assert row["reason"].startswith("waits for a g4dn.xlarge spot machine: AWS has none free now")
    assert row["duration"] is None
    cloud.sim.set(no_capacity=[])
    Run(run).wait(60)
    (row,) = aws.results(run)
    assert (row["state"], row["reason"]) == ("succeeded", None)


@pytest.mark.full
def test_failures_are_told_with_what_to_do(aws, cloud, write):
    write({"fails.py": "import sys\nsys.exit(f'no such data: {sys.argv[1]}')\n", "train.py": TRAIN})
    run = aws.finish("--instance_type", "m5a.large", "fails.py", "[a, b]")
    assert [row["reason"] for row in aws.results(run)] == [
        "exit code 1: no such data: a",
        "exit code 1: no such data: b",
    ]
    cloud.sim.set(bad_images=["nobody/nothing:1"])
    run = aws.finish("--instance_type", "m5a.large", "--image", "nobody/nothing:1", "train.py")
    (row,) = aws.results(run)
    assert row["state"] == "failed"
    assert row["reason"].startswith("its image was not pulled: CannotPullContainerError")
    assert "--image" in row["reason"]


@pytest.mark.full
def test_a_container_that_takes_too_much_memory_is_told(long, aws, cloud, wait_until):
    run, _ = long("--instance_type", "m5a.large")
    wait_until(lambda: aws.states(run) == ["running"], 60)
    (job,) = [job for job, status in cloud.sim.jobs().items() if status == "RUNNING"]
    cloud.sim.run_out_of_memory(job)
    Run(run).wait(60)
    (row,) = aws.results(run)
    assert row["state"] == "failed"
    assert row["reason"] == "out of memory on a m5a.large machine: ask for more with --memory, or for a larger machine"


@pytest.mark.full
def test_one_trial_is_stopped_and_then_all(aws, cloud, write, tmp_path, wait_until):
    write({"long.py": LONG})
    run = aws.launch("--instance_type", "m5a.large", "long.py", tmp_path / "never", "[1, 2, 3]")
    wait_until(lambda: aws.states(run) == ["running"] * 3, 60)
    assert aws("stop", f"{run}/1").code == 0
    wait_until(lambda: aws.states(run) == ["running", "stopped", "running"], 60)
    assert aws("stop", run).code == 0
    Run(run).wait(60)
    assert {(row["state"], row["reason"]) for row in aws.results(run)} == {("stopped", "stopped by you")}
    assert cloud.sim.calls()["batch:TerminateJob"] == 2  # of the others, one call
    wait_until(lambda: set(cloud.sim.jobs().values()) <= {"FAILED", "SUCCEEDED"}, 30)


@pytest.mark.full
def test_a_spot_machine_is_taken_and_the_trial_goes_on_elsewhere(long, aws, cloud, wait_until):
    run, go_on = long(*SPOT)
    wait_until(lambda: len(epochs(run)) > 3, 60)
    (machine,) = [one["id"] for one in cloud.sim.machines() if one["jobs"]]
    cloud.sim.interrupt(machine, 30)
    wait_until(lambda: aws.results(run)[0]["attempts"] == 2, 60)
    wait_until(lambda: aws.states(run) == ["running"], 60)
    go_on.touch()
    Run(run).wait(60)
    (row,) = aws.results(run)
    assert (row["state"], row["attempts"]) == ("succeeded", 2)
    said = epochs(run)
    assert said == [float(step) for step in range(len(said))]
    assert cloud.sim.calls()["batch:SubmitJob"] == 1  # the second attempt is Batch's own


@pytest.mark.full
def test_a_machine_is_lost_without_notice(long, aws, cloud, wait_until):
    run, go_on = long(*SPOT)
    wait_until(lambda: len(epochs(run)) > 30, 60)  # a checkpoint has been uploaded by then
    (machine,) = [one["id"] for one in cloud.sim.machines() if one["jobs"]]
    cloud.sim.lose(machine)
    wait_until(lambda: aws.results(run)[0]["attempts"] == 2, 60)
    go_on.touch()
    Run(run).wait(60)
    (row,) = aws.results(run)
    assert (row["state"], row["attempts"]) == ("succeeded", 2)
    log = Run(run)[0].log()
    assert log.endswith("done")
    assert not log.startswith("epoch=0 ")


@pytest.mark.full
def test_a_lost_answer_submits_nothing_twice(aws, cloud, write):
    write({"train.py": TRAIN})
    cloud.sim.drop("batch:SubmitJob")
    run = aws.finish("--instance_type", "m5a.large", "train.py", "--lr", "[1, 2]")
    assert aws.states(run) == ["succeeded"] * 2
    assert cloud.sim.calls()["batch:SubmitJob"] == 1
    cloud.sim.fail("batch:SubmitJob")
    run = aws.finish("--instance_type", "m5a.large", "train.py", "--lr", "[1, 2]")
    assert aws.states(run) == ["succeeded"] * 2
    assert cloud.sim.calls()["batch:SubmitJob"] == 3


# Waits for a file of its own; the first attempt of trial 0 fails then.
STUBBORN = """\
import os, pathlib, sys, time
go_on = pathlib.Path(sys.argv[2], sys.argv[1])
print("here", flush=True)
while not go_on.exists():
    time.sleep(0.05)
sys.exit(sys.argv[1] == "0" and os.environ["GRID_ATTEMPT"] == "1")
"""


@pytest.mark.full
def test_trials_that_run_are_looked_at_while_others_cannot_be_submitted(aws, cloud, write, gate_folder, wait_until):
    write({"stubborn.py": STUBBORN})
    launched = aws.launch("--instance_type", "m5a.large", "--retries", "1", "stubborn.py", "[0, 1]", gate_folder)
    wait_until(lambda: aws.states(launched) == ["running"] * 2, 60)
    cloud.sim.deny("batch:SubmitJob")
    (gate_folder / "0").touch()
    wait_until(lambda: "SubmitJob" in (aws.results(launched)[0]["reason"] or ""), 60)
    (gate_folder / "1").touch()
    wait_until(lambda: aws.states(launched)[1] == "succeeded", 60)
    assert aws.states(launched)[0] == "starting"
    cloud.sim.deny()
    Run(launched).wait(60)
    assert aws.states(launched) == ["succeeded"] * 2


@pytest.mark.full
def test_the_same_code_is_uploaded_once(aws, cloud, write):
    write({"train.py": TRAIN})
    for lr in (1, 2):
        run = aws.finish("--instance_type", "m5a.large", "train.py", "--lr", lr)
        assert aws.states(run) == ["succeeded"]
    listed = cloud.client("s3").list_objects_v2(Bucket="grid-123456789012-us-east-1")["Contents"]
    kept = [item["Key"].partition("/")[0] for item in listed]
    assert (kept.count("code"), kept.count("agent")) == (1, 1)
    assert cloud.sim.calls()["batch:RegisterJobDefinition"] == 1
    assert cloud.sim.calls()["batch:CreateComputeEnvironment"] == 1


@pytest.mark.full
def test_trials_that_wait_are_ended_when_the_run_is_paused(long, aws, cloud, wait_until):
    """Batch begins a second attempt by itself; nobody waits for it, so it is ended, and resumed all the same."""
    run, go_on = long(*SPOT)
    wait_until(lambda: len(epochs(run)) > 3, 60)
    assert aws("pause", run).code == 0
    (machine,) = [one["id"] for one in cloud.sim.machines() if one["jobs"]]
    cloud.sim.interrupt(machine, 30)
    wait_until(lambda: set(cloud.sim.jobs().values()) == {"FAILED"}, 60)
    wait_until(lambda: aws.states(run) == ["queued"], 60)
    assert aws("resume", run).code == 0
    go_on.touch()
    Run(run).wait(60)
    assert aws.states(run) == ["succeeded"]


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_more_interruptions_than_batch_retries(aws, cloud, write, tmp_path, wait_until):
    """After its ten attempts a job of AWS Batch is over; the trial goes on with another."""
    go_on = tmp_path / "go-on"
    write({"long.py": LONG})
    run = aws.launch(*SPOT, "long.py", go_on)
    for attempt in range(1, 13):
        known = len(epochs(run))
        wait_until(lambda attempt=attempt: aws.results(run)[0]["attempts"] == attempt, 90)
        wait_until(lambda: aws.states(run) == ["running"], 90)
        wait_until(lambda known=known: len(epochs(run)) > known, 90)
        if attempt <= 11:
            (machine,) = [one["id"] for one in cloud.sim.machines() if one["jobs"]]
            cloud.sim.interrupt(machine, 30)
    go_on.touch()
    Run(run).wait(90)
    (row,) = aws.results(run)
    assert (row["state"], row["attempts"]) == ("succeeded", 12)
    said = epochs(run)
    assert said == [float(step) for step in range(len(said))]
    assert cloud.sim.calls()["batch:SubmitJob"] == 2


@pytest.mark.full
def test_what_aws_refuses_rests_until_it_is_resumed(aws, cloud, write, wait_until):
    write({"train.py": TRAIN})
    cloud.quota("L-3819A6DF", 0)
    run = aws.finish(*SPOT, "train.py", "--lr", "[1, 2]")
    rows = aws.results(run)
    assert {row["state"] for row in rows} == {"interrupted"}
    assert all(row["reason"].startswith("it could not be submitted: ") and "quota" in row["reason"] for row in rows)
    assert cloud.sim.calls().get("batch:SubmitJob", 0) == 0
    cloud.quota("L-3819A6DF", 64)
    assert aws("resume", run).code == 0
    Run(run).wait(60)
    assert aws.states(run) == ["succeeded"] * 2


@pytest.mark.full
def test_a_trial_goes_on_after_preempt_and_begins_anew_after_rerun(long, aws, wait_until):
    run, go_on = long("--instance_type", "m5a.large")
    wait_until(lambda: len(epochs(run)) > 3, 60)
    assert aws("preempt", f"{run}/0").code == 0
    wait_until(lambda: aws.results(run)[0]["attempts"] == 2, 60)
    go_on.touch()
    Run(run).wait(60)
    said = epochs(run)
    assert aws.states(run) == ["succeeded"]
    assert said == [float(step) for step in range(len(said))]
    assert aws("rerun", run, "--yes").code == 0
    Run(run).wait(60)
    (row,) = aws.results(run)
    assert (row["state"], row["attempts"]) == ("succeeded", 3)
    assert epochs(run) == []  # the file is there, so that no epoch runs: there was no checkpoint to go on from
    assert Run(run)[0].log() == "done"


@pytest.mark.full
def test_build_actions_come_first_and_their_files_are_in_each_trial(aws, cloud, write):
    write(
        {
            "train.py": "import pathlib\nprint('loss=' + pathlib.Path('made.txt').read_text())\n",
            "grid.yml": "compute:\n  train:\n    instance: m5a.large\n    actions:\n      on_build_start:\n"
            "        - python3 -c \"open('made.txt', 'w').write('7')\"\n",
        }
    )
    run = aws.finish("--config", "grid.yml", "--cluster", "aws", "train.py")
    (row,) = aws.results(run)
    assert (row["state"], row["metrics"]) == ("succeeded", {"loss": 7.0}), row
    assert cloud.sim.calls()["batch:SubmitJob"] == 2


@pytest.mark.full
def test_no_credential_is_left_anywhere(aws, cloud, write, home):
    write({"train.py": "import os\nprint({**os.environ})\n"})
    run = aws.finish("--instance_type", "m5a.large", "train.py")
    assert aws.states(run) == ["succeeded"]
    s3 = cloud.client("s3")
    bucket = {"Bucket": "grid-123456789012-us-east-1"}
    keys = [item["Key"] for item in s3.list_objects_v2(**bucket)["Contents"]]
    kept = [s3.get_object(Key=key, **bucket)["Body"].read() for key in keys]
    kept += [file.read_bytes() for file in home.rglob("*") if file.is_file()]
    assert len(kept) > 10
    for content in kept:
        for secret in OPERATOR.values():
            assert secret.encode() not in content


@pytest.mark.full
def test_a_log_that_somebody_follows_comes_sooner(long, aws, cloud, settings, wait_until):
    settings("[clusters.aws]\npoll = 6\n")
    run, go_on = long("--instance_type", "m5a.large")
    wait_until(lambda: aws.states(run) == ["running"], 90)
    trial = Run(run)[0]

    def grown():
        follow(trial.run.store_folder, 0)
        return len(trial.log())

    size = grown()
    wait_until(lambda: grown() > size, 60)
    looks, sizes = cloud.sim.calls()["batch:DescribeJobs"], {grown()}
    wait_until(lambda: sizes.add(grown()) or len(sizes) > 5, 60)
    # Batch is asked every six seconds, and the log came five times: about every two.
    assert cloud.sim.calls()["batch:DescribeJobs"] - looks < len(sizes) - 1
    go_on.touch()
    Run(run).wait(90)
    assert aws.states(run) == ["succeeded"]
