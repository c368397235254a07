"""Parts of a session in AWS by themselves: reasons, the journal, the archive of the code."""

import gzip
import io
import os
import tarfile

import pytest

from grid_jupyter.clusters.aws.journal import Journal
from grid_jupyter.clusters.aws.reasons import judge, waiting
from grid_jupyter.core.project import find_project
from grid_jupyter.core.snapshot import FrozenLink, Snapshot, freeze
from grid_jupyter.core.walk import survey
from grid_jupyter.errors import StoreError
from grid_jupyter.remote.code import pack

MACHINE = "g4dn.xlarge machine"


def attempt(status="Essential container in task exited", **container):
    return {"attempts": [{"statusReason": status, "container": container, "stoppedAt": 1}]}


@pytest.mark.parametrize(
    ("job", "field", "told"),
    [
        (attempt("Host EC2 (instance i-1) terminated."), "lost", "was taken away: Host EC2 (instance i-1) terminated"),
        (attempt(exitCode=75), "lost", "its machine was taken away"),
        (attempt(reason="DockerTimeoutError: Could not transition to created; timed out"), "lost", "did not start"),
        (attempt(exitCode=137, reason="OutOfMemoryError: killed due to memory usage"), "error", "out of memory on a"),
        (attempt("Task failed to start", reason="CannotPullContainerError: no such host"), "error", "--image"),
        (attempt("Job attempt duration exceeded timeout", exitCode=137), "error", "--memory"),
        (attempt("Job attempt duration exceeded timeout", exitCode=143), "error", "ran longer than 24h"),
        ({"statusReason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"}, "error", "give less --memory"),
        ({}, "error", "does not tell why"),
    ],
)  # fmt: skip
def test_what_batch_tells_of_an_end_is_put_in_words(job, field, told):
    assert told in getattr(judge(job, 1, MACHINE, 24 * 3600), field)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - The job queue ...", "none free now"),
        ("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", "max_vcpus"),
        ("VcpuLimitExceeded: You have requested more", "grid aws doctor"),
        ("something new", "something new"),
        (None, None),
    ],
)
def test_what_a_job_waits_for_is_put_in_words(reason, told):
    assert waiting(reason) == told if told is None else told in waiting(reason)


def manifest(*trials):
    return {"version": 1, "run": "run", "trials": [{"trial": trial, "attempt": number} for trial, number in trials]}


def test_the_journal_is_read_as_it_was_written(tmp_path):
    journal = Journal(tmp_path / "aws")
    first, second = journal.enter(manifest((0, 1), (1, 1))), journal.enter(manifest((1, 4)))
    journal.note(first, "job-1", "queue")
    dropped = journal.enter(manifest((2, 1)))
    journal.drop(dropped)
    journal.forsake(first.children[1])
    read = Journal(tmp_path / "aws")
    assert [(one.number, one.job, one.queue, one.array) for one in read.submissions] == [
        (0, "job-1", "queue", True),
        (1, None, None, False),
    ]
    assert read.child(1, 3).id == "job-1:1"
    assert read.child(1, 3).unwanted
    assert read.child(1, 4).submission.number == read.child(1, 13).submission.number == second.number
    assert (read.child(1, 14), read.child(2, 1)) == (None, None)
    assert read.enter(manifest((3, 1))).number == 3


def test_equal_code_makes_equal_archives(tmp_path, write, project):
    write({"train.py": "print(1)\n", "package/deep/module.py": "", "run.sh": "#!/bin/sh\n"})
    (project / "run.sh").chmod(0o755)
    (project / "inside").symlink_to("package/deep")
    archives = []
    for time in (1_000_000_000, 1_500_000_000):
        os.utime(project / "train.py", (time, time))
        snapshot = freeze(survey(find_project(project)), tmp_path / "objects")
        packed = io.BytesIO()
        pack(snapshot, tmp_path / "objects", packed)
        archives.append(packed.getvalue())
    assert archives[0] == archives[1]
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archives[0]))) as archive:
        members = {member.name: member for member in archive.getmembers()}
    assert {"train.py", "package/deep/module.py", "run.sh", "inside"} <= set(members)
    assert members["run.sh"].mode == 0o755
    assert members["inside"].linkname == "package/deep"


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "package/../../outside"])
def test_links_that_lead_out_stay_behind(target, tmp_path):
    packed = io.BytesIO()
    pack(Snapshot((), (FrozenLink("link", target),), ()), tmp_path, packed)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed.getvalue()))) as archive:
        assert archive.getnames() == []


def test_a_frozen_file_that_is_gone_is_told(tmp_path, write, project):
    snapshot = freeze(survey(find_project(project)), tmp_path / "objects")
    with pytest.raises(StoreError, match=r"the frozen copy of train\.py is gone"):
        pack(snapshot, tmp_path / "elsewhere", io.BytesIO())


def test_what_cannot_leave_this_machine_is_refused_or_said(grid, write):
    write({"train.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', ".gitignore": "data/\n"})
    far = ("--instance_type", "m5a.large", "--dry_run")
    assert "notebooks run as trials on this machine alone" in grid.here("run", *far, "train.ipynb").err
    refused = grid.here("run", *far, "--python", "/usr/bin/python3", "train.py")
    assert (refused.code, "m5a.large has not this machine's files" in refused.err) == (2, True)
    write({"data/set.bin": "0" * 2000})
    planned = grid.here("run", *far, "--warm", "--format", "json", "train.py").json
    assert any("--warm: not used" in warning for warning in planned["warnings"])
    assert any("data/ (2.0 KB) stays here" in warning for warning in planned["warnings"]), planned["warnings"]
