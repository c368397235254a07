from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path, PurePosixPath

import pytest

from grid_jupyter.core import walk
from grid_jupyter.core.project import Project
from grid_jupyter.core.snapshot import Snapshot, freeze
from grid_jupyter.core.walk import survey
from grid_jupyter.core.workdir import WorkDirs
from grid_jupyter.errors import ProjectError, StoreError


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def objects(tmp_path):
    return tmp_path / "objects"


@pytest.fixture
def directories(objects, tmp_path):
    """Return what makes the directories of a run's trials, for its snapshot."""
    return lambda snapshot: WorkDirs(snapshot, objects, tmp_path / "spare")


@pytest.fixture
def work(tmp_path):
    return tmp_path / "work"


@pytest.fixture
def artifacts(tmp_path):
    return tmp_path / "artifacts"


def make(root: Path, files: dict[str, str | bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)


def look(root: Path, cwd: str = ".", **flags):
    return survey(Project(root, (root / cwd).resolve()), **flags)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def shared(found) -> set[str]:
    return {item.path for item in found.shared}


def sparse(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


# What is taken.


def test_ignored_data_is_shared_copied_or_fresh(root):
    make(root, {"train.py": "x", "data/a.bin": "12345", "small.csv": "1", "best.ckpt": "w", "runs/0/log": "l"})
    make(root, {".gitignore": "data/\n*.csv\n*.ckpt\nruns\n*.bin\n"})
    sparse(root / "large.bin", 10_000_001)
    found = look(root)
    assert {file.path: file.ignored for file in found.files} == {
        ".gitignore": False,
        "train.py": False,
        "small.csv": True,
    }
    assert {str(item) for item in found.shared} == {"data/ (5 B)", "large.bin (10 MB)"}
    assert (found.dirs, found.fresh) == (("runs",), ("runs",))
    assert found.summary() == "3 files, 32 B, frozen now · shared, not frozen: large.bin (10 MB), data/ (5 B)"


def test_what_is_ignored_in_a_fresh_folder_stays_out_and_its_mark_comes_along(root):
    make(root, {"outputs/.gitkeep": "", "outputs/a.txt": "x", "outputs/b/c.txt": "x"})
    make(root, {".gitignore": "outputs/*\n!outputs/.gitkeep\n"})
    found = look(root)
    assert [file.path for file in found.files] == [".gitignore", "outputs/.gitkeep"]
    assert (found.dirs, shared(found)) == (("outputs",), set())


def test_link_and_no_link_decide_otherwise(root):
    make(root, {"src/a.py": "x", "data/a": "x", "data/sub/b": "x", "runs/best.pt": "x", "runs/log": "x"})
    make(root, {".gitignore": "data\nruns\n"})
    found = look(root, cwd="src", link=["../runs/best.pt"], no_link=["data/sub"])
    assert {file.path for file in found.files} == {".gitignore", "src/a.py", "data/a", "data/sub/b"}
    assert shared(found) == {"runs/best.pt"}
    assert found.dirs == ("data", "data/sub", "runs", "src")
    assert shared(look(root, link=["src"])) == {"data", "src"}


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"link": ["gone"]}, "--link gone does not exist"),
        ({"no_link": ["../.."]}, "--no_link ../.. does not lie below"),
        ({"link": ["a"], "no_link": ["a"]}, "a is named by --link and by --no_link"),
        ({"link": ["."]}, "trials start in it"),
    ],
)
def test_a_named_path_that_makes_no_sense_is_refused(root, flags, told):
    make(root, {"sub/a": "x"})
    with pytest.raises(ProjectError, match=told):
        look(root, cwd="sub", **flags)


def test_the_current_directory_is_never_shared(root):
    make(root, {"scratch/books/a.py": "x", "scratch/books/data/x": "x", "scratch/other/b": "x"})
    make(root, {".gitignore": "scratch\n"})
    found = look(root, cwd="scratch/books")
    assert found.holds(PurePosixPath("scratch/books/a.py"))
    assert shared(found) == {"scratch/books/data", "scratch/other"}


def test_links_inside_are_kept_and_others_are_shared(root, tmp_path):
    make(tmp_path, {"outside/d": "123"})
    make(root, {"a/b": "x"})
    links = {
        "kept": "a/b",
        "a/up": "../a",
        "away": "../outside",
        "absolute": str(root / "a" / "b"),
        "back": "../project/a",
        "broken": "nowhere",
        "loop": "loop",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    found = look(root)
    assert dict(found.links) == {"kept": "a/b", "a/up": "../a"}
    assert {item.path: item.target for item in found.shared} == {
        "away": str(tmp_path / "outside"),
        "absolute": str(root / "a" / "b"),
        "back": str(root / "a"),
    }


def test_a_link_can_be_frozen_with_what_it_points_to(root, tmp_path):
    make(tmp_path, {"outside/d": "123", "one": "1"})
    (root / "data").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(tmp_path / "one")
    found = look(root, no_link=["data", "file"])
    assert ([file.path for file in found.files], found.shared) == (["data/d", "file"], ())


def test_pipes_and_sockets_are_left_out(root, monkeypatch):
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert look(root).files == ()


def test_too_many_bytes_are_refused_with_the_largest(root):
    sparse(root / "models" / "big.bin", 150_000_000)
    for index in range(12):
        sparse(root / "images" / f"{index}.png", 5_000_000)
    with pytest.raises(ProjectError) as refused:
        look(root)
    told = str(refused.value)
    assert "210 MB that are not ignored (the limit is 200 MB)" in told
    assert "models/big.bin (150 MB), images/ (60 MB)" in told
    assert ".gridignore" in told
    assert "--link" in told
    assert look(root, link=["models"]).bytes == 60_000_000


def test_too_many_files_are_refused(root, monkeypatch):
    monkeypatch.setattr(walk, "MOST_FILES", 20)
    make(root, {f"data/{index}": "" for index in range(21)} | {"a.py": ""})
    with pytest.raises(ProjectError, match=r"22 files that are not ignored .* data/ \(21 files\)"):
        look(root)
    make(root, {".gitignore": "data/*\n"})
    with pytest.raises(ProjectError, match="21 ignored files to be copied or linked one by one"):
        look(root)
    make(root, {".gitignore": "data\n"})
    assert len(look(root).files) == 2


def test_ignored_files_that_are_too_much_together_are_linked_the_largest_first(root):
    for index in range(30):
        sparse(root / "d" / f"{index:02}.npy", 9_000_000 + index)
    make(root, {".gitignore": "*.npy\n"})
    found = look(root)
    assert shared(found) == {f"d/{index:02}.npy" for index in range(22, 30)}


def test_the_size_of_a_large_shared_folder_is_a_lower_bound(root):
    (root / "data").mkdir()
    (root / "data" / "0").touch()
    for index in range(1, 10_001):
        (root / "data" / str(index)).hardlink_to(root / "data" / "0")
    make(root, {".gitignore": "data\n"})
    assert "data/ (at least 0 B)" in look(root).summary()


def test_recently_changed_files_are_told(root):
    make(root, {"old.py": "x", "new.py": "x"})
    os.utime(root / "old.py", (0, 0))
    found = look(root)
    assert found.recently_changed() == ["new.py"]
    assert found.recently_changed(paths=["old.py", "gone.py"]) == []


# Freezing.


def test_equal_content_is_kept_once_and_read_back_as_json(root, objects, tmp_path):
    make(root, {"a": "same", "b/c": "same", "caf\udce9": "odd", "large": b"x" * 3_000_000})
    snapshot = freeze(look(root), objects)
    assert len([path for path in objects.rglob("*") if path.is_file()]) == 3
    snapshot.write(tmp_path / "code.json")
    json.loads((tmp_path / "code.json").read_text(encoding="ascii"))
    assert Snapshot.read(tmp_path / "code.json") == snapshot
    assert Snapshot.read(tmp_path / "code.json").digest == snapshot.digest


def test_the_digest_tells_content_not_time(root, objects):
    make(root, {"a": "1"})
    first = freeze(look(root), objects).digest
    os.utime(root / "a", (5, 5))
    assert freeze(look(root), objects).digest == first
    (root / "a").chmod(0o755)
    assert freeze(look(root), objects).digest != first


@pytest.mark.parametrize("text", ["{}", "", "[1]", '{"files": 1, "links": [], "dirs": []}', "\xff"])
def test_a_damaged_record_is_told(tmp_path, text):
    (tmp_path / "code.json").write_text(text)
    with pytest.raises(StoreError, match=r"code\.json.* damaged"):
        Snapshot.read(tmp_path / "code.json")


def test_a_missing_record_is_told(tmp_path):
    with pytest.raises(StoreError, match=r"code\.json.* damaged"):
        Snapshot.read(tmp_path / "code.json")


def test_editing_afterwards_changes_nothing(root, objects, work, directories):
    make(root, {"a": "before"})
    snapshot = freeze(look(root), objects)
    (root / "a").write_text("after")
    directories(snapshot).make(work)
    assert tree(work) == {"a": b"before"}


def test_what_vanished_or_became_something_else_is_left_out(root, objects):
    make(root, {"gone": "x", "pipe": "x", "stays": "x"})
    found = look(root)
    (root / "gone").unlink()
    (root / "pipe").unlink()
    os.mkfifo(root / "pipe")
    assert [file.path for file in freeze(found, objects).files] == ["stays"]


def test_an_object_that_a_crash_cut_short_is_written_again(root, objects, work, directories):
    make(root, {"a": "content"})
    snapshot = freeze(look(root), objects)
    (kept,) = (path for path in objects.rglob("*") if path.is_file())
    kept.unlink()
    kept.write_text("con")
    with pytest.raises(StoreError, match="damaged"):
        directories(snapshot).make(work)
    freeze(look(root), objects)
    assert kept.read_text() == "content"


def test_two_may_freeze_at_once(root, objects):
    make(root, {str(index): str(index) * 1000 for index in range(100)})
    found, snapshots = look(root), []
    threads = [threading.Thread(target=lambda: snapshots.append(freeze(found, objects))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(snapshots) == 4
    assert len(set(snapshots)) == 1
    assert len([path for path in objects.rglob("*") if path.is_file()]) == 100


def test_a_store_that_cannot_be_written_is_told(root, tmp_path):
    make(root, {"a": "x"})
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="a cannot be frozen into"):
        freeze(look(root), tmp_path / "file" / "objects")


# A trial's directory.


def test_a_trial_gets_the_project_with_modes_links_and_fresh_folders(root, objects, work, directories):
    make(root, {"run.sh": "x", "sub/a.py": "y", "data/d": "z", "logs/old": "o", ".gitignore": "data\nlogs\n"})
    (root / "empty").mkdir()
    (root / "run.sh").chmod(0o750)
    (root / "alias").symlink_to("sub/a.py")
    directories(freeze(look(root), objects)).make(work)
    assert tree(work) == {"run.sh": b"x", "sub/a.py": b"y", ".gitignore": b"data\nlogs\n"}
    assert (work / "run.sh").stat().st_mode & 0o777 == 0o750
    assert (work / "data").readlink() == root / "data"
    assert (work / "alias").readlink() == Path("sub/a.py")
    assert list((work / "logs").iterdir()) == list((work / "empty").iterdir()) == []


def test_trials_and_the_store_do_not_meet(root, objects, tmp_path, directories):
    make(root, {"a": "x"})
    snapshot = freeze(look(root), objects)
    for name in ("one", "two"):
        directories(snapshot).make(tmp_path / name)
    (tmp_path / "one" / "a").write_text("changed")
    directories(snapshot).make(tmp_path / "three")
    assert [(tmp_path / name / "a").read_text() for name in ("two", "three")] == ["x", "x"]


def test_a_directory_that_is_not_empty_is_not_written_over(root, objects, work, directories):
    make(root, {"a": "x"})
    make(work, {"a": "mine"})
    with pytest.raises(StoreError, match="File exists"):
        directories(freeze(look(root), objects)).make(work)
    assert (work / "a").read_text() == "mine"


# Its artifacts.


def test_new_and_changed_files_are_collected_and_the_rest_goes(root, objects, work, artifacts, directories):
    make(root, {"same": "s", "touched": "t", "changed": "c", "grown": "g", "deleted": "d"})
    make(root, {"data/d": "z", ".gitignore": "data\n"})
    snapshot = freeze(look(root), objects)
    made = directories(snapshot)
    made.make(work)
    make(work, {"changed": "C", "grown": "gg", "touched": "t", "new/deep/model.pt": "m", "data/written": "w"})
    make(work, {"__pycache__/a.pyc": "p", "b.pyc": "p", ".ipynb_checkpoints/n": "n"})
    (work / "deleted").unlink()
    (work / "link").symlink_to("changed")
    os.mkfifo(work / "pipe")
    assert made.collect(work, artifacts) == [("changed", 1), ("grown", 2), ("new/deep/model.pt", 1)]
    assert tree(artifacts) == {"changed": b"C", "grown": b"gg", "new/deep/model.pt": b"m"}
    assert not work.exists()
    assert tree(root / "data") == {"d": b"z", "written": b"w"}


def test_collecting_twice_is_collecting_once(root, objects, work, artifacts, directories):
    snapshot = freeze(look(root), objects)
    made = directories(snapshot)
    made.make(work)
    make(work, {"a": "1", "b/c": "2"})
    (artifacts / "b").mkdir(parents=True)
    # As a crash in the middle leaves it.
    (work / "b" / "c").rename(artifacts / "b" / "c")
    for _ in range(2):
        assert made.collect(work, artifacts) == [("a", 1), ("b/c", 1)]


def test_a_later_attempt_replaces_files_and_keeps_what_is_in_the_way(root, objects, work, artifacts, directories):
    snapshot = freeze(look(root), objects)
    made = directories(snapshot)
    for files in ({"a": "1", "out": "file", "dir/x": "1"}, {"a": "2", "out/y": "deep", "dir": "file"}):
        made.make(work)
        make(work, files)
        made.collect(work, artifacts)
    assert tree(artifacts) == {
        "a": b"2",
        "out.1": b"file",
        "out/y": b"deep",
        "dir.1/x": b"1",
        "dir": b"file",
    }


def test_folders_without_rights_are_emptied_too(root, objects, work, artifacts, directories):
    snapshot = freeze(look(root), objects)
    made = directories(snapshot)
    made.make(work)
    make(work, {"locked/a": "1"})
    (work / "locked").chmod(0o000)
    assert made.collect(work, artifacts) == [("locked/a", 1)]
    assert not work.exists()


def test_a_folder_replaced_by_a_link_is_not_followed(root, objects, work, artifacts, tmp_path, directories):
    make(root, {"sub/a": "x"})
    make(tmp_path, {"precious/a": "changed"})
    snapshot = freeze(look(root), objects)
    made = directories(snapshot)
    made.make(work)
    (work / "sub" / "a").unlink()
    (work / "sub").rmdir()
    (work / "sub").symlink_to(tmp_path / "precious")
    assert made.collect(work, artifacts) == []
    assert tree(tmp_path / "precious") == {"a": b"changed"}


# The next trial's directory.


def test_untouched_files_are_handed_on_and_nothing_else(root, objects, tmp_path, artifacts, directories):
    make(root, {name: name for name in ("kept", "edited", "deleted", "same/size", "sub/kept")})
    (root / "alias").symlink_to("kept")
    made = directories(freeze(look(root), objects))
    one, two = tmp_path / "one", tmp_path / "two"
    made.make(one)
    kept = (one / "sub" / "kept").stat().st_ino
    before = (one / "same" / "size").stat()
    make(one, {"edited": "EDITED", "same/size": "SAME/SIZE", "new": "n", "sub/new": "n", "__pycache__/a.pyc": "p"})
    os.utime(one / "same" / "size", ns=(before.st_atime_ns, before.st_mtime_ns))
    (one / "deleted").unlink()
    (one / "alias").unlink()
    assert [path for path, _ in made.collect(one, artifacts, reuse=True)] == ["edited", "new", "sub/new"]
    assert not one.exists()
    made.make(two)
    assert tree(two) == {name: name.encode() for name in ("kept", "edited", "deleted", "same/size", "sub/kept")}
    assert (two / "alias").readlink() == Path("kept")
    assert (two / "sub" / "kept").stat().st_ino == kept
    made.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["artifacts", "objects", "project", "two"]


def test_what_a_process_writes_into_an_old_directory_reaches_no_trial(
    root, objects, work, artifacts, tmp_path, directories
):
    make(root, {"sub/a": "x"})
    made = directories(freeze(look(root), objects))
    made.make(work)
    forgotten = os.open(work / "sub", os.O_RDONLY)
    made.collect(work, artifacts)  # it is not certain that nobody has it open
    with pytest.raises(FileNotFoundError):
        os.open("late", os.O_WRONLY | os.O_CREAT, dir_fd=forgotten)
    os.close(forgotten)
    made.make(tmp_path / "two")
    assert tree(tmp_path / "two") == {"sub/a": b"x"}


def test_what_python_compiled_stays_with_its_source_alone(root, tmp_path, artifacts, directories):
    make(root, {"kept.py": "1", "edited.py": "1", "sub/kept.py": "1"})
    made = directories(freeze(look(root), tmp_path / "objects"))
    made.make(tmp_path / "one")
    compiled = (
        "__pycache__/kept.c.pyc",
        "__pycache__/edited.c.pyc",
        "__pycache__/new.c.pyc",
        "sub/__pycache__/kept.c.pyc",
    )
    make(
        tmp_path / "one",
        {"edited.py": "2", "new.py": "3", "other/__pycache__/x.c.pyc": "p", **dict.fromkeys(compiled, "p")},
    )
    assert [path for path, _ in made.collect(tmp_path / "one", artifacts, reuse=True)] == ["edited.py", "new.py"]
    made.make(tmp_path / "two")
    assert sorted(tree(tmp_path / "two")) == [
        "__pycache__/kept.c.pyc",
        "edited.py",
        "kept.py",
        "sub/__pycache__/kept.c.pyc",
        "sub/kept.py",
    ]
    assert not (tmp_path / "two" / "other").exists()
