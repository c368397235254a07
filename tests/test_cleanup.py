"""What takes space, and how it is given back."""

from __future__ import annotations

import fcntl
import shutil

import psutil
import pytest

import grid_jupyter


def objects(home):
    """The sizes of the frozen files, by name."""
    files = [path for path in (home / "objects").rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.parent.name + path.name: path.stat().st_size for path in files}


@pytest.fixture
def two_runs(grid, write):
    """Two runs that share a script and each have a file of their own."""
    write({"data.txt": "1" * 1000})
    first = grid.finish("--name", "first", "train.py")
    write({"data.txt": "2" * 2000})
    return first, grid.finish("--name", "second", "train.py")


def test_the_code_of_a_run_is_kept_beside_its_database(home, two_runs):
    assert sorted(objects(home).values())[-2:] == [1000, 2000]
    for run in two_runs:
        assert (home / "runs" / run / "code.json").exists()


def test_delete_frees_what_no_other_run_uses(grid, home, two_runs):
    assert grid.here("delete", "--yes", "first").out == "first is deleted.\n"
    assert 1000 not in objects(home).values()
    assert len(objects(home)) == 2
    # Whether the rest is enough shows the run that is left.
    assert grid.here("rerun", "--yes", "second").code == 0
    assert grid.here("wait", "second").code == 0
    assert grid.here("delete", "--yes", "second").code == 0
    assert objects(home) == {}
    assert list((home / "runs").iterdir()) == []


def test_delete_leaves_the_files_while_something_is_launched(grid, home, two_runs):
    with (home / "objects" / ".lock").open("rb") as launching:
        fcntl.flock(launching, fcntl.LOCK_SH)
        assert grid("delete", "--yes", "first").out == "first is deleted.\n"
        assert 1000 in objects(home).values()
    answer = grid("gc", "--format", "json")
    assert (answer.code, answer.json) == (0, {"files": 1, "bytes": 1000})
    assert 1000 not in objects(home).values()


def test_a_broken_database_keeps_the_files_of_its_run(grid, home, two_runs):
    (home / "index.db").unlink()
    for file in (home / "runs" / "second").glob("run.db*"):
        file.write_bytes(b"this is no database at all" * 1000)
    assert grid.here("gc", "--format", "json").json == {"files": 0, "bytes": 0}
    assert grid.here("delete", "--yes", "second").code == 0
    assert max(objects(home).values()) == 1000


@pytest.mark.parametrize("damage", [lambda code: code.unlink(), lambda code: code.write_text("{")])
def test_where_it_is_not_known_what_a_run_uses_nothing_goes(grid, home, two_runs, damage):
    damage(home / "runs" / "first" / "code.json")
    assert grid.here("delete", "--yes", "second").code == 0
    before = objects(home)
    assert len(before) == 3
    answer = grid("gc", "--format", "json")
    assert (answer.code, answer.json) == (0, {"files": 0, "bytes": 0})
    assert "first/code.json cannot be read" in answer.err
    assert answer.err.count("\n") == 1
    assert objects(home) == before
    assert grid.here("delete", "--yes", "first").code == 0
    assert grid.here("gc", "--format", "json").json["files"] == 3
    assert objects(home) == {}


def test_gc_removes_what_crashes_have_left(grid, home, two_runs, wait_until):
    runs = home / "runs"
    shutil.copytree(runs / "first", runs / ".first.0123456789abcdef")
    (runs / "first").rename(runs / ".deleted-first-1234")
    (home / "objects" / ".0123.tmp").write_bytes(b"x" * 500)
    (runs / ".deleted-first-1234" / "link").symlink_to(home / "objects")
    told = grid("gc").out
    assert "removed" in told
    assert [path.name for path in runs.iterdir()] == ["second"]
    assert [path.name for path in (home / "objects").glob(".*")] == [".lock"]
    assert max(objects(home).values()) == 2000
    assert len(objects(home)) == 2
    assert grid("gc").out == "0 files removed, 0 B.\n"


def test_gc_without_a_home_makes_none(grid, home):
    assert grid.here("gc", "--format", "json").json == {"files": 0, "bytes": 0}
    assert not home.exists()


def test_gc_in_a_notebook(kernel, two_runs):
    grid_jupyter.Run("first").delete()
    assert kernel.run("%grid gc").stdout == "0 files removed, 0 B.\n"


HOLD = """\
import os, sys, time
open("half.txt", "w").write("half")
print("up", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""


def watchers(home):
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "grid_jupyter.watcher" in (words := process.info["cmdline"] or []) and words[-1].startswith(str(home))
    ]


def test_gc_leaves_running_trials_alone(grid, home, write, tmp_path, wait_until):
    """With their watcher or without: what such a trial has written is still to be collected."""
    write({"hold.py": HOLD})
    run = grid.launch("--parallel", "1", "hold.py", tmp_path / "gate", "[1, 2]")
    wait_until(lambda: grid.here("logs", f"{run}/0").out == "up\n")
    work = home / "runs" / run / "trials" / "0" / "work"
    assert grid.here("gc").code == 0
    assert (work / "half.txt").exists()
    for watcher in watchers(home):
        watcher.kill()
    wait_until(lambda: not watchers(home))
    assert grid.here("gc").code == 0
    assert (work / "half.txt").exists()
    (tmp_path / "gate").touch()
    assert grid.here("wait", run).code == 0
    paths = [(file["trial"], file["path"]) for file in grid.here("artifacts", run, "--format", "json").json]
    assert paths == [(f"{run}/0", "half.txt"), (f"{run}/1", "half.txt")]


def test_gc_removes_the_directories_of_trials_that_do_not_run(grid, home, two_runs):
    trial = home / "runs" / "first" / "trials" / "0"
    (trial / "work").mkdir()
    (trial / "work" / "data.bin").write_bytes(b"x" * 700)
    assert grid.here("gc", "--format", "json").json == {"files": 1, "bytes": 700}
    assert not (trial / "work").exists()
    assert (trial / "stdout.1").exists()
    assert grid.states("first") == ["succeeded"]


def test_launches_beside_a_gc(grid, home, write):
    """No launch loses a file that it found in the store to a gc that found nobody using it."""
    write({"data.txt": "shared" * 100})
    for number in range(5):
        launching = grid.start("run", "--wait", "--name", f"beside-{number}", "train.py", stdout=-1, stderr=-1)
        while launching.poll() is None:
            assert grid.here("gc").code == 0
        assert launching.communicate()[1] == b""
        assert launching.returncode == 0
        # A delete that was cut off: what the next launch finds in the store is nobody's.
        (home / "runs" / f"beside-{number}").rename(home / "runs" / f".deleted-{number}")
