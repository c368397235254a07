"""What a trial may ask for of any machine that is there, and which flags are for rented ones alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from .spec import RunSpec

RENTED_ONLY = ("image", "framework", "disk_size", "scratch_size", "scratch_mount_path")
"""Flags that only mean something for a machine that is made for the run."""


def refuse_odd_gpus(gpus: float) -> None:
    """Refuse what no trial can have of GPUs: parts of several.

    Raises:
        CommandError: It is more than one, and no whole number.
    """
    if gpus > 1 and gpus != int(gpus):
        raise CommandError(f"--gpus {gpus:g}: a trial takes whole GPUs, or a part of one; write --gpus {int(gpus)}")


def unused(spec: RunSpec, flags: tuple[str, ...], place: str) -> tuple[str, ...]:
    """Warn of flags that were given and change nothing.

    Args:
        spec: What is asked for.
        flags: Their names, without dashes.
        place: Where they are of no use, in words.
    """
    names = [f"--{flag}" for flag in flags if getattr(spec, flag) is not None]
    return (f"{', '.join(names)}: of no use on {place}, which is taken as it is",) if names else ()
