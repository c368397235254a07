"""What a trial gets of a cluster, and what is refused, on clusters that are described."""

from dataclasses import replace

import pytest

from grid_jupyter.clusters.ray.answers import Node
from grid_jupyter.clusters.ray.options import Options
from grid_jupyter.clusters.ray.picture import Picture
from grid_jupyter.clusters.ray.share import Share, share_of
from grid_jupyter.clusters.ray.status import Status, read_status
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.errors import CommandError

GB = 2**30


def node(name, cpus=4, gpus=2, memory=20, resources=None, **labels):
    counted = {"CPU": cpus, "GPU": gpus, "memory": memory * GB, "node:10.0.0.1": 1, "object_store_memory": GB}
    labels = {key.replace("__", "/").replace("_", "-"): value for key, value in labels.items()}
    all_labels = {"ray.io/node-id": name} | {f"ray.io/{key}": value for key, value in labels.items()}
    return Node(name, "10.0.0.1", name == "head", counted | (resources or {}), all_labels)


NODES = [
    node("head"),
    node("large", cpus=16, gpus=0, market_type="spot"),
    node("gpus", gpus=8, resources={"accelerator_type:H100": 1, "fast": 2}, accelerator_type="H100"),
]
IDLE = Status({"CPU": 24.0, "GPU": 10.0}, 0, autoscales=False)
LAB = Picture("lab", "http://head:8265", "2.60.0", NODES, IDLE, lets_all_in=False)
GROWING = replace(LAB, status=replace(IDLE, autoscales=True))
OPTIONS = Options(
    "lab", instance_types={"big": "ray.io/accelerator-type=A100", "hopper": "ray.io/accelerator-type=H100"}
)

WORDS = "the Ray cluster lab"


def asked(picture=LAB, **flags):
    return share_of(RunSpec(script="train.py", **flags), OPTIONS, picture)


def test_a_trial_gets_one_cpu_unless_it_asks_for_more():
    assert asked() == Share(1, 0, 0)
    assert asked().to_options() == {"num_cpus": 1, "num_gpus": 0}


def test_what_a_trial_asks_for_is_told_as_ray_counts_it():
    share = asked(cpus=2, gpus=0.5, memory=1.5, instance_type="fast", use_spot=False)
    told = {"num_cpus": 2, "num_gpus": 0.5, "memory": 1610612736, "resources": {"fast": 0.001}}
    assert share.to_options() == told
    assert share.told == "2 CPUs, 0.5 GPUs and 1.5 GB"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fast", {"resources": {"fast": 0.001}}),
        ("h100", {"resources": {"accelerator_type:H100": 0.001}}),  # rather than the label: all versions know it
        ("spot", {"label_selector": {"ray.io/market-type": "spot"}}),
        ("hopper", {"label_selector": {"ray.io/accelerator-type": "H100"}}),
    ],
)
def test_an_instance_type_is_a_resource_or_a_label(name, told):
    assert asked(instance_type=name).to_options() == {"num_cpus": 1, "num_gpus": 0} | told


def test_spot_is_a_label():
    assert asked(use_spot=True).labels == {"ray.io/market-type": "spot"}


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"gpus": 1.5}, "--gpus 1.5: a trial takes whole GPUs, or a part of one; write --gpus 1"),
        ({"gpus": 9}, f"--gpus 9: the largest node of {WORDS} has 8 GPUs; ask for up to 8"),
        ({"cpus": 17}, f"--cpus 17: the largest node of {WORDS} has 16 CPUs; ask for up to 16"),
        (
            {"memory": 64},
            f"--memory 64G: the largest node of {WORDS} has 20 GB for tasks; ask for up to 20G",
        ),
        ({"cpus": 16, "gpus": 8}, f"--cpus 16 --gpus 8: no one node of {WORDS} has all of that"),
        ({"gpus": 1, "use_spot": True}, f"--gpus 1: the largest node of {WORDS} for --use_spot has no GPUs"),
        (
            {"instance_type": "fast", "cpus": 8},
            f"--cpus 8: the largest node of {WORDS} for --instance_type fast has 4 CPUs",
        ),
        (
            {"instance_type": "p4"},
            f"--instance_type p4: no node of {WORDS} has .*; there is H100, fast, spot",
        ),
        (
            {"instance_type": "big"},
            "--instance_type big: the settings say that it is ray.io/accelerator-type=A100, whi",
        ),
    ],
)
def test_what_no_node_could_give_is_refused_with_what_there_is(flags, told):
    with pytest.raises(CommandError, match=told) as caught:
        asked(**flags)
    assert "\n" not in str(caught.value)


def test_what_no_node_has_may_come_where_the_cluster_starts_nodes():
    assert asked(GROWING, gpus=16, instance_type="big", use_spot=True).labels == {
        "ray.io/accelerator-type": "A100",
        "ray.io/market-type": "spot",
    }


def test_a_type_that_no_node_has_yet_is_to_be_told_where_the_cluster_starts_nodes():
    told = r"--instance_type H200: no node .* now; .* H200 = \"ray.io/.*\" below \[clusters.lab.instance_types\]"
    with pytest.raises(CommandError, match=told):
        asked(GROWING, instance_type="H200")


def test_a_cluster_without_cpus_is_told_whatever_was_asked_for():
    bare = replace(NODES[0], resources={"memory": 1e9})
    with pytest.raises(CommandError, match="no node of the Ray cluster lab has CPUs, on which trials can run"):
        asked(replace(LAB, nodes=[bare]))


def test_no_spot_nodes_is_told():
    with pytest.raises(CommandError, match=f"--use_spot: no node of {WORDS} has the label ray.io/market-type=spot"):
        asked(replace(LAB, nodes=NODES[:1]), use_spot=True)


def test_a_cluster_whose_nodes_are_alike_has_no_instance_types():
    with pytest.raises(CommandError, match=r"of that name; all nodes are alike, so drop it"):
        asked(replace(LAB, nodes=NODES[:1]), instance_type="fast")


def test_an_old_cluster_cannot_choose_by_labels_but_by_resources():
    old = replace(LAB, ray="2.44.1")
    assert asked(old, instance_type="h100").resources
    with pytest.raises(
        CommandError,
        match=r"--instance_type spot: it is a label .* from 2.49 on, and the Ray cluster lab runs Ray 2.44.1",
    ):
        asked(old, instance_type="spot")


def test_a_dry_run_refuses_what_no_cluster_has():
    assert asked(None, cpus=1000, gpus=100, instance_type="p4", use_spot=True) == Share(1000, 100)
    with pytest.raises(CommandError, match=r"whole GPUs"):
        asked(None, gpus=2.5)


@pytest.mark.parametrize(
    ("share", "fits"),
    [
        (Share(1), [4, 16, 4]),
        (Share(1, 1), [2, 0, 4]),
        (Share(1, 0.5), [4, 0, 4]),
        (Share(1, 1 / 3), [4, 0, 4]),
        (Share(1, 0.6), [2, 0, 4]),  # parts of different GPUs make no trial
        (Share(2, 0, 10 * GB), [2, 2, 2]),
        (Share(1, labels={"ray.io/market-type": "spot"}), [0, 16, 0]),
        (Share(1, resources={"fast": 0.001}), [0, 0, 4]),
    ],
)
def test_trials_fit_on_nodes(share, fits):
    assert [share.fits_on(one) for one in NODES] == fits


@pytest.mark.parametrize(
    ("version", "is_new"),
    [("2.40.0", True), ("2.39.0", False), ("3.0.0.dev0", True), ("2.100.0rc1", True), ("", False)],
)
def test_versions_are_compared_as_numbers(version, is_new):
    assert replace(LAB, ray=version).is_at_least((2, 40)) == is_new


def test_an_open_cluster_is_warned_of_with_what_its_version_can():
    told = "whoever reaches http://head:8265 can run programs on this cluster, since it asks for no token: "
    assert LAB.open_warning.startswith(f"{told}start Ray with RAY_AUTH_MODE=token, or")
    assert replace(LAB, ray="2.44.1").open_warning.startswith(f"{told}Ray 2.52 and newer can, or")


# What ray status says

BUSY = """\
======== Autoscaler status: 2026-11-29 19:17:33.816384 ========
Node status
---------------------------------------------------------------
Active:
 1 headgroup
 2 gpus
Pending:
 10.0.0.7: gpus, launching
Recent failures:
 (no failures)

Resources
---------------------------------------------------------------
Total Usage:
 3.0/12.0 CPU (2.0 used of 2.0 reserved in placement groups)
 0.5/6.0 GPU
 0.0/1.0 g5.xlarge
 0B/68.70GiB memory

From request_resources:
 {'CPU': 4}: 2 from request_resources()
Pending Demands:
 {'CPU': 1.0, 'GPU': 0.5}: 5+ pending tasks/actors
 {'CPU': 8.0}: 2+ pending tasks/actors (2+ using placement groups)
 {'GPU': 1.0} * 2 (PACK): 1+ pending placement groups
"""


def test_what_is_free_and_what_waits_is_read():
    assert read_status(BUSY) == Status({"CPU": 9.0, "GPU": 5.5, "g5.xlarge": 1.0}, 7, autoscales=True)


def test_an_older_ray_tells_it_under_other_titles():
    older = BUSY.replace("Total Usage:", "Usage:").replace("Pending Demands:", "Demands:")
    assert read_status(older) == read_status(BUSY)


def test_nodes_that_were_started_by_hand_are_no_autoscaling():
    by_hand = BUSY.replace(" 1 headgroup\n 2 gpus\n", f" 1 node_{'0' * 56}\n")
    assert not read_status(by_hand).autoscales


def test_a_cluster_that_does_not_tell_yet_is_not_read():
    assert (
        read_status("No cluster status. It may take a few seconds for the Ray internal services to start up.") is None
    )
