"""Many runs at once, and watchers that are killed all the time: each trial has one result, no room is given twice."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

import psutil
import pytest
from parts import parts

import grid_jupyter
from grid_jupyter.clusters.local.machine import cpu_count
from grid_jupyter.errors import GridError

# CLOCK_MONOTONIC is one and the same for all processes of a machine.
NOTE = """\
import os, sys, time
began = time.monotonic()
folder, run, number, rest = sys.argv[1:5]
time.sleep(float(rest) * (int(number) % 3))
print("loss=" + number)
note = os.open(f"{folder}/{run}-{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(note, f"{began} {time.monotonic()}\\n".encode())
"""

LAUNCHER = """\
import sys
import grid_jupyter
first, last, trials, folder, rest = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]
for run in range(first, last):
    grid_jupyter.run("note.py", [folder, f"r{run}", list(range(trials)), rest], name=f"r{run}")
"""


@dataclass(frozen=True)
class Scale:
    """How much is run: the launchers are processes, each with its share of the runs."""

    launchers: int
    runs: int
    trials: int
    rest: float
    kills: float

    def share(self, launcher):
        each = self.runs // self.launchers
        return launcher * each, (launcher + 1) * each


def launch(scale, project, notes):
    """Launch all runs from several processes at once."""
    (project / "note.py").write_text(NOTE)
    program = project.parent / "launcher.py"
    program.write_text(LAUNCHER)
    words = [
        [*map(str, scale.share(launcher)), str(scale.trials), str(notes), str(scale.rest)]
        for launcher in range(scale.launchers)
    ]
    started = [subprocess.Popen([sys.executable, program, *each], cwd=project) for each in words]
    assert [process.wait(timeout=120) for process in started] == [0] * scale.launchers


class Killer(threading.Thread):
    """Kills a watcher, now and then, until it is told to stop."""

    def __init__(self, home, pause):
        super().__init__(daemon=True)
        self.home, self.pause = home, pause
        self.killed = 0
        self.over = threading.Event()

    def run(self):
        chance = random.Random(7)
        while not self.over.wait(chance.uniform(0, 2 * self.pause)):
            if watchers := parts(self.home).watchers:
                chance.choice(watchers).kill()
                self.killed += 1


def wait(run):
    """Wait for a run as somebody does who says it again when the watcher was lost too often."""
    while True:
        try:
            return run.wait()
        except GridError as error:
            assert "its watcher ended" in str(error)  # noqa: PT017  (what else it says is a failure)


def most_at_once(intervals):
    """The largest number of intervals that share an instant."""
    steps = sorted([(begin, 1) for begin, _ in intervals] + [(end, -1) for _, end in intervals])
    return max(accumulate(step for _, step in steps))


def soak(scale, home, project, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    launch(scale, project, notes)
    killer = Killer(home, scale.kills)
    killer.start()
    runs = [grid_jupyter.Run(f"r{number}") for number in range(scale.runs)]
    waiting = [threading.Thread(target=wait, args=[run], daemon=True) for run in runs]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    killer.over.set()
    killer.join()
    assert killer.killed
    check(scale, runs, notes)


def check(scale, runs, notes):
    names = Counter(file.name for file in notes.iterdir())
    assert names == Counter(f"{run.name}-{trial}" for run in runs for trial in range(scale.trials))
    lines = {file.name: file.read_text().splitlines() for file in notes.iterdir()}
    assert {name: said for name, said in lines.items() if len(said) != 1} == {}
    assert most_at_once([tuple(map(float, said[0].split())) for said in lines.values()]) <= cpu_count()
    for run in runs:
        rows = run.rows()
        assert [(row.trial, row.state, row.attempts) for row in rows] == [
            (trial, "succeeded", 1) for trial in range(scale.trials)
        ]
        assert [row.metrics for row in rows] == [{"loss": float(trial)} for trial in range(scale.trials)]
        assert len(run.metrics()) == scale.trials


def test_the_most_at_once():
    assert most_at_once([(0, 2), (1, 3), (2, 4), (5, 6)]) == 2
    assert most_at_once([(0, 9), (1, 3), (2, 4), (5, 6)]) == 3


@pytest.mark.full
def test_a_short_soak(home, project, tmp_path):
    soak(Scale(launchers=2, runs=4, trials=40, rest=0.01, kills=1.0), home, project, tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_soak(home, project, tmp_path):
    began = time.monotonic()
    soak(Scale(launchers=4, runs=20, trials=250, rest=0.01, kills=1.0), home, project, tmp_path)
    print(f"{time.monotonic() - began:.0f} s, {psutil.cpu_count()} CPUs")  # noqa: T201
