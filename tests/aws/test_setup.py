"""Setting an account up, taking it down, and what the doctor finds."""

import json
from contextlib import contextmanager, suppress
from pathlib import Path

import botocore.session
import pytest
from botocore.endpoint import Endpoint
from botocore.validate import ParamValidator
from stand_ins.cloud import OPERATOR, REGION

from grid_jupyter.clusters.aws.account.policies import SETUP_ACTIONS, actions_of, trial_policy, user_policy
from grid_jupyter.clusters.aws.cloud import Cloud
from grid_jupyter.clusters.aws.definition import Container, ensure_definition
from grid_jupyter.clusters.aws.pools import PoolWish, ensure_pool
from grid_jupyter.clusters.aws.setup import make, survey
from grid_jupyter.clusters.aws.share import Share
from grid_jupyter.clusters.aws.teardown import inventory, tear_down
from grid_jupyter.core import settings
from grid_jupyter.core.machines import load_catalogue

BUCKET = f"grid-123456789012-{REGION}"
SET_UP = {
    "security groups": ["grid-trials"],
    "roles": [f"grid-instance-{REGION}", f"grid-trial-{REGION}"],
    "instance profiles": [f"grid-instance-{REGION}"],
    "log groups": ["/grid/trials"],
    "buckets": {BUCKET: 0},
}
MADE = [
    ("bucket", BUCKET),
    ("log group", "/grid/trials"),
    ("role", f"grid-instance-{REGION}"),
    ("role", f"grid-trial-{REGION}"),
    ("security group", "grid-trials"),
]
LOOKS = ("Describe", "Get", "Head", "List")


def opened():
    return Cloud.open(settings.load())


def sorted_leftovers(cloud):
    return {kind: things if isinstance(things, dict) else sorted(things) for kind, things in cloud.leftovers().items()}


class Killed(BaseException):
    """The end of a process: nothing catches it."""


@contextmanager
def killed_after(number):
    """Be killed when AWS has done a change, counted from 1, and before its answer is heard."""
    done, send = [0], Endpoint.make_request

    def make_request(self, model, request):
        answer = send(self, model, request)
        done[0] += not model.name.startswith(LOOKS)
        if done[0] == number:
            raise Killed
        return answer

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr(Endpoint, "make_request", make_request)
        yield done


@pytest.fixture
def used(cloud):
    """An account in which a run has left all that a run can leave."""
    make(survey(opened()))
    queue = ensure_pool(opened(), PoolWish(load_catalogue().named("m5a.large")))
    container = Container("python:3.12", Share(1, 512, 0, 2), "agent/1.zip", "import time; time.sleep(60)")
    name = ensure_definition(opened(), container)
    cloud.client("batch").submit_job(jobName="grid-brave-owl-1-0", jobQueue=queue, jobDefinition=name)
    cloud.client("s3").put_object(Bucket=BUCKET, Key="runs/brave-owl-1/run.json", Body=b"{}")
    return cloud


class TestSettingUp:
    def test_all_is_made_shown_and_made_only_once(self, cloud, grid):
        shown = grid.here("aws", "setup", "--dry_run")
        assert f"AWS account 123456789012, region {REGION}" in shown.out
        assert f"to create  bucket {BUCKET} " in shown.out
        assert "roles" not in cloud.leftovers()
        refused = grid.here("aws", "setup")
        assert refused.code == 2
        assert refused.err.endswith("Nobody can be asked here; answer with --yes\n")
        made = grid.here("aws", "setup", "--yes", "--format", "json").json
        assert {one["state"] for one in made["resources"]} == {"created"}
        assert sorted_leftovers(cloud) == SET_UP
        before = cloud.services.calls()
        again = grid.here("aws", "setup", "--yes", "--format", "json").json
        assert {one["state"] for one in again["resources"]} == {"there"}
        made = {call for call, times in cloud.services.calls().items() if times != before.get(call)}
        assert made
        assert [call for call in made if not call.split(":")[1].startswith((*LOOKS, "AssumeRole"))] == []

    def test_the_bucket_is_closed(self, cloud, grid):
        grid.here("aws", "setup", "--yes")
        s3 = cloud.client("s3")
        assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
        owner = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"]
        assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        rules = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
        assert {rule["ID"] for rule in rules} == {"parts", "code"}
        (refused,) = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
        assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})

    def test_trials_may_do_no_more_than_they_need(self, cloud, grid):
        grid.here("aws", "setup", "--yes")
        iam, role = cloud.client("iam"), f"grid-trial-{REGION}"
        own = iam.get_role_policy(RoleName=role, PolicyName="grid")["PolicyDocument"]
        assert own == trial_policy("aws", BUCKET)
        assert actions_of(own) == ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        assert not iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        trusted = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
        assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}

    def test_secrets_that_the_settings_name_may_be_handed_out_and_no_others(self, cloud, grid, settings):
        secret = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:wandb-AbCdEf"
        elsewhere = secret.replace(REGION, "eu-central-1")
        named = f'WANDB_API_KEY = "{secret}:key::"\nOTHER = "{elsewhere}"\n'
        settings(f"[clusters.aws.secrets]\n{named}")
        assert grid.here("aws", "setup", "--yes").code == 0
        iam, role = cloud.client("iam"), f"grid-execution-{REGION}"
        (own,) = iam.get_role_policy(RoleName=role, PolicyName="grid")["PolicyDocument"]["Statement"]
        assert (own["Action"], own["Resource"]) == ("secretsmanager:GetSecretValue", [secret])
        settings("")
        assert grid.here("aws", "teardown", "--yes", "--delete_data").code == 0
        assert cloud.leftovers() == {}

    def test_nothing_comes_in(self, cloud, grid):
        grid.here("aws", "setup", "--yes")
        ec2 = cloud.client("ec2")
        (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["grid-trials"]}])[
            "SecurityGroups"
        ]
        assert group["IpPermissions"] == []
        opened_door = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[opened_door])
        again = grid.here("aws", "setup", "--yes", "--format", "json").json
        changed = [one["name"] for one in again["resources"] if one["state"] == "brought up to date"]
        assert changed == ["grid-trials"]
        assert ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"][0]["IpPermissions"] == []

    def test_chosen_subnets_are_remembered(self, cloud, grid):
        subnets = [one["SubnetId"] for one in cloud.client("ec2").describe_subnets()["Subnets"][:2]]
        assert grid.here("aws", "setup", "--yes", "--subnets", ",".join(subnets)).code == 0
        assert grid.here("aws", "setup", "--yes").code == 0
        queue = ensure_pool(opened(), PoolWish(load_catalogue().named("m5a.large")))
        (made,) = cloud.client("batch").describe_compute_environments(computeEnvironments=[queue])[
            "computeEnvironments"
        ]
        assert set(made["computeResources"]["subnets"]) <= set(subnets)

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--subnets", "vpc-1"), "--subnets vpc-1: takes ids, such as subnet-0a1b2c3d,subnet-1a2b3c4d"),
            (("--subnets", "subnet-0a1b2c3d"), f"there is no subnet subnet-0a1b2c3d in {REGION}"),
            (("--region", "Frankfurt"), "--region Frankfurt: takes an AWS region, such as eu-central-1"),
            (("--credential", "wrok"), "--credential wrok: no [credentials.wrok]"),
        ],
    )
    @pytest.mark.usefixtures("cloud")
    def test_a_wrong_word_is_refused(self, grid, words, told):
        refused = grid.here("aws", "setup", "--yes", *words)
        assert refused.code == 2
        assert refused.err.startswith(f"grid: {told}")

    def test_what_is_not_ours_is_not_touched(self, cloud, grid):
        document = {"Version": "2012-10-17", "Statement": []}
        cloud.client("iam").create_role(RoleName=f"grid-trial-{REGION}", AssumeRolePolicyDocument=json.dumps(document))
        refused = grid.here("aws", "setup", "--yes")
        assert refused.code == 2
        assert f"there is a role grid-trial-{REGION} in this account that grid did not make" in refused.err
        assert "buckets" not in cloud.leftovers()

    def test_a_missing_permission_is_named(self, cloud, grid):
        cloud.services.deny("iam:CreateRole")
        refused = grid.here("aws", "setup", "--yes")
        assert refused.code == 2
        assert refused.err == "grid: AWS denies CreateRole; the credential needs that permission\n"
        cloud.services.deny()
        assert grid.here("aws", "setup", "--yes").code == 0
        assert sorted_leftovers(cloud) == SET_UP

    @pytest.mark.full
    @pytest.mark.timeout(600)
    def test_killed_after_any_change_and_done_again_it_ends_the_same(self, cloud):
        ours, number, ended = opened(), 0, False
        while not ended:
            number += 1
            with killed_after(number):
                make(survey(ours))
                ended = True
            make(survey(ours))
            assert not survey(ours).to_do, f"killed after change {number}"
            things = inventory(ours, delete_data=True)
            assert sorted((thing.kind, thing.name) for thing in things) == MADE, f"killed after change {number}"
            tear_down(things)
        assert number > 15
        assert cloud.leftovers() == {}

    @pytest.mark.full
    def test_a_process_that_is_killed_is_taken_up_where_it_was(self, cloud, grid, wait_until):
        first = grid.start("aws", "setup", "--yes")
        wait_until(lambda: "roles" in cloud.leftovers())
        first.kill()
        first.wait()
        assert grid.here("aws", "setup", "--yes").code == 0
        assert sorted_leftovers(cloud) == SET_UP


@pytest.mark.full
class TestTakingDown:
    def test_nothing_is_left_but_the_data_and_then_not_that(self, used, grid):
        listed = grid.here("aws", "teardown", "--dry_run", "--format", "json").json
        assert [one["kind"] for one in listed["resources"]] == [
            "jobs",
            "job queue",
            "compute environment",
            "job definition",
            "launch template",
            "security group",
            "role",
            "role",
            "log group",
        ]
        assert used.leftovers()["job queues"]
        done = grid.here("aws", "teardown", "--yes")
        assert f"The bucket {BUCKET} stays" in done.out
        assert used.leftovers() == {"buckets": {BUCKET: 1}}
        assert grid.here("aws", "teardown", "--yes", "--delete_data").code == 0
        assert used.leftovers() == {}
        assert "nothing of grid's is there" in grid.here("aws", "teardown", "--yes").out
        # What the page tells an administrator to allow is all that was needed; S3 has names of its own for some.
        allowed = {*actions_of(user_policy("123456789012")), *SETUP_ACTIONS, "iam:ListInstanceProfiles"}
        asked = {*used.services.calls(), *used.sim.calls()}
        assert {call for call in asked if call.startswith(("batch:", "ec2:", "iam:", "logs:"))} <= allowed

    def test_look_alikes_stay(self, used, grid):
        """By the name without the tag, and by the tag without the name."""
        batch, ec2, iam = used.client("batch"), used.client("ec2"), used.client("iam")
        tag = [{"Key": "grid:managed", "Value": "true"}]
        (ours,) = batch.describe_compute_environments()["computeEnvironments"]
        keys = ("type", "instanceTypes", "subnets", "instanceRole", "allocationStrategy", "minvCpus", "maxvCpus")
        resources = {key: ours["computeResources"][key] for key in (*keys, "securityGroupIds")}
        for name, tags in (("grid-like", {}), ("other", {"grid:managed": "true"})):
            batch.create_compute_environment(
                computeEnvironmentName=name, type="MANAGED", computeResources=resources, tags=tags
            )
            batch.register_job_definition(
                jobDefinitionName=name,
                type="container",
                containerProperties={
                    "image": "a",
                    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}],
                },
                tags=tags,
            )
            ec2.create_launch_template(
                LaunchTemplateName=name,
                LaunchTemplateData={"InstanceType": "m5a.large"},
                TagSpecifications=[{"ResourceType": "launch-template", "Tags": tag}] if tags else [],
            )
            iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}", Tags=tag if tags else [])
        used.client("s3").create_bucket(Bucket=f"{BUCKET}-backup")
        used.client("logs").create_log_group(logGroupName="/grid/trials-of-others")
        ec2.create_security_group(GroupName="grid-like", Description="not ours")
        assert grid.here("aws", "teardown", "--yes", "--delete_data").code == 0
        assert sorted_leftovers(used) == {
            "compute environments": ["grid-like", "other"],
            "job definitions": ["grid-like:1", "other:1"],
            "launch templates": ["grid-like", "other"],
            "security groups": ["grid-like"],
            "roles": ["grid-like", "other"],
            "log groups": ["/grid/trials-of-others"],
            "buckets": {f"{BUCKET}-backup": 0},
        }

    @pytest.mark.timeout(600)
    def test_killed_after_every_change_nothing_is_left_in_the_end(self, used):
        ours, number, ended = opened(), 0, False
        while not ended:
            number += 1
            with killed_after(1):
                tear_down(inventory(ours, delete_data=True))
                ended = True
        assert number > 10
        assert used.leftovers() == {}


@pytest.mark.full
class TestDoctor:
    @staticmethod
    def findings(grid, *words):
        listed = grid.here("aws", "doctor", "--format", "json", *words).json
        return {(one["check"], one["level"]): one["told"] for one in listed}

    @pytest.fixture
    def healthy(self, cloud):
        """An account as AWS makes it, whose default network has a way out, and that is set up."""
        ec2 = cloud.client("ec2")
        (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
        (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["RouteTables"]
        ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        make(survey(opened()))
        return cloud

    @pytest.mark.usefixtures("healthy")
    def test_all_is_well(self, grid):
        said = grid.here("aws", "doctor", "--instance_type", "4_l4_24gb", "--use_spot")
        assert said.out.endswith("\nAll is well.\n")
        assert "g6.12xlarge: $4.60 an hour on demand, $1.61 an hour spot" in said.out
        assert OPERATOR["AWS_SECRET_ACCESS_KEY"] not in said.out
        assert said.code == 0
        assert grid.here("doctor", "aws").out == grid.here("aws", "doctor").out

    def test_an_account_that_is_not_set_up(self, cloud, grid):
        found = self.findings(grid)
        assert f"bucket {BUCKET}" in found["set-up", "problem"]
        assert found["set-up", "problem"].endswith("run grid aws setup")
        assert grid.here("aws", "doctor").code == grid.here("doctor", "aws").code == 1
        assert cloud.leftovers() == {}

    def test_missing_permissions_are_named(self, healthy, grid):
        healthy.services.deny("batch:SubmitJob", "iam:PassRole")
        told = self.findings(grid)["permissions", "problem"]
        assert told == "allow batch:SubmitJob, iam:PassRole; docs/aws.md has all"
        healthy.services.deny("iam:SimulatePrincipalPolicy")
        assert "iam:SimulatePrincipalPolicy" in self.findings(grid)["permissions", "warning"]

    def test_a_new_account_may_run_no_gpu(self, healthy, grid):
        healthy.quota("L-3819A6DF", 0)
        told = self.findings(grid, "--instance_type", "4_l4_24gb", "--use_spot")["quota", "problem"]
        assert told.startswith("this account may run 0 CPUs of G and VT machines at once (spot, us-east-1)")
        assert told.endswith("/servicequotas/home/services/ec2/quotas/L-3819A6DF")
        assert self.findings(grid)["quota", "warning"]

    @pytest.mark.usefixtures("cloud")
    def test_machines_without_a_way_out(self, grid):
        make(survey(opened()))
        assert "reach no internet" in self.findings(grid)["network", "problem"]

    @pytest.mark.usefixtures("healthy")
    def test_a_machine_that_todays_images_have_dropped(self, grid):
        assert "take p4d.24xlarge" in self.findings(grid, "--instance_type", "p3dn.24xlarge")["image", "problem"]

    def test_a_machine_that_was_forgotten(self, healthy, grid):
        ec2 = healthy.client("ec2")
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "grid:managed", "Value": "true"}]}]
        ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, TagSpecifications=tags)
        assert self.findings(grid)["orphans", "warning"].startswith("1 machine without a job: i-")

    @pytest.mark.timeout(300)
    def test_one_real_trial_tells_most(self, healthy, grid, settings):
        settings("[clusters.aws]\npoll = 0.3\n")
        told = self.findings(grid, "--live")["live", "ok"]
        assert told.startswith("a trial on a m5a.large said hello, ")
        assert grid.here("history", "--format", "json").json == []
        objects = healthy.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="runs/")
        assert "Contents" not in objects
        healthy.quota("L-1216C47A", 0)
        assert "0 CPUs of standard machines" in self.findings(grid, "--live")["live", "problem"]
        refused = grid.here("aws", "doctor", "--live", "--region", "eu-central-1")
        assert (refused.code, refused.err.startswith("grid: --live runs where your settings say")) == (2, True)

    def test_a_credential_that_aws_does_not_take(self, cloud, grid):
        cloud.services.deny("sts:GetCallerIdentity")
        assert list(self.findings(grid)) == [("identity", "problem")]


def test_policies_name_actions_that_there_are():
    """Batch, EC2, IAM and Logs name the actions of permissions after their operations."""
    session = botocore.session.Session()
    models = {name: session.get_service_model(name) for name in ("batch", "ec2", "iam", "logs", "pricing")}
    # What one passes, and what one tags on the way, is no operation.
    assert [
        action
        for action in actions_of(user_policy("123456789012"))
        if (service := action.split(":")[0]) in models and action.split(":")[1] not in models[service].operation_names
    ] == ["iam:PassRole"]


def test_the_page_has_the_policy_that_the_doctor_looks_for():
    text = (Path(__file__).parents[2] / "docs" / "aws.md").read_text(encoding="utf-8")
    written = text.split("```json\n")[1].split("```")[0].replace("ACCOUNT", "123456789012")
    assert json.loads(written) == user_policy("123456789012")


def test_simulating_is_asked_for_as_aws_describes_it():
    from grid_jupyter.clusters.aws.doctor.permissions import _context, _example

    shape = botocore.session.Session().get_service_model("iam").operation_model("SimulatePrincipalPolicy").input_shape
    for statement in user_policy("123456789012")["Statement"]:
        named = statement["Resource"]
        resources = [named] if isinstance(named, str) else named
        asked = {
            "PolicySourceArn": "arn:aws:iam::123456789012:user/ada",
            "ActionNames": ["x:y"],
            "ResourceArns": [
                _example(one, REGION) for one in ([resources] if isinstance(resources, str) else resources)
            ],
            "ContextEntries": _context(statement.get("Condition", {}).get("StringEquals", {})),
        }
        assert not ParamValidator().validate(asked, shape).has_errors()
