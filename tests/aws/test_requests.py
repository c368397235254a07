"""What AWS is asked for, against AWS's own description of it; and what is refused before it is asked."""

import base64
import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files

import botocore.session
import pytest
from botocore.validate import ParamValidator

from grid_jupyter.clusters.aws.definition import Container, definition_request
from grid_jupyter.clusters.aws.images import image_for, load_images
from grid_jupyter.clusters.aws.network import Network
from grid_jupyter.clusters.aws.options import Options, read_options
from grid_jupyter.clusters.aws.pool_requests import Pool, PoolWish
from grid_jupyter.clusters.aws.quotas import Quota
from grid_jupyter.clusters.aws.refusals import scrubbed
from grid_jupyter.clusters.aws.share import Share, share_of
from grid_jupyter.core import settings
from grid_jupyter.core.flags import FRAMEWORKS, JULIA_VERSIONS
from grid_jupyter.core.machines import load_catalogue
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.errors import CommandError, ConfigError

ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:wandb-AbCdEf"


class Offline:
    """What a request is made of, without asking AWS."""

    account, region, partition = ACCOUNT, "eu-central-1", "aws"

    class bucket:  # noqa: N801
        name = f"grid-{ACCOUNT}-eu-central-1"


def machine(name):
    return load_catalogue().named(name)


def spec(**flags):
    return RunSpec(script="train.py", **flags)


def pool(name="g6.12xlarge", **wish):
    return Pool(PoolWish(machine(name), **wish), Network("eu-central-1", "sg-1", ("subnet-1", "subnet-2")))


def container(**changed):
    share = Share(12, 40_000, 1, 4)
    return Container(**{"image": "a", "share": share, "agent": "agent/1.zip", "bootstrap": "pass"} | changed)


@pytest.fixture(scope="session")
def valid():
    """Whether AWS's own model takes a request."""
    session = botocore.session.Session()

    def check(service, operation, request):
        shape = session.get_service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()
        # The validator leaves enumerations to the service.
        assert not _outside_enumerations(request, shape)

    return check


def _outside_enumerations(value, shape):
    if shape.type_name == "structure":
        return [bad for key, item in value.items() for bad in _outside_enumerations(item, shape.members[key])]
    if shape.type_name == "list":
        return [bad for item in value for bad in _outside_enumerations(item, shape.member)]
    allowed = shape.metadata.get("enum")
    return [value] if allowed and value not in allowed else []


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "m5a.large"},
        {"name": "g6.12xlarge", "spot": True},
        {"name": "g6.12xlarge", "scratch_gb": 500},
        {"name": "m5a.large", "scratch_gb": 500},
    ],
)
def test_a_pool_is_asked_for_as_aws_describes_it(valid, asked):
    made = pool(**asked)
    valid("ec2", "CreateLaunchTemplate", made.template())
    valid("batch", "CreateComputeEnvironment", made.environment("lt-1", 96))
    valid("batch", "CreateJobQueue", made.queue())


def test_a_machine_keeps_its_credentials_from_containers_and_its_disks_encrypted():
    data = pool("m5a.large", scratch_gb=500).template()["LaunchTemplateData"]
    assert data["MetadataOptions"] == {
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
        "HttpEndpoint": "enabled",
    }
    assert [disk["Ebs"]["VolumeSize"] for disk in data["BlockDeviceMappings"]] == [200, 500]
    assert all(disk["Ebs"]["Encrypted"] and disk["Ebs"]["DeleteOnTermination"] for disk in data["BlockDeviceMappings"])
    assert len(base64.b64decode(data["UserData"])) < 16 * 1024  # what EC2 takes
    inside = pool("g6.12xlarge", scratch_gb=500).template()["LaunchTemplateData"]
    assert len(inside["BlockDeviceMappings"]) == 1  # the machine's own disk has room for it


def test_another_wish_is_another_pool():
    names = {
        pool(**wish).name
        for wish in (
            {},
            {"spot": True},
            {"disk_gb": 300},
            {"name": "g6.xlarge"},
            {"name": "m5a.large"},
            {"name": "m5a.large", "scratch_gb": 100},
        )
    }
    assert len(names) == 6
    assert pool(max_vcpus=960).name == pool().name
    assert pool(spot=True).name.startswith("grid-g6-12xlarge-spot-")


def test_spot_machines_are_never_replaced_by_dearer_ones():
    assert pool(spot=True).environment("lt-1", 48)["computeResources"]["type"] == "SPOT"
    assert len(pool(spot=True).queue()["computeEnvironmentOrder"]) == 1


def test_a_container_is_asked_for_as_aws_describes_it(valid):
    asked = definition_request(Offline, container(scratch="/tmp/scratch", secrets={"WANDB_API_KEY": SECRET}))
    valid("batch", "RegisterJobDefinition", asked)
    properties = asked["containerProperties"]
    assert {need["type"]: need["value"] for need in properties["resourceRequirements"]} == {
        "VCPU": "12",
        "MEMORY": "40000",
        "GPU": "1",
    }
    assert properties["secrets"] == [{"name": "WANDB_API_KEY", "valueFrom": SECRET}]
    assert {mount["containerPath"] for mount in properties["mountPoints"]} == {"/grid", "/tmp/scratch"}
    plain = definition_request(Offline, container())
    assert "executionRoleArn" not in plain["containerProperties"]
    assert plain["jobDefinitionName"] != asked["jobDefinitionName"]
    assert definition_request(Offline, container()) == plain


def test_a_trial_is_tried_again_only_where_its_machine_was_lost():
    rules = definition_request(Offline, container())["retryStrategy"]["evaluateOnExit"]
    assert [rule["action"] for rule in rules] == ["RETRY", "RETRY", "RETRY", "EXIT"]
    assert rules[1]["onExitCode"] == "75"
    assert len(rules) <= 5  # what AWS Batch takes


@pytest.mark.parametrize(
    ("flags", "name", "share"),
    [
        ({}, "g6.12xlarge", Share(48, 184811, 4, 1)),
        ({"gpus": 1}, "g6.12xlarge", Share(12, 46202, 1, 4)),
        ({"gpus": 2, "cpus": 10, "memory": 20.0}, "g6.12xlarge", Share(10, 20480, 2, 2)),
        ({}, "m5a.large", Share(2, 7372, 0, 1)),
        ({"cpus": 1}, "m5a.large", Share(1, 3686, 0, 2)),
        # Two times 4 GB are all that the machine has, and more than its system leaves.
        ({"cpus": 1, "memory": 4.0}, "m5a.large", Share(1, 4096, 0, 1)),
    ],
)
def test_a_trial_gets_its_share_of_a_machine(flags, name, share):
    assert share_of(spec(**flags), machine(name)) == share


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"gpus": 0.5}, "--gpus 0.5: AWS Batch hands out whole GPUs; write --gpus 1"),
        ({"memory": 16.0}, "--memory 16G: of the 16 GB of a g4dn.xlarge the system leaves about 14; ask for up to 14G"),
        ({"gpus": 2}, "--gpus 2: g4dn.xlarge has 1"),
    ],
)
def test_more_than_a_machine_has_is_refused(flags, told):
    with pytest.raises(CommandError, match=f"^{told}"):
        share_of(spec(**flags), machine("g4dn.xlarge"))


def test_every_framework_has_a_container_or_a_sentence():
    for framework in (None, *FRAMEWORKS, *JULIA_VERSIONS):
        for name in ("g6.xlarge", "m5a.large"):
            try:
                image = image_for(spec(framework=framework), machine(name))
            except CommandError as error:
                assert "--image" in str(error)  # noqa: PT017
                assert framework.partition(":")[0] in load_images()["refused"]
            else:
                assert ("-cpu" in image) == (name == "m5a.large")


def test_an_image_of_the_users_own_wins():
    own = Options(image="mine:2")
    assert image_for(spec(image="mine:1"), machine("m5a.large"), own) == "mine:1"
    assert image_for(spec(), machine("m5a.large"), own) == "mine:2"
    assert image_for(spec(framework="torch"), machine("m5a.large"), own).startswith("public.ecr.aws/")


@pytest.mark.parametrize(("name", "instead"), [("p3dn.24xlarge", "p4d.24xlarge"), ("p2.xlarge", "g4dn.xlarge")])
def test_machines_that_todays_images_have_dropped_need_ones_own(name, instead):
    with pytest.raises(CommandError, match=rf"dropped the .+ami = .+--image, or take {instead}"):
        image_for(spec(image="mine:1"), machine(name))
    assert image_for(spec(image="mine:1"), machine(name), Options(ami="ami-0123456789abcdef0")) == "mine:1"


def test_a_part_of_a_gpu_is_refused():
    with pytest.raises(CommandError, match=r"cannot hand to a trial; take g6\.xlarge"):
        image_for(spec(), machine("g6f.large"))


@pytest.mark.parametrize(
    ("name", "spot", "code"),
    [
        ("g6.xlarge", False, "L-DB2E81BA"),
        ("g4dn.xlarge", True, "L-3819A6DF"),
        ("gr6.4xlarge", True, "L-3819A6DF"),
        ("p4d.24xlarge", False, "L-417A185B"),
        ("p4d.24xlarge", True, "L-7212CCBC"),
        ("p5.48xlarge", True, "L-C4BD4855"),
        ("p6-b200.48xlarge", False, "L-417A185B"),
        ("p6-b200.48xlarge", True, None),
        ("m5a.large", False, "L-1216C47A"),
        ("t3.large", True, "L-34B43A08"),
    ],
)
def test_each_machine_has_its_quota(name, spot, code):
    assert Quota(machine(name), spot=spot).code == code


def test_accounts_are_left_out_of_what_aws_says():
    told = f"User: arn:aws:iam::{ACCOUNT}:user/ada is not allowed\nto pass arn:aws:iam::{ACCOUNT}:role/grid-instance."
    assert scrubbed(told) == "User: user/ada is not allowed to pass role/grid-instance."
    assert scrubbed(f"account {ACCOUNT} has none") == "account … has none"


def _write_settings(tmp_path, monkeypatch, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    monkeypatch.setenv("GRID_CONFIG", str(path))
    return settings.load()


def test_the_settings_of_a_cluster(tmp_path, monkeypatch):
    found = _write_settings(
        tmp_path,
        monkeypatch,
        f"""
[clusters.cloud]
type = "aws"
ami = "ami-0123456789abcdef0"
image = "public.ecr.aws/docker/library/python:3.12"
subnets = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
max_vcpus = 64
poll = 1

[clusters.cloud.secrets]
WANDB_API_KEY = "{SECRET}"
""",
    )
    options = read_options(found, "cloud")
    assert options.subnets == ("subnet-0a1b2c3d", "subnet-1a1b2c3d")
    assert (options.max_vcpus, options.poll, options.secrets) == (64, 1.0, {"WANDB_API_KEY": SECRET})
    assert read_options(found) == Options()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('amy = "x"', "amy is no option of an AWS cluster; did you mean ami"),
        ('ami = "x"', "ami takes a machine image's id, such as"),
        ("max_vcpus = 0", "max_vcpus takes a whole number, 1 or more"),
        ('subnets = "vpc-1"', "subnets takes ids of subnets, such as"),
        ("subnets = []", "subnets takes ids of subnets, such as"),
        ("poll = 0", "poll takes seconds, more than 0"),
        ('secrets = { A = "arn:aws:s3:::x" }', "secrets is a table of variables and ARNs"),
    ],
)
def test_a_wrong_option_is_refused_with_its_place(tmp_path, monkeypatch, line, told):
    found = _write_settings(tmp_path, monkeypatch, f'[clusters.cloud]\ntype = "aws"\n{line}\n')
    with pytest.raises(ConfigError, match=rf"config\.toml:3: {told}"):
        read_options(found, "cloud")


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl, as AWS's machines have it")
def test_a_machine_tells_its_trials_when_aws_takes_it_away(tmp_path, wait_until):
    """The script that runs on machines, against an HTTP server that answers as EC2's metadata service does."""
    notice = '{"action": "terminate", "time": "2026-11-29T12:00:00Z"}'
    taken = threading.Event()

    class Metadata(BaseHTTPRequestHandler):
        def do_PUT(self):
            assert self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
            self._answer(200, "token")

        def do_GET(self):
            known = self.headers["X-aws-ec2-metadata-token"] == "token"
            self._answer(401 if not known else 200 if taken.is_set() else 404, notice)

        def _answer(self, status, text):
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script = files("grid_jupyter.clusters.aws").joinpath("spot_watch.sh")
    address = f"http://127.0.0.1:{server.server_port}"
    watch = subprocess.Popen(
        ["bash", str(script), str(tmp_path), "0.05"], env=os.environ | {"AWS_EC2_METADATA_SERVICE_ENDPOINT": address}
    )
    try:
        taken.set()
        wait_until((tmp_path / "spot-notice").exists)
        assert (tmp_path / "spot-notice").read_text().strip() == notice
    finally:
        watch.kill()
        watch.wait()
        server.shutdown()
        server.server_close()


def test_the_scripts_of_a_machine_are_sound():
    for name in ("host.sh", "spot_watch.sh"):
        script = files("grid_jupyter.clusters.aws").joinpath(name)
        assert subprocess.run(["bash", "-n", str(script)], capture_output=True, check=True).stderr == b""
