"""What the tests of the doors share: a home of their own, a small project, the real command, real kernels."""

from __future__ import annotations

import io
import json
import os
import queue
import subprocess
import sysconfig
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import hypothesis
import psutil
import pytest

from grid_jupyter.cli import main

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


def make_files(folder, files):
    """Write files by name; a new one is an hour old, since a script that was changed just now is warned of."""
    for name, text in files.items():
        path = folder / name
        known = path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        if not known:
            os.utime(path, (time.time() - 3600,) * 2)


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


# The command


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Grid:
    """The ``grid`` command of this environment: called, a process of its own; ``here`` runs it in this process."""

    program = str(Path(sysconfig.get_path("scripts"), "grid"))

    def __init__(self, cwd):
        self.cwd = cwd

    def __call__(self, *words, cwd=None, env=None, timeout=60):
        done = subprocess.run(
            [self.program, *map(str, words)],
            cwd=cwd or self.cwd,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        # A metric or a log may hold any bytes; what the command says is UTF-8 all the same.
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    @staticmethod
    def here(*words):
        """Run the command in this process, which is a hundred times as fast; an exception would be a traceback."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*map(str, words)])
        return Answer(code, out.getvalue(), err.getvalue())

    def launch(self, *words, **how):
        """Launch a run and return its name."""
        answer = self("run", "--format", "json", *words, **how)
        assert answer.code == 0, answer.err
        return answer.json["run"]

    def finish(self, *words, **how):
        """Run to the end and return the run's name."""
        answer = self("run", "--wait", "--format", "json", *words, **how)
        assert answer.out, answer.err
        return answer.json["run"]

    def results(self, run):
        return self.here("results", run, "--format", "json").json

    def states(self, run):
        return [row["state"] for row in self.results(run)]

    def start(self, *words, **how):
        """Start the command and do not wait for it."""
        return subprocess.Popen([self.program, *map(str, words)], cwd=self.cwd, **how)


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


@dataclass
class Reply:
    """What came of one request: the outputs in their order, with their update messages."""

    status: str
    outputs: list = field(default_factory=list)

    def of(self, *kinds):
        return [message["content"] for message in self.outputs if message["msg_type"] in kinds]

    @property
    def stdout(self):
        return "".join(part["text"] for part in self.of("stream") if part["name"] == "stdout")

    @property
    def stderr(self):
        return "".join(part["text"] for part in self.of("stream") if part["name"] == "stderr")

    @property
    def result(self):
        """The plain text of the cell's value."""
        return "".join(part["data"]["text/plain"] for part in self.of("execute_result"))

    @property
    def error(self):
        (error,) = self.of("error")
        return error

    @property
    def kinds(self):
        """The kinds of the outputs in their order; pieces of one stream count once."""
        return [kind for kind, _ in groupby(message["msg_type"] for message in self.outputs)]


OUTPUTS = {"stream", "display_data", "update_display_data", "execute_result", "error", "clear_output"}


class Kernel:
    """A real kernel; every request is sent as a front end would."""

    def __init__(self, cwd, folder):
        from jupyter_client import KernelManager

        environment = os.environ | {"IPYTHONDIR": str(folder / "ipython")}
        self.manager = KernelManager(connection_file=str(folder / "kernel.json"))
        self.manager.start_kernel(cwd=str(cwd), env=environment)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    @property
    def pid(self):
        return self.manager.provisioner.pid

    def send(self, code, *, allow_stdin=False):
        """Send a request and return its id; ``collect`` takes what comes of it."""
        return self.client.execute(code, allow_stdin=allow_stdin, store_history=True)

    def collect(self, sent, *, answers=(), timeout=60.0):
        """Return what came of a request when it is done; answers go to its questions in turn."""
        answers, outputs = list(answers), []
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            self._answer(answers)
            try:
                message = self.client.get_iopub_msg(timeout=0.1)
            except queue.Empty:
                continue
            if message["msg_type"] in OUTPUTS:
                outputs.append(message)
            mine = message["parent_header"].get("msg_id") == sent
            if mine and message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return Reply(self._status(sent), outputs)
        raise AssertionError(f"the kernel is not done within {timeout:g} s; so far {outputs}")

    def _answer(self, answers):
        while self.client.stdin_channel.msg_ready():
            self.client.get_stdin_msg(timeout=1)
            self.client.input(answers.pop(0))

    def _status(self, sent):
        while True:
            reply = self.client.get_shell_msg(timeout=10)
            if reply["parent_header"].get("msg_id") == sent:
                return reply["content"]["status"]

    def run(self, code, *, allow_stdin=False, answers=(), timeout=60.0):
        return self.collect(self.send(code, allow_stdin=allow_stdin), answers=answers, timeout=timeout)

    def late(self, enough, timeout=20.0):
        """Return the messages that come between requests until ``enough(messages)``."""
        messages, until = [], time.monotonic() + timeout
        while not enough(messages):
            assert time.monotonic() < until, messages
            try:
                message = self.client.get_iopub_msg(timeout=0.1)
            except queue.Empty:
                continue
            if message["msg_type"] in OUTPUTS:
                messages.append(message)
        return messages

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


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
