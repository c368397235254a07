"""What somebody hears who is new to runs on AWS, and does not do things in the order of the manual."""

import pytest
from stand_ins.cloud import REGION

from grid_jupyter import Run

FAR = ("--instance_type", "m5a.large", "--yes")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--scratch_size", 100_000), "--scratch_size 100000: a disk of a machine has up to 65536"),
        (("--disk_size", 100_000), "--disk_size 100000: a disk of a machine has up to 65536"),
        (("--scratch_size", 9, "--scratch_mount_path", "data"), "--scratch_mount_path data: takes a whole path"),
        (("--image", "two words"), "--image two words: takes a container image, such as python:3.12"),
        (("--image", "nobody/nothing:"), "--image nobody/nothing:: takes a container image"),
        (("--dependency_file", "packages.txt"), "--dependency_file packages.txt: m5a.large gets no such file"),
        (("--dependency_file", "/etc/passwd"), "--dependency_file /etc/passwd: m5a.large gets no such file"),
    ],
)
def test_what_cannot_be_is_refused_before_the_launch(flags, told, aws, home):
    answer = aws.here("run", *FAR, *flags, "train.py")
    assert answer.code == 2
    assert answer.err.startswith(f"grid: {told}")
    assert not (home / "runs").exists()


@pytest.mark.usefixtures("cloud")
def test_there_may_be_no_set_up_yet(grid):
    asked = [
        (("run", *FAR, "train.py"), "grid aws setup does that"),
        (("attach", "first"), f"the account has no runs in {REGION}, where it is not set up"),
        (("datastore", "list", "--cluster", "aws"), "grid aws setup makes it"),
    ]
    for words, told in asked:
        answer = grid.here(*words)
        assert answer.code == 2, words
        assert told in answer.err
        assert answer.err.count("\n") == 1


@pytest.mark.full
def test_where_a_trial_ran_is_shown_and_not_what_runs_here(aws, cloud):
    run = aws.finish(*FAR, "--image", "nobody/nothing:1", "--python", "python3", "train.py")
    shown = aws.here("show", f"{run}/0")
    rows = dict(line.split(None, 1) for line in shown.out.splitlines()[1:] if " " in line)
    assert rows["image"] == "nobody/nothing:1"
    assert rows["python"] == "python3"
    assert "packages" not in rows
    assert aws.here("logs", run).out == aws.here("logs", f"{run}/0").out
    cloud.services.deny("s3:*")
    again = aws.here("rerun", run, "--from_snapshot")
    assert again.code == 2
    assert "AWS denies HeadBucket" in again.err


@pytest.mark.full
def test_a_run_of_which_nothing_is_heard_says_so(aws, cloud, write, tmp_path, wait_until):
    go_on = tmp_path / "go-on"
    waits = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists():\n    time.sleep(0.05)\n"
    write({"waits.py": waits})
    run = aws.launch(*FAR, "waits.py", go_on)
    wait_until(lambda: aws.states(run) == ["running"], 60)
    cloud.sim.deny("batch:*")
    told = "nothing is heard of AWS, where trials may go on: AWS denies"
    wait_until(lambda: told in aws.here("status", run).out, 60)
    cloud.sim.deny()
    wait_until(lambda: told not in aws.here("status", run).out, 60)
    go_on.touch()
    Run(run).wait(60)
    assert aws.states(run) == ["succeeded"]


def test_files_that_look_like_keys_are_told_before_they_leave(aws, write):
    write({".env": "TOKEN=x", "keys/server.pem": "x", "environment.py": ""})
    told = aws.here("run", "--instance_type", "m5a.large", "--dry_run", "train.py").out
    assert "! .env, keys/server.pem: looks like keys or passwords, and goes along with the code; name it" in told
    assert "4 files" in told
    write({".gridignore": ".env\n*.pem\n"})
    told = aws.here("run", "--instance_type", "m5a.large", "--dry_run", "train.py").out
    assert "! .env, keys/server.pem: looks like keys or passwords, and stays here" in told
    assert "3 files" in told
    assert "stays here" not in aws.here("run", "--dry_run", "train.py").out
