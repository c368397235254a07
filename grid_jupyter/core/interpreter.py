"""Which Python runs the trials, and which folders of the project it has installed in place."""

from __future__ import annotations

import ast
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator


def terminal_interpreter() -> Path:
    """The active virtual or conda environment's Python, else the one that runs this."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = os.environ.get(variable)
        if prefix and _is_program(python := Path(prefix, "bin", "python")):
            return python
    return Path(sys.executable)


def find_interpreter(choice: str | None, default: Path) -> Path:
    """The Python that ``--python`` names: a program, an environment's folder, or a Jupyter kernel.

    Args:
        choice: What was written; None takes the default.
        default: The Python to use without a choice.

    Raises:
        CommandError: It names none of these, or a kernel of another language.
    """
    if choice is None:
        return default
    # Not resolved: the link in a virtual environment is what makes it that environment.
    path = Path(os.path.expanduser(choice)).absolute()  # noqa: PTH111  (no RuntimeError)
    # Not the methods of Path, which raise where a name is too long.
    if os.path.exists(path / "bin" / "python"):  # noqa: PTH110
        path = path / "bin" / "python"
    if "/" in choice or os.path.isfile(path):  # noqa: PTH113
        if not _is_program(path):
            raise CommandError(f"--python {choice} is no program; name a Python or a Jupyter kernel")
        return path
    return _kernel_interpreter(choice)


def kernel_of(python: Path) -> str | None:
    """Return the name of a Jupyter kernel that a Python runs."""
    from jupyter_client.kernelspec import KernelSpecManager

    for name in sorted(KernelSpecManager().find_kernel_specs()):
        try:
            if _kernel_interpreter(name) == python:
                return name
        except CommandError:
            continue  # of another language, or gone
    return None


def editable_paths(python: Path, project_root: Path) -> list[PurePosixPath]:
    """Folders of a project that a Python imports from because of ``pip install -e``.

    No Python is started and nothing is imported.

    Args:
        python: The interpreter, as it will be started (a link is not resolved).
        project_root: The project.

    Returns:
        Paths relative to the root, in the order in which they are searched.
    """
    root = project_root.resolve()
    found: dict[PurePosixPath, None] = {}
    for packages in site_packages(python):
        for folder in (*_path_files(packages), *_finders(packages)):
            resolved = folder.resolve()
            if resolved.is_relative_to(root) and resolved.is_dir():
                found[PurePosixPath(resolved.relative_to(root))] = None
    return list(found)


def has_module(python: Path, name: str) -> bool:
    """Whether a Python can import a package: seen in its folders, else asked of it."""
    if any((folder / name).is_dir() for folder in site_packages(python)):
        return True
    asked = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    try:
        return subprocess.run([python, "-c", asked], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _kernel_interpreter(name: str) -> Path:
    from jupyter_client.kernelspec import KernelSpecManager

    manager = KernelSpecManager()
    known = sorted(manager.find_kernel_specs())
    if name not in known:
        if program := shutil.which(name):
            return Path(program).absolute()
        kernels = f"the kernels are {', '.join(known)}" if known else "there are no kernels"
        raise CommandError(f"--python {name} is neither a program nor a Jupyter kernel; {kernels}")
    spec = manager.get_kernel_spec(name)
    if spec.language.lower() != "python" or not spec.argv:
        raise CommandError(f"--python {name}: that kernel runs {spec.language}, not Python; name another")
    program = shutil.which(spec.argv[0])
    if program is None:
        raise CommandError(f"--python {name}: that kernel's {spec.argv[0]} is gone; install the kernel again")
    return Path(program).absolute()


def site_packages(python: Path) -> Iterator[Path]:
    """Yield the folders that a Python has installed packages in, without starting it; they need not exist."""
    if python == Path(sys.executable):
        users = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
        yield from (Path(name) for name in (*users, *site.getsitepackages()))
        return
    prefix = python.parent.parent
    settings = environment_settings(prefix)
    prefixes = [prefix]
    if settings is None:
        # Outside of an environment the link's target tells where Python is installed.
        prefixes.append(python.resolve().parent.parent)
    elif settings.get("include-system-site-packages") == "true" and "home" in settings:
        prefixes.append(Path(settings["home"]).parent)
    for base in dict.fromkeys(prefixes):
        for pattern in ("lib*/python3*/site-packages", "lib/python3*/dist-packages"):
            yield from sorted(base.glob(pattern))


def environment_settings(prefix: Path) -> dict[str, str] | None:
    """What a virtual environment's ``pyvenv.cfg`` says, or None where there is none."""
    try:
        lines = (prefix / "pyvenv.cfg").read_text(errors="replace").splitlines()
    except OSError:
        return None
    pairs = (line.partition("=") for line in lines)
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _path_files(packages: Path) -> Iterator[Path]:
    for file in sorted(packages.glob("*.pth")):
        for line in _text(file).splitlines():
            entry = line.strip()
            if entry and not entry.startswith(("#", "import ", "import\t")):
                yield packages / entry


def _finders(packages: Path) -> Iterator[Path]:
    """The folders behind setuptools' import hooks, read from their source."""
    for file in sorted(packages.glob("__editable___*_finder.py")):
        for name, location in _mapping(_text(file)).items():
            folder = Path(location)
            parts = name.split(".")
            # A package that is named otherwise than its folder cannot be found through a path.
            if (*folder.parent.parts, folder.stem)[-len(parts) :] == tuple(parts):
                yield folder.parents[len(parts) - 1]


def _mapping(source: str) -> dict[str, str]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return {}
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="MAPPING")], value=ast.expr() as value):
                return _strings(value)
            case ast.AnnAssign(target=ast.Name(id="MAPPING"), value=ast.expr() as value):
                return _strings(value)
    return {}


def _strings(value: ast.expr) -> dict[str, str]:
    try:
        mapping = ast.literal_eval(value)
    except ValueError:
        return {}
    if not isinstance(mapping, dict):
        return {}
    return {name: place for name, place in mapping.items() if isinstance(name, str) and isinstance(place, str)}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
