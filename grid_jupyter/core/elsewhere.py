"""What holds of a run whose trials run on other machines, with neither this one's programs nor its data."""

from __future__ import annotations

import re
from dataclasses import replace
from posixpath import normpath
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from .notebooks import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from .spec import RunSpec
    from .survey import Survey

_NAMED = 4
_PRIVATE = re.compile(r"(?:.*/)?(?:\.aws/.*|\.env|\.netrc|credentials|id_(?:rsa|ed25519|ecdsa)|.+\.(?:pem|p12|pfx))")


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
            f"--python {spec.python}: {place} has not this machine's files; name a program that is there, such as "
            "--python python3"
        )
    named = spec.dependency_file
    if named and normpath(subdir / named) not in {file.path for file in files.files}:
        raise CommandError(
            f"--dependency_file {named}: {place} gets no such file of the project; name one that is taken"
        )


def left_behind(spec: RunSpec, files: Survey, *, keeps: bool) -> list[str]:
    """Return what the user should know: which flags are of no use there, which data stays here, which should.

    Args:
        spec: What was asked for.
        files: What is taken of the project.
        keeps: Whether the cluster keeps datastores.
    """
    notes = ["--warm: not used: it is for trials on this machine"] if spec.warm else []
    if files.shared:
        largest = sorted(files.shared, key=lambda item: (-item.size, item.path))
        named = _some([str(item) for item in largest])
        stay = "stays" if len(largest) == 1 else "stay"
        advice = "name a path that its machines can read"
        if keeps:
            advice = "grid datastore create NAME SOURCE brings data there, and --datastore_name NAME mounts it"
        notes.append(f"{named} {stay} here, where trials do not see it: {advice}")
    private = [file for file in files.files if _PRIVATE.fullmatch(file.path)]
    if staying := [file.path for file in private if file.ignored]:
        notes.append(f"{_some(staying)}: looks like keys or passwords, and stays here")
    if going := [file.path for file in private if not file.ignored]:
        notes.append(
            f"{_some(going)}: looks like keys or passwords, and goes along with the code; name it in .gridignore, "
            "or in .gitignore, and it stays here"
        )
    return notes


def without_private(files: Survey) -> Survey:
    """Return what is taken along: of what is ignored, nothing that looks like keys or passwords."""
    return replace(files, files=tuple(one for one in files.files if not (one.ignored and _PRIVATE.fullmatch(one.path))))


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more}"
