"""What holds of a run whose trials run on other machines, with neither this one's programs nor its data."""

from __future__ import annotations

from posixpath import normpath
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from .notebooks import SUFFIX

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from .spec import RunSpec
    from .survey import Survey

_NAMED = 4


def require_portable(spec: RunSpec, script: PurePosixPath, place: str, subdir: PurePosixPath, files: Survey) -> None:
    """Refuse what only this machine can do.

    Args:
        spec: What was asked for.
        script: The script.
        place: Where trials run, in words.
        subdir: The current directory in the project.
        files: What is taken of the project.

    Raises:
        CommandError: The script is a notebook, or a Python of this machine or a file that does not go along is named.
    """
    if script.suffix == SUFFIX:
        raise CommandError(
            f"{script.name}: notebooks run as trials on this machine alone; save it as a script with "
            f"jupyter nbconvert --to script {script.name} to run it on {place}"
        )
    if spec.python and "/" in spec.python:
        raise CommandError(
            f"--python {spec.python}: {place} has not this machine's files; name a program of its image, such as "
            "--python python3, or choose the image with --image"
        )
    named = spec.dependency_file
    if named and normpath(subdir / named) not in {file.path for file in files.files}:
        raise CommandError(
            f"--dependency_file {named}: {place} gets no such file of the project; name one that is taken"
        )


def left_behind(spec: RunSpec, files: Survey) -> list[str]:
    """Return what the user should know: which flags are of no use there, and which data stays here."""
    notes = ["--warm: not used: it is for trials on this machine"] if spec.warm else []
    if files.shared:
        largest = sorted(files.shared, key=lambda item: (-item.size, item.path))
        more = f" and {len(largest) - _NAMED} more" if len(largest) > _NAMED else ""
        named = f"{', '.join(map(str, largest[:_NAMED]))}{more}"
        stay = "stays" if len(largest) == 1 else "stay"
        advice = "grid datastore create NAME SOURCE brings data there, and --datastore_name NAME mounts it"
        notes.append(f"{named} {stay} here, where trials do not see it: {advice}")
    return notes
