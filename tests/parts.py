"""The processes of a run, to be looked at and to be killed; and scripts that tell the test what they do."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

GATE = """\
import os, sys, time
folder, number = sys.argv[1:3]
with open(folder + "/started-" + number, "a") as file:
    file.write("x")
while not os.path.exists(folder + "/open"):
    time.sleep(0.01)
with open(folder + "/done-" + number, "a") as file:
    file.write("x")
print("loss=" + number)
"""
"""Waits for a file ``open`` in the folder of its first argument."""


@dataclass
class Parts:
    """The processes that work for a home, by what they are."""

    watchers: list[psutil.Process] = field(default_factory=list)
    servers: list[psutil.Process] = field(default_factory=list)
    parents: list[psutil.Process] = field(default_factory=list)
    trials: list[psutil.Process] = field(default_factory=list)

    def kill(self):
        """End all of them by force; those first that could notice the end of others."""
        for process in (*self.watchers, *self.servers, *self.parents, *self.trials):
            process.kill()


def parts(home):
    """Tell the processes of a home apart: a parent is a fork of its fork server, and looks like it."""
    found = Parts()
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):  # gone meanwhile
            words = process.cmdline()
            if "grid_jupyter.watcher" in words and words[-1].startswith(str(home)):
                found.watchers.append(process)
            elif len(words) > 1 and words[-1].startswith(str(home)) and "forkserver" in words[-3]:
                watched = "grid_jupyter.watcher" in process.parent().cmdline()
                (found.servers if watched else found.parents).append(process)
            elif process.environ().get("GRID_METRICS_FILE", "").startswith(str(home)) and process.pid == os.getpgid(
                process.pid
            ):
                found.trials.append(process)
    return found


def kill_watchers(home, wait_until):
    """End the watchers of a home by force."""
    for watcher in parts(home).watchers:
        watcher.kill()
    wait_until(lambda: not parts(home).watchers)


def gone(process):
    """Whether a process has ended."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def count(folder, kind):
    """How often each trial of gate.py did something, by its argument."""
    return {file.name.partition("-")[2]: len(file.read_text()) for file in folder.glob(f"{kind}-*")}


def started(gate):
    """What each trial that started found: ``x`` for no checkpoint, ``c`` for one, a letter a start."""
    return {int(file.name.partition("-")[2]): file.read_text() for file in gate.glob("started-*")}


def refused(answer, *words):
    """Exit code 2 and one sentence."""
    assert answer.code == 2, (answer.out, answer.err)
    (sentence,) = answer.err.splitlines()
    for word in words:
        assert word in sentence, sentence


def status(grid, run):
    return grid.here("status", run, "--format", "json").json
