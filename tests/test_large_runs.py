"""Runs of 100,000 trials: counted and changed in bulk, never listed or drawn as a whole."""

from __future__ import annotations

import fcntl
import time

import psutil
import pytest

import grid_jupyter
from grid_jupyter.core.home import run_folder
from grid_jupyter.core.store import Store
from grid_jupyter.core.view import RunView
from grid_jupyter.notebook.html import run_html

TRIALS = 100_000


def status(grid, run):
    return grid.here("status", run, "--format", "json").json


@pytest.fixture
def large(grid, write, tmp_path, wait_until):
    """A run of 100,000 trials of which the first is running; it ends when ``gate`` is there."""
    write({"gate.py": "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"})
    run = grid.launch("--parallel", "1", "--yes", "gate.py", tmp_path / "gate", f"range({TRIALS})")
    wait_until(lambda: status(grid, run)["counts"].get("running"))
    return run


def watcher_memory(home):
    """The most that a watcher of this home uses, in bytes."""
    found = [
        process.memory_info().rss
        for process in psutil.process_iter(["cmdline"])
        if "grid_jupyter.watcher" in (words := process.info["cmdline"] or []) and words[-1].startswith(str(home))
    ]
    return max(found, default=0)


def test_a_large_run_is_changed_in_bulk(grid, home, large, wait_until):
    began = time.monotonic()
    assert grid.here("pause", large, "--format", "json").json == {"run": large, "trials": TRIALS - 1}
    wait_until(lambda: status(grid, large)["reason"])
    assert grid.here("stop", large, "--format", "json").json == {"run": large, "trials": TRIALS}
    assert grid.here("wait", large).code == 1
    assert status(grid, large)["counts"] == {"stopped": TRIALS}
    report = ["100,000 stopped", "0  arg2=0  stopped  stopped by you", "99,999 trials never started"]
    assert grid("wait", large).out.splitlines() == report
    told = grid.here("status", large).out.splitlines()
    assert told[1] == "100,000 of 100,000 ended · 100,000 stopped"
    assert len(told) < 6
    assert grid.here("rerun", "--missing", large, "--format", "json").json == {"run": large, "trials": TRIALS}
    wait_until(lambda: status(grid, large)["counts"] == {"running": 1, "queued": TRIALS - 1})
    assert 0 < watcher_memory(home) < 80e6
    grid.here("stop", large)
    grid.here("wait", large)
    assert grid.here("resume", large, "--format", "json").json == {"run": large, "trials": TRIALS}
    wait_until(lambda: status(grid, large)["counts"] == {"running": 1, "queued": TRIALS - 1})
    grid.here("stop", large)
    grid.here("wait", large)
    assert time.monotonic() - began < 60  # some seconds, on a machine with nothing else to do
    rows = grid.here("results", large, "--format", "json").json
    assert [row["index"] for row in rows] == list(range(TRIALS))
    assert {row["state"] for row in rows} == {"stopped"}


def test_a_large_run_is_drawn_in_part(grid, large):
    grid.here("stop", large)
    grid.here("wait", large)
    html = run_html(RunView(grid_jupyter.Run(large)))
    assert html.count("<tr") == 2  # the heads, and the one trial that ever started
    assert "and 99,999 more" in html
    assert len(html) < 20_000


SCORED = """\
import os, sys
number = int(sys.argv[1])
if os.environ["GRID_ATTEMPT"] == "1":
    print("loss=" + str(number * 7 % 30))
else:
    print("loss=1000")
"""


def test_what_is_shown_is_the_best_of_all(grid, write):
    """Also when what was remembered as best is no longer so."""
    write({"scored.py": SCORED})
    run = grid.finish("--parallel", "2", "scored.py", "range(30)")
    view = RunView(grid_jupyter.Run(run))

    def expected():
        rows = [(row["metrics"]["loss"], row["index"]) for row in grid.results(run)]
        return [index for _, index in sorted(rows)[:10]]

    assert [row.trial for row in view.rows] == expected()
    assert (view.leader.row.trial, view.leader.value) == (0, 0)
    grid.here("rerun", run, "0", "13")
    grid.here("wait", run)
    view.refresh()
    assert [row.trial for row in view.rows] == expected()
    assert view.leader.value == 2
    assert 0 not in expected()
    assert grid_jupyter.Run(run).best().index == view.leader.row.trial
    assert f"trial {view.leader.row.trial}\n" in grid.here("status", run).out


def test_waiting_for_room_is_a_reason_and_no_loss(grid, write, wait_until):
    """What a watcher says about trials that wait for room is told, and nobody starts another watcher."""
    write({"fail.py": "raise SystemExit(1)\n"})
    run = grid.finish("fail.py")
    folder = run_folder(run)
    with (
        folder.watcher_lock.open("rb") as watching,
        Store(folder, write=True) as store,
    ):
        wait_until(lambda: not watcher_memory(folder.path))
        fcntl.flock(watching, fcntl.LOCK_EX)
        store.queue_unsuccessful()
        store.set_facts({"waiting": "other runs hold all CPUs"})
        answer = status(grid, run)
        assert (answer["state"], answer["reason"]) == ("queued", "other runs hold all CPUs")
        assert "other runs hold all CPUs" in grid.here("status", run).out
        html = run_html(RunView(grid_jupyter.Run(run)))
        assert "Other runs hold all CPUs." in html
        assert "grid resume" not in html
        with pytest.raises(TimeoutError):
            grid_jupyter.Run(run).wait(timeout=0.5)
        assert not watcher_memory(folder.path)
        store.stop_queued(None, 1, "stopped by a test")
    assert grid.here("wait", run).code == 1
