"""What is built and shipped: a wheel and an sdist that install without Node, front end included."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

import grid_jupyter

ROOT = Path(__file__).parents[1]
FRONT_END = "share/jupyter/labextensions/@grid-jupyter/labextension/"


def run(*words, **how):
    """Run a program and return all that it said; fail, with that, where it fails."""
    done = subprocess.run(
        [*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **how
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_front_end_is_of_the_same_version():
    assert json.loads((ROOT / "labextension" / "package.json").read_text())["version"] == grid_jupyter.__version__


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The sdist and the wheel, built from what is committed."""
    pytest.importorskip("build", reason="needs the package build (the group packaging)")
    if not shutil.which("node"):
        pytest.skip("needs Node to build the front end")
    source = tmp_path_factory.mktemp("source") / "grid-jupyter"
    run("git", "clone", "--quiet", ROOT, source)
    run(sys.executable, "-m", "build", source)
    (sdist,) = (source / "dist").glob("*.tar.gz")
    (wheel,) = (source / "dist").glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A function that runs a program of an environment that has JupyterLab, and no Node on its PATH."""
    base = tmp_path_factory.mktemp("bare")
    run(sys.executable, "-m", "venv", base / "venv")
    programs = base / "venv" / "bin"
    places = {f"JUPYTER_{name}_DIR": str(base / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = os.environ | places | {"PATH": str(programs)}
    for name in ("node", "nodejs", "npm"):
        assert not shutil.which(name, path=environment["PATH"])

    def call(program, *words):
        return run(programs / program, *words, env=environment, cwd=base)

    call("pip", "install", "--quiet", "jupyterlab>=4.4,<5")
    return call


@pytest.mark.full
@pytest.mark.timeout(300)
def test_what_is_shipped_holds_the_front_end_and_its_licences(shipped):
    sdist, wheel = shipped
    with ZipFile(wheel) as packed:
        names = packed.namelist()
        (licences,) = [name for name in names if name.endswith(f"{FRONT_END}static/third-party-licenses.json")]
        told = json.loads(packed.read(licences))["packages"]
        (about,) = [name for name in names if name.endswith(f"{FRONT_END}package.json")]
        built = json.loads(packed.read(about))
    assert built["version"] == grid_jupyter.__version__
    assert any(name.endswith(FRONT_END + built["jupyterlab"]["_build"]["load"]) for name in names)
    assert {"anser", "openapi-fetch", "@tanstack/react-virtual"} <= {package["name"] for package in told}
    assert all(package["licenseId"] and package["extractedText"] for package in told)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    # Once, where Jupyter looks for it; and nothing of how it was built.
    assert not [name for name in names if name.startswith("grid_jupyter/labextension/") or "node_modules" in name]

    with tarfile.open(sdist) as packed:
        names = [name.partition("/")[2] for name in packed.getnames()]
    assert "grid_jupyter/labextension/static/third-party-licenses.json" in names
    assert "labextension/src/index.ts" in names
    assert not [name for name in names if "node_modules" in name or name.startswith("labextension/lib/")]


@pytest.mark.full
@pytest.mark.timeout(600)
def test_both_install_without_node(shipped, bare):
    version = re.escape(grid_jupyter.__version__)
    for file in shipped:
        bare("pip", "install", "--quiet", file)
        front = bare("jupyter", "labextension", "list")
        assert re.search(rf"@grid-jupyter/labextension v{version} .*enabled.*OK.*\(python, grid-jupyter\)", front), (
            front
        )
        server = bare("jupyter", "server", "extension", "list")
        assert re.search(r"grid_jupyter .*enabled", server), server
        assert re.search(rf"grid_jupyter {version} .*OK", server), server
        assert "Run a script once" in bare("grid", "-h")
        bare("pip", "uninstall", "--quiet", "--yes", "grid-jupyter")
    # Nothing is left behind.
    assert "@grid-jupyter" not in bare("jupyter", "labextension", "list")
