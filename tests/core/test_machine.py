import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pynvml
import pytest

from grid_jupyter.clusters.local import machine
from grid_jupyter.clusters.local.machine import Gpu
from grid_jupyter.core import cgroup

STAND_INS = Path(__file__).parent.parent / "stand_ins"
GB = 2**30
NO_LIMIT = "9223372036854771712\n"


# CPUs and memory


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Return a function that makes up control groups: our membership, and the files by path."""
    root, membership = tmp_path / "cgroup", tmp_path / "membership"
    monkeypatch.setattr(cgroup, "ROOT", root)
    monkeypatch.setattr(cgroup, "MEMBERSHIP", membership)

    def make(ours, files):
        membership.write_text(ours)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return make


@pytest.fixture(autouse=True)
def big_machine(monkeypatch):
    """64 CPUs and nearly 256 GB of memory."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    memory = psutil.virtual_memory()._replace(total=int(255.6 * GB))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


V1 = "4:memory:/user\n3:cpu,cpuacct:/user\n1:name=systemd:/user\n"


@pytest.mark.parametrize(
    ("ours", "files", "count"),
    [
        ("0::/\n", {}, 64),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 64),
        ("0::/\n", {"cpu.max": "300000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "10000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "9900000 100000\n"}, 64),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "200000 100000\n"}, 2),
        ("0::/a/b\n", {"a/b/cpu.max": "100000 100000\n", "a/cpu.max": "200000 100000\n"}, 1),
        ("0::/a/b\n", {"other/cpu.max": "100000 100000\n"}, 64),
        ("0::/docker/of-the-host\n", {"cpu.max": "400000 100000\n"}, 4),
        ("0::/../../outside\n", {"cpu.max": "400000 100000\n"}, 4),
        ("0::/a:b\n", {"a:b/cpu.max": "400000 100000\n"}, 4),
        ("0::/\n", {"cpu.max": "nonsense\n"}, 64),
        ("0::/\n", {"cpu.max": ""}, 64),
        (V1, {"cpu/user/cpu.cfs_quota_us": "-1\n", "cpu/user/cpu.cfs_period_us": "100000\n"}, 64),
        (V1, {"cpu/user/cpu.cfs_quota_us": "150000\n", "cpu/user/cpu.cfs_period_us": "100000\n"}, 2),
        (V1, {"cpu/cpu.cfs_quota_us": "500000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 5),
        (V1, {"cpu/cpu.cfs_quota_us": "500000\n"}, 64),
        (V1 + "0::/user\n", {"cpu/cpu.cfs_quota_us": "500000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 5),
        ("", {}, 64),
    ],
)
def test_cpus_are_those_that_a_quota_leaves(tree, ours, files, count):
    tree(ours, files)
    assert machine.cpu_count() == count


def test_cpus_are_those_of_the_affinity(tree, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert machine.cpu_count() == 2
    tree("0::/\n", {"cpu.max": "100000 100000\n"})
    assert machine.cpu_count() == 1


def test_a_system_without_affinity_and_groups(tree, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 10)
    assert machine.cpu_count() == 10
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert machine.cpu_count() == 1
    assert cgroup.cpu_quota() == cgroup.memory_limit() == math.inf


@pytest.mark.parametrize(
    ("ours", "files", "memory"),
    [
        ("0::/\n", {}, 256),
        ("0::/\n", {"memory.max": "max\n"}, 256),
        ("0::/\n", {"memory.max": f"{16 * GB}\n"}, 16),
        ("0::/\n", {"memory.max": f"{GB * 3 // 2}\n"}, 1.5),
        ("0::/\n", {"memory.max": "1000000000\n"}, 0.93),
        ("0::/\n", {"memory.max": f"{1024 * GB}\n"}, 256),
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": f"{8 * GB}\n"}, 8),
        ("0::/a/b\n", {"a/b/memory.max": f"{4 * GB}\n", "a/memory.max": f"{8 * GB}\n"}, 4),
        ("0::/elsewhere\n", {"memory.max": f"{8 * GB}\n"}, 8),
        (V1, {"memory/user/memory.limit_in_bytes": NO_LIMIT, "memory/memory.limit_in_bytes": NO_LIMIT}, 256),
        (V1, {"memory/user/memory.limit_in_bytes": f"{2 * GB}\n", "memory/memory.limit_in_bytes": NO_LIMIT}, 2),
        (V1, {"memory/memory.limit_in_bytes": f"{2 * GB}\n"}, 2),
    ],
)
def test_memory_is_what_a_limit_leaves(tree, ours, files, memory):
    tree(ours, files)
    assert machine.memory_gb() == memory


@pytest.mark.parametrize(
    ("vmstat", "files", "kills"),
    [
        (None, {}, None),
        ("nr_free_pages 7\n", {}, None),
        ("nr_free_pages 7\noom_kill 3\n", {}, 3),
        ("oom_kill 3\n", {"memory.events": "oom 9\noom_kill 1\n"}, 3),
        ("oom_kill 0\n", {"memory.events": "low 0\noom 9\noom_kill 4\noom_group_kill 8\n"}, 4),
        (None, {"memory.events": "oom_kill 4\n"}, 4),
        ("oom_kill 0\n", {"memory.events": "oom 9\n"}, 0),
    ],
)
def test_processes_killed_for_want_of_memory(tree, tmp_path, monkeypatch, vmstat, files, kills):
    monkeypatch.setattr(machine, "_VMSTAT", tmp_path / "vmstat")
    if vmstat is not None:
        (tmp_path / "vmstat").write_text(vmstat)
    tree("0::/\n", files)
    assert machine.oom_kills() == kills


def test_the_first_version_of_control_groups_counts_too(tree, tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_VMSTAT", tmp_path / "none")
    tree(V1, {"memory/user/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"})
    assert machine.oom_kills() == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_this_kernel_tells_how_many_it_killed():
    assert isinstance(machine.oom_kills(), int)


# GPUs

A = {"uuid": "GPU-aaaa1111-0000-0000-0000-000000000000", "memory": 80 * GB}
B = {"uuid": "GPU-aaaa2222-0000-0000-0000-000000000000", "memory": 40 * GB}
C = {"uuid": "GPU-cccc3333-0000-0000-0000-000000000000", "memory": 16 * GB}
PART_1 = {"uuid": "MIG-11111111-0000-0000-0000-000000000000", "memory": 10 * GB, "gi": 7, "ci": 0}
PART_2 = {"uuid": "MIG-22222222-0000-0000-0000-000000000000", "memory": 20 * GB, "gi": 8, "ci": 1}
SPLIT = {"uuid": "GPU-dddd4444-0000-0000-0000-000000000000", "memory": 80 * GB, "mig": [None, PART_1, PART_2, None]}
EMPTY = {"uuid": "GPU-eeee5555-0000-0000-0000-000000000000", "memory": 80 * GB, "mig": [None, None]}
DENIED = {"uuid": "GPU-ffff6666-0000-0000-0000-000000000000", "memory": 80 * GB, "denied": True}
OLD_1 = f"MIG-{SPLIT['uuid']}/7/0"
OLD_2 = f"MIG-{SPLIT['uuid']}/8/1"


def gpu(name, device):
    return Gpu(name, device["uuid"], device["memory"])


def load_stand_in():
    spec = importlib.util.spec_from_file_location("pynvml", STAND_INS / "pynvml.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def have(monkeypatch):
    """Return a function that gives this machine GPUs, and CUDA's variables."""
    stand_in = load_stand_in()
    monkeypatch.setitem(sys.modules, "pynvml", stand_in)
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "GRID_TEST_GPUS", "GRID_TEST_GPUS_FAIL"):
        monkeypatch.delenv(name, raising=False)

    def give(*devices, visible=None, order=None, fail=None):
        monkeypatch.setenv("GRID_TEST_GPUS", json.dumps(devices))
        variables = {"CUDA_VISIBLE_DEVICES": visible, "CUDA_DEVICE_ORDER": order, "GRID_TEST_GPUS_FAIL": fail}
        for name, value in variables.items():
            if value is not None:
                monkeypatch.setenv(name, value)

    yield give
    assert stand_in._users == (1 if "nvmlShutdown" in os.environ.get("GRID_TEST_GPUS_FAIL", "") else 0)


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ([], []),
        ([A], [gpu("0", A)]),
        ([A, B, C], [gpu("0", A), gpu("1", B), gpu("2", C)]),
        ([SPLIT], [gpu(PART_1["uuid"], PART_1), gpu(PART_2["uuid"], PART_2)]),
        ([EMPTY], []),
        # How CUDA counts beside a GPU in MIG mode is told nowhere.
        ([SPLIT, A], [gpu(PART_1["uuid"], PART_1), gpu(PART_2["uuid"], PART_2), gpu(A["uuid"], A)]),
        ([EMPTY, A], [gpu(A["uuid"], A)]),
        ([DENIED, A], [gpu(A["uuid"], A)]),
        ([DENIED], []),
    ],
)
def test_all_gpus_where_nothing_restricts_them(have, devices, expected):
    have(*devices)
    assert machine.gpus() == expected


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("none", []),
        ("0", [gpu("0", A)]),
        ("2,0", [gpu("2", C), gpu("0", A)]),
        (" 2 , 0 ", [gpu("2", C), gpu("0", A)]),
        ("+1", [gpu("+1", B)]),
        ("1x", [gpu("1x", B)]),
        ("0,2,-1,1", [gpu("0", A), gpu("2", C)]),
        ("0,9,1", [gpu("0", A)]),
        ("0,,1", [gpu("0", A)]),
        ("0,1,0", [gpu("0", A), gpu("1", B)]),
        (A["uuid"], [gpu(A["uuid"], A)]),
        ("GPU-aaaa1", [gpu("GPU-aaaa1", A)]),
        ("GPU-c,GPU-aaaa2", [gpu("GPU-c", C), gpu("GPU-aaaa2", B)]),
        ("GPU-aaaa", []),
        ("GPU-c,GPU-aaaa,0", [gpu("GPU-c", C)]),
        ("GPU-none,0", []),
        ("aaaa1111", []),
        (f"GPU-aaaa1,{A['uuid']},0,1", [gpu("GPU-aaaa1", A), gpu("1", B)]),
        # The fourth is in MIG mode.
        ("3", [gpu("3", PART_1)]),
        ("3,0", [gpu("3", PART_1), gpu("0", A)]),
        ("GPU-dddd", [gpu("GPU-dddd", PART_1)]),
        (PART_2["uuid"], [gpu(PART_2["uuid"], PART_2)]),
        ("MIG-2222", []),
        (OLD_2, [gpu(OLD_2, PART_2)]),
        (f"{OLD_2},{PART_2['uuid']},{PART_1['uuid']}", [gpu(OLD_2, PART_2), gpu(PART_1["uuid"], PART_1)]),
        (f"MIG-{SPLIT['uuid']}/8/0", []),
        # The fifth too, and has no instance; the sixth is another user's.
        ("0,4,1", [gpu("0", A)]),
        ("0,5,1", [gpu("0", A)]),
    ],
)
def test_a_restriction_is_read_as_cuda_reads_it(have, visible, expected):
    have(A, B, C, SPLIT, EMPTY, DENIED, visible=visible)
    assert machine.gpus() == expected


@pytest.mark.parametrize("visible", ["0", "GPU-dddd", OLD_1, PART_1["uuid"]])
def test_one_gpu_has_one_id_however_it_is_called(have, visible):
    have(SPLIT, visible=visible)
    assert [one.id for one in machine.gpus()] == [PART_1["uuid"]]


@pytest.mark.parametrize("function", ["nvmlInit", "nvmlDeviceGetCount"])
def test_no_gpus_where_the_driver_fails(have, function):
    have(A, fail=function)
    assert machine.gpus() == []


@pytest.mark.parametrize("visible", [None, "0"])
def test_no_gpus_without_a_driver(have, monkeypatch, visible):
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert machine.gpus() == []


@pytest.mark.parametrize("function", ["nvmlShutdown", "nvmlDeviceGetMigMode"])
def test_what_a_driver_lacks_or_fails_at_the_end_does_no_harm(have, function):
    have(A, fail=function)
    assert machine.gpus() == [gpu("0", A)]


def test_a_gpu_without_memory_of_its_own_has_the_machines(have):
    have({"uuid": A["uuid"]})
    assert machine.gpus() == [Gpu("0", A["uuid"], psutil.virtual_memory().total)]


@pytest.mark.parametrize(
    ("visible", "order", "expected"),
    [
        (None, None, {"CUDA_VISIBLE_DEVICES": "0,1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}),
        (None, "PCI_BUS_ID", {"CUDA_VISIBLE_DEVICES": "0,1"}),
        # In this order an index means something else; a UUID does not.
        (None, "FASTEST_FIRST", {"CUDA_VISIBLE_DEVICES": f"{A['uuid']},{B['uuid']}"}),
        ("1,0", None, {"CUDA_VISIBLE_DEVICES": "1,0"}),
        ("1,0", "FASTEST_FIRST", {"CUDA_VISIBLE_DEVICES": "1,0"}),
        ("GPU-aaaa2", None, {"CUDA_VISIBLE_DEVICES": "GPU-aaaa2"}),
        ("", None, {"CUDA_VISIBLE_DEVICES": ""}),
    ],
)
def test_what_a_trial_is_told(have, visible, order, expected):
    have(A, B, visible=visible, order=order)
    assert machine.gpu_environment(machine.gpus()) == expected


def test_the_stand_in_works_on_a_path(have):
    have(A, B, visible="1")
    code = "from grid_jupyter.clusters.local import machine; print(machine.gpus())"
    environment = os.environ | {"PYTHONPATH": str(STAND_INS)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"{[gpu('1', B)]}\n"


def test_the_stand_in_has_the_names_of_the_real_one():
    assert [
        name for name in vars(load_stand_in()) if name.lower().startswith("nvml") and not hasattr(pynvml, name)
    ] == []
