from __future__ import annotations

import subprocess

import pytest

from grid_jupyter.core.project import Project
from grid_jupyter.core.walk import survey
from grid_jupyter.errors import ProjectError


def taken(root):
    """The files that are not ignored."""
    found = survey(Project(root, root))
    return {file.path for file in found.files if not file.ignored and not file.path.endswith("ignore")}


def make(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


GITIGNORES = {
    ".gitignore": "*.csv\n!keep.csv\n/top\nbuild/\ndocs/**/tmp\nlogs/*\n!logs/.keep\n\\#odd\nspaced\\ \n# no\n",
    "a/.gitignore": "!*.csv\nlocal\n/anchored\n",
    "a/b/.gitignore": "x.csv\n",
}
PATHS = [
    "data.csv",
    "keep.csv",
    "top/f",
    "a/top/f",
    "build/f",
    "a/build/f",
    "c/build",
    "docs/one/two/tmp",
    "logs/.keep",
    "logs/other",
    "#odd",
    "spaced ",
    "a/data.csv",
    "a/b/x.csv",
    "a/b/y.csv",
    "a/local",
    "a/c/local",
    "local",
    "a/anchored",
    "a/c/anchored",
    "a/c/build/deep/f",
]


def test_it_agrees_with_git(tmp_path):
    make(tmp_path, *PATHS)
    for name, text in GITIGNORES.items():
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    listed = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "-z", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    assert taken(tmp_path) == {path for path in listed if path and not path.endswith("ignore")}


def test_gridignore_stands_alone(tmp_path):
    make(tmp_path, "a.csv", "b.txt", "sub/c.bin")
    (tmp_path / ".gitignore").write_text("*.csv\n")
    (tmp_path / ".dockerignore").write_text("b.txt\n")
    (tmp_path / "sub" / ".gitignore").write_text("*.bin\n")
    (tmp_path / ".gridignore").write_text("*.txt\n")
    assert taken(tmp_path) == {"a.csv", "sub/c.bin"}


def test_dockerignore_is_anchored_at_the_root_and_adds_to_gitignore(tmp_path):
    make(tmp_path, "notes.md", "sub/notes.md", "a.csv", "deep/x/tmp")
    (tmp_path / ".gitignore").write_text("*.csv\n")
    (tmp_path / ".dockerignore").write_text("notes.md\n**/tmp\n")
    assert taken(tmp_path) == {"sub/notes.md"}


def test_a_dockerignore_may_name_what_it_keeps(tmp_path):
    make(tmp_path, "src/app/a.py", "src/other/b.py", "c.py")
    (tmp_path / ".dockerignore").write_text("*\n!src/app\n")
    assert taken(tmp_path) == {"src/app/a.py"}


def test_environments_and_caches_are_left_out_wherever_they_are(tmp_path):
    make(
        tmp_path,
        "a.py",
        ".venv/x",
        "sub/node_modules/x",
        "sub/__pycache__/x.pyc",
        ".ipynb_checkpoints/x",
        ".git/config",
        "my-env/pyvenv.cfg",
        "my-env/lib/x",
        "sub/.DS_Store",
    )
    found = survey(Project(tmp_path, tmp_path))
    assert ([file.path for file in found.files], found.dirs, found.shared) == (["a.py"], ("sub",), ())


def test_a_pattern_that_is_not_utf8_matches(tmp_path):
    (tmp_path / ".gitignore").write_bytes(b"caf\xe9\n")
    make(tmp_path, "caf\udce9", "b")
    assert taken(tmp_path) == {"b"}


def test_a_pattern_that_cannot_be_read_is_told_with_its_file(tmp_path):
    (tmp_path / ".gitignore").write_text("a\n!\n")
    with pytest.raises(ProjectError, match=r"\.gitignore holds a pattern"):
        taken(tmp_path)
