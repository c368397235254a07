import math
import os
import sys

import psutil
import pytest

from grid_jupyter.clusters.local import cgroup, machine

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
