"""What happens when the disk, the store or a file is in the way."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess

import pytest


def check_world(answer, *words):
    """Exit code 1, one sentence, no traceback."""
    assert answer.code == 1, (answer.out, answer.err)
    (sentence,) = answer.err.splitlines()
    assert sentence.startswith("grid: ")
    for word in words:
        assert word in sentence


def test_a_home_below_a_file_is_told(grid, tmp_path):
    (tmp_path / "file").write_text("")
    env = {"GRID_HOME": str(tmp_path / "file" / "home")}
    check_world(grid("run", "train.py", env=env), "GRID_HOME", str(tmp_path / "file"))
    check_world(grid("history", env=env), str(tmp_path / "file"))
    check_world(grid("status", env=env), str(tmp_path / "file"))


def test_a_home_that_nobody_made_is_empty(grid, home):
    assert grid("history", "--format", "json").json == []
    assert grid("status", "--format", "json").json == []
    assert "No runs yet" in grid("history").out
    assert not home.exists()


@pytest.fixture
def two_runs(grid):
    return grid.finish("--name", "one", "train.py"), grid.finish("--name", "two", "train.py")


def names(answer):
    assert answer.code == 0, answer.err
    return [run["run"] for run in answer.json]


def test_the_index_is_made_anew(grid, home, two_runs):
    before = grid("history", "--format", "json").json
    assert [run["run"] for run in before] == ["two", "one"]
    for file in home.glob("index.db*"):
        file.unlink()
    assert grid("history", "--format", "json").json == before
    for file in home.glob("index.db*"):
        file.unlink()
    (home / "index.db").write_bytes(b"this is no database at all" * 100)
    assert grid("history", "--format", "json").json == before
    assert grid.finish("train.py") in names(grid("history", "--format", "json"))


def test_a_broken_index_entry_is_read_anew(grid, home, two_runs):
    before = grid("history", "--format", "json").json
    with sqlite3.connect(home / "index.db") as index:
        index.execute("UPDATE runs SET summary = '{}'")
    index.close()
    assert grid("history", "--format", "json").json == before


def damage(database):
    for file in database.parent.glob("run.db-*"):
        file.unlink()
    database.write_bytes(b"this is no database at all" * 1000)


def test_a_broken_run_hides_no_other(grid, home, two_runs):
    (home / "index.db").unlink()
    damage(home / "runs" / "one" / "run.db")
    assert sorted(names(grid("history", "--format", "json"))) == ["one", "two"]
    check_world(grid("status", "one"), "one", "run.db")
    check_world(grid("results", "one"), "run.db")
    check_world(grid("logs", "one/0"), "run.db")
    assert grid("status", "two").code == 0


def test_a_broken_run_can_be_deleted(grid, home, two_runs):
    (home / "index.db").unlink()
    damage(home / "runs" / "one" / "run.db")
    answer = grid("delete", "--yes", "one")
    assert answer.code == 0, answer.err
    assert names(grid("history", "--format", "json")) == ["two"]


def test_a_run_without_a_database_hides_no_other(grid, home, two_runs):
    (home / "index.db").unlink()
    shutil.rmtree(home / "runs" / "one")
    (home / "runs" / "one").mkdir()
    assert "two" in names(grid("history", "--format", "json"))


def test_a_store_of_a_newer_version_is_left_alone(grid, home, two_runs):
    database = home / "runs" / "one" / "run.db"
    with sqlite3.connect(database) as store:
        store.execute("PRAGMA user_version = 99")
    store.close()
    before = database.read_bytes()
    check_world(grid("status", "one"), "newer", "upgrade")
    check_world(grid("results", "one"), "newer", "upgrade")
    (home / "index.db").unlink()
    assert sorted(names(grid("history", "--format", "json"))) == ["one", "two"]
    assert database.read_bytes() == before


@pytest.fixture
def tiny(tmp_path):
    """A folder on a file system of 1 MiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_leaves_nothing_half(grid, write, tiny):
    write({"data.bin": bytes(3_000_000)})
    env = {"GRID_HOME": str(tiny / "home")}
    check_world(grid("run", "train.py", env=env), str(tiny), "space")
    assert list((tiny / "home" / "runs").iterdir()) == []
    (grid.cwd / "data.bin").unlink()
    # What was frozen of it is no use to anyone and takes no room for ever.
    assert grid("history", "--format", "json", env=env).json == []


def test_a_trial_whose_copy_does_not_fit_waits_with_a_reason(grid, write, tiny, wait_until, processes):
    write({"data.bin": bytes(range(256)) * 2500})
    env = {"GRID_HOME": str(tiny / "home")}
    run = grid.launch("train.py", env=env)
    answer = grid("wait", run, "--format", "json", env=env)
    status = grid("status", run, "--format", "json", env=env).json
    assert (status["state"], answer.code) == ("paused", 1), status
    assert "space" in status["reason"]
    assert f"grid resume {run}" in status["reason"]
    wait_until(lambda: not processes(tiny))
    subprocess.run(["mount", "-o", "remount,size=20m", tiny], check=True)
    assert grid("resume", run, env=env).code == 0
    assert grid("wait", run, env=env).code == 0
    wait_until(lambda: not processes(tiny))
