"""The real command and real kernels, as tests come to them, and the files of a project."""

from __future__ import annotations

import io
import json
import os
import queue
import subprocess
import sysconfig
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from grid_jupyter.cli import main


def make_files(folder, files):
    """Write files by name; a new one is an hour old, since a script that was changed just now is warned of."""
    for name, text in files.items():
        path = folder / name
        known = path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        if not known:
            os.utime(path, (time.time() - 3600,) * 2)


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
