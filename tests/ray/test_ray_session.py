"""What a session makes of what a cluster tells, and of what it does not tell any more."""

import gzip
import json
import time
from pathlib import Path

import pytest

from grid_jupyter.clusters.ray.answers import JobInfo, Version
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
from grid_jupyter.errors import CredentialError
from grid_jupyter.remote.agent.layout import RunKeys
from grid_jupyter.remote.agent.pieces import Part, pack
from grid_jupyter.remote.agent.state import first_values
from grid_jupyter.remote.session import RemoteSession

KEYS = RunKeys("spiffy", "0123456789")


class Dashboard:
    """As much of a cluster as a session asks for: its jobs, and the files of its head."""

    address = "http://head:8265"

    def __init__(self):
        self.jobs, self.files, self.submitted = {}, {}, []
        self.gone = False
        self.session = "session_1"
        self.wants = self.token = None

    def version(self):
        return Version("2.60.0", self.session)

    def renew(self, token):
        self.token = token.text

    def job(self, job):
        if self.wants != self.token:
            raise CredentialError("the Ray cluster does not take the token")
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

    def work(**options):
        folder = RunFolder(tmp_path)
        place = folder.path / "ray"
        journal, replica = Journal(place), Replica(place, KEYS.label)
        kept = Kept(replica.objects, cluster, KEYS.label, None, None)
        options, spec = Options("ray", poll=0.01, **options), RunSpec(script="train.py")
        made = Work(folder, None, options, KEYS, cluster, journal, replica, kept, None, spec)
        made.__dict__["common"] = {}
        return made

    return work


@pytest.fixture
def open_session(work, tmp_path, monkeypatch):
    """Return a function that begins a session of the run; what is sent of its code is of no interest."""
    monkeypatch.setattr(
        "grid_jupyter.clusters.ray.worker.make_package", lambda *_: type("Package", (), {"name": "p", "content": b""})
    )
    opened = []

    def open_session(**options):
        opened.append(RemoteSession(RunFolder(tmp_path), RayWorker(work(**options))))
        return opened[-1]

    yield open_session
    for session in opened:
        session.close()


@pytest.fixture
def session(open_session):
    return open_session()


def job(trial, attempt=1):
    return Job(trial, attempt, ["true"], {}, "", "", [], {})


def messages(cluster, number):
    """What the driver of a job was sent."""
    names = sorted(name for name in cluster.files if name.startswith(f"_grid_{KEYS.label}_{number}_"))
    return [json.loads(gzip.decompress(cluster.files[name])) for name in names]


def wait_for(session, condition, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        session.poll(0.05)


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
    wait_for(session, lambda: session.age(0) is not None)
    cluster.gone = True  # the cluster is another one now
    cluster.jobs.clear()
    ended = end(session, 0)
    assert (ended.lost, ended.rests) == ("the Ray cluster does not know its job any more", False)


def test_a_job_that_told_something_is_not_submitted_to_a_cluster_that_knows_none(cluster, work, open_session, tmp_path):
    before = work()
    before.journal.enter({"common": {}, "start": [{"trial": 0, "attempt": 1}]})
    before.replica.objects.put("driver", json.dumps({"job": 0, "read": 1}).encode())
    before.replica.objects.put(KEYS.state(0, 1), json.dumps({**first_values(0, 1, 0, {}), "time": 0}).encode())
    (tmp_path / "ray" / "0" / "taken").write_text("2")
    session = open_session()
    assert session.adopt(0, 1, {})
    assert end(session, 0).lost == "the Ray cluster does not know its job any more"
    assert cluster.submitted == []


def test_what_an_earlier_job_runs_is_looked_at_beside_the_last(cluster, work, open_session):
    before = work()
    earlier = before.journal.enter({"common": {}, "start": [{"trial": 0, "attempt": 1}]})
    before.journal.end(earlier)
    cluster.jobs[f"grid-{KEYS.label}-0"] = info("RUNNING")
    session = open_session()
    assert session.adopt(0, 1, {})
    session.start(job(1))
    session.poll(0)
    cluster.files[out(0, 0)] = state(0, 1, status="ended", exit_code=0, ended=1.0, seconds=1.0)
    assert end(session, 0).exit_code == 0
    wait_for(session, lambda: cluster.submitted == [f"grid-{KEYS.label}-1"])


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
    wait_for(session, lambda: len(messages(cluster, 0)) > 1)
    assert RunFolder(tmp_path).trial(0).stdout(1).read_text() == "ababab"
    assert [*tmp_path.glob(f"ray/objects/{KEYS.pieces(0, 1)}*")] == []
    (message,) = [name for name in cluster.files if name.endswith("_0_1.zip")]
    assert json.loads(gzip.decompress(cluster.files[message])) == {"taken": 7}


def run_on(cluster, session):
    """Start a trial that runs."""
    session.start(job(0))
    session.poll(0)
    cluster.files[out(0, 0)] = told("driver", {"job": 0, "read": 1, "over": False})
    cluster.files[out(0, 1)] = state(0, 1, status="running", started=time.time())
    wait_for(session, lambda: session.age(0) is not None)


def test_a_session_that_ends_early_lets_trials_go_on(cluster, session, open_session):
    """As that of a watcher whose database is damaged."""
    run_on(cluster, session)
    session.close()
    assert [*map(list, messages(cluster, 0))] == [["common", "start"]]
    session = open_session()
    assert session.adopt(0, 1, {})
    cluster.files[out(0, 2)] = state(0, 1, status="ended", exit_code=0, ended=1.0, seconds=1.0)
    assert end(session, 0).exit_code == 0
    session.close()
    assert messages(cluster, 0)[-1] == {"close": True}
    assert cluster.submitted == [f"grid-{KEYS.label}-0"]


def test_a_job_that_could_not_be_told_to_end_is_told_before_another_begins(cluster, work, open_session):
    before = work()
    earlier = before.journal.enter({"common": {}, "start": [{"trial": 0, "attempt": 1}]})
    before.journal.enter({"close": True})
    before.journal.end(earlier)
    cluster.jobs[f"grid-{KEYS.label}-0"] = info("RUNNING")
    session = open_session()
    session.start(job(0, 2))
    wait_for(session, lambda: {"close": True} in messages(cluster, 0))
    assert cluster.submitted == []
    cluster.jobs[f"grid-{KEYS.label}-0"] = info("SUCCEEDED")
    wait_for(session, lambda: cluster.submitted == [f"grid-{KEYS.label}-1"])


def test_a_run_is_not_carried_on_on_another_cluster(cluster, session, open_session):
    run_on(cluster, session)
    session.close()
    cluster.address, cluster.session = "http://other:8265", "session_2"
    cluster.jobs.clear()
    session = open_session()
    assert session.adopt(0, 1, {})
    session.start(job(1))
    told = "this run is on the Ray cluster that was at http://head:8265, and at http://other:8265 is another"
    wait_for(session, lambda: told in (session.delay(1) or ""))
    assert session.poll(0.1) == []
    assert cluster.submitted == [f"grid-{KEYS.label}-0"]


def test_a_run_goes_on_where_its_cluster_is_found_elsewhere(cluster, session, open_session):
    """As through another tunnel."""
    run_on(cluster, session)
    session.close()
    cluster.address = "http://127.0.0.1:8266"
    session = open_session()
    assert session.adopt(0, 1, {})
    cluster.files[out(0, 2)] = state(0, 1, status="ended", exit_code=0, ended=1.0, seconds=1.0)
    assert end(session, 0).exit_code == 0


def test_a_token_that_was_renewed_is_taken(cluster, open_session, tmp_path):
    (tmp_path / "token").write_text("old")
    session = open_session(token_file=str(tmp_path / "token"))
    cluster.wants = "new"
    session.start(job(0))
    wait_for(session, lambda: "does not take the token" in (session.delay(0) or ""))
    (tmp_path / "token").write_text("new")
    wait_for(session, lambda: cluster.submitted)


def test_a_checkpoint_that_is_to_go_goes_with_the_next_job_too(cluster, session):
    """Where the driver has ended before it could take the message."""
    session.forget([0])
    session.start(job(0))
    wait_for(session, lambda: cluster.submitted)
    cluster.jobs[f"grid-{KEYS.label}-0"] = info("FAILED")
    cluster.files[out(0, 0)] = told("driver", {"job": 0, "read": 0, "over": False})
    wait_for(session, lambda: len(messages(cluster, 1)) > 1)
    deleted, started, *_ = messages(cluster, 1)
    assert deleted == {"delete": [KEYS.checkpoint_pointer(0)]}
    assert [order["trial"] for order in started["start"]] == [0]


def test_the_driver_is_told_of_losses_that_are_known(cluster, session):
    """Then it leaves it to the session what becomes of the trial."""
    run_on(cluster, session)
    cluster.files[out(0, 2)] = state(0, 1, status="ended", lost="its node was lost", ended=1.0)
    assert end(session, 0).lost == "its node was lost"
    wait_for(session, lambda: {"known": [0]} in messages(cluster, 0))
