from __future__ import annotations

import os
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from grid_jupyter.core.project import Project, find_project, locate_script
from grid_jupyter.errors import ProjectError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "repo"
    (top / "src" / "deep").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", top], check=True)
    return top


def test_the_git_top_level_is_the_project(repository):
    project = find_project(repository / "src" / "deep")
    assert (project.root, project.subdir) == (repository, PurePosixPath("src/deep"))


def test_a_worktree_is_a_project_of_its_own(repository, tmp_path):
    other = tmp_path / "other"
    for command in (
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty", "-m", "x"],
        ["worktree", "add", "-q", str(other)],
    ):
        subprocess.run(["git", "-C", repository, *command], check=True)
    assert find_project(other).root == other


def test_a_folder_outside_of_git_is_its_own_project(tmp_path):
    assert find_project(tmp_path) == Project(tmp_path, tmp_path)


def test_links_to_the_folder_are_resolved(repository, tmp_path):
    (tmp_path / "link").symlink_to(repository / "src")
    assert find_project(tmp_path / "link") == Project(repository, repository / "src")


def test_a_home_directory_in_git_is_passed_over(repository, monkeypatch):
    monkeypatch.setenv("HOME", str(repository))
    assert find_project(repository / "src").root == repository / "src"


@pytest.mark.parametrize("folder", [".", ".."])
def test_home_and_what_holds_it_are_refused(repository, monkeypatch, folder):
    monkeypatch.setenv("HOME", str(repository))
    with pytest.raises(ProjectError, match="put the script into a folder of its own"):
        find_project(repository / folder)


def test_the_root_of_the_file_system_is_refused():
    with pytest.raises(ProjectError):
        find_project(Path("/"))


def test_a_directory_that_is_gone_is_refused(tmp_path):
    with pytest.raises(ProjectError, match="gone"):
        find_project(tmp_path / "gone")


def test_a_script_is_relative_to_the_current_directory(repository):
    (repository / "src" / "train.py").touch()
    project = Project(repository, repository / "src" / "deep")
    assert locate_script(project, "../train.py") == PurePosixPath("src/train.py")
    assert locate_script(project, str(repository / "src" / "train.py")) == PurePosixPath("src/train.py")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("trian.py", "the nearest file there is train.py"),
        ("nothing-like-it.sh", "does not exist in"),
        ("src", "is a folder"),
        ("notes.txt", "ends in one of .py .sh .jl .ipynb"),
        ("../outside.py", "outside of the project"),
        ("pipe.py", "no regular file"),
    ],
)
def test_what_is_no_script_is_refused_with_a_sentence(repository, script, told):
    for name in ("train.py", "notes.txt", "../outside.py"):
        (repository / name).touch()
    os.mkfifo(repository / "pipe.py")
    with pytest.raises(ProjectError, match=told):
        locate_script(Project(repository, repository), script)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_script_is_refused(repository):
    (repository / "train.py").touch(mode=0o000)
    with pytest.raises(ProjectError, match="cannot be read"):
        locate_script(Project(repository, repository), "train.py")


def test_a_script_in_a_linked_folder_of_the_project_belongs_to_it(repository, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.py").touch()
    (repository / "linked").symlink_to(tmp_path / "elsewhere")
    project = Project(repository, repository)
    assert locate_script(project, "linked/a.py") == PurePosixPath("linked/a.py")
