"""Where a run's trials go, made from what was asked for: a queue, and what their containers are."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from grid_jupyter.core.machines import load_catalogue
from grid_jupyter.errors import CommandError

from .definition import Container, ensure_definition
from .images import image_for
from .packed import bootstrap_source
from .pools import PoolWish, ensure_pool
from .secrets import references
from .share import share_of

if TYPE_CHECKING:
    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.snapshot import Snapshot
    from grid_jupyter.core.spec import RunSpec

    from .cloud import Cloud
    from .options import Options

SCRATCH = "/tmp/scratch"  # noqa: S108  (a disk of the trial's own is mounted there)
"""Where extra disk is mounted unless the command says otherwise."""

DISK_GB = 200
"""The disk of each machine unless the command says otherwise."""

MOST_DISK_GB = 65_536
"""The largest disk of its kind (gp3)."""

_FILES = ("requirements.txt", "environment.yml", "environment.yaml")


class Place(NamedTuple):
    """Where jobs go, and what they are made from.

    Attributes:
        queue: A queue's name.
        definition: A job definition's name.
    """

    queue: str
    definition: str


def ensure_place(cloud: Cloud, launch: Launch, spec: RunSpec, options: Options, agent: str) -> Place:
    """Make the place for a run's trials ready.

    Args:
        cloud: The account.
        launch: What the run was launched with.
        spec: What was asked for.
        options: What the settings say of the cluster.
        agent: The key of the agent in the bucket.

    Raises:
        UserError: The account cannot run it, or the credential may not.
        ServiceError: AWS did not do it; the sentence says why.
    """
    machine = load_catalogue().named(launch.instance_type or "")
    share = share_of(spec, machine)
    container = Container(
        image=image_for(spec, machine, options),
        share=share,
        agent=agent,
        bootstrap=bootstrap_source(),
        scratch=scratch_of(spec),
        secrets={**options.secrets, **references(launch.environment)},
    )
    at_once = min(launch.trials, spec.parallel or launch.trials)
    machines = -(-at_once // share.per_machine)
    wish = PoolWish(
        machine,
        spot=spec.use_spot,
        disk_gb=spec.disk_size or DISK_GB,
        scratch_gb=spec.scratch_size or 0,
        max_vcpus=machines * machine.vcpus,
    )
    return Place(ensure_pool(cloud, wish, options), ensure_definition(cloud, container))


def refuse_disks(spec: RunSpec) -> None:
    """Refuse disks that machines cannot have.

    Raises:
        CommandError: One is too large, or is to be mounted where it cannot be.
    """
    for flag, size in (("--disk_size", spec.disk_size), ("--scratch_size", spec.scratch_size)):
        if size and size > MOST_DISK_GB:
            raise CommandError(f"{flag} {size}: a disk of a machine has up to {MOST_DISK_GB}, in GB")
    path = PurePosixPath(spec.scratch_mount_path or SCRATCH)
    if not path.is_absolute() or path == PurePosixPath("/"):
        raise CommandError(f"--scratch_mount_path {path}: takes a whole path in the container, such as {SCRATCH}")


def scratch_of(spec: RunSpec) -> str | None:
    """Return where extra disk is mounted; ``None`` where none was asked for."""
    return (spec.scratch_mount_path or SCRATCH) if spec.scratch_size else None


def dependencies_of(launch: Launch, spec: RunSpec, snapshot: Snapshot) -> dict[str, str] | None:
    """Return which file of the project tells what is to be installed; ``None`` where none does.

    It is the one that was named, else one of a usual name where the run starts, else one at the project's top.
    """
    here = PurePosixPath(launch.subdir)
    there = {file.path for file in snapshot.files}
    usual = [str(folder / name) for folder in dict.fromkeys((here, PurePosixPath())) for name in _FILES]
    named = str(here / spec.dependency_file) if spec.dependency_file else None
    path = named or next((path for path in usual if path in there), None)
    if path is None:
        return None
    return {"kind": "environment" if path.endswith((".yml", ".yaml")) else "requirements", "path": path}
