import json
import re

import pytest

from grid_jupyter.core.machines import load_catalogue, machines_needed, trials_per_machine
from grid_jupyter.errors import CommandError

CATALOGUE = load_catalogue()
TIMES = "\N{MULTIPLICATION SIGN}"


def find(name):
    return CATALOGUE.find(name).machine


@pytest.mark.parametrize(
    ("name", "machine"),
    [
        ("g5.xlarge", "g5.xlarge"),
        ("G5.XLarge ", "g5.xlarge"),
        ("1_t4_16gb", "g4dn.xlarge"),
        ("1_T4_64GB", "g4dn.4xlarge"),
        ("8_v100_32gb", "p3dn.24xlarge"),
        ("8_V100_768GB", "p3dn.24xlarge"),
        ("8_V100_488GB", "p3.16xlarge"),
        ("8_V100_32gb", "p3dn.24xlarge"),
        ("4_v100_16gb", "p3.8xlarge"),
        ("1_M60_30.5GB", "g3s.xlarge"),
        ("1_m60_8gb", "g3s.xlarge"),
        ("16_K80_732GB", "p2.16xlarge"),
        ("4_K520_60GB", "g2.8xlarge"),
        ("4_l4_24gb", "g6.12xlarge"),
        ("8_rtxpro6000_96gb", "g7e.48xlarge"),
        ("8_h200_141gb", "p5en.48xlarge"),
        ("2_cpu_8gb", "m5a.large"),
        ("2_cpu_4gb", "t3.medium"),
        ("96_CPU_384GB", "m5a.24xlarge"),
        ("192_cpu_768gb", "m7i.48xlarge"),
    ],
)
def test_every_naming_finds_its_machine(name, machine):
    assert find(name).name == machine


def test_memory_of_a_gpu_is_tried_before_the_machines():
    # 32 GB is the memory of each GPU of a g7.2xlarge and the memory of a g7.2xlarge as well
    assert find("1_rtxpro4500_32gb").name == "g7.2xlarge"
    assert find("1_rtxpro4500_64gb").name == "g7.4xlarge"


def test_an_ambiguous_name_says_what_was_taken_and_what_else_it_could_be():
    (note,) = CATALOGUE.find("1_t4_16gb").notes
    assert note == (
        f"1_t4_16gb is g4dn.xlarge (1 {TIMES} T4 16 GB), $0.53 an hour;"
        " it could also be g4dn.2xlarge, g4dn.4xlarge, g4dn.8xlarge or g4dn.16xlarge"
    )
    (note,) = CATALOGUE.find("1_l4_24gb").notes
    assert note.endswith("or 3 more")


def test_a_retired_machine_is_known_and_says_what_to_take():
    (note,) = CATALOGUE.find("4_v100_16gb").notes
    assert note == (
        f"p3.8xlarge (4 {TIMES} V100 16 GB) is retired; the nearest is g6.12xlarge (4 {TIMES} L4 24 GB), $4.60 an hour"
    )


def test_the_last_v100_needs_an_image_and_says_so():
    (note,) = CATALOGUE.find("8_v100_32gb").notes
    assert "one of your own" in note
    assert "p4d.24xlarge" in note


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("3_v100_16gb", ["8_v100_32gb", "4_t4_16gb", "4_l4_24gb"]),
        ("8_a100_60gb", ["8_a100_40gb", "8_a100_80gb"]),
        ("1_h10_80gb", ["1_h100_80gb"]),
        ("3_cpu_8gb", ["2_cpu_8gb"]),
        ("a100", ["8_a100_40gb", "8_a100_80gb"]),
        ("g4dn.3xlarge", ["g4dn.xlarge"]),
        ("", ["1_t4_16gb"]),
        ("\u0661_t4_16gb", ["1_t4_16gb"]),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name, near):
    with pytest.raises(CommandError, match=re.escape(f"--instance_type {name!r}")) as caught:
        find(name)
    told = str(caught.value).split("near it: ")[1].split(", ")
    assert told[: len(near)] == near
    assert len(told) <= 3


def test_the_catalogue_holds_together():
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", CATALOGUE.date)
    assert CATALOGUE.source
    names = [machine.name for machine in CATALOGUE.machines]
    assert len(names) == len(set(names))
    for machine in CATALOGUE.machines:
        assert find(machine.name) is machine
        for nickname in machine.nicknames:
            assert machine.accelerator == find(nickname).accelerator
        if machine.retired or machine.note:
            replacement = CATALOGUE.named(machine.replacement)
            assert not replacement.retired
            assert not replacement.note
        assert machine.on_demand or machine.note


def test_json_has_the_fields_of_the_verb():
    assert json.loads(json.dumps(find("p3.8xlarge").to_json())) == {
        "name": "p3.8xlarge",
        "nicknames": ["4_v100_16gb", "4_v100_244gb"],
        "gpus": 4,
        "accelerator": "V100",
        "gpu_memory_gb": 16,
        "vcpus": 32,
        "memory_gb": 244,
        "on_demand": 12.24,
        "spot": None,
        "retired": True,
    }


def test_labels():
    assert find("g5.12xlarge").label == f"4 {TIMES} A10G 24 GB"
    assert find("m5a.large").label == "2 CPUs 8 GB"


@pytest.mark.parametrize(
    ("name", "asked", "fits"),
    [
        ("8_v100_16gb", {}, 1),
        ("8_v100_16gb", {"gpus": 4}, 2),
        ("4_v100_16gb", {"gpus": 4}, 1),
        ("8_v100_16gb", {"gpus": 3}, 2),
        ("1_t4_16gb", {"gpus": 0.1}, 10),
        ("8_v100_16gb", {"cpus": 4}, 1),
        ("8_v100_16gb", {"gpus": 1, "cpus": 32}, 2),
        ("8_v100_16gb", {"gpus": 1, "memory_gb": 100}, 4),
        ("8_v100_16gb", {"gpus": 0, "cpus": 16}, 4),
        ("m5a.2xlarge", {}, 1),
        ("m5a.2xlarge", {"memory_gb": 1}, 1),
        ("m5a.2xlarge", {"cpus": 3}, 2),
        ("m5a.2xlarge", {"cpus": 0}, 1),
        ("m5a.2xlarge", {"cpus": 1, "memory_gb": 16}, 2),
    ],
)
def test_trials_that_share_a_machine(name, asked, fits):
    whole = {"gpus": None, "cpus": None, "memory_gb": None}
    assert trials_per_machine(find(name), **{**whole, **asked}) == fits


@pytest.mark.parametrize(
    ("name", "asked", "told"),
    [
        ("4_v100_16gb", {"gpus": 8}, "--gpus 8: p3.8xlarge has 4; ask for up to 4, or take 8_v100_16gb"),
        ("g6.12xlarge", {"gpus": 8}, "--gpus 8: g6.12xlarge has 4; ask for up to 4, or take 8_l4_24gb"),
        ("g6.12xlarge", {"gpus": 99}, "--gpus 99: g6.12xlarge has 4; ask for up to 4"),
        ("m5a.large", {"gpus": 1}, "--gpus 1: m5a.large has none; leave --gpus out, or take 1_t4_16gb"),
        ("m5a.large", {"cpus": 3}, "--cpus 3: m5a.large has 2; ask for up to 2, or take m5a.xlarge"),
        (
            "m5a.large",
            {"memory_gb": 9},
            "--memory 9G: m5a.large has 8G; ask for up to 8G, or take m5a.xlarge",
        ),
    ],
)
def test_more_than_a_machine_has_is_refused(name, asked, told):
    whole = {"gpus": None, "cpus": None, "memory_gb": None}
    with pytest.raises(CommandError) as caught:
        trials_per_machine(find(name), **{**whole, **asked})
    assert str(caught.value) == told


@pytest.mark.parametrize(("at_once", "each", "needed"), [(0, 2, 0), (1, 2, 1), (4, 2, 2), (5, 2, 3)])
def test_machines_needed(at_once, each, needed):
    assert machines_needed(at_once, each) == needed
