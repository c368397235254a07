"""The agent as containers run it: the text of the job's command, in a process of its own, against moto's S3."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from grid_jupyter.clusters.aws.agent.bucket import Bucket
from grid_jupyter.clusters.aws.agent.layout import RunKeys, agent_key, code_key
from grid_jupyter.clusters.aws.agent.pieces import unpack
from grid_jupyter.clusters.aws.archive import agent_archive, bootstrap_source

ACCOUNT = "123456789012"
NAME = f"grid-{ACCOUNT}-eu-west-1"
PYTHON = os.environ.get("TEST_AGENT_PYTHON", sys.executable)
"""What an image has; any from 3.8 with boto3 will do."""


@pytest.fixture(scope="module")
def s3():
    """moto's server, which can be silent for a while."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
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
        digest, archive = agent_archive()
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
        container = subprocess.Popen(
            [PYTHON, "-c", bootstrap_source()],
            env={**os.environ, **told, "PATH": f"{Path(PYTHON).parent}:{os.environ['PATH']}", **environment},
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
