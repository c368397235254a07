"""Each fault that docs/reliability.md names, made for real: nothing is lost, nothing runs twice, nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from parts import GATE, count, gone, parts

import grid_jupyter
from grid_jupyter.core.budget import Account
from grid_jupyter.core.home import run_folder
from grid_jupyter.core.store import Store
from grid_jupyter.core.view import RunView

pytestmark = pytest.mark.full  # minutes, all together

VALUES = 25

CURVE = f"""\
import os, sys
with open(sys.argv[1] + "/started-" + sys.argv[2], "a") as file:
    file.write("x")
for step in range({VALUES}):
    print(f"step={{step}} loss={{step}}")
with open(os.environ["GRID_METRICS_FILE"], "a") as file:
    for step in range({VALUES}):
        file.write('{{"step": %d, "filed": %d}}\\n' % (step, step))
open("model.txt", "w").write(sys.argv[2])
with open(sys.argv[1] + "/done-" + sys.argv[2], "a") as file:
    file.write("x")
"""


@pytest.fixture
def gate(gate_folder, write):
    """A folder in which trials of gate.py say that they started, and wait for the file ``open``."""
    write({"gate.py": GATE, "curve.py": CURVE})
    return gate_folder


@pytest.fixture
def running(grid, gate, wait_until):
    """A run of one trial, which runs."""
    run = grid.launch("gate.py", gate, "1")
    wait_until(lambda: grid.states(run) == ["running"] and count(gate, "started"))
    return run


def wait(grid, run):
    """Wait for a run and return the states of its trials."""
    grid.here("wait", run)
    return grid.states(run)


def status(grid, run, **how):
    return grid("status", run, "--format", "json", **how).json


def trial(run, index=0):
    return grid_jupyter.Run(run)[index]


# The watcher


def change_of(look):
    """Wait, as closely as can be, until what ``look`` sees has changed."""
    before, until = look(), time.monotonic() + 2
    while look() == before and time.monotonic() < until:
        pass


def size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


MOMENTS = {
    "starts a trial": lambda folder, gate: change_of(lambda: len(list(folder.glob("trials/*/process.*")))),
    "takes in an end": lambda folder, gate: change_of(lambda: len(list(gate.glob("done-*")))),
    "writes a result": lambda folder, gate: change_of(lambda: size(folder / "run.db-wal")),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_watcher_killed_while_it(grid, gate, home, wait_until, moment):
    """Killed a dozen times at the moment that hurts: each trial starts once and has one result, whole."""
    chance = random.Random(5)
    trials = 60
    run = grid.launch("curve.py", gate, f"range({trials})")
    folder = home / "runs" / run
    for _ in range(12):
        wait_until(lambda: parts(home).watchers)
        moment(folder, gate)
        time.sleep(chance.uniform(0, 0.01))  # a moment later is another line of the code
        for watcher in parts(home).watchers:
            watcher.kill()
        wait_until(lambda: not parts(home).watchers)
        if grid.here("resume", run).code:
            break  # it has succeeded already
    assert wait(grid, run) == ["succeeded"] * trials
    once = {str(n): 1 for n in range(trials)}
    assert (count(gate, "started"), count(gate, "done")) == (once, once)
    check_store(folder)
    rows = grid.results(run)
    assert [row["attempts"] for row in rows] == [1] * trials
    assert [row["metrics"] for row in rows] == [{"loss": VALUES - 1, "filed": VALUES - 1}] * trials
    points = grid_jupyter.Run(run).metrics()
    assert len(points) == trials * VALUES * 2
    assert not points.duplicated(["trial", "name", "step"]).any()
    files = grid.here("artifacts", run, "--format", "json").json
    assert [file["path"] for file in files] == ["model.txt"] * trials
    assert [(trial(run, n).artifacts / "model.txt").read_text() for n in range(trials)] == [*once]


def check_store(folder):
    with contextlib.closing(sqlite3.connect(folder / "run.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_two_watchers_started_at_once(grid, gate, home, running, wait_until):
    (first,) = parts(home).watchers
    command = [sys.executable, "-m", "grid_jupyter.watcher", str(home / "runs" / running)]
    first.kill()
    wait_until(lambda: gone(first))
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    wait_until(lambda: sorted(process.poll() is None for process in both) == [False, True])
    (gate / "open").touch()
    assert "another watcher lives" in "".join(process.communicate(timeout=30)[1].decode() for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert grid.states(running) == ["succeeded"]
    assert count(gate, "started") == {"1": 1}


# What stands between the watcher and a trial


def test_a_killed_parent(grid, gate, home, running, wait_until):
    (script,) = parts(home).trials
    (parent,) = parts(home).parents
    parent.kill()
    wait_until(lambda: count(gate, "started") == {"1": 2})
    assert gone(script)
    (gate / "open").touch()
    assert wait(grid, running) == ["succeeded"]
    assert (grid.results(running)[0]["attempts"], count(gate, "done")) == (2, {"1": 1})


def test_a_parent_and_the_watcher_killed(grid, gate, home, running, wait_until):
    found = parts(home)
    for process in (*found.watchers, *found.parents):
        process.kill()
    wait_until(lambda: not parts(home).watchers)
    assert grid("resume", running).code == 0
    wait_until(lambda: count(gate, "started") == {"1": 2})
    assert gone(found.trials[0])
    (gate / "open").touch()
    assert wait(grid, running) == ["succeeded"]


def test_a_killed_trial(grid, gate, home, running):
    (script,) = parts(home).trials
    script.kill()
    assert wait(grid, running) == ["failed"]
    assert trial(running).reason.startswith("killed by signal 9")


def test_a_killed_fork_server(grid, gate, home, wait_until):
    run = grid.launch("--parallel", "2", "gate.py", gate, "range(4)")
    wait_until(lambda: len(count(gate, "started")) == 2)
    (server,) = parts(home).servers
    server.kill()
    wait_until(lambda: gone(server))
    assert grid("resume", run).code == 0
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"] * 4
    assert count(gate, "started") == {str(n): 1 for n in range(4)}


def test_a_fork_server_killed_when_a_parent_is_needed(grid, gate, home, wait_until):
    """With no parent left, the next trial needs a new fork server."""
    run = grid.launch("--parallel", "1", "gate.py", gate, "range(2)")
    wait_until(lambda: len(count(gate, "started")) == 1)
    found = parts(home)
    (gate / "open").touch()
    for process in (*found.servers, *found.parents):
        process.kill()
    assert wait(grid, run) == ["succeeded"] * 2


# The front end


@pytest.fixture
def server(home, project, tmp_path, wait_until):
    """A real Jupyter server: its process, and a function that asks something of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    runtime = tmp_path / "jupyter"
    options = [
        f"--ServerApp.{option}" for option in (f"port={port}", "port_retries=0", "token=t", "open_browser=False")
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", "--allow-root", *options],
        cwd=project,
        env=os.environ | {"JUPYTER_RUNTIME_DIR": str(runtime), "IPYTHONDIR": str(tmp_path / "ipython")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def ask(path, **data):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/{path}?token=t", data=json.dumps(data).encode() if data else None
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except OSError:
            assert process.poll() is None, "the server has ended"
            return None

    wait_until(lambda: ask("status"), timeout=60)
    yield process, ask, runtime
    process.kill()
    process.wait()


def test_a_killed_jupyter_server(grid, gate, server, wait_until):
    """It takes its kernels with it, and no trial."""
    from jupyter_client import BlockingKernelClient

    process, ask, runtime = server
    started = ask("kernels", name="python3")["id"]
    client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{started}.json"))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        client.execute(f"%load_ext grid_jupyter\n%grid run --name kept gate.py {gate} 1")
        wait_until(lambda: count(gate, "started"))
    finally:
        client.stop_channels()
    kernels = psutil.Process(process.pid).children()
    process.kill()
    wait_until(lambda: all(map(gone, kernels)))
    (gate / "open").touch()
    assert wait(grid, "kept") == ["succeeded"]
    assert count(gate, "done") == {"1": 1}


# The machine


def restart_machine(home, run, wait_until):
    """End all that runs at once, and let everything that was noted stem from another boot."""
    found = parts(home)
    found.kill()
    wait_until(lambda: all(map(gone, (*found.watchers, *found.servers, *found.parents, *found.trials))))
    folder = home / "runs" / run
    now = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    noted = [folder / "watcher.lock", *folder.glob("trials/*/process.*")]
    for file in noted:
        assert now in file.read_text()
        file.write_text(file.read_text().replace(now, "0d15ea5e-0000-0000-0000-000000000000"))
        os.utime(file, (time.time() - 60,) * 2)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the boot is changed as Linux tells it")
def test_a_restart_of_the_machine(grid, write, home, tmp_path, wait_until):
    write(
        {
            "saves.py": "import os, sys, time\nfile = os.environ['GRID_CHECKPOINT_DIR'] + '/state'\n"
            "known = os.path.exists(file)\nopen(file, 'a').write('x')\n"
            "while not known: time.sleep(0.01)\nprint('loss=1')\n"
        }
    )
    run = grid.launch("--parallel", "1", "saves.py", "[1, 2]")
    wait_until((home / "runs" / run / "trials" / "0" / "checkpoint" / "state").exists)
    wait_until(lambda: grid.states(run) == ["running", "queued"])
    restart_machine(home, run, wait_until)
    told = status(grid, run)
    assert told["state"] == "interrupted"
    assert told["counts"] == {"interrupted": 1, "queued": 1}
    assert [row.state for row in RunView(grid_jupyter.Run(run)).rows] == ["interrupted"]
    assert told["reason"] == f"this machine restarted while 1 ran and 1 waited: grid resume {run} carries on"
    assert grid("wait", run).code == 1
    assert parts(home).watchers == []
    grid.here("resume", run)
    # The first goes on from its checkpoint; the second has none.
    wait_until(lambda: grid.states(run) == ["succeeded", "running"])
    assert grid.results(run)[0]["attempts"] == 2
    grid.here("stop", run)
    assert wait(grid, run) == ["succeeded", "stopped"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the boot is changed as Linux tells it")
def test_a_restart_of_the_machine_in_a_run_with_a_budget(grid, gate, home, wait_until):
    """Nobody knows how long the trial went on; what was noted of it counts."""

    def used():
        with Store(run_folder(run)) as store:
            return Account.read(store).seconds

    run = grid.launch("--budget", "1h", "gate.py", gate, "1")
    wait_until(lambda: used() > 1)
    noted = used()
    restart_machine(home, run, wait_until)
    (gate / "open").touch()
    assert grid("resume", run).code == 0
    assert wait(grid, run) == ["succeeded"]
    assert noted < used() < noted + 60


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the boot is changed as Linux tells it")
def test_a_trial_rests_after_a_restart(grid, gate, home, running, wait_until):
    """Also where a watcher comes back by itself: what took the machine down may do it again."""
    restart_machine(home, running, wait_until)
    subprocess.run([sys.executable, "-m", "grid_jupyter.watcher", home / "runs" / running], check=True, timeout=30)
    assert (grid.states(running), trial(running).reason) == (["interrupted"], "this machine restarted")
    (gate / "open").touch()
    assert grid("resume", running).code == 0
    assert wait(grid, running) == ["succeeded"]
    assert count(gate, "started") == {"1": 2}


@pytest.mark.parametrize("hours", [5, -5])
@pytest.mark.parametrize("killed", [False, True], ids=["watched", "killed"])
def test_a_clock_that_jumps(grid, gate, home, clock, wait_until, hours, killed):
    run = grid.launch("--max_time", "1h", "--parallel", "1", "gate.py", gate, "[1, 2]")
    wait_until(lambda: grid.states(run) == ["running", "queued"] and count(gate, "started"))
    clock.write_text(str(hours * 3600))
    if killed:
        for watcher in parts(home).watchers:
            watcher.kill()
        wait_until(lambda: not parts(home).watchers)
        waiting = grid.start("wait", run, stdout=subprocess.DEVNULL)  # which starts a watcher again
        wait_until(lambda: parts(home).watchers)
        wait_until(lambda: log_of(home, run).count("watching") == 2)
    (gate / "open").touch()
    assert grid("wait", run).code == 0
    assert not killed or waiting.wait(timeout=20) == 0
    assert all(0 <= row["duration"] < 60 for row in grid.results(run))
    assert count(gate, "started") == {"1": 1, "2": 1}


# The disk


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, as large as ``size`` says; ``mount`` changes it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def remount(disk, options):
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


HOG = """\
import os, sys
print("loss=" + sys.argv[1])
if sys.argv[1] == "2" and not os.path.exists(sys.argv[2]):
    with open("big", "wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
"""


def test_a_disk_that_fills_up_during_a_run(grid, write, disk, tmp_path, wait_until, processes):
    """A trial takes the last byte: results stay, no trial starts, and the run carries on when there is room again."""
    write({"hog.py": HOG})
    env = {"GRID_HOME": str(disk / "home")}
    run = grid.launch("--parallel", "1", "hog.py", "range(5)", tmp_path / "enough", env=env)
    assert grid("wait", run, env=env).code == 1
    told = status(grid, run, env=env)
    assert (told["state"], told["counts"]) == ("paused", {"succeeded": 2, "failed": 1, "queued": 2})
    assert "no space" in told["reason"]
    assert f"grid resume {run}" in told["reason"]
    rows = grid("results", run, "--format", "json", env=env).json
    assert [row["metrics"] for row in rows[:2]] == [{"loss": 0.0}, {"loss": 1.0}]
    assert rows[2]["reason"].startswith("exit code 1")
    wait_until(lambda: not processes(disk))
    (tmp_path / "enough").touch()
    remount(disk, "size=40m")
    assert grid("resume", run, env=env).code == 0
    assert grid("wait", run, env=env).code == 0
    assert [row["attempts"] for row in grid("results", run, "--format", "json", env=env).json] == [1, 1, 2, 1, 1]
    wait_until(lambda: not processes(disk))


def test_a_full_disk_for_locks(grid, gate, disk, home, wait_until):
    """The folder of slots lies on another disk, which is full: the reason is told, and no other run is harmed."""
    env = {"GRID_RUNTIME": str(disk / "runtime")}
    first = grid.launch("--parallel", "1", "gate.py", gate, "[1, 2]", env=env)
    wait_until(lambda: count(gate, "started"))
    with contextlib.suppress(OSError), (disk / "big").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert grid("resume", "--parallel", "2", first, env=env).code == 0
    told = wait_until(lambda: (now := status(grid, first))["counts"] and "GRID_RUNTIME" in log_of(home, first) and now)
    assert told["state"] == "running"
    (disk / "big").unlink()
    second = grid.launch("train.py", env=env)
    assert grid("wait", second, env=env).code == 0
    (gate / "open").touch()
    assert grid("wait", first, env=env).code == 1
    told = status(grid, first)
    assert (told["state"], told["counts"]) == ("paused", {"succeeded": 1, "queued": 1})
    assert "No space left" in told["reason"]
    assert "GRID_RUNTIME" in told["reason"]
    assert grid("resume", first, env=env).code == 0
    assert grid("wait", first, env=env).code == 0


def log_of(home, run):
    return (home / "runs" / run / "watcher.log").read_text()


def test_a_home_that_turns_read_only(grid, gate, disk, wait_until, processes):
    """What is there can be read; what would write says so in a sentence."""
    env = {"GRID_HOME": str(disk / "home")}
    run = grid.launch("train.py", env=env)
    assert grid("wait", run, env=env).code == 0
    wait_until(lambda: not processes(disk))
    remount(disk, "ro")
    for verb in ("run", "delete"):
        words = {"run": ["run", "train.py"], "delete": ["delete", "--yes", run]}[verb]
        answer = grid(*words, env=env)
        assert (answer.code, answer.err.count("\n")) == (1, 1), answer
        assert str(disk) in answer.err
    for words in (("status", run), ("results", run), ("history",), ("logs", f"{run}/0"), ("artifacts", run)):
        answer = grid(*words, env=env)
        assert (answer.code, answer.err) == (0, ""), words
    assert grid("history", "--format", "json", env=env).json[0]["state"] == "succeeded"
    assert grid("results", run, "--format", "json", env=env).json[0]["metrics"] == {"loss": 0.5}


# Files that were damaged


def overwrite(database):
    """Make a database unreadable, as a bad disk does: in place."""
    with database.open("r+b") as file:
        file.write(b"this is no database at all" * 1000)


def test_a_store_damaged_during_a_run(grid, gate, home, running, wait_until):
    """The trial goes on to its end; its log, record and files stay."""
    folder = home / "runs" / running
    overwrite(folder / "run.db")
    for watcher in parts(home).watchers:
        watcher.kill()
    wait_until(lambda: not parts(home).watchers)
    answer = grid("wait", running)
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert "run.db is not a readable database" in answer.err
    (gate / "open").touch()
    wait_until(lambda: not parts(home).parents)
    assert (folder / "trials" / "0" / "stdout.1").read_text() == "loss=1\n"
    assert '"exit_code": 0' in (folder / "trials" / "0" / "process.1").read_text()
    assert grid("delete", "--yes", running).code == 0


def test_an_index_damaged_during_a_run(grid, gate, home, running):
    overwrite(home / "index.db")
    assert [run["run"] for run in grid("history", "--format", "json").json] == [running]
    overwrite(home / "index.db")
    (gate / "open").touch()
    assert wait(grid, running) == ["succeeded"]
    assert [run["state"] for run in grid("history", "--format", "json").json] == ["succeeded"]


# Output


def test_a_log_is_byte_exact(grid, write):
    content = bytes(range(256)) * 4 + b"\xff\xfe\r\n\xc3(\x00 half of one \xe2\x82"
    write({"binary.py": f"import os\nos.write(1, {content!r})\nos.write(2, {content[::-1]!r})\n"})
    run = grid.finish("binary.py")
    assert grid.states(run) == ["succeeded"]
    assert trial(run).log_file(1, "stdout").read_bytes() == content
    assert trial(run).log_file(1, "stderr").read_bytes() == content[::-1]


LONG = 100 << 20


def test_a_line_of_100_mb(grid, write, home, gate, tmp_path, wait_until):
    """Neither the watcher nor who reads the log holds it in memory; nothing of it is lost."""
    write(
        {
            "long.py": "import os, sys, time\nprint('loss=1')\n"
            f"for _ in range({LONG >> 20}): sys.stdout.write('x' * (1 << 20))\n"
            "sys.stdout.flush()\n"
            "while not os.path.exists(sys.argv[1] + '/open'): time.sleep(0.01)\n"
        }
    )
    run = grid.launch("long.py", gate)
    log = home / "runs" / run / "trials" / "0" / "stdout.1"
    wait_until(lambda: size(log) == LONG + 7)
    (watcher,) = parts(home).watchers
    before = read_by(watcher)
    wait_until(lambda: read_by(watcher) > before or read_by(watcher) > LONG)
    assert watcher.memory_info().rss < 120 << 20
    (gate / "open").touch()
    assert wait(grid, run) == ["succeeded"]
    assert trial(run).metrics == {"loss": 1.0}
    with (tmp_path / "out").open("wb") as out:
        reader = grid.start("logs", f"{run}/0", stdout=out)
        most = 0
        while reader.poll() is None:
            with contextlib.suppress(psutil.Error):
                most = max(most, psutil.Process(reader.pid).memory_info().rss)
    assert reader.returncode == 0
    assert 0 < most < 120 << 20
    assert size(tmp_path / "out") == LONG + 8  # a newline at the end
    assert grid("logs", f"{run}/0", "--tail", "1").out.strip("x") == "\n"


def read_by(process):
    return process.io_counters().read_chars
