"""Which container a trial runs in, and on which machines one can run at all."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.machines import load_catalogue
from grid_jupyter.errors import CommandError

from .options import IMAGE, Options

if TYPE_CHECKING:
    from grid_jupyter.core.machines import Machine
    from grid_jupyter.core.spec import RunSpec

DEFAULT_FRAMEWORK = "lightning"
# AWS Batch: "ECS_AL2023_NVIDIA doesn't support p3 and g3 instance types"; and the PyTorch containers of today are built
# for CUDA 13, which has dropped the generations before Turing.
OUTDATED = frozenset({"K520", "K80", "M60", "V100"})
"""GPUs that AWS's own machine images and containers have dropped."""


@cache
def load_images() -> dict[str, Any]:
    """Return the shipped table of containers: its date, and images by framework and kind of machine."""
    table: dict[str, Any] = json.loads(files(__package__).joinpath("images.json").read_text("utf-8"))
    return table


def image_for(spec: RunSpec, machine: Machine, options: Options | None = None) -> str:
    """Return the container image of a run's trials: that of ``--image``, of the settings, else the framework's.

    Args:
        spec: What was asked for.
        machine: What it runs on.
        options: What the settings say about the cluster.

    Raises:
        CommandError: There is none for that framework, or none that works on that machine.
    """
    options = options or Options()
    own = spec.image or (None if spec.framework else options.image)
    _require_usable(machine, has_own=bool(own and options.ami))
    if own and not IMAGE.fullmatch(own):
        raise CommandError(f"--image {own}: takes a container image, such as python:3.12")
    if own:
        return own
    table = load_images()
    framework = spec.framework or DEFAULT_FRAMEWORK
    kind = framework.partition(":")[0]
    if kind in table["refused"]:
        raise CommandError(f"--framework {framework}: {table['refused'][kind]}")
    image: str = table["images"][table["frameworks"][kind]]["gpu" if machine.gpus else "cpu"]
    return image


def _require_usable(machine: Machine, *, has_own: bool) -> None:
    """Refuse a machine that cannot run a trial.

    Raises:
        CommandError: AWS Batch cannot hand its GPU out, or its GPU is too old for AWS's current images.
    """
    start = f"--instance_type {machine.name}:"
    if machine.gpus != int(machine.gpus):
        raise CommandError(f"{start} {machine.note}; take {machine.replacement}")
    if machine.accelerator in OUTDATED and not has_own:
        instead = load_catalogue().named(machine.replacement).label if machine.replacement else ""
        near = f" or take {machine.replacement} ({instead})" if machine.replacement else ""
        raise CommandError(
            f"{start} AWS's current machine images and containers have dropped the {machine.accelerator}; "
            f"name your own with ami = under [clusters.aws] in the settings and with --image,{near}"
        )
