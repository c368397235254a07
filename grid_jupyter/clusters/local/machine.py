"""What this machine has, and what of it this process may use."""

from __future__ import annotations

import math
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.core import cgroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GB = 2**30
_VMSTAT = Path("/proc/vmstat")

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_ORDER = "CUDA_DEVICE_ORDER"
_NVML_ORDER = "PCI_BUS_ID"
# CUDA reads an index as far as its digits go.
_INDEX = re.compile(r"\+?([0-9]+)")


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


@dataclass(frozen=True)
class Gpu:
    """What CUDA sees as one GPU: a whole one, or a part that MIG has made.

    Attributes:
        name: What ``CUDA_VISIBLE_DEVICES`` calls it for a trial.
        id: Its UUID, by which runs know that they mean the same one, whatever each calls it.
        memory: Its memory in bytes.
    """

    name: str
    id: str
    memory: int

    @property
    def whole(self) -> bool:
        """Whether it is no part of another."""
        return not self.id.startswith("MIG-")


def gpus() -> list[Gpu]:
    """Return the NVIDIA GPUs that this process may use; none where there is no driver.

    A ``CUDA_VISIBLE_DEVICES`` that the user has set is read as CUDA reads it. Without ``CUDA_DEVICE_ORDER`` the user's
    indices are taken for NVML's, which CUDA numbers otherwise only where models of different speed are mixed.
    """
    boards = _boards()
    visible = os.environ.get(_VISIBLE)
    return _all(boards) if visible is None else _chosen(boards, visible.split(","))


def gpu_environment(gpus: Sequence[Gpu]) -> dict[str, str]:
    """Return the variables by which a trial sees these GPUs, of those that ``gpus`` returned, and no others."""
    environment = {_VISIBLE: ",".join(gpu.name for gpu in gpus)}
    if _VISIBLE not in os.environ and _ORDER not in os.environ:
        environment[_ORDER] = _NVML_ORDER  # our indices are NVML's; the user's own mean what they meant
    return environment


@dataclass(frozen=True)
class _Unit:
    """What CUDA sees as one GPU.

    Attributes:
        uuids: Its UUID, and for a MIG instance the name that older drivers gave it.
        memory: Bytes.
    """

    uuids: tuple[str, ...]
    memory: int

    def named(self, name: str) -> Gpu:
        return Gpu(name, self.uuids[0], self.memory)


@dataclass(frozen=True)
class _Board:
    """A GPU as NVML counts them.

    Attributes:
        uuid: Empty where we may not use it.
        whole: Whether it is one unit, and not in MIG mode, in which its instances are the units.
        units: May be none.
    """

    uuid: str
    whole: bool
    units: Sequence[_Unit]


def _all(boards: Sequence[_Board]) -> list[Gpu]:
    """Name them as a person would, by indices, where CUDA is sure to count as NVML does, and by UUID where not."""
    counted = os.environ.get(_ORDER, _NVML_ORDER) == _NVML_ORDER and all(board.whole for board in boards)
    return [
        unit.named(str(index) if counted else unit.uuids[0])
        for index, board in enumerate(boards)
        for unit in board.units
    ]


def _chosen(boards: Sequence[_Board], entries: Sequence[str]) -> list[Gpu]:
    """Read ``CUDA_VISIBLE_DEVICES`` as CUDA does; only the first of several names for one GPU is taken."""
    chosen: dict[str, Gpu] = {}
    for entry in map(str.strip, entries):
        unit = _find(boards, entry)
        if unit is None:
            break  # CUDA hides what comes after an entry that it does not know, such as -1
        gpu = unit.named(entry)
        chosen.setdefault(gpu.id, gpu)
    return list(chosen.values())


def _find(boards: Sequence[_Board], entry: str) -> _Unit | None:
    """The GPU that an entry stands for; of one in MIG mode, CUDA takes the first instance."""
    if index := _INDEX.match(entry):
        position = int(index[1])
        boards = boards[position : position + 1]
    elif entry.startswith("GPU-"):
        boards = [board for board in boards if board.uuid.startswith(entry)]
    else:
        return next((unit for board in boards for unit in board.units if entry in unit.uuids), None)
    return boards[0].units[0] if len(boards) == 1 and boards[0].units else None


def _boards() -> list[_Board]:
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        return [_board(index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return []
    finally:
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _board(index: int) -> _Board:
    import pynvml

    try:
        board = pynvml.nvmlDeviceGetHandleByIndex(index)
        uuid = pynvml.nvmlDeviceGetUUID(board)
        if _in_mig_mode(board):
            return _Board(uuid, whole=False, units=[*_instances(board, uuid)])
        return _Board(uuid, whole=True, units=[_Unit((uuid,), _memory(board))])
    except pynvml.NVMLError:
        # Another user's, or lost: the others keep their indices.
        return _Board("", whole=False, units=())


def _in_mig_mode(board: object) -> bool:
    import pynvml

    try:
        now, _after_reset = pynvml.nvmlDeviceGetMigMode(board)
    except pynvml.NVMLError:  # a model or a driver without MIG
        return False
    return bool(now == pynvml.NVML_DEVICE_MIG_ENABLE)


def _instances(board: object, board_uuid: str) -> Iterator[_Unit]:
    import pynvml

    for index in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(board)):
        try:
            part = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(board, index)
            place = f"{pynvml.nvmlDeviceGetGpuInstanceId(part)}/{pynvml.nvmlDeviceGetComputeInstanceId(part)}"
            unit = _Unit((pynvml.nvmlDeviceGetUUID(part), f"MIG-{board_uuid}/{place}"), _memory(part))
        except pynvml.NVMLError:
            continue  # there is room for more instances than have been made, and some may be another user's
        yield unit


def _memory(device: object) -> int:
    import psutil
    import pynvml

    try:
        return int(pynvml.nvmlDeviceGetMemoryInfo(device).total)
    except pynvml.NVMLError_NotSupported:  # it has none of its own and works in the machine's
        return psutil.virtual_memory().total
