"""Stands in for nvidia-ml-py where there is no GPU: put this folder on PYTHONPATH, or the module into sys.modules.

GRID_TEST_GPUS is a JSON list of devices, each {"uuid": …, "memory": bytes}, which has none of its own without
"memory". One with "mig", a list of {"uuid", "memory", "gi", "ci"} or null for a free place, is in MIG mode. One with
"denied" is another user's. Without the variable there is no driver. GRID_TEST_GPUS_FAIL names functions that fail,
separated by commas.
"""
# ruff: noqa: N801, N802, N818

import json
import os
from types import SimpleNamespace

NVML_DEVICE_MIG_DISABLE = 0
NVML_DEVICE_MIG_ENABLE = 1


class NVMLError(Exception):
    pass


class NVMLError_LibraryNotFound(NVMLError):
    pass


class NVMLError_NotSupported(NVMLError):
    pass


class NVMLError_NotFound(NVMLError):
    pass


class NVMLError_NoPermission(NVMLError):
    pass


class NVMLError_Uninitialized(NVMLError):
    pass


_users = 0


def _devices(function):
    if function in os.environ.get("GRID_TEST_GPUS_FAIL", "").split(","):
        raise NVMLError(function)
    if "GRID_TEST_GPUS" not in os.environ:
        raise NVMLError_LibraryNotFound
    if not _users and function != "nvmlInit":
        raise NVMLError_Uninitialized
    return json.loads(os.environ["GRID_TEST_GPUS"])


def nvmlInit():
    global _users  # noqa: PLW0603
    _devices("nvmlInit")
    _users += 1


def nvmlShutdown():
    global _users  # noqa: PLW0603
    _devices("nvmlShutdown")
    _users -= 1


def nvmlDeviceGetCount():
    return len(_devices("nvmlDeviceGetCount"))


def nvmlDeviceGetHandleByIndex(index):
    device = _devices("nvmlDeviceGetHandleByIndex")[index]
    if device.get("denied"):
        raise NVMLError_NoPermission
    return device


def nvmlDeviceGetUUID(handle):
    _devices("nvmlDeviceGetUUID")
    return handle["uuid"]


def nvmlDeviceGetMemoryInfo(handle):
    _devices("nvmlDeviceGetMemoryInfo")
    if "memory" not in handle:
        raise NVMLError_NotSupported
    return SimpleNamespace(total=handle["memory"], free=handle["memory"], used=0)


def nvmlDeviceGetMigMode(device):
    _devices("nvmlDeviceGetMigMode")
    mode = NVML_DEVICE_MIG_ENABLE if "mig" in device else NVML_DEVICE_MIG_DISABLE
    return [mode, mode]


def nvmlDeviceGetMaxMigDeviceCount(device):
    _devices("nvmlDeviceGetMaxMigDeviceCount")
    return len(device["mig"])


def nvmlDeviceGetMigDeviceHandleByIndex(device, index):
    _devices("nvmlDeviceGetMigDeviceHandleByIndex")
    if device["mig"][index] is None:
        raise NVMLError_NotFound
    return device["mig"][index]


def nvmlDeviceGetGpuInstanceId(device):
    _devices("nvmlDeviceGetGpuInstanceId")
    return device["gi"]


def nvmlDeviceGetComputeInstanceId(device):
    _devices("nvmlDeviceGetComputeInstanceId")
    return device["ci"]


def nvmlDeviceGetName(handle):
    _devices("nvmlDeviceGetName")
    return handle.get("model", "Stand-in")
