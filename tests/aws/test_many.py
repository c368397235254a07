"""Large runs in AWS: a constant number of calls, whatever the number of trials."""

import time

import pytest

from grid_jupyter import Run

TRIALS = 1000


@pytest.mark.full
def test_a_thousand_trials_are_one_call_to_submit_few_to_watch_and_one_to_stop(aws, cloud, write, wait_until):
    write({"train.py": "print('loss=1')\n"})
    cloud.sim.set(no_capacity=["m5a.large"])
    run = aws.launch("--instance_type", "m5a.large", "--yes", "train.py", f"range({TRIALS})")
    wait_until(lambda: aws.results(run)[-1]["reason"] and "none free" in aws.results(run)[-1]["reason"], 90)
    assert cloud.sim.calls()["batch:SubmitJob"] == 1
    before, services, begun = cloud.sim.calls(), cloud.services.calls(), time.monotonic()
    wait_until(lambda: cloud.sim.calls()["batch:DescribeJobs"] >= before["batch:DescribeJobs"] + 5, 60)
    seconds = time.monotonic() - begun
    after = cloud.sim.calls()
    polls = after["batch:DescribeJobs"] - before["batch:DescribeJobs"]
    others = {name: number - before.get(name, 0) for name, number in after.items() if name != "batch:DescribeJobs"}
    assert sum(others.values()) <= 2 * polls, others
    listings = cloud.services.calls().get("s3:ListObjectsV2", 0) - services.get("s3:ListObjectsV2", 0)
    assert listings <= polls + 1
    assert polls / seconds < 5  # looked at every 0.3 seconds, and less often where nothing happens
    assert aws("stop", run).code == 0
    Run(run).wait(90)
    assert set(aws.states(run)) == {"stopped"}
    assert cloud.sim.calls()["batch:TerminateJob"] == 1
    wait_until(lambda: set(cloud.sim.jobs().values()) == {"FAILED"}, 60)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_many_trials_run_to_their_end(aws, cloud, write):
    write({"train.py": "import sys\nprint(f'loss={sys.argv[1]}')\n"})
    run = aws.launch("--instance_type", "m5a.24xlarge", "--cpus", "1", "--yes", "train.py", "range(150)")
    Run(run).wait(1500)
    rows = aws.results(run)
    assert {row["state"] for row in rows} == {"succeeded"}
    assert [row["metrics"]["loss"] for row in rows] == [float(number) for number in range(150)]
    assert all(row["attempts"] == 1 for row in rows)
    assert cloud.sim.calls()["batch:SubmitJob"] == 1
    assert cloud.sim.calls().get("throttled", 0) == 0


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_search_chooses_by_what_trials_in_aws_tell(aws, cloud, write):
    write({"train.py": "import sys\nlr = float(sys.argv[2])\nprint(f'loss={(lr - 0.3) ** 2}')\n"})
    flags = ("--instance_type", "m5a.large", "--strategy", "bayesian", "--trials", "6", "--parallel", "2")
    run = aws.launch(
        *flags, "--metric", "loss", "--mode", "min", "--seed", "1", "train.py", "--lr", "uniform(0, 1, 50)"
    )
    Run(run).wait(300)
    assert aws.states(run) == ["succeeded"] * 6
    assert len({row["params"]["lr"] for row in aws.results(run)}) == 6
    assert 3 <= cloud.sim.calls()["batch:SubmitJob"] <= 6
