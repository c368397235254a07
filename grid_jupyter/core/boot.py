"""Which boot of this machine this is, so that a restart is noticed although clocks may jump."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LINUX_FILE = Path("/proc/sys/kernel/random/boot_id")
MACOS_NAME = b"kern.bootsessionuuid"


@cache
def boot_id() -> str:
    """Return what tells this boot of this machine from all others; containers share it with their host.

    Only on a system that keeps no such identity is it the time of the boot, which moves when the clock is set.
    """
    return _linux() or _macos() or _by_clock()


def _linux() -> str:
    try:
        return LINUX_FILE.read_text("ascii").strip()
    except OSError:
        return ""


def _macos() -> str:
    import ctypes

    libc = ctypes.CDLL(None)
    if not hasattr(libc, "sysctlbyname"):
        return ""
    value = ctypes.create_string_buffer(64)  # a UUID is 36 characters
    size = ctypes.c_size_t(len(value))
    failed = libc.sysctlbyname(MACOS_NAME, value, ctypes.byref(size), None, ctypes.c_size_t(0))
    return "" if failed else value.value.decode("ascii")


def _by_clock() -> str:
    import psutil

    return str(round(psutil.boot_time()))
