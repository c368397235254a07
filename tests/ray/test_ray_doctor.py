"""``grid doctor`` on a real cluster: what is in order, what is not, and what to do."""

import pytest
from ray_cluster import RESOURCE, TOKEN


@pytest.fixture
def doctor(grid, settings):
    """Return a function that lets the doctor look at a cluster, and returns what it found by check."""

    def doctor(text):
        settings(text)
        answer = grid.here("doctor", "ray", "--format", "json")
        assert TOKEN not in answer.out + answer.err
        found = {finding["check"]: (finding["level"], finding["told"]) for finding in answer.json}
        assert answer.code == int(any(level == "problem" for level, _ in found.values()))
        return found

    return doctor


def test_a_cluster_that_is_well(ray_cluster, doctor, tmp_path):
    found = doctor(ray_cluster.settings(store=str(tmp_path)))
    assert {level for level, _ in found.values()} == {"ok"}
    assert found["token"][1].startswith(f"that of {ray_cluster.token_file} is taken")
    assert "3 nodes with 12 CPUs and 6 GPUs; the largest trial gets 4 CPUs and 2 GPUs" in found["nodes"][1]
    assert found["names"][1] == f"--instance_type can be {RESOURCE}, spot"
    assert found["python"][1].startswith(f"{ray_cluster.python}, version 3.")
    assert found["store"][1].startswith(str(tmp_path))


def test_a_cluster_that_is_not_well(open_ray_cluster, doctor):
    found = doctor(open_ray_cluster.settings(python="/nowhere/python", store="/nowhere"))
    assert found["token"][0] == "warning"
    assert found["token"][1].startswith(f"whoever reaches {open_ray_cluster.address}")
    assert found["python"][0] == "problem"
    assert "python = /nowhere/python in the settings of ray is none that has Ray" in found["python"][1]
    assert found["store"][0] == "problem"
    assert found["store"][1].startswith("the store /nowhere is no folder of this machine, which brings results from it")


def test_nobody_is_let_in_without_the_token(ray_cluster, doctor, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    found = doctor(f'[clusters.ray]\naddress = "{ray_cluster.address}"\n')
    assert found["dashboard"] == ("ok", f"answers at {ray_cluster.address}")
    assert "asks for a token" in found["token"][1]
    assert len(found) == 2


def test_nobody_answers(doctor):
    found = doctor('[clusters.ray]\naddress = "http://127.0.0.1:9"\n')
    assert list(found) == ["dashboard"]
    assert "no Ray dashboard answers at http://127.0.0.1:9" in found["dashboard"][1]


def test_nothing_tells_where_it_is(doctor):
    assert "nothing tells where the Ray cluster is" in doctor("")["settings"][1]


# The store


@pytest.fixture
def look(settings):
    """Return a function that looks at a store alone."""
    from grid_jupyter.clusters.ray.doctor import _store
    from grid_jupyter.clusters.ray.options import read_options
    from grid_jupyter.core.settings import load

    def look(store):
        settings(f'[clusters.ray]\nstore = "{store}"\n')
        found = _store(read_options(load()), load())
        return found.level.value, found.told

    return look


def test_a_folder_is_looked_at(look, tmp_path):
    assert look(tmp_path) == ("ok", f"{tmp_path} can be written from here; each node must see it by the same path")
    level, told = look(tmp_path / "none")
    assert level == "problem"
    assert told.startswith(f"the store {tmp_path}/none is no folder of this machine, which brings results from it;")


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of S3's."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "operator",
        "AWS_SECRET_ACCESS_KEY": "planted",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="lab-bucket")
    yield "lab-bucket"
    server.stop()


def test_a_bucket_is_looked_at(bucket, look):
    assert look(f"s3://{bucket}/runs") == (
        "ok",
        f"s3://{bucket}/runs can be read from here; nodes must be allowed to write to it",
    )
    level, told = look("s3://other-bucket")
    assert level == "problem"
    assert told.startswith("s3://other-bucket cannot be read from here: ")
