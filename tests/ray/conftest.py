"""A Ray cluster that all tests share, which is started when the first one needs it."""

import pytest
from ray_cluster import VARIABLE, open_cluster, ray_python


def pytest_collection_modifyitems(items):
    """What has a cluster takes seconds."""
    for item in items:
        if {"ray_cluster", "open_ray_cluster"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.full)


def _open(**how):
    if ray_python() is None:
        pytest.skip(f"{VARIABLE} names no Python that has Ray; make test-all does")
    return open_cluster(**how)


@pytest.fixture(scope="session")
def shared_ray_cluster():
    with _open() as cluster:
        yield cluster


@pytest.fixture
def ray_cluster(shared_ray_cluster):
    """The cluster, with all of its nodes there, before and after."""
    yield shared_ray_cluster
    for index, raylet in enumerate(shared_ray_cluster.raylets()):
        if raylet is None:
            shared_ray_cluster.start_node(index)


@pytest.fixture(scope="session")
def open_ray_cluster():
    """A cluster of one node that lets everybody in."""
    with _open(nodes=1, token=None) as cluster:
        yield cluster
