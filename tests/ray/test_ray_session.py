"""What a session makes of what a cluster tells, and of what it does not tell any more."""

import gzip
import json
import time
from pathlib import Path

import pytest

from grid_jupyter.clusters.ray.answers import JobInfo
from grid_jupyter.clusters.ray.journal import Journal
from grid_jupyter.clusters.ray.kept import Kept
from grid_jupyter.clusters.ray.log_files import NodeGoneError
from grid_jupyter.clusters.ray.options import Options
from grid_jupyter.clusters.ray.replica import Replica
from grid_jupyter.clusters.ray.work import Work
from grid_jupyter.clusters.ray.worker import RayWorker
from grid_jupyter.core.cluster import Job
from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.remote.agent.layout import RunKeys
from grid_jupyter.remote.agent.pieces import Part, pack
from grid_jupyter.remote.agent.state import first_values
from grid_jupyter.remote.session import RemoteSession

KEYS = RunKeys("spiffy", "0123456789")


class Dashboard:
    """As much of a cluster as a session asks for: its jobs, and the files of its head."""

    def __init__(self):
        self.jobs, self.files, self.submitted = {}, {}, []
        self.gone = False

    def job(self, job):
        return self.jobs.get(job)

    def submit(self, job, *_words, **_more):
        self.submitted.append(job)
        self.jobs.setdefault(job, info("RUNNING"))
        return True

    def has_package(self, _name):
        return True

    def put_package(self, name, content):
        self.files[name] = content

    def log_file(self, _node, path):
        if self.gone:
            raise NodeGoneError("the node is gone")
        return self.files.get(path)

    def download_log(self, node, path, target):
        content = self.log_file(node, path)
        if content is not None:
            Path(target).write_bytes(content)
        return content is not None

    def close(self):
        pass


def info(status):
    return JobInfo(status, "", "head", None, None, {})


def told(key, values):
    """A piece with a state, or with what a driver tells."""
    return pack([Part(key, 0, json.dumps({"time": time.time()} | values).encode())])


def state(trial, attempt, **values):
    return told(KEYS.state(trial, attempt), first_values(trial, attempt, 0, {}) | values)


def out(job, number):
    return f"grid-jupyter/{KEYS.label}/{job}/out/{number:06}"


@pytest.fixture
def cluster():
    return Dashboard()


@pytest.fixture
def work(tmp_path, cluster):
    """What belongs to a run; each call is as after a watcher that was killed."""

    def work():
        folder = RunFolder(tmp_path)
        place = folder.path / "ray"
        journal, replica = Journal(place), Replica(place, KEYS.label)
        kept = Kept(replica.objects, cluster, KEYS.label, None, None)
        options, spec = Options("ray", poll=0.01), RunSpec(script="train.py")
        made = Work(folder, None, options, KEYS, cluster, journal, replica, kept, None, spec)
        made.__dict__["common"] = {}
        return made

    return work


@pytest.fixture
def session(work, tmp_path, monkeypatch):
    """A session of the run; what is sent of its code is of no interest."""
    monkeypatch.setattr(
        "grid_jupyter.clusters.ray.worker.make_package", lambda *_: type("Package", (), {"name": "p", "content": b""})
    )
    session = RemoteSession(RunFolder(tmp_path), RayWorker(work()))
    yield session
    session.close()


def job(trial, attempt=1):
    return Job(trial, attempt, ["true"], {}, "", "", [], {})


def end(session, trial, seconds=20):
    """Wait for the end of a trial."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if trial in session.poll(0.2):
            return session.collect(trial)
    raise AssertionError(f"trial {trial} has not ended")


def test_all_that_was_told_before_a_watcher_was_killed_is_known(work):
    before = work()
    for trial in range(1200):
        before.replica.objects.put(KEYS.state(trial, 1), json.dumps(first_values(trial, 1, 0, {})).encode())
    worker = RayWorker(work())
    assert [trial for trial in range(1200) if worker.find(trial, 1) is None] == []


def test_trials_are_lost_with_the_node_that_kept_them_and_its_job(cluster, session):
    session.start(job(0))
    session.poll(0)
    cluster.files[out(0, 0)] = told("driver", {"job": 0, "read": 1, "over": False})
    cluster.files[out(0, 1)] = state(0, 1, status="running", started=time.time())
    until = time.monotonic() + 10
    while session.age(0) is None:
        assert time.monotonic() < until
        session.poll(0.05)
    cluster.gone = True  # the cluster is another one now
    cluster.jobs.clear()
    ended = end(session, 0)
    assert (ended.lost, ended.rests) == ("the Ray cluster does not know its job any more", False)


def test_a_job_that_has_told_something_is_not_submitted_to_a_cluster_that_knows_none(cluster, work, tmp_path):
    before = work()
    before.journal.enter({"common": {}, "start": [{"trial": 0, "attempt": 1}]})
    before.replica.objects.put("driver", json.dumps({"job": 0, "read": 1}).encode())
    before.replica.objects.put(KEYS.state(0, 1), json.dumps({**first_values(0, 1, 0, {}), "time": 0}).encode())
    (tmp_path / "ray" / "0" / "taken").write_text("2")
    session = RemoteSession(RunFolder(tmp_path), RayWorker(work()))
    try:
        assert session.adopt(0, 1, {})
        assert end(session, 0).lost == "the Ray cluster does not know its job any more"
        assert cluster.submitted == []
    finally:
        session.close()


def test_what_an_earlier_job_runs_is_looked_at_beside_the_last(cluster, work, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "grid_jupyter.clusters.ray.worker.make_package", lambda *_: type("Package", (), {"name": "p", "content": b""})
    )
    before = work()
    earlier = before.journal.enter({"common": {}, "start": [{"trial": 0, "attempt": 1}]})
    before.journal.end(earlier)
    cluster.jobs[f"grid-{KEYS.label}-0"] = info("RUNNING")
    session = RemoteSession(RunFolder(tmp_path), RayWorker(work()))
    try:
        assert session.adopt(0, 1, {})
        session.start(job(1))
        session.poll(0)
        cluster.files[out(0, 0)] = state(0, 1, status="ended", exit_code=0, ended=1.0, seconds=1.0)
        assert end(session, 0).exit_code == 0
        assert cluster.submitted == [f"grid-{KEYS.label}-1"]
    finally:
        session.close()


def test_an_attempt_that_no_job_begins_comes_to_rest(cluster, session):
    session.start(job(0))
    session.poll(0)
    for number in range(3):
        cluster.files[out(number, 0)] = told("driver", {"job": number, "read": 1, "over": False})
        cluster.jobs[f"grid-{KEYS.label}-{number}"] = info("FAILED")
    ended = end(session, 0)
    assert (ended.lost, ended.rests) == ("its Ray job ended", True)
    assert len(cluster.submitted) <= 3


def test_a_file_that_does_not_come_whole_keeps_nobody_waiting_for_long(cluster, session):
    session.start(job(0))
    session.start(job(1))
    session.poll(0)
    over = {"status": "ended", "exit_code": 0, "ended": 1.0, "seconds": 1.0}
    cluster.files[out(0, 0)] = told("driver", {"job": 0, "read": 1, "over": False})
    cluster.files[out(0, 1)] = state(0, 1, **over, artifacts=[["model.pt", 5]])
    cluster.files[out(0, 2)] = state(1, 1, **over)
    cluster.files[f"grid-jupyter/{KEYS.label}/objects/{KEYS.artifacts(0, 1)}model.pt"] = b"longer than told"
    over = [*session.poll(10)]
    assert over[0] == 1
    assert end(session, 0).exit_code == 0


def test_what_was_taken_in_is_kept_neither_here_nor_there(cluster, session, tmp_path, monkeypatch):
    monkeypatch.setattr("grid_jupyter.clusters.ray.worker.KEPT_THERE", 3)
    session.start(job(0))
    session.poll(0)
    cluster.files[out(0, 0)] = told("driver", {"job": 0, "read": 1, "over": False})
    for number in range(3):
        piece = pack([Part("stdout", 2 * number, b"ab")])
        cluster.files[out(0, 2 * number + 1)] = pack([Part(KEYS.piece(0, 1, number), 0, piece)])
        cluster.files[out(0, 2 * number + 2)] = state(0, 1, status="running", started=1.0, pieces=number + 1)
    until = time.monotonic() + 10
    while not any(name.endswith("_0_1.zip") for name in cluster.files):
        assert time.monotonic() < until
        session.poll(0.05)
    assert RunFolder(tmp_path).trial(0).stdout(1).read_text() == "ababab"
    assert [*tmp_path.glob(f"ray/objects/{KEYS.pieces(0, 1)}*")] == []
    (message,) = [name for name in cluster.files if name.endswith("_0_1.zip")]
    assert json.loads(gzip.decompress(cluster.files[message])) == {"taken": 7}
