"""Pools of machines on an account that is set up."""

import threading

import pytest
from stand_ins.cloud import REGION

from grid_jupyter.clusters.aws.cloud import Cloud
from grid_jupyter.clusters.aws.options import Options
from grid_jupyter.clusters.aws.pool_removal import remove_pool
from grid_jupyter.clusters.aws.pools import PoolWish, ensure_pool
from grid_jupyter.clusters.aws.setup import make, survey
from grid_jupyter.core import settings
from grid_jupyter.core.machines import load_catalogue
from grid_jupyter.errors import CommandError, CredentialError, ServiceError


def opened():
    return Cloud.open(settings.load())


@pytest.fixture
def ready(cloud):
    """An account that is set up."""
    make(survey(opened()))
    return cloud


def wish(name="g6.12xlarge", **wanted):
    return PoolWish(load_catalogue().named(name), **wanted)


def kinds(cloud):
    there = cloud.leftovers()
    return [there.get(kind, []) for kind in ("job queues", "compute environments", "launch templates")]


def test_a_pool_is_made_once_and_used_again(ready):
    name = ensure_pool(opened(), wish(spot=True))
    assert kinds(ready) == [[name]] * 3
    (queue,) = ready.client("batch").describe_job_queues(jobQueues=[name])["jobQueues"]
    assert (queue["status"], queue["state"], queue["tags"]["grid:managed"]) == ("VALID", "ENABLED", "true")
    made = ready.sim.calls()
    assert ensure_pool(opened(), wish(spot=True)) == name
    again = ready.sim.calls()
    assert [again[f"batch:{verb}"] for verb in ("CreateComputeEnvironment", "CreateJobQueue")] == [
        made[f"batch:{verb}"] for verb in ("CreateComputeEnvironment", "CreateJobQueue")
    ]


def test_two_that_want_the_same_pool_at_once_get_it(ready):
    names, failures = [], []

    def ensure():
        try:
            names.append(ensure_pool(opened(), wish()))
        except Exception as error:  # noqa: BLE001  (told below)
            failures.append(error)

    threads = [threading.Thread(target=ensure) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(set(names)) == 1
    assert kinds(ready) == [names[:1]] * 3


def test_a_larger_run_makes_its_pool_larger_and_a_smaller_one_leaves_it(ready):
    def most(name):
        (found,) = ready.client("batch").describe_compute_environments(computeEnvironments=[name])[
            "computeEnvironments"
        ]
        return found["computeResources"]["maxvCpus"]

    name = ensure_pool(opened(), wish(max_vcpus=96))
    assert most(name) == 96
    ensure_pool(opened(), wish(max_vcpus=480))
    ensure_pool(opened(), wish(max_vcpus=48))
    assert most(name) == 480
    ready.quota("L-DB2E81BA", 600)
    ensure_pool(opened(), wish(max_vcpus=9600))
    assert most(name) == 600
    ensure_pool(opened(), wish("m5a.large", max_vcpus=960), Options(max_vcpus=64))


def test_a_pool_that_is_half_removed_is_made_whole_again(ready):
    name = ensure_pool(opened(), wish())
    batch = ready.client("batch")
    batch.update_job_queue(jobQueue=name, state="DISABLED")
    assert ensure_pool(opened(), wish()) == name
    (queue,) = batch.describe_job_queues(jobQueues=[name])["jobQueues"]
    assert queue["state"] == "ENABLED"
    remove_pool(opened(), name)
    assert kinds(ready) == [[], [], []]
    remove_pool(opened(), name)
    assert ensure_pool(opened(), wish()) == name


def test_no_pool_is_made_where_the_account_may_run_no_machine(ready):
    ready.quota("L-DB2E81BA", 0)
    with pytest.raises(CommandError, match=r"^--instance_type g6\.12xlarge: this account may run 0 CPUs of G and VT"):
        ensure_pool(opened(), wish())
    assert kinds(ready) == [[], [], []]


def test_no_pool_is_made_of_a_machine_that_the_region_does_not_have(ready):
    with pytest.raises(CommandError, match="does not have it for us: another region may"):
        ensure_pool(opened(), wish("p2.xlarge"))


def test_an_account_that_is_not_set_up_is_told_how(cloud):
    with pytest.raises(CommandError, match=rf"not set up for trials in {REGION}; run grid aws setup"):
        ensure_pool(opened(), wish())


def test_a_quota_that_cannot_be_read_prevents_nothing_and_a_missing_permission_is_named(ready):
    ready.services.deny("servicequotas:GetServiceQuota")
    assert ensure_pool(opened(), wish())
    ready.sim.deny("batch:CreateComputeEnvironment")
    with pytest.raises(CredentialError, match="AWS denies CreateComputeEnvironment"):
        ensure_pool(opened(), wish("g6.xlarge"))


@pytest.mark.full
def test_idle_pools_make_room_for_others(ready):
    """50 compute environments are the most that AWS Batch has in a region."""
    batch = ready.client("batch")
    idle = ensure_pool(opened(), wish("m5a.large"))
    (ours,) = batch.describe_compute_environments(computeEnvironments=[idle])["computeEnvironments"]
    keys = ("type", "instanceTypes", "subnets", "securityGroupIds", "instanceRole", "allocationStrategy", "minvCpus")
    resources = {key: ours["computeResources"][key] for key in keys} | {"maxvCpus": 4}
    for number in range(46):
        batch.create_compute_environment(
            computeEnvironmentName=f"other-{number}", type="MANAGED", computeResources=resources
        )
    name = ensure_pool(opened(), wish("m5a.xlarge"))
    there = ready.leftovers()["compute environments"]
    assert len([one for one in there if one.startswith("other-")]) == 46
    assert name in there
    assert idle not in there


def test_a_fault_that_aws_batch_finds_is_told(ready):
    iam, role = ready.client("iam"), f"grid-instance-{REGION}"
    iam.remove_role_from_instance_profile(InstanceProfileName=role, RoleName=role)
    iam.delete_instance_profile(InstanceProfileName=role)
    with pytest.raises(ServiceError, match=r"^AWS Batch cannot use the pool grid-g6-12xlarge-od-"):
        ensure_pool(opened(), wish())
