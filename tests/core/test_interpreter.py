from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from grid_jupyter.core.interpreter import editable_paths, find_interpreter, terminal_interpreter
from grid_jupyter.errors import CommandError


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


@pytest.fixture
def packages(environment):
    (folder,) = environment.glob("lib/python3*/site-packages")
    yield folder
    for file in {*folder.glob("*.pth"), *folder.glob("__editable__*")}:
        file.unlink()


@pytest.fixture
def root(tmp_path):
    for folder in ("src/pkg", "lib/ns/deep"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_path_files_name_folders_of_the_project(environment, packages, root):
    lines = [f"{root}/src", "# no", "import sys; sys.path", "/usr", f"{root}/gone", "", f"{root}"]
    (packages / "__editable__.pkg-1.pth").write_text("\n".join(lines))
    assert editable_paths(environment / "bin" / "python", root) == [PurePosixPath("src"), PurePosixPath()]


def test_it_says_what_that_python_says(environment, packages, root):
    (packages / "a.pth").write_text(f"{root}/src\n{root}/lib\n")
    python = environment / "bin" / "python"
    code = "import json, sys; print(json.dumps(sys.path))"
    path = json.loads(subprocess.run([python, "-c", code], check=True, capture_output=True).stdout)
    inside = [Path(entry) for entry in path if Path(entry).is_relative_to(root)]
    assert [root / found for found in editable_paths(python, root)] == inside


def test_finders_of_setuptools_are_read_and_not_run(environment, packages, root):
    mapping = {"pkg": f"{root}/src/pkg", "ns.deep": f"{root}/lib/ns/deep", "renamed": f"{root}/other"}
    finder = packages / "__editable___pkg_1_0_finder.py"
    for form in ("MAPPING = ", "MAPPING: dict[str, str] = "):
        finder.write_text(f"import nothing_of_this_name\n{form}{mapping!r}\n")
        found = editable_paths(environment / "bin" / "python", root)
        assert found == [PurePosixPath("src"), PurePosixPath("lib")]
    finder.write_text("MAPPING = not python\n")
    assert editable_paths(environment / "bin" / "python", root) == []


def test_the_running_python_is_looked_at_as_well(root):
    assert editable_paths(Path(sys.executable), root) == []


def test_the_terminal_takes_the_active_environment(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("CONDA_PREFIX", str(environment))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "removed"))
    assert terminal_interpreter() == environment / "bin" / "python"
    monkeypatch.delenv("CONDA_PREFIX")
    assert terminal_interpreter() == Path(sys.executable)


def test_a_program_or_an_environment_is_named_by_path(environment, monkeypatch):
    python = environment / "bin" / "python"
    assert find_interpreter(None, python) == python
    assert find_interpreter(str(python), Path("/default")) == python
    assert find_interpreter(str(environment), Path("/default")) == python
    monkeypatch.chdir(environment.parent)
    assert find_interpreter(f"./{environment.name}/bin/python", Path("/default")) == python


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    for name, language, program in (
        ("mine", "python", sys.executable),
        ("ir", "R", "R"),
        ("stale", "python", "/gone/python"),
    ):
        folder = tmp_path / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": [program, "-m", "x"], "display_name": name, "language": language}
        (folder / "kernel.json").write_text(json.dumps(spec))


@pytest.mark.usefixtures("kernels")
def test_a_kernel_is_named_by_name():
    assert find_interpreter("mine", Path("/default")) == Path(sys.executable)


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("nothing-of-this-name", "the kernels are .*mine"),
        ("ir", "runs R, not Python"),
        ("stale", "/gone/python is gone"),
        ("/dev/null", "is no program"),
        ("./gone/python", "is no program"),
    ],
)
def test_what_is_no_python_is_refused(choice, told):
    with pytest.raises(CommandError, match=told):
        find_interpreter(choice, Path("/default"))
