"""Runs in MLflow: live and afterwards, each value once, whatever becomes of the server and of who writes."""

from __future__ import annotations

import os
import select
import socket
import socketserver
import subprocess
import sys
import threading
from contextlib import closing, suppress
from urllib.request import urlopen

import psutil
import pytest

import grid_jupyter
from grid_jupyter.core.tracking import address
from grid_jupyter.errors import GridError

# Prints, waits for a file "open", prints again; each attempt the same.
LIVE = """\
import os, sys, time
folder, number = sys.argv[2], sys.argv[4]
for step in range(3):
    print(f"step={step} loss={step}.5 acc=nan", flush=True)
while not os.path.exists(folder + "/open"):
    time.sleep(0.01)
print("step=3 loss=0.25")
open("model.txt", "w").close()
sys.exit(number == "1")
"""


class Relay(socketserver.ThreadingTCPServer):
    """What the clients talk to in place of the server: it can be away and come back."""

    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), self.pass_on)
        self.server, self.away = ("127.0.0.1", port), False
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def pass_on(self, client, *_):
        if self.away:
            return
        with suppress(OSError), socket.create_connection(self.server) as server:
            while not self.away:
                ready, _, _ = select.select([client, server], [], [], 0.1)
                for one in ready:
                    data = one.recv(1 << 16)
                    if not data:
                        return
                    (server if one is client else client).sendall(data)


def answers(port, server):
    assert server.poll() is None, "the server has ended"
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory, wait_until):
    """The port of a tracking server of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")),
    ]
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(port, started), timeout=200)
        yield port
    finally:
        for process in (*psutil.Process(started.pid).children(recursive=True), started):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        started.wait()


@pytest.fixture
def relay(server):
    with Relay(server) as made:
        threading.Thread(target=made.serve_forever, args=(0.1,)).start()
        yield made
        made.away = True
        made.shutdown()


@pytest.fixture
def client(server):
    from mlflow.tracking import MlflowClient

    return MlflowClient(f"http://127.0.0.1:{server}")


def found(client, run, kind):
    """The runs in MLflow of one of ours."""
    wanted = f"tags.`grid.run` = '{run}' and tags.`grid.kind` = '{kind}'"
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return client.search_runs(experiments, wanted)


def trials(client, run):
    return {int(each.data.tags["grid.trial"]): each for each in found(client, run, "trial")}


def history(client, run, trial, name="loss"):
    return [
        (value.step, value.value) for value in client.get_metric_history(trials(client, run)[trial].info.run_id, name)
    ]


def statuses(client, run):
    return [each.info.status for _, each in sorted(trials(client, run).items())]


def exporters(processes, home):
    found = []
    for process in processes(home):
        with suppress(psutil.Error):  # gone meanwhile
            if "grid_jupyter.exporter" in process.cmdline():
                found.append(process)
    return found


FIRST = [(0, 0.5), (1, 1.5), (2, 2.5)]
WHOLE = [*FIRST, (3, 0.25)]


@pytest.mark.full
@pytest.mark.timeout(300)  # MLflow's server alone may take a minute to start, where much else is at work
def test_a_run_is_written_as_it_goes(grid, home, write, tmp_path, wait_until, processes, relay, client):
    write({"live.py": LIVE})
    run = grid.launch("--mlflow", relay.address, "live.py", "--folder", tmp_path, "--number", "[0, 1]")
    wait_until(lambda: statuses(client, run) == ["RUNNING", "RUNNING"] and history(client, run, 1) == FIRST, 60)
    (parent,) = found(client, run, "run")
    assert (parent.info.status, parent.info.run_name) == ("RUNNING", run)
    assert client.get_experiment(parent.info.experiment_id).name == "project"

    # Killed, with the server away: the run goes on, and says what is the matter.
    for process in exporters(processes, home):
        process.kill()
    relay.away = True
    (tmp_path / "open").touch()
    grid("wait", run)
    note = wait_until(lambda: grid_jupyter.Run(run).summary().notes, 30)[0]
    assert "it is tried again" in note
    assert note in grid.here("status", run).out
    relay.away = False
    wait_until(lambda: not exporters(processes, home), 60)
    assert grid_jupyter.Run(run).summary().notes == ()

    assert statuses(client, run) == ["FINISHED", "FAILED"]
    (parent,) = found(client, run, "run")
    assert parent.info.status == "FAILED"
    assert [history(client, run, trial) for trial in (0, 1)] == [WHOLE, WHOLE]
    made = trials(client, run)[1]
    assert made.data.params == {"folder": str(tmp_path), "number": "1"}
    assert made.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert made.data.tags["grid.state"] == "failed"
    assert made.data.tags["grid.reason"] == grid.results(run)[1]["reason"]
    assert made.info.end_time >= made.info.start_time

    # Asked again, nothing is doubled; with files they are there too.
    ours = grid_jupyter.Run(run)
    before = {trial: each.info.run_id for trial, each in trials(client, run).items()}
    assert ours.to_mlflow(artifacts=True) == parent.info.run_id
    assert {trial: each.info.run_id for trial, each in trials(client, run).items()} == before
    assert [history(client, run, trial) for trial in (0, 1)] == [WHOLE, WHOLE]
    assert [file.path for file in client.list_artifacts(before[1])] == ["model.txt"]

    # From scratch is another run there; the other trial's stays.
    grid.here("rerun", run, 1)
    grid("wait", run)
    wait_until(lambda: not exporters(processes, home), 60)
    after = {trial: each.info.run_id for trial, each in trials(client, run).items()}
    assert (after[0], after.keys()) == (before[0], before.keys())
    assert after[1] != before[1]
    assert [history(client, run, trial) for trial in (0, 1)] == [WHOLE, WHOLE]


@pytest.mark.full
def test_a_run_that_has_ended_is_written_afterwards(grid, write, relay, client, monkeypatch, capsys):
    many = "for step in range(2500): print(f'step={step} a={step}')\nprint('odd/name.x=1')"
    write({"many.py": many})
    run = grid_jupyter.Run(grid.finish("many.py", "--x", "[" + ", ".join(map(str, range(3))) + "]"))
    ours = run.to_mlflow(relay.address, "mine")
    assert client.get_experiment(client.get_run(ours).info.experiment_id).name == "mine"
    assert statuses(client, run.name) == ["FINISHED"] * 3
    assert history(client, run.name, 2, "a") == [(step, step) for step in range(2500)]
    assert trials(client, run.name)[2].data.metrics["odd/name.x"] == 1
    monkeypatch.setenv("MLFLOW_TRACKING_URI", relay.address)
    assert run.to_mlflow(experiment="mine") == ours
    assert history(client, run.name, 2, "a") == [(step, step) for step in range(2500)]
    relay.away = True
    with pytest.raises(GridError, match="no server answers there"):
        run.to_mlflow(relay.address)
    assert capsys.readouterr().out == ""


# What needs no MLflow


@pytest.fixture
def nowhere():
    """An address at which nothing answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def installed(monkeypatch):
    """Let MLflow seem to be installed, whether it is or not."""
    monkeypatch.setattr(address, "find_spec", lambda name: name == "mlflow")


@pytest.mark.parametrize("module", ["core.launching", "core.run", "watcher.watcher", "exporter.__main__"])
def test_mlflow_is_imported_only_where_something_is_written(module):
    program = f"import sys, grid_jupyter.{module}; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "uri", ["localhost:5000", "./mlruns", "http://", "ftp://host/x", "http://[host", "http://host:port"]
)
def test_what_is_no_address(grid, uri):
    refused = grid.here("run", "--mlflow", uri, "--dry_run", "train.py")
    assert refused.code == 2
    assert refused.err.startswith(f"grid: --mlflow {uri}: is no address of a tracking server; write one such as http")


def test_a_server_that_does_not_answer_is_told_before_anything_is_made(grid, home, installed, nowhere):
    refused = grid.here("run", "--mlflow", nowhere, "train.py")
    assert refused.code == 2
    assert f"--mlflow {nowhere}: no server answers there: Connection refused" in refused.err
    assert not list(home.glob("runs/*"))


def test_without_mlflow_the_extra_is_named(grid, home, monkeypatch, nowhere):
    monkeypatch.setattr(address, "find_spec", lambda name: None)
    refused = grid.here("run", "--mlflow", nowhere, "train.py")
    assert refused.code == 2
    assert 'needs MLflow: pip install "grid-jupyter[mlflow]"' in refused.err
    with pytest.raises(GridError, match=r"to_mlflow needs MLflow"):
        grid_jupyter.Run(grid.finish("train.py")).to_mlflow(nowhere)


def test_a_database_needs_the_whole_of_mlflow(grid, installed):
    refused = grid.here("run", "--mlflow", "sqlite:///mlflow.db", "train.py")
    assert (refused.code, "pip install mlflow" in refused.err) == (2, True)


def test_a_password_is_neither_taken_nor_repeated(grid, settings, monkeypatch):
    uri = "https://ann:hunter2@example.com"
    settings(f'mlflow = "{uri}"')
    told = [grid.here("run", "--mlflow", uri, "--dry_run", "train.py"), grid.here("config")]
    settings("")
    monkeypatch.setenv("GRID_MLFLOW", uri)
    told += [grid.here("config"), grid.here("run", "--dry_run", "train.py")]
    assert [(answer.code, "hunter2" in answer.out + answer.err) for answer in told] == [(2, False)] * 4


@pytest.mark.parametrize(
    "uri",
    ["postgresql+psycopg://ann:hunter2@host/db", "mysql://ann:hunt/er2@host/db", "mssql://host/db?Password=hunter2"],
)
def test_a_password_of_a_database_is_not_stored(grid, home, installed, uri):
    refused = grid.here("run", "--mlflow", uri, "train.py")
    assert refused.code == 2
    assert refused.err.startswith("grid: --mlflow: the address holds a password")
    assert not list(home.glob("runs/*"))
    assert "hunt" not in address.without_password(uri)


def test_a_database_may_name_a_user(grid):
    told = grid.here("run", "--mlflow", "postgresql://ann@host/db", "--dry_run", "train.py")
    assert (told.code, "MLflow    postgresql://ann@host/db" in told.out) == (0, True)


def test_what_is_no_web_server_is_told(grid, home, installed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_greet, args=[server], daemon=True).start()
        uri = f"http://127.0.0.1:{server.getsockname()[1]}"
        refused = grid.here("run", "--mlflow", uri, "train.py")
    assert refused.code == 2
    assert refused.err.startswith(f"grid: --mlflow {uri}: no server answers there: SSH")


def _greet(server):
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


def test_the_settings_say_where_to_and_off_says_nowhere(grid, project, settings, installed, nowhere):
    settings('mlflow = "sqlite:///runs.db"')
    assert f"MLflow    sqlite:///{project}/runs.db" in grid.here("run", "--dry_run", "train.py").out
    assert "MLflow" not in grid.here("run", "--dry_run", "--mlflow", "off", "train.py").out
    settings(f'mlflow = "{nowhere}"')
    refused = grid.here("run", "train.py")
    assert (refused.code, "the setting mlflow" in refused.err) == (2, True)
