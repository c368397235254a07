"""The client against a real dashboard: jobs, packages, files, nodes."""

import os

import pytest
from ray_cluster import LABEL, RESOURCE

from grid_jupyter.clusters.ray.client import Client
from grid_jupyter.clusters.ray.log_files import NodeGoneError
from grid_jupyter.clusters.ray.tokens import find_token
from grid_jupyter.errors import CommandError, CredentialError, ServiceError


@pytest.fixture
def client(ray_cluster):
    client = Client(ray_cluster.address, find_token(ray_cluster.token_file))
    yield client
    client.close()


@pytest.fixture
def submit(client, ray_cluster, wait_until):
    """Return a function that submits a job of Python code, and forgets it in the end."""
    jobs = []

    def submit(name, code, **how):
        jobs.append(name)
        return client.submit(name, f"{ray_cluster.python} -c '{code}'", **how)

    yield submit
    for job in jobs:
        client.stop(job)
        wait_until(lambda job=job: client.delete(job), 30)


@pytest.fixture
def over(client, wait_until):
    """Return a function that waits for a job's end and tells how it stands."""
    return lambda job: wait_until(lambda: (about := client.job(job)) and about.over and about, 60)


def test_a_dashboard_tells_its_version(client):
    version = client.version()
    assert version.ray.count(".") == 2
    assert version.session.startswith("session_2")


def test_a_job_is_submitted_once_and_tells_how_it_ended(client, submit, over):
    assert submit("grid-one", "print(1)", metadata={"run": "one"})
    assert not submit("grid-one", "print(2)")
    about = over("grid-one")
    assert (about.status, about.exit_code, about.metadata) == ("SUCCEEDED", 0, {"run": "one"})
    assert about.node == client.nodes()[0].id  # a driver that holds nothing is the head's
    assert b"1" in client.log_file(about.node, "job-driver-grid-one.log").splitlines()


def test_a_job_that_fails_tells_why(submit, over):
    submit("grid-bad", "raise SystemExit(3)")
    about = over("grid-bad")
    assert (about.status, about.exit_code) == ("FAILED", 3)
    assert "exit code 3" in about.message


def test_a_job_is_stopped_and_only_then_deleted(client, submit, over, wait_until):
    submit("grid-long", "import time; time.sleep(300)")
    wait_until(lambda: client.job("grid-long").status == "RUNNING", 60)
    assert not client.delete("grid-long")
    assert client.stop("grid-long")
    assert over("grid-long").status == "STOPPED"
    wait_until(lambda: not client.stop("grid-long"))  # whoever watched over it goes a moment later
    assert client.delete("grid-long")
    assert client.job("grid-long") is None


def test_what_is_not_there_is_no_error(client):
    assert client.job("grid-none") is None
    assert not client.stop("grid-none")
    assert client.delete("grid-none")


def test_tasks_that_wait_for_room_are_counted(client, submit, wait_until):
    code = "import ray, time; ray.init(); whole = ray.remote(num_gpus=2.0)(lambda: time.sleep(300)); "
    submit("grid-wide", f"{code} ray.get([whole.remote() for _ in range(5)])")
    assert wait_until(lambda: (status := client.status()) and status.free["GPU"] == 0 and status.waiting, 60) == 2


def test_a_job_that_ray_refuses_is_told_in_one_line(client):
    with pytest.raises(
        ServiceError, match=r"did not take the job: TypeError: metadata values must be strings"
    ) as caught:
        client.submit("grid-wrong", "true", metadata={"number": 3})
    assert "\n" not in str(caught.value)
    assert client.job("grid-wrong") is None


def test_a_package_is_put_once_and_is_there(client):
    assert not client.has_package("grid-package.zip")
    client.put_package("grid-package.zip", b"content")
    assert client.has_package("grid-package.zip")


def test_a_package_that_is_too_large_is_refused(client):
    with pytest.raises(CommandError, match=r"101 MB.*up to 100 in one piece"):
        client.put_package("grid-large.zip", bytes(101 * 2**20))


def test_files_of_any_node_come_as_they_are(client, ray_cluster):
    random = os.urandom(300_000)
    for index, label in ((0, None), (1, LABEL[0])):
        node = next(one for one in client.nodes() if (label in one.labels if label else one.head))
        files = {"grid/deep/bytes": random, "grid/deep/a b+c%d=&": b"named", "grid/open": b"a\nb"}
        for path, content in files.items():
            file = ray_cluster.logs(index) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            assert client.log_file(node.id, path) == content


def test_a_large_file_is_written_as_it_comes(client, ray_cluster, tmp_path):
    node = client.nodes()[0].id
    content = os.urandom(2**20) * 20
    (ray_cluster.logs(0) / "large").write_bytes(content)
    target = tmp_path / "target"
    assert client.download_log(node, "large", str(target))
    assert target.read_bytes() == content
    assert not client.download_log(node, "none", str(tmp_path / "none"))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["target"]


def test_a_file_that_is_not_there_is_none_and_what_lies_outside_is_refused(client, ray_cluster):
    node = client.nodes()[0].id
    (ray_cluster.logs(0) / "empty").write_bytes(b"")
    # Ray itself answers now and then as if there were an empty file.
    assert {client.log_file(node, path) for path in ["grid/none", "empty"] for _ in range(50)} == {None}
    with pytest.raises(ServiceError):
        client.log_file(node, "../../../../token")


def test_nodes_tell_what_they_have(client):
    head, *others = client.nodes()
    assert head.head
    assert not any(node.head for node in others)
    assert [(node.resources["CPU"], node.resources["GPU"]) for node in (head, *others)] == [(4, 2)] * 3
    assert [node.labels.get(LABEL[0]) for node in others].count(LABEL[1]) == 1
    assert [node.resources.get(RESOURCE) for node in others].count(1) == 1


def test_all_that_is_there_is_free_where_nothing_runs(client, wait_until):
    status = wait_until(lambda: (status := client.status()) and status.free.get("GPU") == 6 and status, 30)
    assert (status.free["CPU"], status.free[RESOURCE], status.autoscales) == (12, 1, False)


def test_a_node_that_is_lost_is_no_longer_there(client, ray_cluster, wait_until):
    lost = next(node for node in client.nodes() if RESOURCE in node.resources)
    ray_cluster.lose_node(2)
    wait_until(lambda: lost not in client.nodes(), 30)
    with pytest.raises(NodeGoneError, match=f"{lost.id[:8]} .* is gone"):
        client.log_file(lost.id, "raylet.out")
    ray_cluster.start_node(2)
    assert len(client.nodes()) == 3


def test_a_cluster_with_a_token_lets_nobody_in_without_it(ray_cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not Client(ray_cluster.address, find_token(ray_cluster.token_file)).lets_all_in()
    with pytest.raises(CredentialError, match="asks for a token: name a file that holds it with token_file"):
        Client(ray_cluster.address, find_token(None)).nodes()
    (tmp_path / "other").write_text("wrong-one\n")
    with pytest.raises(CredentialError, match=rf"does not take the token of {tmp_path}/other") as caught:
        Client(ray_cluster.address, find_token(str(tmp_path / "other"))).nodes()
    assert "wrong-one" not in str(caught.value)


def test_a_cluster_without_a_token_is_found_open_whatever_is_sent(open_ray_cluster, tmp_path):
    (tmp_path / "token").write_text("any")
    client = Client(open_ray_cluster.address, find_token(str(tmp_path / "token")))
    assert client.lets_all_in()
    assert len(client.nodes()) == 1
