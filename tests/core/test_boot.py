import ctypes
import subprocess
import sys
import time
from uuid import UUID

import psutil
import pytest

from grid_jupyter.core import boot


@pytest.fixture(autouse=True)
def ask_again():
    boot.boot_id.cache_clear()
    yield
    boot.boot_id.cache_clear()


@pytest.fixture
def no_linux(tmp_path, monkeypatch):
    monkeypatch.setattr(boot, "LINUX_FILE", tmp_path / "none")


class MacLibrary:
    def __init__(self, answer):
        self.answer = answer

    def sysctlbyname(self, name, value, size, new, new_size):
        if self.answer is None or name != b"kern.bootsessionuuid" or size._obj.value <= len(self.answer):
            return -1
        value.value = self.answer
        return 0


def test_linux_keeps_one(tmp_path, monkeypatch):
    file = tmp_path / "boot_id"
    file.write_text("6f9c0f2e-9a55-4b0e-8f0a-2b3c4d5e6f70\n")
    monkeypatch.setattr(boot, "LINUX_FILE", file)
    assert boot.boot_id() == "6f9c0f2e-9a55-4b0e-8f0a-2b3c4d5e6f70"
    file.write_text("another\n")
    assert boot.boot_id() == "6f9c0f2e-9a55-4b0e-8f0a-2b3c4d5e6f70"  # asked once


def test_macos_keeps_one(no_linux, monkeypatch):
    answer = b"0A1B2C3D-0000-1111-2222-333344445555"
    monkeypatch.setattr(ctypes, "CDLL", lambda _: MacLibrary(answer))
    assert boot.boot_id() == answer.decode()


@pytest.mark.parametrize("library", [MacLibrary(None), object()])
def test_else_it_is_the_time(no_linux, monkeypatch, library):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    monkeypatch.setattr(psutil, "boot_time", lambda: 1_700_000_000.4)
    assert boot.boot_id() == "1700000000"


@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="others keep none")
def test_this_boot_is_told_alike_by_all_processes_and_clocks(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(psutil, "boot_time", lambda: 0.0)
    code = "from grid_jupyter.core.boot import boot_id; print(boot_id())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert UUID(boot.boot_id()) == UUID(done.stdout.strip())
