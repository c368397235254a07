"""The Python of a trial with the packages that its project asks for."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .problem import Problem
from .process import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .machine import Cache

_ABOUT = """\
import json, os, sys
listed = (name for path in sys.path if os.path.isdir(path) for name in os.listdir(path))
packages = sorted(name for name in listed if name.endswith((".dist-info", ".egg-info")))
own = [path for path in sys.path if path.startswith(sys.prefix)] if sys.prefix != sys.base_prefix else []
print(json.dumps({"identity": [sys.version, sys.prefix, packages], "own": own}))
"""
_EDITABLE = re.compile(r"^\s*(-e|--editable)\b", re.MULTILINE)
_OF_PROJECT = re.compile(r"^\s*(-[rce]\b|--(requirement|constraint|editable)\b|\.|[^\s#-][^#:;]*/)", re.MULTILINE)
_TAIL = 4000


@dataclass(frozen=True)
class PythonHome:
    """Where a trial finds its Python.

    Attributes:
        folder: What comes first in its PATH.
        variables: What else its environment has.
    """

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def put_into(self, environment: dict[str, str]) -> None:
        """Have a program find it."""
        path = environment.get("PATH") or os.defpath
        environment.update(self.variables, PATH=os.pathsep.join([str(self.folder), path]))


class Dependencies:
    """Makes the Python of a trial.

    Args:
        cache: What the containers of the machine share.
        folder: The attempt's own folder.
        code: What tells the project from others: its files may be what is installed.
        environment: What installers and the script find around them.
        started: Is told of each installer that is started.
    """

    def __init__(
        self,
        cache: Cache,
        folder: Path,
        code: str,
        environment: Mapping[str, str],
        started: Callable[[Program], None],
    ) -> None:
        self._cache = cache
        self._folder = folder
        self._code = code
        self._environment = {
            "PIP_CACHE_DIR": str(cache.folder("pip")),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "CONDA_PKGS_DIRS": str(cache.folder("conda")),
            **environment,
        }
        self._started = started

    def of_image(self, environment: dict[str, str]) -> None:
        """Have a program find the image's Python by the name ``python``, also where it is called ``python3`` alone."""
        if not self._which("python") and (python := self._which("python3")):
            folder = self._folder / "bin"
            folder.mkdir()
            (folder / "python").symlink_to(python)
            PythonHome(folder).put_into(environment)

    def install(self, kind: str, file: Path) -> PythonHome:
        """Return a Python that has what a file asks for; it is made once for all trials of a machine.

        Args:
            kind: ``requirements`` for pip, or ``environment`` for conda.
            file: The file.

        Raises:
            Problem: It cannot be made.
        """
        if not file.is_file():
            raise Problem(f"{file.name} is not in the project; name a file that is with --dependency_file")
        return self._conda(file) if kind == "environment" else self._pip(file)

    def _pip(self, file: Path) -> PythonHome:
        python = self._which("python") or self._which("python3")
        if not python:
            raise Problem(f"{file.name} needs Python, and the image has none; choose another with --image")
        about = json.loads(self._ask([python, "-c", _ABOUT]))
        text = file.read_text("utf-8", "replace")

        def make(place: Path) -> None:
            shutil.rmtree(place, ignore_errors=True)
            made = [python, "-m", "venv", "--system-site-packages", "--without-pip", str(place)]
            self._run(made, self._folder, f"no environment can be made for {file.name}")
            own = str(place / "bin" / "python")
            for site in place.glob("lib/python*/site-packages"):  # one inside of another does not see its packages
                (site / "image.pth").write_text("".join(f"{path}\n" for path in about["own"]), "utf-8")
            if subprocess.run([own, "-I", "-c", "import pip"], stderr=subprocess.DEVNULL, check=False).returncode:
                self._run([own, "-I", "-m", "ensurepip"], self._folder, f"{file.name} needs pip, which the image lacks")
            pip = [own, "-I", "-m", "pip", "install", "-r", file.name]
            self._run(pip, file.parent, f"{file.name} cannot be installed")

        name = self._name("venv", text, about["identity"], self._code if _OF_PROJECT.search(text) else None)
        place = self._place(name, make, own=bool(_EDITABLE.search(text)))
        return PythonHome(place / "bin", {"VIRTUAL_ENV": str(place)})

    def _conda(self, file: Path) -> PythonHome:
        conda = next((found for name in ("micromamba", "mamba", "conda") if (found := self._which(name))), None)
        if not conda:
            raise Problem(
                f"{file.name} needs conda, mamba or micromamba, and the image has none of them; "
                "choose another with --image, or list the packages in a requirements.txt"
            )

        def make(place: Path) -> None:
            shutil.rmtree(place, ignore_errors=True)
            create = ["create", "-y"] if Path(conda).name == "micromamba" else ["env", "create"]
            argv = [conda, *create, "-p", str(place), "-f", file.name]
            self._run(argv, file.parent, f"{file.name} cannot be installed")

        text = file.read_text("utf-8", "replace")
        of_project = re.search(r"^\s*-\s*pip:", text, re.MULTILINE)
        place = self._place(self._name("conda", text, conda, self._code if of_project else None), make, own=False)
        return PythonHome(place / "bin", {"CONDA_PREFIX": str(place)})

    def _place(self, name: str, make: Callable[[Path], None], *, own: bool) -> Path:
        """Where it is; what leads into the trial's own files is the trial's own."""
        if not own:
            return self._cache.once("environments", name, make)
        place = self._folder / "environment"
        make(place)
        return place

    @staticmethod
    def _name(*parts: object) -> str:
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]

    def _which(self, name: str) -> str | None:
        return shutil.which(name, path=self._environment.get("PATH"))

    def _ask(self, argv: Sequence[str]) -> str:
        try:
            return subprocess.run(
                argv, env=self._environment, cwd="/", stdout=subprocess.PIPE, timeout=120, check=True
            ).stdout.decode()
        except (OSError, subprocess.SubprocessError) as error:
            raise Problem(f"{argv[0]} of the image does not run: {error}") from error

    def _run(self, argv: Sequence[str], directory: Path, failure: str) -> None:
        log = self._folder / "install.log"
        log.write_bytes(b"")
        program = Program(argv, self._environment, directory, log, log)
        self._started(program)
        code = program.wait()
        if code:
            said = log.read_bytes()[-_TAIL:]
            lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
            told = next(
                (line for line in reversed(lines) if "error" in line.lower()), (lines or [f"exit code {code}"])[-1]
            )
            raise Problem(f"{failure}: {told}", said)
