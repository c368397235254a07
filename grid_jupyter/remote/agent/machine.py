"""What the containers of one machine share, and what the machine is."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import cgroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_DMI = Path("/sys/devices/virtual/dmi/id")


class Cache:
    """A directory of the machine that all its containers have.

    Args:
        path: Where it is; where it may not be written, a directory of this container's own takes its place.
    """

    def __init__(self, path: str) -> None:
        with suppress(OSError):
            Path(path).mkdir(parents=True, exist_ok=True)
        writable = path and os.access(path, os.W_OK | os.X_OK)
        self.path = Path(path if writable else tempfile.mkdtemp(prefix="grid-"))

    def folder(self, name: str) -> Path:
        """Return a folder in it, which users of all images may write."""
        folder = self.path / name
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):
                folder.chmod(0o1777)
        return folder

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Wait until no other container has that lock."""
        file = _open_lock(self.folder("locks") / name)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def once(self, kind: str, name: str, make: Callable[[Path], None]) -> Path:
        """Return what is made once for all containers of the machine.

        Args:
            kind: The folder that it lies in.
            name: Its name there.
            make: Makes it; what an attempt left that was ended halfway is there again.
        """
        place = self.folder(kind) / name
        whole = place.with_name(f"{name}.whole")
        with self.lock(f"{kind}-{name}"):
            if not whole.exists():
                make(place)
                whole.touch()
        return place

    @contextmanager
    def attempt(self, name: str) -> Iterator[Path]:
        """Make the folder of one attempt, and remove it at the end; those of agents that were killed go too."""
        folders = self.folder("work")
        self._sweep(folders)
        folder = folders / name
        file = _open_lock(folders / f"{name}.lock")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            yield folder
        finally:
            _remove(folder)
            os.close(file)

    def _sweep(self, folders: Path) -> None:
        for lock in folders.glob("*.lock"):
            with suppress(OSError):  # another is at it, or has it
                file = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(lock.with_suffix(""))
                finally:
                    os.close(file)


def _open_lock(path: Path) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    with suppress(OSError):  # another user's
        os.fchmod(file, 0o666)
    return file


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.with_name(f"{folder.name}.lock").unlink()


def oom_kills() -> int | None:
    """Return how many processes of this container were killed for want of memory; ``None`` where it is not told."""
    return max(cgroup.oom_kills(), default=None)


def describe() -> Mapping[str, Any]:
    """Return the machine in a few words: ``name``, ``system``, ``cpu``, ``cpus``, ``memory_gb`` and ``gpus``."""
    return {
        "name": _name(),
        "system": f"{platform.system()} {platform.release()}",
        "cpu": _found(r"^model name\s*:\s*(.+)$", "/proc/cpuinfo") or platform.machine() or None,
        "cpus": os.cpu_count(),
        "memory_gb": round(int(_found(r"^MemTotal:\s*(\d+)", "/proc/meminfo") or 0) / 2**20, 1),
        "gpus": _gpus(),
    }


def _name() -> str | None:
    """On EC2 the type of the machine, which its firmware tells."""
    with suppress(OSError):
        if (_DMI / "sys_vendor").read_text().strip() == "Amazon EC2":
            return (_DMI / "product_name").read_text().strip()
    return platform.node() or None


def _found(pattern: str, path: str) -> str | None:
    with suppress(OSError):
        found = re.search(pattern, Path(path).read_text("utf-8", "replace"), re.MULTILINE)
        return found.group(1).strip() if found else None
    return None


def _gpus() -> list[str]:
    try:
        told = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return told.stdout.decode("utf-8", "replace").split("\n")[:-1]
