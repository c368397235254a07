"""What holds for the package as a whole."""

import subprocess
import sys
import tomllib

import pytest
from sources import PACKAGE, ROOT, imports_of

import grid_jupyter

HEAVY = ("numpy", "pandas", "boto3", "ipywidgets", "tornado", "yaml", "rich", "IPython")
ABOVE_CORE = (
    "notebook",
    "clusters",
    "watcher",
    "exporter",
    "executor",
    "cli",
    "python",
    "terminal",
    "server",
    "conformance",
    "remote",
)
CORE = sorted((PACKAGE / "core").rglob("*.py"))


def test_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert grid_jupyter.__version__ == project["version"]


@pytest.mark.parametrize(
    "module", ["grid_jupyter", "grid_jupyter.cli", "grid_jupyter.core.flags", "grid_jupyter.conformance.options"]
)
def test_importing_is_light(module):
    program = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", grid_jupyter.__all__)
def test_public_names_are_there(name):
    assert getattr(grid_jupyter, name) is not None


def test_unknown_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = grid_jupyter.nosuch


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_core_knows_nothing_above_it(file):
    imported = {name.split(".")[1] for name in imports_of(file) if name.startswith("grid_jupyter.")}
    assert imported.isdisjoint(ABOVE_CORE)


@pytest.mark.parametrize("room", ["clusters", "remote", "watcher", "exporter", "executor"])
def test_the_rooms_beside_core_know_no_front_end(room):
    for file in sorted((PACKAGE / room).rglob("*.py")):
        imported = {name.split(".")[1] for name in imports_of(file) if name.startswith("grid_jupyter.")}
        assert imported.isdisjoint({"notebook", "cli", "python", "terminal", "server"}), file


def test_the_suite_for_clusters_knows_none_of_them():
    for file in sorted((PACKAGE / "conformance").rglob("*.py")):
        imported = {name.split(".")[1] for name in imports_of(file) if name.startswith("grid_jupyter.")}
        assert imported <= {"core", "conformance", "errors"}, file
