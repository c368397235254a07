"""What the tests of the doors share: a home of their own, a small project, the real command, real kernels."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import hypothesis
import psutil
import pytest
from doors import Grid, Kernel, make_files

# Without it the Jupyter packages warn about the folders that they will use one day.
os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
# Neither the settings nor the credentials of whoever runs the tests count.
for name in [name for name in os.environ if name.startswith(("AWS_", "GRID_", "MLFLOW_", "RAY_"))]:
    if not name.startswith("GRID_TEST_"):  # they are for the tests alone
        del os.environ[name]
os.environ |= {
    "GRID_CONFIG": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

# How fast the machine is at the moment says nothing about what is tested.
hypothesis.settings.register_profile("tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("tests")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep tests that share something large in one process, where ``--dist loadscope`` asks for it."""
    if config.getvalue("dist") == "loadscope":
        from side_by_side import BySharing

        return BySharing(config, log)
    return None


TRAIN = """\
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.5)
parser.add_argument("--layers", type=int, default=1)
args = parser.parse_args()
print(f"loss={args.lr * args.layers}")
"""


def _wait_until(condition, timeout=20.0):
    """Return the first true value of ``condition()``; fail when there is none in time."""
    until = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < until, f"not so within {timeout:g} s: {condition}"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def wait_until():
    return _wait_until


# A home of its own


def _belongs(process, home):
    """Whether a process is a watcher, a trial's parent or a trial of this home."""
    try:
        if any(home in word for word in process.cmdline()):
            return True
        return process.environ().get("GRID_METRICS_FILE", "").startswith(home)
    except psutil.Error:
        return False


def _processes(home):
    mine = [process for process in psutil.process_iter() if process.pid != os.getpid()]
    return [process for process in mine if _belongs(process, str(home))]


@pytest.fixture(scope="session")
def processes():
    """Return a function that lists the processes that work for a home."""
    return _processes


def _leave_nothing(home):
    """Fail if processes of the home are left; they are ended in any case."""
    try:
        _wait_until(lambda: not _processes(home), timeout=5)
    except AssertionError:
        left = _processes(home)
        told = [process.as_dict(["pid", "cmdline"]) for process in left]
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        pytest.fail(f"left behind: {told}")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """GRID_HOME of this test; no process that works for it may be left at the end."""
    folder = tmp_path / "grid-home"
    monkeypatch.setenv("GRID_HOME", str(folder))
    monkeypatch.setenv("GRID_RUNTIME", str(tmp_path / "runtime"))
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    _leave_nothing(folder)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Return a function that writes the settings file and returns its path."""
    file = tmp_path / "config.toml"
    monkeypatch.setenv("GRID_CONFIG", str(file))

    def write(text):
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    write("")
    return write


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The current directory: a folder outside of git with a script that prints one loss."""
    folder = tmp_path / "project"
    make_files(folder, {"train.py": TRAIN})
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def write(project):
    """Return a function that writes files of the project, by name."""
    return lambda files: make_files(project, files)


@pytest.fixture
def gate_folder(tmp_path):
    """An empty folder in which trials say that they started, and wait for files of a test."""
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


# The command


@pytest.fixture
def grid(home, project):
    return Grid(project)


PRICED = """\
import importlib.util, sys

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "grid_jupyter.clusters.aws":
            inside = [folder + "/aws" for folder in path]
            return importlib.util.spec_from_file_location(name, {!r}, submodule_search_locations=inside)

sys.meta_path.insert(0, Finder)
"""


@pytest.fixture
def cloud(home, tmp_path, monkeypatch):
    """A cluster of the name aws, with the prices of its machines, which is this machine."""
    place = tmp_path / "sitecustomize"
    place.mkdir()
    (place / "sitecustomize.py").write_text(PRICED.format(str(Path(__file__).parent / "stand_ins" / "priced.py")))
    monkeypatch.setenv("PYTHONPATH", str(place))


# A clock that is wrong

SHIFT = """\
import os, time
_time, _time_ns = time.time, time.time_ns
def _shift():
    try:
        with open(os.environ["TEST_SHIFT"]) as file:
            return int(file.read() or 0)
    except OSError:
        return 0
time.time = lambda: _time() + _shift()
time.time_ns = lambda: _time_ns() + _shift() * 10**9
"""


@pytest.fixture
def clock(tmp_path, monkeypatch):
    """A file: the seconds by which the clock of all programs is wrong from now on."""
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(SHIFT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "clock"))
    monkeypatch.setenv("TEST_SHIFT", str(tmp_path / "shift"))
    return tmp_path / "shift"


# Kernels


@pytest.fixture
def start_kernel(home, project, tmp_path):
    """Return a function that starts a kernel in the project; all are ended with the test."""
    kernels = []

    def start():
        folder = tmp_path / f"kernel-{len(kernels)}"
        folder.mkdir()
        kernels.append(Kernel(project, folder))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()


@pytest.fixture
def kernel(start_kernel):
    """A kernel with the extension loaded."""
    started = start_kernel()
    assert started.run("%load_ext grid_jupyter").kinds == []
    return started


@pytest.fixture(scope="module")
def module_kernel(tmp_path_factory):
    """One kernel for all tests of a module that launch nothing; ``move`` gives it a folder and a home."""
    folder = tmp_path_factory.mktemp("kernel")
    started = Kernel(folder, folder)
    started.run("%load_ext grid_jupyter")

    def move(cwd, home):
        reply = started.run(f"import os\nos.chdir({str(cwd)!r})\nos.environ['GRID_HOME'] = {str(home)!r}")
        assert reply.status == "ok"
        return started

    yield move
    started.close()
