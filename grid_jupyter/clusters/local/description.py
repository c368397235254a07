"""This machine in a few words, for the record of a run."""

from __future__ import annotations

import platform
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import machine


def describe() -> dict[str, Any]:
    """Return the machine's name, system, CPU, what of CPUs and GB of memory trials may use, and all GPUs by model."""
    return {
        "name": platform.node() or None,
        "system": f"{platform.system()} {platform.release()}",
        "cpu": _cpu(),
        "cpus": machine.cpu_count(),
        "memory_gb": machine.memory_gb(),
        "gpus": _gpus(),
    }


def _cpu() -> str | None:
    try:
        told = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        told = None
    return told[1].strip() if told else platform.processor() or platform.machine() or None


def _gpus() -> list[str]:
    import pynvml

    names: list[str] = []
    with suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        try:
            for index in range(pynvml.nvmlDeviceGetCount()):
                with suppress(pynvml.NVMLError):  # another user's
                    names.append(str(pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(index))))
        finally:
            pynvml.nvmlShutdown()
    return names
