"""Credentials and secrets of users are nowhere but where they belong: each test plants some and looks everywhere."""

import base64
import gzip
import hashlib
import http.server
import io
import json
import os
import threading
import zipfile
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from stand_ins.cloud import OPERATOR, REGION

import grid_jupyter
from grid_jupyter.errors import GridError

PROFILE = {
    "aws_access_key_id": "AKIAPROFILEPLANTED00",
    "aws_secret_access_key": "profile/planted+secret+of+forty+letters00",
}
TOKEN = "FQoGZXIvYXdz"  # what session tokens begin with
SECRET = "a value that only Secrets Manager and the script know"
SETTINGS = """\
[clusters.aws]
poll = 0.3
checkpoint_every = 1
[clusters.aws.secrets]
TRACKER_API_KEY = "{arn}"
[credentials.lab]
profile = "work"
[credentials.shared]
profile = "work"
role_arn = "arn:aws:iam::123456789012:role/research"
"""
# Writes its whole environment down but for the secret, of which it tells that it knows it; waits; may fail.
SCRIPT = """\
import hashlib, json, os, pathlib, sys, time
ours = {name: value for name, value in os.environ.items() if name not in ("TRACKER_API_KEY", "RENAMED")}
pathlib.Path("environment.json").write_text(json.dumps(ours))
print(ours)
print("knows", [hashlib.sha256(os.environ.get(name, "").encode()).hexdigest() for name in ("TRACKER_API_KEY", "RENAMED")])
pathlib.Path(os.environ["GRID_CHECKPOINT_DIR"], "saved").write_text(json.dumps(ours))
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.05)
if sys.argv[2] == "fails":
    raise SystemExit("it failed")
"""
WAYS = {"environment": [], "profile": ["--credential", "lab"], "role": ["--credential", "shared"]}


@pytest.fixture
def planted(cloud, settings, tmp_path, monkeypatch):
    """The account, with credentials in each of the places that a user has them in, and a secret kept in AWS."""
    manager = cloud.client("secretsmanager")
    arn = manager.create_secret(Name="tracker", SecretString=SECRET)["ARN"]
    settings(SETTINGS.format(arn=arn))
    lines = [f"{key} = {value}" for key, value in PROFILE.items()]
    (tmp_path / "aws").mkdir()
    shared = tmp_path / "aws" / "credentials"
    shared.write_text("\n".join(["[work]", f"region = {REGION}", *lines, ""]))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(shared))
    cloud.arn = arn
    return cloud


@pytest.fixture
def aws(planted, grid):
    """The command, with that account set up."""
    assert grid.here("aws", "setup", "--yes").code == 0
    return grid


@pytest.fixture
def find(planted):
    """Return a function that returns what of all that was planted, and that was made of it, is in a text."""

    def find(text):
        data = text if isinstance(text, bytes) else text.encode()
        keys = {key for keys in planted.services.get("keys").values() for key in keys}
        all_planted = {*keys, *OPERATOR.values(), *PROFILE.values(), TOKEN, SECRET}
        return sorted(one for one in all_planted if one.encode() in data)

    return find


def unpacked(data):
    """Return content with all that is packed in it."""
    if data[:2] == b"\x1f\x8b":
        return unpacked(gzip.decompress(data))
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return data + b"".join(packed.read(name) for name in packed.namelist())
    return data


def on_disk(folder):
    return {str(path): unpacked(path.read_bytes()) for path in Path(folder).rglob("*") if path.is_file()}


def in_bucket(cloud):
    s3, (bucket,) = cloud.client("s3"), cloud.client("s3").list_buckets()["Buckets"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"])
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    assert any("/pieces/" in key for key in keys)
    return {key: unpacked(s3.get_object(Bucket=bucket["Name"], Key=key)["Body"].read()) for key in keys}


def in_services(cloud):
    """What Batch, EC2 and CloudWatch Logs tell whoever may look."""
    batch, ec2, logs = (cloud.client(name) for name in ("batch", "ec2", "logs"))
    jobs = [job for job in cloud.sim.jobs()]
    assert jobs
    told = {
        "jobs": [batch.describe_jobs(jobs=jobs[start : start + 100]) for start in range(0, len(jobs), 100)],
        "definitions": batch.describe_job_definitions(),
        "environments": batch.describe_compute_environments(),
        "containers": [cloud.sim.log(job) for job in jobs],
    }
    for template in ec2.describe_launch_templates()["LaunchTemplates"]:
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])
        told[template["LaunchTemplateName"]] = versions
        for version in versions["LaunchTemplateVersions"]:
            told[f"{template['LaunchTemplateName']} user data"] = base64.b64decode(
                version["LaunchTemplateData"].get("UserData", "")
            ).decode()
    for stream in logs.describe_log_streams(logGroupName="/grid/trials")["logStreams"]:
        name = stream["logStreamName"]
        told[name] = logs.get_log_events(logGroupName="/grid/trials", logStreamName=name)["events"]
    return {name: json.dumps(value, default=str).encode() for name, value in told.items()}


def in_processes():
    """The command lines of all processes, and the environments of those in containers, less their own secrets."""
    found = {}
    for process in psutil.process_iter():
        try:
            found[f"{process.pid} command"] = "\n".join(process.cmdline()).encode()
            environment = process.environ()
        except psutil.Error:
            continue
        if "AWS_BATCH_JOB_ID" in environment:
            for name in ("TRACKER_API_KEY", "RENAMED"):
                environment.pop(name, None)
            found[f"{process.pid} environment"] = json.dumps(environment).encode()
    return found


@pytest.fixture
def nothing_in(find):
    """Return a function that fails where something planted is in one of these texts."""

    def nothing_in(texts):
        assert texts
        assert {place: found for place, text in texts.items() if (found := find(text))} == {}

    return nothing_in


@pytest.mark.full
@pytest.mark.parametrize("way", WAYS)
def test_a_sweep_leaves_no_credential_anywhere(
    way, aws, planted, home, write, tmp_path, monkeypatch, wait_until, nothing_in
):
    go_on = tmp_path / "go-on"
    config = f"compute:\n  train:\n    environment: {{RENAMED: '{planted.arn}', DATA: here}}\n"
    write({"script.py": SCRIPT, "config.yml": config})
    flags = ("--config", "config.yml", "--instance_type", "m5a.large", *WAYS[way])
    said = [aws("run", *flags, "--name", "first", "--yes", "script.py", go_on, "[succeeds, fails]")]
    assert said[0].code == 0, said[0].err
    wait_until(lambda: aws.states("first") == ["running"] * 2, 60)
    processes = in_processes()
    assert sum(name.endswith("environment") for name in processes) >= 4  # two agents and their scripts
    nothing_in(processes)
    other = tmp_path / "other"
    monkeypatch.setenv("GRID_HOME", str(other))
    said.append(aws("attach", "first", *WAYS[way]))
    go_on.touch()
    said.append(aws("wait", "first"))
    monkeypatch.setenv("GRID_HOME", str(home))
    said += [aws("wait", "first"), aws("show", "first/0"), aws("logs", "first"), aws("results", "first")]
    said += [aws("aws", "doctor", *WAYS[way]), aws("aws", "setup", "--yes", *WAYS[way])]
    said += [aws("credential", *WAYS[way][1:]), aws("credential", "--format", "json")]
    assert aws.states("first") == ["succeeded", "failed"]
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    assert f"knows ['{digest}', '{digest}']" in grid_jupyter.Run("first")[0].log()
    nothing_in({str(number): answer.out + answer.err for number, answer in enumerate(said)})
    nothing_in(on_disk(home) | on_disk(other) | in_bucket(planted) | in_services(planted))


def cells(*sources):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


@pytest.mark.full
def test_a_notebook_is_saved_without_credentials(aws, planted, project, home, nothing_in):
    notebook = cells(
        "%load_ext grid_jupyter\n%xmode Verbose",
        "%grid credential",
        "%grid aws doctor --credential shared",
        "%grid run --instance_type m5a.large --yes --wait train.py --lr [1, 2]",
        "%grid run --credential shared --instance_type m5a.large --yes --wait train.py --lr [x, 2]",
        "import grid_jupyter\ngrid_jupyter.run('train.py', instance_type='m5a.large', credential='nobody', lr=1)",
        "%grid attach nothing --credential lab",
        "%grid results",
        "import boto3\nboto3.client('batch').describe_jobs()",
    )
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(project)}}).execute()
    assert sum(output.output_type == "error" for cell in notebook.cells for output in cell.outputs) >= 2
    nothing_in({"notebook": nbformat.writes(notebook)})
    nothing_in(on_disk(home) | in_bucket(planted))


class Refusing(http.server.BaseHTTPRequestHandler):
    """An AWS that refuses all credentials, and repeats them while it does so."""

    def do_POST(self):
        told = f"{self.headers.get('Authorization')} {OPERATOR['AWS_SECRET_ACCESS_KEY']}"
        error = f"<Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>{told}</Message></Error>"
        self.send_response(403)
        self.end_headers()
        self.wfile.write(f"<ErrorResponse>{error}</ErrorResponse>".encode())

    do_GET = do_PUT = do_HEAD = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture
def refusing(planted, monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BATCH"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
        yield planted
        server.shutdown()


ASKED = [
    ("aws", "setup", "--yes"),
    ("aws", "doctor"),
    ("aws", "teardown", "--yes"),
    ("credential", "lab"),
    ("attach", "nothing"),
    ("datastore", "list", "--cluster", "aws"),
    ("run", "--instance_type", "m5a.large", "--yes", "train.py"),
]


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_wrong_credentials_are_not_repeated(words, refusing, grid, home, find):
    answer = grid.here(*words)
    assert "does not accept the credentials" in answer.out + answer.err
    assert find(answer.out + answer.err) == []
    assert {path: found for path, text in on_disk(home).items() if (found := find(text))} == {}


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_what_is_denied_is_told_without_credentials(words, planted, grid, home, find):
    planted.services.deny("s3:*", "iam:*", "ec2:*", "logs:*", "sts:AssumeRole")
    planted.sim.deny("batch:*")
    for credential in ((), ("--credential", "shared")):
        answer = grid.here(*words[:1], *credential, *words[1:]) if words[0] == "run" else grid.here(*words, *credential)
        if "credential" in words and credential:
            continue
        assert "Traceback" not in answer.err
        assert find(answer.out + answer.err) == []


def test_errors_of_the_python_call_hold_no_credential(refusing, grid, find):
    with pytest.raises(GridError) as told:
        grid_jupyter.run("train.py", instance_type="m5a.large", yes=True)
    assert find(repr(told.value) + str(told.getrepr(showlocals=False))) == []


# Variables of a run


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WANDB_API_KEY", "0123456789"),
        ("DATABASE_PASSWORD", "letmein"),
        ("HF_TOKEN", "hf_something"),
        ("PLAIN", "AKIA0123456789ABCDEF"),
        ("DATABASE", "postgres://ana:letmein@example.org/x"),
    ],
)
def test_a_secret_among_variables_is_refused(name, value, aws, write):
    write({"config.yml": f"compute: {{train: {{environment: {{{name}: '{value}'}}}}}}\n"})
    answer = aws.here("run", "--config", "config.yml", "--instance_type", "m5a.large", "--yes", "train.py")
    assert answer.code == 2
    assert answer.err.startswith(f"grid: environment: {name} looks like a secret")
    assert "secretsmanager" in answer.err
    assert value not in answer.out + answer.err


def test_a_variable_that_is_no_secret_may_be_set(aws, write):
    variables = "TOKENIZERS_PARALLELISM: 'false', MAX_TOKENS: 10, MONKEY: x, DATABASE_TOKEN: ''"
    write({"config.yml": f"compute: {{train: {{environment: {{{variables}}}}}}}\n"})
    answer = aws.here("run", "--config", "config.yml", "--instance_type", "p3.2xlarge", "train.py")
    assert "environment" not in answer.err


def test_a_secret_that_the_settings_do_not_name_is_refused(aws, write):
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbCdEf"
    write({"config.yml": f"compute: {{train: {{environment: {{KEY: '{arn}'}}}}}}\n"})
    answer = aws.here("run", "--config", "config.yml", "--instance_type", "m5a.large", "--yes", "train.py")
    assert answer.code == 2
    assert answer.err.startswith("grid: environment: KEY names a secret that trials may not read")


@pytest.mark.full
def test_a_secret_that_cannot_be_read_is_told(aws, planted, settings, write):
    settings(SETTINGS.format(arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbCdEf"))
    run = aws.finish("--instance_type", "m5a.large", "--yes", "train.py")
    (row,) = aws.results(run)
    assert row["state"] == "failed"
    assert row["reason"].startswith("it was not given its secrets: ")
    assert "grid aws setup" in row["reason"]
