"""``grid aws setup``, ``teardown`` and ``doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.flags import FORMAT, YES, Flag, Group, Kind, Verb, family

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid_jupyter.core.command import Command
    from grid_jupyter.core.plan import Surroundings
    from grid_jupyter.core.reply import Reply

    from .cloud import Cloud

_CREDENTIAL = Flag("--credential", Kind.TEXT, Group.MACHINE, "Which AWS credential to use", "NAME")
_REGION = Flag("--region", Kind.TEXT, Group.MACHINE, "The AWS region", "NAME", "the credential's, or your setting")
_DRY_RUN = Flag("--dry_run", Kind.SWITCH, Group.OUTPUT, "Show what would be done and change nothing")
_SUBNETS = Flag(
    "--subnets", Kind.TEXT, Group.MACHINE, "Where machines start", "ID,ID", "public subnets of the default network"
)
_DELETE_DATA = Flag("--delete_data", Kind.SWITCH, Group.CODE, "Delete the bucket too, with all that is in it")
_INSTANCE_TYPE = Flag("--instance_type", Kind.TEXT, Group.MACHINE, "The machine that you want to use", "NAME")
_USE_SPOT = Flag("--use_spot", Kind.SWITCH, Group.MACHINE, "Look whether it can be had as an interruptible one")
_LIVE = Flag("--live", Kind.SWITCH, Group.RUN, "Run one small trial for real, for a few cents, and delete it")
_PLACE = (_CREDENTIAL, _REGION)

VERB = family(
    "aws",
    "Make an AWS account ready for runs, check it, take it down",
    Verb("aws setup", "Make what runs need in your AWS account", "", 0, 0, (*_PLACE, _SUBNETS, _DRY_RUN, YES, FORMAT)),
    Verb("aws doctor", "Check that runs can work", "", 0, 0, (*_PLACE, _INSTANCE_TYPE, _USE_SPOT, _LIVE, FORMAT)),
    Verb(
        "aws teardown",
        "Remove all that was made in the account, and nothing else",
        "",
        0,
        0,
        (*_PLACE, _DELETE_DATA, _DRY_RUN, YES, FORMAT),
    ),
)


def answer(command: Command, around: Surroundings) -> Reply:
    """Do what one of the verbs asks.

    Raises:
        GridError: It cannot be done.
    """
    verbs: dict[str, Callable[[Command, Surroundings, Cloud], Reply]] = {
        "aws setup": _setup,
        "aws teardown": _teardown,
        "aws doctor": _doctor,
    }
    return verbs[command.verb.name](command, around, _open(command))


def _open(command: Command) -> Cloud:
    from grid_jupyter.core.settings import load
    from grid_jupyter.core.settings_values import read_region
    from grid_jupyter.errors import CommandError

    from .cloud import Cloud

    region = command.options.get("region")
    try:
        chosen = read_region(region) if region else None
    except ValueError:
        raise CommandError(f"--region {region}: takes an AWS region, such as eu-central-1") from None
    return Cloud.open(load(), command.options.get("credential"), chosen)


def _setup(command: Command, around: Surroundings, cloud: Cloud) -> Reply:
    from grid_jupyter.core.confirming import confirm
    from grid_jupyter.core.reply import Reply
    from grid_jupyter.core.settings import load
    from grid_jupyter.core.text import count
    from grid_jupyter.errors import CommandError

    from .account import Wishes
    from .options import read_subnets
    from .setup import make, secrets_in, survey

    subnets = command.options.get("subnets")
    try:
        wishes = Wishes(read_subnets(subnets) if subnets else (), secrets_in(load(), cloud.region))
    except ValueError:
        raise CommandError(f"--subnets {subnets}: takes ids, such as subnet-0a1b2c3d,subnet-1a2b3c4d") from None
    found = survey(cloud, wishes)
    to_do = len(found.to_do)
    if command.options.get("dry_run") or not to_do:
        return Reply(found.to_json(done=False), found.text(done=False))
    asked = f"Make {count(to_do, 'change')} in the account? Until trials run, only what the bucket keeps costs."
    confirm(command, around, asked if around.ask is None else f"{found.text(done=False)}\n\n{asked}")
    make(found, around.tell)
    told = f"{found.text(done=True)}\n\n{count(to_do, 'change')} made; grid aws doctor checks the account."
    if "region" in command.options:
        told += f' Runs go there with region = "{cloud.region}" in the settings.'
    return Reply(found.to_json(done=True), told)


def _teardown(command: Command, around: Surroundings, cloud: Cloud) -> Reply:
    from grid_jupyter.core.confirming import confirm
    from grid_jupyter.core.reply import Reply
    from grid_jupyter.core.text import count

    from .teardown import bucket_stays, inventory, tear_down

    delete_data = bool(command.options.get("delete_data"))
    things = inventory(cloud, delete_data=delete_data)
    stays = None if delete_data else bucket_stays(cloud)
    only_look = bool(command.options.get("dry_run"))
    data = {
        "account": cloud.account,
        "region": cloud.region,
        "removed": not only_look,
        "resources": [{"kind": thing.kind, "name": thing.name} for thing in things],
        "bucket": stays,
    }
    place = f"AWS account {cloud.account}, region {cloud.region}"
    rest = f"\nThe bucket {stays} stays, with what is in it; --delete_data removes it too." if stays else ""
    if not things:
        return Reply(data, f"{place}: nothing of grid's is there to be removed.{rest}")
    width = max(len(thing.kind) for thing in things)
    listed = "\n".join([f"{place}\n", *(f"{thing.kind:<{width}}  {thing.name}" for thing in things)])
    if only_look:
        return Reply(data, f"{listed}\n{rest}".rstrip())
    asked = f"Remove {count(len(things), 'thing')} of grid's from the account? It cannot be taken back."
    confirm(command, around, asked if around.ask is None else f"{listed}\n{rest}\n{asked}")
    tear_down(things, around.tell)
    return Reply(data, f"{listed}\n\nRemoved.{rest}")


def _doctor(command: Command, around: Surroundings, cloud: Cloud) -> Reply:
    from grid_jupyter.core.doctor import diagnosis
    from grid_jupyter.core.settings import load
    from grid_jupyter.errors import CommandError

    from .doctor import examine, try_one

    chosen = command.options
    if chosen.get("live") and chosen.get("region"):
        raise CommandError("--live runs where your settings say; leave --region out, or set GRID_REGION for both")
    findings = examine(
        cloud,
        load(),
        credential=chosen.get("credential"),
        instance_type=chosen.get("instance_type"),
        spot=bool(chosen.get("use_spot")),
        tell=around.tell,
    )
    if chosen.get("live"):
        findings.append(try_one(load(), chosen.get("credential"), around.tell))
    return diagnosis(findings)
