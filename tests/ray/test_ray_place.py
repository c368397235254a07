"""Plans for a cluster: what it has room for now, what is warned of, and what needs no cluster."""

import pytest
from ray_cluster import RESOURCE

from grid_jupyter.clusters.ray import RayCluster
from grid_jupyter.core.cluster import Code
from grid_jupyter.core.settings import load
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.errors import CommandError


@pytest.fixture
def place(settings):
    """Return a function that places trials on a cluster, as for a launch."""

    def place(cluster, trials=6, **flags):
        settings(cluster.settings())
        return RayCluster("ray").place(RunSpec(script="train.py", **flags), trials, load(), launches=True)

    return place


@pytest.fixture
def ready(ray_cluster, place, wait_until):
    """The cluster, as soon as it tells of all that it has."""
    wait_until(lambda: "12 of 12 CPUs" in dict(place(ray_cluster).facts)["Nodes"], 30)
    return ray_cluster


def test_a_plan_tells_what_is_free(ready, place):
    placed = place(ready, gpus=1)
    assert placed.facts == (("Nodes", "3, 6 of 6 GPUs free, room for 6 trials now"),)
    assert (placed.place, placed.fits, placed.gpus_per_trial, placed.per_machine) == ("the Ray cluster", 6, 1, 2)
    assert placed.warnings == ()


def test_trials_wait_at_the_cluster_and_not_all_of_them(ready, place):
    assert place(ready, 100_000).fits == 1000


def test_trials_that_share_a_gpu_are_warned_of(ready, place):
    placed = place(ready, gpus=0.25)
    assert placed.per_machine == 4  # by its CPUs
    assert [warning for warning in placed.warnings if "share its memory" in warning]


def test_trials_that_see_no_gpu_are_warned_of(ready, place):
    told = "trials see no GPU unless --gpus says how many each gets; the Ray cluster has 6"
    assert place(ready).warnings == (told,)
    assert place(ready, gpus=0).warnings == ()


def test_room_is_counted_on_the_nodes_that_are_meant(ready, place):
    placed = place(ready, instance_type=RESOURCE, gpus=1)
    assert placed.facts[0][1].endswith("room for 2 trials now")


def test_a_launch_is_refused_with_what_the_cluster_has(ready, place, grid):
    place(ready)
    refused = {
        ("--gpus", "3"): "--gpus 3: the largest node of the Ray cluster has 2 GPUs; ask for up to 2",
        ("--cpus", "5"): "--cpus 5: the largest node of the Ray cluster has 4 CPUs; ask for up to 4",
        (
            "--instance_type",
            "p4",
        ): f"has a resource or a label of that name; there is {RESOURCE}, spot",
    }
    for flags, told in refused.items():
        answer = grid.here("run", "--cluster", "ray", *flags, "train.py")
        assert (answer.code, answer.out) == (2, "")
        assert told in answer.err


def test_an_open_cluster_is_warned_of(open_ray_cluster, place):
    told = f"whoever reaches {open_ray_cluster.address} can run programs on this cluster"
    assert any(told in warning for warning in place(open_ray_cluster).warnings)


def test_the_new_autoscaler_tells_the_same(open_ray_cluster, place, wait_until):
    wait_until(lambda: "4 of 4 CPUs free, room for 4 trials" in dict(place(open_ray_cluster).facts)["Nodes"], 30)


# Without a cluster


@pytest.fixture
def nowhere(settings):
    settings('[clusters.lab]\ntype = "ray"\naddress = "http://127.0.0.1:9"\n')


def test_a_dry_run_asks_no_cluster(nowhere, grid):
    answer = grid.here("run", "--dry_run", "--cluster", "lab", "--gpus", "0.5", "train.py", "--lr", "[1, 2]")
    assert answer.code == 0, answer.err
    assert "2 at once on the Ray cluster lab" in answer.out
    assert "trials that share a GPU share its memory too" in answer.out


def test_a_dry_run_refuses_what_no_cluster_has(nowhere, grid):
    answer = grid.here("run", "--dry_run", "--cluster", "lab", "--gpus", "1.5", "train.py")
    assert answer.code == 2
    assert "a trial takes whole GPUs, or a part of one; write --gpus 1" in answer.err


def test_what_is_of_no_use_is_told(nowhere, grid):
    flags = ("--image", "python:3.12", "--disk_size", "300", "--credential", "work")
    answer = grid.here("run", "--dry_run", "--cluster", "lab", *flags, "train.py")
    told = "--image, --disk_size, --credential: of no use on the Ray cluster lab, which is taken as it is"
    assert told in answer.out


def test_a_launch_says_that_nobody_answers(nowhere, grid):
    answer = grid.here("run", "--cluster", "lab", "train.py")
    assert (answer.code, answer.out) == (1, "")
    assert "no Ray dashboard answers at http://127.0.0.1:9: connection refused" in answer.err


def test_a_store_that_is_not_seen_from_here_is_refused(settings, tmp_path):
    settings(f'[clusters.lab]\ntype = "ray"\naddress = "http://127.0.0.1:9"\nstore = "{tmp_path}/none"\n')
    with pytest.raises(CommandError, match=rf"the store {tmp_path}/none is no folder of this machine"):
        RayCluster("lab").check(RunSpec(script="train.py"), load(), Code("", {}, lambda _: b""))


def test_a_launch_without_requests_says_how_to_get_it(nowhere, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CommandError, match=r"pip install 'grid-jupyter\[ray\]'"):
        RayCluster("lab").place(RunSpec(script="train.py"), 1, load(), launches=True)
