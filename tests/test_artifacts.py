"""Listing, choosing and copying the files that trials wrote."""

from __future__ import annotations

import os
import subprocess

import pytest

import grid_jupyter
from grid_jupyter.errors import CommandError

SCRIPT = """\
import os, sys
os.makedirs("deep/sub")
os.makedirs("sub")
for path in ("model.pt", "sub/model.pt", "deep/sub/last.pt", "notes.txt", "!odd.txt"):
    with open(path, "w") as file:
        file.write(sys.argv[1] * 1000)
os.chmod("notes.txt", 0o640)
"""
FILES = ["!odd.txt", "deep/sub/last.pt", "model.pt", "notes.txt", "sub/model.pt"]


@pytest.fixture
def run(grid, write):
    """A run of two trials that write five files each."""
    write({"write.py": SCRIPT})
    return grid.finish("--name", "wrote", "write.py", "[a, bb]")


def paths(answer):
    assert answer.code == 0, answer.err
    return [(file["trial"], file["path"]) for file in answer.json]


def tree(folder):
    """What is in a folder, links and folders named as such."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = "link"
        elif path.is_file():
            found[name] = path.read_text()
    return found


def refused(answer, *words):
    assert answer.code == 2, (answer.out, answer.err)
    (sentence,) = answer.err.splitlines()
    for word in words:
        assert word in sentence, sentence


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.pt", ["deep/sub/last.pt", "model.pt", "sub/model.pt"]),
        ("sub/*.pt", ["sub/model.pt"]),
        ("./sub/*", ["sub/model.pt"]),
        ("/model.pt", ["model.pt"]),
        ("**/sub/*", ["deep/sub/last.pt", "sub/model.pt"]),
        ("deep", ["deep/sub/last.pt"]),
        ("[mn]o*", ["model.pt", "notes.txt", "sub/model.pt"]),
        ("!odd.*", ["!odd.txt"]),
        ("*", FILES),
        ("../*", []),
    ],
)
def test_match(grid, run, pattern, expected):
    answer = grid.here("artifacts", f"{run}/1", "--match", pattern, "--format", "json")
    assert paths(answer) == [(f"{run}/1", path) for path in expected]


def test_what_is_listed_is_summed_up(grid, run):
    told = grid.here("artifacts", run, "--match", "*.pt").out.splitlines()
    assert told[0].split() == ["trial", "path", "size"]
    assert told[-1] == "6 files, 9.0 KB"
    assert grid.here("artifacts", run, "--match", "*.csv").out == "No files match *.csv.\n"
    refused(grid.here("artifacts", run, "--match", "a\\"), "--match", "pattern")


def test_download(grid, run, tmp_path):
    out = tmp_path / "out"
    answer = grid("artifacts", run, "--match", "*.pt", "--download_dir", out)
    assert (answer.code, answer.out) == (0, f"6 files copied to {out}, 9.0 KB in all.\n")
    expected = {
        f"{run}-exp{trial}/{path}": text * 1000
        for trial, text in enumerate(["a", "bb"])
        for path in ("deep/sub/last.pt", "model.pt", "sub/model.pt")
    }
    assert tree(out) == expected
    # Again, with more: what lies there already is left.
    before = (out / f"{run}-exp0" / "model.pt").stat()
    answer = grid.here("artifacts", run, "--download_dir", out)
    assert answer.out == f"4 files copied to {out}, 6.0 KB in all. 6 files lay there already.\n"
    assert (out / f"{run}-exp0" / "model.pt").stat() == before
    assert sorted(tree(out)) == sorted(f"{run}-exp{trial}/{path}" for trial in (0, 1) for path in FILES)
    assert (out / f"{run}-exp1" / "notes.txt").stat().st_mode & 0o777 == 0o640


def test_download_of_one_trial_for_programs(grid, run, project):
    answer = grid("artifacts", f"{run}/1", "--download_dir", ".", "--match", "notes.txt", "--format", "json")
    assert answer.json == [{"trial": f"{run}/1", "path": "notes.txt", "size": 2000}]
    assert (project / f"{run}-exp1" / "notes.txt").read_text() == "b" * 2000
    assert not (project / f"{run}-exp0").exists()


def test_download_overwrites_nothing(grid, run, tmp_path):
    mine = tmp_path / "out" / f"{run}-exp1" / "model.pt"
    mine.parent.mkdir(parents=True)
    for text in ("mine", "a" * 2000, ""):
        mine.write_text(text)
        refused(grid.here("artifacts", run, "--download_dir", tmp_path / "out"), f"{run}-exp1/model.pt", "nothing was")
        assert tree(tmp_path / "out") == {f"{run}-exp1/model.pt": text}
    mine.unlink()
    mine.mkdir()
    refused(grid.here("artifacts", run, "--download_dir", tmp_path / "out"), f"{run}-exp1/model.pt")
    assert tree(tmp_path / "out") == {}


@pytest.mark.parametrize("link", ["wrote-exp0", "wrote-exp1/sub", "wrote-exp1/model.pt", "wrote-exp0/notes.txt"])
def test_no_file_leaves_the_folder(grid, run, tmp_path, link):
    """A link on the way to a file, whole or broken, would lead it elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = tmp_path / "out" / link
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere / "new.txt" if link.endswith("txt") else elsewhere)
    refused(grid.here("artifacts", run, "--download_dir", tmp_path / "out"), link, "nothing was copied")
    assert tree(elsewhere) == {}
    assert tree(tmp_path / "out") == {link: "link"}


def test_files_of_any_name(grid, write, tmp_path):
    write({"names.py": "open(b'caf\\xe9.txt', 'w').write('1')\nopen('größe\\n.txt', 'w').write('22')\n"})
    run = grid.finish("names.py")
    answer = grid("artifacts", run, "--download_dir", tmp_path / "out", "--match", "*.txt")
    assert answer.code == 0, answer.err
    names = [os.fsencode(path.name) for path in (tmp_path / "out" / f"{run}-exp0").iterdir()]
    assert sorted(names) == [b"caf\xe9.txt", "größe\n.txt".encode()]


def test_a_folder_that_cannot_be_made(grid, run, tmp_path):
    (tmp_path / "file").write_text("")
    answer = grid("artifacts", run, "--download_dir", tmp_path / "file" / "out")
    assert answer.code == 1
    assert answer.err.startswith(f"grid: --download_dir {tmp_path / 'file' / 'out'}: ")
    assert answer.err.count("\n") == 1


@pytest.fixture
def tiny(tmp_path):
    """A folder on a file system of 1 MiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_leaves_no_half_file(grid, write, tiny):
    write({"large.py": "import sys\nopen('large.bin', 'w').write(sys.argv[1] * 600_000)\n"})
    run = grid.finish("large.py", "[a, b]")
    answer = grid("artifacts", run, "--download_dir", tiny)
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "No space left" in answer.err
    assert tree(tiny) == {f"{run}-exp0/large.bin": "a" * 600_000}
    subprocess.run(["mount", "-o", "remount,size=20m", tiny], check=True)
    answer = grid("artifacts", run, "--download_dir", tiny)
    assert answer.out == f"1 file copied to {tiny}, 600 KB in all. 1 file lay there already.\n"


def test_artifacts_in_python_and_in_a_notebook(kernel, run, tmp_path):
    held = grid_jupyter.Run(run)
    assert [(trial, path) for trial, path, _ in held.artifacts("sub/*")] == [(0, "sub/model.pt"), (1, "sub/model.pt")]
    held.download(tmp_path / "out", match="sub/*")
    assert sorted(tree(tmp_path / "out")) == [f"{run}-exp{trial}/sub/model.pt" for trial in (0, 1)]
    with pytest.raises(CommandError, match="pattern"):
        held.download(tmp_path / "out", match="a\\")
    said = kernel.run(f"%grid artifacts {run} --match '*.txt' --download_dir {tmp_path / 'out'}").stdout
    assert said == f"4 files copied to {tmp_path / 'out'}, 6.0 KB in all.\n"
