"""The account itself: who asks, what is set up, how much it may run, and what was forgotten in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.clusters.aws.account import Wishes
from grid_jupyter.clusters.aws.account.resource import State, is_ours
from grid_jupyter.clusters.aws.names import MANAGED
from grid_jupyter.clusters.aws.pool_removal import every_environment, jobs_under_way, queue_named
from grid_jupyter.clusters.aws.quotas import Quota
from grid_jupyter.clusters.aws.setup import secrets_in, survey
from grid_jupyter.core.finding import Finding, Level
from grid_jupyter.core.machines import load_catalogue
from grid_jupyter.core.text import count
from grid_jupyter.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Case

_EXAMPLES = ("m5a.large", "g6.xlarge", "p4d.24xlarge")  # one of each family that has a quota of its own


def check_identity(case: Case) -> Iterator[Finding]:
    """Who asks, and where."""
    account, arn = case.cloud.identity
    who = arn.split(":", 5)[5]
    told = f"{who} in account {account}, region {case.cloud.region}"
    if who == "root":
        yield Finding("identity", Level.WARNING, f"{told}; make a user or role of its own for this, root may do all")
    else:
        yield Finding("identity", Level.OK, told)


def check_setup(case: Case) -> Iterator[Finding]:
    """Whether what runs need is there."""
    try:
        found = survey(case.cloud, Wishes(secrets=secrets_in(case.settings, case.cloud.region)))
    except CredentialError as error:
        yield Finding("set-up", Level.WARNING, f"it cannot be looked at ({error}); whoever set the account up can")
        return
    missing = [one.label for one, state in found.found if state is State.MISSING]
    outdated = [one.label for one, state in found.found if state is State.OUTDATED]
    if missing:
        yield Finding("set-up", Level.PROBLEM, f"missing: {', '.join(missing)}; run grid aws setup")
    if outdated:
        yield Finding("set-up", Level.WARNING, f"out of date: {', '.join(outdated)}; run grid aws setup")
    if not missing and not outdated:
        yield Finding("set-up", Level.OK, f"all {len(found.found)} things are there")


def check_quotas(case: Case) -> Iterator[Finding]:
    """How many virtual CPUs the account may run: of the machine that is wanted, else of each family."""
    machines = [case.machine] if case.chosen else [load_catalogue().named(name) for name in _EXAMPLES]
    markets = (case.spot,) if case.chosen else (False, True)
    for spot in markets:
        for machine in machines:
            quota = Quota(machine, spot=spot)
            value = quota.value(case.cloud)
            market = "spot" if spot else "on demand"
            if value is None:
                told = f"of {quota.family} machines ({market}) it cannot be read; look at {quota.address(case.cloud)}"
                yield Finding("quota", Level.WARNING, told)
            elif value < machine.vcpus:
                level = Level.PROBLEM if case.chosen else Level.WARNING
                yield Finding("quota", level, quota.advice(case.cloud, value))
            else:
                yield Finding("quota", Level.OK, f"{value:g} CPUs of {quota.family} machines at once ({market})")


def check_orphans(case: Case) -> Iterator[Finding]:
    """Whether machines run, and cost, that no trial needs."""
    cloud = case.cloud
    ours = [one for one in every_environment(cloud) if is_ours(one.get("tags", {}))]
    names = [one["computeEnvironmentName"] for one in ours]
    jobs = sum(len(jobs_under_way(cloud, name)) for name in names if queue_named(cloud, name))
    for one in ours:
        if one.get("computeResources", {}).get("minvCpus"):
            told = f"{one['computeEnvironmentName']} keeps machines running without trials; set its minvCpus to 0"
            yield Finding("orphans", Level.PROBLEM, told)
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in MANAGED.items()]
    filters.append({"Name": "instance-state-name", "Values": ["pending", "running"]})
    pages = cloud.ec2.get_paginator("describe_instances").paginate(Filters=filters)
    running = [one["InstanceId"] for page in pages for group in page["Reservations"] for one in group["Instances"]]
    if running and not jobs:
        told = f"{count(len(running), 'machine')} without a job: {', '.join(running[:5])}"
        yield Finding("orphans", Level.WARNING, f"{told}; AWS Batch ends them in a few minutes, else end them in EC2")
    else:
        yield Finding("orphans", Level.OK, f"{count(len(running), 'machine')} running, {count(jobs, 'job')} under way")
