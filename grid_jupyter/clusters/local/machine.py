"""What this machine has."""

from __future__ import annotations

import os


def cpu_count() -> int:
    """Return how many CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_gb() -> float:
    """Return the machine's memory in GB of 2^30 bytes, as ``--memory`` counts them, rounded to the nearest."""
    import psutil

    return round(psutil.virtual_memory().total / 2**30)


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
