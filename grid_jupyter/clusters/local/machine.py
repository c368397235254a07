"""What this machine has, and what of it this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

from . import cgroup

_GB = 2**30
_VMSTAT = Path("/proc/vmstat")


def cpu_count() -> int:
    """Return how many CPUs this process may use, at least 1: a part of one that a quota leaves over counts whole."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(allowed, cgroup.cpu_quota())))


def memory_gb() -> float:
    """Return the memory that this process may use in GB of 2^30 bytes, as ``--memory`` counts them.

    The machine's is rounded to the nearest, since the kernel keeps a little of it for itself. A control group's limit
    is exact, and rounded down to hundredths.
    """
    import psutil

    total = psutil.virtual_memory().total
    limit = cgroup.memory_limit()
    return math.floor(limit / _GB * 100) / 100 if limit < total else round(total / _GB)


def oom_kills() -> int | None:
    """Return how many processes the kernel has killed so far for want of memory; ``None`` where it does not tell.

    It grows before the process is gone. It is the whole machine's number, also in a container: that it grew beside an
    end by SIGKILL makes a strong case, and no proof.
    """
    counts = cgroup.oom_kills()
    machine = cgroup.named_count(cgroup.read(_VMSTAT), "oom_kill")
    return max(counts if machine is None else [machine, *counts], default=None)


def gpus() -> list[str]:
    """Return the NVIDIA GPUs that this process may use, as ``CUDA_VISIBLE_DEVICES`` names them."""
    import pynvml

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        there = [str(index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return []
    finally:
        pynvml.nvmlShutdown()
    if visible is None:
        return there
    return (
        [name.strip() for name in visible.split(",") if name.strip() not in {"", "-1", "NoDevFiles"}] if there else []
    )
