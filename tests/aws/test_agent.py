"""The agent as containers run it: the text of the job's command, in a process of its own, against moto's S3."""

from __future__ import annotations

import ast
import gzip
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from parts import gone

from grid_jupyter.clusters.aws.packed import aws_agent, bootstrap_source
from grid_jupyter.remote.agent.bucket import Bucket
from grid_jupyter.remote.agent.growth import GrowingFiles
from grid_jupyter.remote.agent.layout import RunKeys, agent_key, code_key
from grid_jupyter.remote.agent.pieces import pack, unpack

ACCOUNT = "123456789012"
NAME = f"grid-{ACCOUNT}-eu-west-1"
PYTHON = os.environ.get("TEST_AGENT_PYTHON", sys.executable)
"""What an image has; any from 3.8 with boto3 will do."""

STAND_INS = Path(__file__).parents[1] / "stand_ins" / "bin"


@pytest.fixture(scope="module")
def s3():
    """moto's server, which can be silent for a while."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield server
    with suppress(Exception):
        server.stop()


@pytest.fixture
def bucket(s3, monkeypatch):
    host, port = s3.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client = boto3.client("s3")
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    made = Bucket(client, NAME, ACCOUNT)
    yield made
    made.delete("")
    client.close()


def code(files):
    """A frozen project as an archive; a text with an arrow in front is where a link leads."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.mode, member.mtime = 0o644, 1_700_000_000.25
            if isinstance(content, str) and content.startswith("-> "):
                member.type, member.linkname = tarfile.SYMTYPE, content[3:]
                tar.addfile(member)
                continue
            data = content.encode() if isinstance(content, str) else content
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return written.getvalue()


class Batch:
    """Submissions of one run, and the containers that are started for them."""

    def __init__(self, bucket, folder, wait_until):
        self.bucket = bucket
        self.cache = folder / "grid"
        self.cache.mkdir()
        self.keys = RunKeys("spiffy-sunfish-821", "0123456789abcdef")
        self.until = wait_until
        self.containers = []
        digest, archive = aws_agent()
        self.agent = agent_key(digest)
        bucket.put(self.agent, archive)

    def submit(self, files, *trials, number=0, **common):
        """Write what is needed for a submission; a trial is what it has of its own."""
        self.bucket.put(code_key("0"), code(files))
        usual = {"argv": ["python", "train.py"], "environment": {}, "directory": "", "import_paths": [], "files": {}}
        orders = [{"trial": trial, "attempt": 1, **usual, **own} for trial, own in enumerate(trials or [{}])]
        batch = {
            "version": 1,
            "run": "spiffy-sunfish-821",
            "code": code_key("0"),
            "dependencies": None,
            "datastore": None,
            "data": {},
            "scratch": None,
            "flush": 0.2,
            "checkpoint_every": 300,
            "grace": 5,
            "spot_grace": 5,
            **common,
            "trials": orders,
        }
        self.bucket.put(self.keys.batch(number), gzip.compress(json.dumps(batch).encode()))

    def start(self, index=None, *, retry=1, job="job", number=0, **environment):
        """Start a container as AWS Batch would."""
        told = {
            "GRID_BUCKET": NAME,
            "GRID_BUCKET_OWNER": ACCOUNT,
            "GRID_PREFIX": self.keys.prefix,
            "GRID_BATCH": str(number),
            "GRID_AGENT": self.agent,
            "GRID_CACHE": str(self.cache),
            "AWS_BATCH_JOB_ID": job if index is None else f"{job}:{index}",
            "AWS_BATCH_JOB_ATTEMPT": str(retry),
            **({} if index is None else {"AWS_BATCH_JOB_ARRAY_INDEX": str(index)}),
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GRID_")}
        container = subprocess.Popen(
            [PYTHON, "-c", bootstrap_source()],
            env={**clean, **told, "PATH": f"{Path(PYTHON).parent}:{os.environ['PATH']}", **environment},
            cwd=self.cache.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.containers.append(container)
        return container

    def run(self, index=None, **how):
        """Run a container to its end and return its exit code."""
        container = self.start(index, **how)
        said, _ = container.communicate(timeout=60)
        assert b"Traceback" not in said, said.decode()
        return container.returncode

    def state(self, trial=0, attempt=1):
        content = self.bucket.get(self.keys.state(trial, attempt))
        return json.loads(content) if content else None

    def files(self, trial=0, attempt=1):
        """What the files of an attempt have grown to, put together from its pieces."""
        state = self.state(trial, attempt)
        found = {}
        for number in range(state["pieces"] if state else 0):
            for part in unpack(self.bucket.get(self.keys.piece(trial, attempt, number))):
                grown = found.setdefault(part.file, bytearray())
                assert part.offset in {0, len(grown)}
                grown[part.offset :] = part.content
        assert {name: len(grown) for name, grown in found.items()} == (state["files"] if state else {})
        return {name: bytes(grown) for name, grown in found.items()}

    def artifacts(self, trial=0, attempt=1):
        prefix = self.keys.artifacts(trial, attempt)
        return {item.key[len(prefix) :]: self.bucket.get(item.key) for item in self.bucket.list(prefix)}

    def close(self):
        for container in self.containers:
            if container.poll() is None:
                os.killpg(container.pid, signal.SIGKILL)
            container.communicate()


@pytest.fixture
def batch(bucket, tmp_path, wait_until):
    made = Batch(bucket, tmp_path, wait_until)
    yield made
    made.close()


def test_a_script_runs_and_all_that_it_wrote_is_in_the_bucket(batch):
    script = """\
import os, sys
sys.stdout.buffer.write(b"loss: 0.5\\nhalf a line \\xff\\x00")
sys.stderr.write("a warning\\n")
with open(os.environ["GRID_METRICS_FILE"], "w") as file:
    file.write('{"loss": 0.25}\\n')
with open("model.pt", "w") as file:
    file.write("weights " + sys.argv[1])
with open("data.txt", "a") as file:
    file.write("more")
"""
    batch.submit(
        {"train.py": script, "data.txt": "some", "other.txt": "as it was"}, {"argv": ["python", "train.py", "[a]"]}
    )
    assert batch.run() == 0
    state = batch.state()
    assert state["status"] == "ended"
    assert (state["exit_code"], state["lost"], state["error"]) == (0, None, None)
    assert batch.files() == {
        "stdout": b"loss: 0.5\nhalf a line \xff\x00",
        "stderr": b"a warning\n",
        "metrics": b'{"loss": 0.25}\n',
    }
    assert batch.artifacts() == {"model.pt": b"weights [a]", "data.txt": b"somemore"}
    assert state["artifacts"] == [["data.txt", 8], ["model.pt", 11]]
    assert state["started"] <= state["ended"]
    assert state["machine"]["cpus"]


def test_a_container_of_an_array_runs_the_trial_of_its_index(batch):
    script = (
        "import json, os, sys\nimport helper, inner\nprint(json.dumps([sys.argv, dict(os.environ), os.getcwd()]))\n"
    )
    project = {"sub/train.py": "", "src/helper.py": "", "sub/inner.py": "", "data/x": "1", "sub/link": "-> ../data/x"}
    given = {"environment": {"GRID_TRIAL_INDEX": "1", "MINE": "é"}, "directory": "sub", "import_paths": ["src"]}
    batch.submit(
        project, {}, {**given, "argv": ["python", "cell.py", "a b", "$HOME"], "files": {"sub/cell.py": script}}
    )
    assert batch.run(1, MINE="overridden", CUDA_VISIBLE_DEVICES="0,1") == 0
    argv, environment, directory = json.loads(batch.files(1)["stdout"])
    assert argv == ["cell.py", "a b", "$HOME"]
    assert directory.endswith("/work/sub")
    assert environment["MINE"] == "é"
    assert environment["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert environment["GRID_ATTEMPT"] == environment["GRID_TRIAL_INDEX"] == "1"
    grid = {name for name in environment if name.startswith("GRID_")}
    assert grid == {"GRID_ATTEMPT", "GRID_CHECKPOINT_DIR", "GRID_METRICS_FILE", "GRID_TRIAL_INDEX"}
    assert batch.artifacts(1) == {}
    assert not list((batch.cache / "work").iterdir())
    assert batch.state(0) is None


@pytest.mark.parametrize(
    ("script", "code", "seen"),
    [
        ("raise SystemExit(3)", 3, 3),
        ("raise SystemExit(75)", 75, 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, 137),
    ],
)
def test_the_exit_code_is_the_scripts_but_for_the_one_that_asks_for_another_attempt(batch, script, code, seen):
    batch.submit({"train.py": script})
    assert batch.run() == seen
    assert batch.state()["exit_code"] == code
    assert batch.state()["error"] is None


def test_a_command_that_there_is_none_of_ends_as_in_a_shell(batch):
    batch.submit({}, {"argv": ["julia", "train.jl"]})
    assert batch.run() == 127
    assert batch.files()["stderr"] == b"julia: No such file or directory\n"
    assert batch.state()["exit_code"] == 127


def test_a_second_container_for_the_same_attempt_leaves_it_alone(batch):
    batch.submit({"train.py": "print('once')"})
    assert batch.run(job="first") == 0
    before = batch.state()
    assert batch.run(job="second") == 0
    assert batch.state() == before
    assert batch.files()["stdout"] == b"once\n"


WAITS = """\
import os, sys, time
print("begins", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
print("goes on")
"""


def test_a_claim_whose_answer_was_not_heard_is_the_containers_own(batch):
    batch.submit({"train.py": "print('once')"})
    batch.bucket.put(batch.keys.claim(0, 1), b"job.1")
    assert batch.run() == 0
    assert batch.files()["stdout"] == b"once\n"


@pytest.mark.full
def test_output_is_seen_before_the_end_and_nothing_is_lost_while_s3_is_away(batch, s3, tmp_path, wait_until):
    gate = tmp_path / "gate"
    batch.submit({"train.py": WAITS}, {"argv": ["python", "train.py", str(gate)]})
    container = batch.start()
    wait_until(lambda: batch.files().get("stdout") == b"begins\n")
    assert batch.state()["status"] == "running"
    s3.stop()
    gate.touch()
    wait_until(lambda: not psutil.Process(container.pid).children())
    assert container.poll() is None
    s3.start()
    assert container.wait(60) == 0
    assert batch.files()["stdout"] == b"begins\ngoes on\n"
    assert batch.state()["exit_code"] == 0


# The end before the end

SAVES = """\
import json, os, signal, sys, time
gate, folder = sys.argv[1], os.environ["GRID_CHECKPOINT_DIR"]
saved, asked = os.path.join(folder, "epoch"), []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
first = int(open(saved).read()) if os.path.exists(saved) else 0
for epoch in range(first, 6):
    print("epoch", epoch, flush=True)
    with open(saved + ".part", "w") as file:
        file.write(str(epoch + 1))
    os.replace(saved + ".part", saved)
    while epoch == 2 and not os.path.exists(gate) and not asked:
        time.sleep(0.01)
    if asked:
        raise SystemExit(0)
"""


def notice(batch, seconds=120.0):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    (batch.cache / "spot-notice").write_text(json.dumps({"action": "terminate", "time": at}))


def reaches(batch, line, attempt=1):
    return lambda: batch.files(attempt=attempt).get("stdout", b"").endswith(line)


@pytest.mark.full
def test_a_machine_that_is_taken_back_costs_no_epoch(batch, tmp_path, wait_until):
    gate = tmp_path / "gate"
    batch.submit({"train.py": SAVES}, {"argv": ["python", "train.py", str(gate)]})
    container = batch.start()
    wait_until(reaches(batch, b"epoch 2\n"))
    notice(batch)
    assert container.wait(30) == 75
    state = batch.state()
    assert (state["status"], state["exit_code"], state["lost"]) == ("ended", 0, "AWS took the spot machine back")
    assert state["checkpoint"]["size"] > 0

    (batch.cache / "spot-notice").unlink()
    gate.touch()
    assert batch.run(retry=2) == 0
    both = batch.files()["stdout"] + batch.files(attempt=2)["stdout"]
    assert both == b"".join(b"epoch %d\n" % epoch for epoch in range(6))
    assert batch.state(attempt=2)["exit_code"] == 0
    assert batch.artifacts(attempt=2) == {}


def test_a_notice_that_the_machine_has_survived_is_none(batch):
    notice(batch, -3600)
    batch.submit({"train.py": "print(1)"})
    assert batch.run() == 0


@pytest.mark.full
def test_without_the_file_of_the_machine_its_metadata_are_asked(batch, tmp_path, wait_until):
    metadata = Metadata()
    batch.submit({"train.py": SAVES}, {"argv": ["python", "train.py", str(tmp_path / "gate")]})
    container = batch.start(GRID_CACHE="", AWS_EC2_METADATA_SERVICE_ENDPOINT=metadata.url)
    wait_until(reaches(batch, b"epoch 2\n"))
    metadata.notice = json.dumps({"action": "stop", "time": "2099-01-01T00:00:00Z"}).encode()
    assert container.wait(30) == 75
    assert batch.state()["lost"]
    metadata.close()


class Metadata:
    """The metadata of a machine, version 2."""

    def __init__(self):
        self.notice = None
        metadata = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self):
                self.answer(200, b"token")

            def do_GET(self):
                allowed = self.headers["X-aws-ec2-metadata-token"] == "token"
                found = metadata.notice if self.path == "/latest/meta-data/spot/instance-action" else None
                self.answer(401 if not allowed else 200 if found else 404, found or b"")

            def answer(self, status, content):
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.full
def test_who_stops_a_trial_gets_its_checkpoint_and_artifacts(batch, tmp_path, wait_until):
    script = "open('early.txt', 'w').write('x')\n" + SAVES
    batch.submit({"train.py": script}, {"argv": ["python", "train.py", str(tmp_path / "gate")]})
    container = batch.start()
    wait_until(reaches(batch, b"epoch 2\n"))
    container.terminate()
    assert container.wait(30) == 143
    state = batch.state()
    assert (state["exit_code"], state["lost"], state["error"]) == (0, None, None)
    assert batch.artifacts() == {"early.txt": b"x"}
    pointer = json.loads(batch.bucket.get(batch.keys.checkpoint_pointer(0)))
    with tarfile.open(fileobj=io.BytesIO(batch.bucket.get(pointer["key"]))) as tar:
        assert tar.extractfile("epoch").read() == b"3"


@pytest.mark.full
def test_a_script_that_does_not_listen_is_ended_with_all_of_its_processes(batch, tmp_path, wait_until):
    script = """\
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.pause()"])
print(child.pid, flush=True)
time.sleep(600)
"""
    batch.submit({"train.py": script}, grace=1)
    container = batch.start()
    wait_until(lambda: batch.files().get("stdout", b"").endswith(b"\n"))
    child = psutil.Process(int(batch.files()["stdout"]))
    container.terminate()
    assert container.wait(30) == 143
    assert batch.state()["exit_code"] == 137
    wait_until(lambda: gone(child))


@pytest.mark.full
def test_an_agent_that_was_killed_leaves_what_it_had_shipped(batch, tmp_path, wait_until):
    gate = tmp_path / "gate"
    batch.submit({"train.py": SAVES}, {"argv": ["python", "train.py", str(gate)]}, checkpoint_every=0.1)
    container = batch.start()
    wait_until(lambda: batch.state() and batch.state()["checkpoint"])
    script = psutil.Process(container.pid).children()
    container.kill()
    container.wait()
    state = batch.state()
    assert (state["status"], state["exit_code"], state["ended"]) == ("running", None, None)
    assert batch.files()["stdout"].endswith(b"epoch 2\n")
    assert abs(time.time() - state["time"]) < 60

    for process in script:  # with the container they would have ended
        process.kill()
    gate.touch()
    assert batch.run(retry=2) == 0
    assert batch.files(attempt=2)["stdout"] == b"epoch 3\nepoch 4\nepoch 5\n"
    assert not list((batch.cache / "work").iterdir())


@pytest.mark.full
def test_a_script_that_saves_all_the_time_has_checkpoints_all_the_same(batch, wait_until):
    script = """\
import os, time
saved = os.path.join(os.environ["GRID_CHECKPOINT_DIR"], "epoch")
epoch = int(open(saved).read()) if os.path.exists(saved) else 0
print(epoch, flush=True)
while os.environ["GRID_ATTEMPT"] == "1":
    time.sleep(0.01)
    epoch += 1
    with open(saved + ".part", "w") as file:
        file.write(str(epoch))
    os.replace(saved + ".part", saved)
"""
    batch.submit({"train.py": script}, checkpoint_every=0.1)
    container = batch.start()
    wait_until(lambda: batch.state() and batch.state()["checkpoint"])
    psutil.Process(container.pid).children()[0].kill()
    assert container.wait(30) == 137
    assert batch.run(retry=2) == 0
    assert int(batch.files(attempt=2)["stdout"]) > 0


@pytest.mark.full
def test_a_file_that_is_being_written_is_in_no_checkpoint(batch, tmp_path, wait_until):
    script = """\
import os, sys, time
with open(os.path.join(os.environ["GRID_CHECKPOINT_DIR"], "epoch"), "w", 1) as file:
    for part in range(8):
        print(part, file=file)
        time.sleep(0.5)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""
    gate = tmp_path / "gate"
    batch.submit({"train.py": script}, {"argv": ["python", "train.py", str(gate)]}, checkpoint_every=0.1)
    container = batch.start()
    wait_until(lambda: batch.state() and batch.state()["checkpoint"], timeout=40)
    with tarfile.open(fileobj=io.BytesIO(batch.bucket.get(batch.keys.checkpoint(0, 1, 0)))) as tar:
        assert tar.extractfile("epoch").read() == b"0\n1\n2\n3\n4\n5\n6\n7\n"
    gate.touch()
    assert container.wait(30) == 0


@pytest.mark.parametrize("damage", ["cut", "missing", "escapes"])
def test_a_checkpoint_of_no_use_is_said_so_and_the_trial_begins_anew(batch, tmp_path, damage):
    archive = code({"epoch": "3"})
    if damage == "escapes":
        archive = code({"epoch": "3", "../../stdout": "3"})
    key = batch.keys.checkpoint(0, 1, 0)
    if damage != "missing":
        batch.bucket.put(key, archive[:-20] if damage == "cut" else archive)
    told = {"key": key, "attempt": 1, "number": 0, "size": len(archive), "time": 0}
    batch.bucket.put(batch.keys.checkpoint_pointer(0), json.dumps(told).encode())
    (tmp_path / "gate").touch()
    batch.submit({"train.py": SAVES}, {"argv": ["python", "train.py", str(tmp_path / "gate")], "attempt": 2})
    assert batch.run() == 0
    files = batch.files(attempt=2)
    assert files["stdout"].startswith(b"epoch 0\n")
    assert files["stderr"].startswith(b"grid: the checkpoint of attempt 1 cannot be used, so this one begins anew: ")


@pytest.mark.full
def test_links_in_a_checkpoint_come_back(batch):
    script = """\
import os, sys
folder = os.environ["GRID_CHECKPOINT_DIR"]
if os.environ["GRID_ATTEMPT"] == "1":
    os.mkdir(folder + "/a")
    open(folder + "/a/1.ckpt", "w").write("one")
    os.symlink(folder + "/a/1.ckpt", folder + "/last.ckpt")
    open("outside", "w").write("two")
    os.symlink(os.path.abspath("outside"), folder + "/outside.ckpt")
    raise SystemExit(1)
print(open(folder + "/last.ckpt").read(), os.readlink(folder + "/last.ckpt"), open(folder + "/outside.ckpt").read())
"""
    batch.submit({"train.py": script})
    assert batch.run() == 1
    assert batch.run(retry=2) == 0
    assert batch.files(attempt=2)["stdout"] == b"one a/1.ckpt two\n"


# What a script reads


def datastore(bucket, files, *, version=1, damage=None):
    prefix = f"datastores/mnist/{version}/"
    listed = [[path, len(content), hashlib.sha256(content).hexdigest()] for path, content in files.items()]
    for path, content in files.items():
        bucket.put(f"{prefix}data/{path}", content[1:] if path == damage else content)
    bucket.put(prefix + "manifest.json", json.dumps({"files": listed}).encode())


READS = """\
import os, sys
print(*(open(path).read() for path in sys.argv[1:]))
print(os.environ.get("GRID_DATASTORE_DIR"))
"""


@pytest.mark.full
def test_datastores_are_fetched_once_and_mounted(batch):
    datastore(batch.bucket, {"a/train.bin": b"images", "empty": b""})
    datastore(batch.bucket, {"x": b"other"}, version=12)
    argv = ["python", "train.py", "data/mnist/a/train.bin", "grid:mnist:12/x", "grid:mnist:1/a/train.bin"]
    common = {"datastore": {"name": "mnist", "version": 1, "mount": "data/mnist"}}
    data = {"mnist:1": True, "mnist:12": True}
    batch.submit({"train.py": READS}, {"argv": argv}, {"argv": argv}, **common, data=data)
    assert batch.run(0) == 0, batch.state(0)["error"]
    fetched = (batch.cache / "datastores" / "mnist.1" / "a" / "train.bin").stat()
    assert fetched.st_mode & 0o777 == 0o444
    assert batch.run(1) == 0
    assert (batch.cache / "datastores" / "mnist.1" / "a" / "train.bin").stat() == fetched
    for trial in (0, 1):
        said, mounted = batch.files(trial)["stdout"].decode().splitlines()
        assert said == "images other images"
        assert mounted.endswith("/work/data/mnist")
        assert batch.artifacts(trial) == {}


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("damaged", "a/train.bin of the datastore mnist:1 is damaged; make a new version of it"),
        ("missing", "the datastore mnist:1 is not in the bucket; make it with grid datastore create"),
        ("outside", "the datastore has a file ../../x, which would lie outside of it"),
        (
            "in the way",
            "the datastore cannot be mounted at train.py: File exists; choose another with --datastore_mount_dir",
        ),
    ],
)
def test_a_datastore_that_cannot_be_had_ends_the_trial_with_a_sentence(batch, trouble, sentence):
    files = {"a/train.bin": b"images", **({"../../x": b"1"} if trouble == "outside" else {})}
    if trouble != "missing":
        datastore(batch.bucket, files, damage="a/train.bin" if trouble == "damaged" else None)
    mount = "train.py" if trouble == "in the way" else "data"
    batch.submit({"train.py": READS}, datastore={"name": "mnist", "version": 1, "mount": mount})
    assert batch.run() == 1
    state = batch.state()
    assert (state["status"], state["exit_code"], state["error"]) == ("ended", None, sentence)
    assert batch.files()["stderr"] == f"grid: error: {sentence}\n".encode()


def wheel(folder, name, body):
    """A package that pip can install without a network."""
    folder.mkdir(exist_ok=True)
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", body)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")


BACKEND = """\
import os, zipfile
def build_editable(folder, *_):
    name = "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("mine.pth", os.path.abspath("src"))
        archive.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mine\\nVersion: 1.0\\n")
        archive.writestr("mine-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        archive.writestr("mine-1.0.dist-info/RECORD", "")
    return name
"""
"""What builds a package without anything that would have to be installed."""

REQUIREMENTS = {"kind": "requirements", "path": "requirements.txt"}


@pytest.mark.full
def test_requirements_are_installed_once_for_trials_side_by_side(batch, tmp_path):
    wheel(tmp_path / "wheels", "wonderful", "VALUE = 42\n")
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    script = "import sys, boto3, wonderful\nprint(wonderful.VALUE, sys.prefix)\n"
    batch.submit({"train.py": script, "requirements.txt": "wonderful\n"}, {}, {}, dependencies=REQUIREMENTS)
    both = [batch.start(trial, **pip) for trial in (0, 1)]
    assert [container.wait(60) for container in both] == [0, 0], batch.files()["stderr"]
    value, prefix = batch.files(0)["stdout"].decode().split()
    assert value == "42"
    assert batch.files(1)["stdout"] == batch.files(0)["stdout"]
    assert Path(prefix).parent == batch.cache / "environments"
    assert len([path for path in (batch.cache / "environments").iterdir() if path.is_dir()]) == 1


@pytest.mark.full
def test_a_package_of_the_project_itself_is_the_trials_own(batch):
    project = {
        "train.py": "import mine\nprint(mine.__file__)\n",
        "requirements.txt": "-e .\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND,
        "src/mine.py": "",
    }
    batch.submit(project, dependencies=REQUIREMENTS)
    assert batch.run(PIP_NO_INDEX="1") == 0, batch.files()["stderr"].decode()
    assert batch.files()["stdout"].strip().endswith(b"/job.1/work/src/mine.py")
    assert not list((batch.cache / "work").iterdir())


@pytest.mark.full
def test_requirements_that_cannot_be_had_are_told_with_what_pip_said(batch):
    batch.submit({"train.py": "", "requirements.txt": "there-is-no-such-package\n"}, dependencies=REQUIREMENTS)
    assert batch.run(PIP_NO_INDEX="1") == 1
    state = batch.state()
    assert state["exit_code"] is None
    assert state["error"].startswith("requirements.txt cannot be installed: ERROR: No matching distribution found for")
    assert b"Could not find a version" in batch.files()["stderr"]
    assert batch.artifacts() == {}


def test_an_environment_file_needs_conda(batch):
    batch.submit({"environment.yml": ""}, dependencies={"kind": "environment", "path": "environment.yml"})
    assert batch.run() == 1
    assert batch.state()["error"].startswith("environment.yml needs conda, mamba or micromamba")


@pytest.mark.full
def test_an_environment_file_is_installed_where_the_image_has_what_can(batch, tmp_path):
    path = f"{STAND_INS}:{Path(PYTHON).parent}:{os.environ['PATH']}"
    script = "import os, sys\nprint(open(sys.prefix + '/asked.yml').read(), sys.prefix == os.environ['CONDA_PREFIX'])\n"
    project = {"train.py": script, "sub/environment.yml": "name: x"}
    batch.submit(project, dependencies={"kind": "environment", "path": "sub/environment.yml"})
    assert batch.run(PATH=path) == 0, batch.state()["error"]
    assert batch.files()["stdout"] == b"name: x True\n"


def test_a_dependency_file_that_is_not_there_is_named(batch):
    batch.submit({"train.py": ""}, dependencies={"kind": "requirements", "path": "wants.txt"})
    assert batch.run() == 1
    assert batch.state()["error"] == "wants.txt is not in the project; name a file that is with --dependency_file"


@pytest.mark.full
def test_who_stops_a_trial_does_not_wait_for_what_it_installs(batch, tmp_path, wait_until):
    setup = f"import time\nopen({str(tmp_path / 'begun')!r}, 'w')\ntime.sleep(600)\n"
    batch.submit({"setup.py": setup, "requirements.txt": "./\n"}, dependencies=REQUIREMENTS)
    container = batch.start(PIP_NO_INDEX="1", PIP_NO_BUILD_ISOLATION="0")
    wait_until((tmp_path / "begun").exists)
    assert batch.state()["doing"] == "installs requirements.txt"
    installers = psutil.Process(container.pid).children(recursive=True)
    container.terminate()
    assert container.wait(30) == 143
    state = batch.state()
    assert (state["status"], state["exit_code"], state["error"]) == ("ended", None, None)
    wait_until(lambda: all(gone(installer) for installer in installers))


@pytest.mark.parametrize("files", [{"../x": "1"}, {"/tmp/x": "1"}, {"x": "-> ../.."}, {"x": "-> /etc/passwd"}])
def test_an_archive_that_leads_out_is_refused(batch, files):
    batch.submit(files)
    assert batch.run() == 1
    assert " out of the archive" in batch.state()["error"]


# What a script writes


@pytest.mark.full
def test_files_of_libraries_are_shipped_as_they_grow_and_once_more_where_they_are_begun_anew(batch, tmp_path):
    script = """\
import os, sys, time
def write(name, text, how="a"):
    with open(name, how) as file:
        file.write(text)
def wait(name):
    while not os.path.exists(sys.argv[1] + name):
        time.sleep(0.01)
os.makedirs("logs/version_0")
write("logs/version_0/metrics.csv", "step,loss\\n1,0.5\\n")
write("events.out.tfevents.1", "first")
wait("1")
write("logs/version_0/metrics.csv", "step,loss,acc\\n1,0.5,\\n2,,0.9\\n", "w")
write("events.out.tfevents.1", "second")
wait("2")
"""
    project = {"train.py": script, "old/metrics.csv": "step,loss\n1,2\n", "leads": "-> old"}
    batch.submit(project, {"argv": ["python", "train.py", f"{tmp_path}/"]})
    container = batch.start()
    csv, events = "work/logs/version_0/metrics.csv", "work/events.out.tfevents.1"
    batch.until(lambda: {csv, events} <= batch.files().keys())
    assert batch.files() == {csv: b"step,loss\n1,0.5\n", events: b"first"}
    (tmp_path / "1").touch()
    batch.until(lambda: batch.files()[csv].endswith(b"2,,0.9\n") and batch.files()[events] == b"firstsecond")
    assert batch.files()[csv] == b"step,loss,acc\n1,0.5,\n2,,0.9\n"
    (tmp_path / "2").touch()
    assert container.wait(30) == 0
    assert sorted(batch.artifacts()) == [events[5:], csv[5:]]


@pytest.mark.full
def test_who_follows_a_trial_sees_it_sooner(batch, tmp_path, wait_until):
    gate = tmp_path / "gate"
    batch.submit({"train.py": WAITS}, {"argv": ["python", "train.py", str(gate)]}, flush=600)
    batch.bucket.put(batch.keys.control, json.dumps({"followed": [0]}).encode())
    container = batch.start()
    wait_until(lambda: batch.files().get("stdout") == b"begins\n")
    gate.touch()
    assert container.wait(30) == 0


@pytest.mark.full
def test_much_output_takes_little_memory(batch, wait_until):
    script = "import sys\nfor _ in range(100): sys.stdout.buffer.write(bytes(range(256)) * 4096)\nsys.stdin.read()\n"
    batch.submit({"train.py": script + "import time; time.sleep(1)"})
    container = batch.start()
    process, most = psutil.Process(container.pid), 0
    while container.poll() is None:
        with suppress(psutil.Error):
            most = max(most, process.memory_info().rss)
        time.sleep(0.02)
    assert container.returncode == 0
    assert batch.files()["stdout"] == bytes(range(256)) * 4096 * 100
    assert most < 150 << 20


def test_an_artifact_may_have_any_name(batch):
    batch.submit({"train.py": "open(b'n\\xff', 'w').close()\nopen('a b+ü', 'w').close()"})
    assert batch.run() == 0
    assert set(batch.artifacts()) == {"n\\xff", "a b+ü"}


@pytest.mark.soak
def test_many_artifacts_have_a_list_of_their_own(batch):
    batch.submit({"train.py": "for i in range(1001): open(f'{i}.txt', 'w').close()"})
    assert batch.run() == 0
    state = batch.state()
    listed = json.loads(batch.bucket.get(state["artifacts_key"]))
    assert state["artifacts"] == []
    assert len(listed) == 1001
    assert {name for name, _ in listed} == set(batch.artifacts())


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_pieces_make_up_the_files_whatever_is_written(data):
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder, name) for name in ("stdout", "stderr")}
        work = Path(folder, "work")
        work.mkdir()
        csv = work / "metrics.csv"
        files = GrowingFiles(paths, work, lambda *_: False)
        found = {}

        def ship():
            files.look()
            while parts := files.read():
                assert sum(len(part.content) for part in parts) <= 4 << 20
                for part in unpack(pack(parts)):
                    grown = found.setdefault(part.file, bytearray())
                    assert part.offset in {0, len(grown)}
                    grown[part.offset :] = part.content

        for _ in range(data.draw(st.integers(0, 12))):
            what = data.draw(st.sampled_from(["stdout", "stderr", "csv", "anew", "ship"]))
            content = data.draw(st.binary(max_size=400)) * data.draw(st.sampled_from([1, 1, 20_000]))
            if what == "ship":
                ship()
            elif what == "anew":  # a longer header is what makes a library begin a file anew
                old = csv.read_bytes() if csv.exists() else b""
                csv.write_bytes(b"another column," + old)
            else:
                with paths.get(what, csv).open("ab") as file:
                    file.write(content)
        ship()
        there = {**paths, "work/metrics.csv": csv}
        assert found == {
            name: path.read_bytes() for name, path in there.items() if path.exists() and path.stat().st_size
        }


# What is sent


def test_the_agent_runs_on_old_pythons_and_needs_nothing_that_is_not_sent(tmp_path):
    digest, content = aws_agent()
    assert aws_agent() == (digest, content)
    assert hashlib.sha256(content).hexdigest().startswith(digest)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sources = [archive.read(name).decode() for name in archive.namelist()]
    for source in (*sources, bootstrap_source()):
        ast.parse(source, feature_version=(3, 8))
    assert len(bootstrap_source()) < 3000

    (tmp_path / "agent.zip").write_bytes(content)
    program = (
        "import sys; sys.path.insert(0, 'agent.zip')\n"
        "import grid_jupyter.clusters.aws.agent.__main__\n"
        "print({module.partition('.')[0] for module in sys.modules if 'boto' in module or 'numpy' in module})\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", program], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"set()\n"


def test_an_agent_that_is_not_what_its_name_says_is_not_run(batch):
    batch.submit({"train.py": ""})
    batch.bucket.put(batch.agent, b"something else")
    container = batch.start()
    said, _ = container.communicate(timeout=30)
    assert container.returncode == 1
    assert said.decode().splitlines() == [f"grid: the agent cannot be started: ValueError: {batch.agent} is damaged"]
