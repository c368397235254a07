"""What the control groups of Linux leave to this process, in both their versions.

A limit holds for a group with all that is in it, so the least among our own group and its ancestors counts. In a
container our group may be told by its path on the host, while only the container's part of the tree is there to be
read: what is not there is passed over. On other systems nothing is there at all, and nothing is limited.
"""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def cpu_quota() -> float:
    """Return the CPUs whose time the groups give this process; infinite where nothing limits it."""
    return min(map(_cpu_quota, _groups("cpu")), default=math.inf)


def memory_limit() -> float:
    """Return the bytes of memory that the groups give this process; infinite where nothing limits them."""
    return min(map(_memory_limit, _groups("memory")), default=math.inf)


def oom_kills() -> list[int]:
    """Return the processes that were killed for want of memory, a number for each group that counts them."""
    return [count for group in _groups("memory") for count in _oom_kills(group)]


def named_count(text: str, name: str) -> int | None:
    """Return the number beside a name in a file of lines such as ``oom_kill 2``; ``None`` where it is not there."""
    counts = [line.split() for line in text.splitlines()]
    return next((int(words[1]) for words in counts if len(words) == 2 and words[0] == name), None)


def read(path: Path) -> str:
    """Return the text of a kernel's file; nothing where it cannot be read."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _groups(controller: str) -> Iterator[Path]:
    """Our own group's folder and those of its ancestors."""
    for line in read(MEMBERSHIP).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        # Version 2 has one tree for all and names no controllers; version 1 has a tree for each.
        top = ROOT / controller if controllers else ROOT
        group = PurePosixPath(path.lstrip("/"))
        if ".." in group.parts:  # it lies outside of the part of the tree that we see
            group = PurePosixPath()
        yield top / group
        yield from (top / ancestor for ancestor in group.parents)


def _cpu_quota(group: Path) -> float:
    words = read(group / "cpu.max").split() or [
        read(group / "cpu.cfs_quota_us"),
        read(group / "cpu.cfs_period_us"),
    ]
    try:
        quota, period = (int(word) for word in words)
    except ValueError:  # "max", or no such file
        return math.inf
    return quota / period if quota > 0 and period > 0 else math.inf  # version 1 says "no quota" by -1


def _memory_limit(group: Path) -> float:
    text = read(group / "memory.max") or read(group / "memory.limit_in_bytes")
    try:
        return int(text)  # version 1 says "no limit" by a number beyond all machines
    except ValueError:  # "max", or no such file
        return math.inf


def _oom_kills(group: Path) -> Iterator[int]:
    for file in ("memory.events", "memory.oom_control"):  # version 2, version 1
        count = named_count(read(group / file), "oom_kill")
        if count is not None:
            yield count
