"""What a project asks for, as Ray's runtime environments have it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError
from grid_jupyter.remote.dependencies import dependency_file

if TYPE_CHECKING:
    from grid_jupyter.core.cluster import Code
    from grid_jupyter.core.spec import RunSpec

_OF_PROJECT = re.compile(r"(?:-[rce]\b|--(?:requirement|constraint|editable)\b|\.{0,2}/|\.$)")


def runtime_env(spec: RunSpec, code: Code) -> dict[str, Any]:
    """Return the runtime environment of trials.

    Args:
        spec: What is asked for.
        code: The project, a file of which may tell what is to be installed.

    Raises:
        CommandError: A line of it is nothing that Ray can install, or it is no YAML.
        GridError: It cannot be read.
    """
    wanted = dependency_file(code.subdir, spec.dependency_file, code.sizes)
    if wanted is None:
        return {}
    path = wanted["path"]
    text = code.read(path).decode("utf-8", "replace")
    if wanted["kind"] == "environment":
        return {"conda": _conda(text, path)}
    lines = (_package(line, path, number) for number, line in enumerate(text.splitlines(), 1))
    packages = [line for line in lines if line]
    return {"pip": packages} if packages else {}


def _package(line: str, path: str, number: int) -> str:
    """A line without its comment."""
    found = re.sub(r"(?:^|\s)#.*", "", line).strip()
    if _OF_PROJECT.match(found):
        raise CommandError(
            f"{path}, line {number}: {found}: Ray installs packages by name, and files of the project are not there "
            f"then; list them in another file and name it with --dependency_file"
        )
    return found


def _conda(text: str, path: str) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CommandError(f"{path} is no YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(found, dict):
        raise CommandError(f"{PurePosixPath(path).name} is no environment of conda: it has no dependencies")
    return found
