"""Datastores of this machine, through all doors."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import grid_jupyter
from grid_jupyter.cli import main
from grid_jupyter.core.completion import complete
from grid_jupyter.core.datastores.local import LocalDatastores
from grid_jupyter.errors import CommandError, StoreError

READ = """\
import os, sys
from pathlib import Path

def listed(folder):
    return ",".join(sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()))

for place in sys.argv[1:]:
    print("argument", listed(place) if os.path.isdir(place) else place)
if told := os.environ.get("GRID_DATASTORE_DIR"):
    print("told", listed(told))
for place in ("datastores/faces", "data/here", "opt/datastore"):
    if os.path.isdir(place):
        print(place, listed(place))
"""


@pytest.fixture
def source(tmp_path):
    """A folder with two files, outside of the project."""
    folder = tmp_path / "source"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub" / "b.txt").write_text("bb")
    return folder


@pytest.fixture
def faces(grid, source, write):
    """The datastore faces with two versions; the second has c.txt too."""
    write({"read.py": READ})
    assert grid.here("datastore", "create", "faces", source).code == 0
    (source / "c.txt").write_text("ccc")
    assert grid.here("datastore", "create", "faces", source).code == 0
    return LocalDatastores(Path(os.environ["GRID_HOME"]))


def printed(grid, run, trial=0):
    return grid.here("logs", f"{run}/{trial}").out.splitlines()


class TestCreate:
    def test_versions_count_up(self, grid, source):
        created = grid.here("datastore", "create", "faces", source)
        assert created.out == "faces:1 has 2 files, 3 B.\n"
        (source / "a.txt").write_text("other")
        assert (
            grid.here("datastore", "create", "faces", source, "--format", "json").json.items()
            >= {
                "name": "faces",
                "version": 2,
                "files": 2,
                "size": 7,
                "new": True,
            }.items()
        )

    def test_the_same_content_makes_no_version(self, grid, source, tmp_path):
        grid.here("datastore", "create", "faces", source)
        again = grid.here("datastore", "create", "faces", source)
        assert again.out == "faces:1 has the same content; no new version was made.\n"
        os.utime(source / "a.txt", (1, 1))
        assert grid.here("datastore", "create", "faces", source, "--format", "json").json["new"] is False
        (source / "a.txt").rename(source / "z.txt")
        assert grid.here("datastore", "create", "faces", source, "--format", "json").json["version"] == 2

    def test_only_the_newest_is_compared(self, grid, faces, source):
        (source / "c.txt").unlink()
        assert grid.here("datastore", "create", "faces", source, "--format", "json").json["version"] == 3

    def test_a_version_is_read_only(self, grid, faces):
        data = faces.folder("faces:2")
        modes = {stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*")}
        assert modes == {0o444, 0o555}

    def test_a_later_change_of_the_source_changes_nothing(self, faces, source):
        (source / "a.txt").write_text("x")
        assert (faces.folder("faces:1") / "a.txt").read_text() == "a"

    def test_a_file_is_a_source(self, grid, source):
        assert grid.here("datastore", "create", "one", source / "a.txt").out == "one:1 has 1 file, 1 B.\n"
        folder = LocalDatastores(Path(os.environ["GRID_HOME"])).folder("one:1")
        assert [path.name for path in folder.iterdir()] == ["a.txt"]

    def test_links_are_followed(self, grid, source, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "far.txt").write_text("far")
        (source / "folder").symlink_to(tmp_path / "elsewhere")
        (source / "file.txt").symlink_to("a.txt")
        (source / "sub" / "twice").symlink_to(tmp_path / "elsewhere")
        assert grid.here("datastore", "create", "faces", source).out == "faces:1 has 5 files, 10 B.\n"
        folder = LocalDatastores(Path(os.environ["GRID_HOME"])).folder("faces:1")
        assert (folder / "folder" / "far.txt").read_text() == "far"
        assert not any(path.is_symlink() for path in folder.rglob("*"))

    @pytest.mark.parametrize(
        ("make", "told"),
        [
            (lambda source: (source / "x").symlink_to("nowhere"), "source/x leads nowhere"),
            (
                lambda source: (source / "sub" / "up").symlink_to(".."),
                "source/sub/up is a link to a folder that it lies",
            ),
            (lambda source: os.mkfifo(source / "pipe"), "source/pipe is no file but a pipe"),
            (lambda source: (source / os.fsdecode(b"\xff")).touch(), "the name is not UTF-8; rename it"),
        ],
        ids=["broken link", "link in a ring", "pipe", "no UTF-8"],
    )
    def test_what_no_datastore_takes_is_refused(self, grid, source, make, told):
        make(source)
        answer = grid.here("datastore", "create", "faces", source)
        assert answer.code == 2
        assert told in answer.err
        assert grid.here("datastore", "list", "--format", "json").json == []

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("faces", "no/such"), "no/such: there is no such folder or file; a source is a path, or s3://"),
            (("faces", "empty"), "empty holds no files"),
            (("a:1", "."), "'a:1': a datastore's name has up to 64 letters"),
            (("../x", "."), "a datastore's name"),
            (("faces",), "grid datastore create takes NAME SOURCE"),
            (("faces", ".", "--cluster", "ray"), "a cluster of the type ray keeps no datastores"),
            (("faces", "s3://"), "there is no bucket's name in it"),
        ],
    )
    def test_what_is_wrong_is_told(self, grid, settings, monkeypatch, words, told):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        (grid.cwd / "empty").mkdir()
        answer = grid.here("datastore", "create", *words)
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        assert told in answer.err

    def test_a_source_that_is_written_to_is_refused(self, grid, source, monkeypatch):
        from grid_jupyter.core.datastores.sources import FolderSource

        seen = FolderSource("source", str(source))
        (source / "a.txt").write_text("longer")
        with pytest.raises(StoreError, match=r"a\.txt was changed while it was read"):
            LocalDatastores(Path(os.environ["GRID_HOME"])).create("faces", seen)
        assert grid.here("datastore", "list", "--format", "json").json == []

    def test_two_at_once_get_two_numbers(self, grid, tmp_path):
        from grid_jupyter.core.datastores.sources import FolderSource

        place = LocalDatastores(Path(os.environ["GRID_HOME"]))
        sources = []
        for number in range(8):
            (tmp_path / f"s{number}").mkdir()
            (tmp_path / f"s{number}" / "x").write_text(str(number))
            sources.append(FolderSource(f"s{number}", str(tmp_path / f"s{number}")))
        threads = [threading.Thread(target=place.create, args=("faces", source)) for source in sources]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        versions = place.versions("faces")
        assert [version.number for version in versions] == list(range(1, 9))
        assert len({version.identity for version in versions}) == 8


def test_a_person_sees_how_far_it_is(grid, source):
    ours, theirs = pty.openpty()
    done = grid.start("datastore", "create", "faces", source, stderr=theirs, stdout=subprocess.DEVNULL)
    assert done.wait(60) == 0
    os.close(theirs)
    told = os.read(ours, 10_000).decode()
    os.close(ours)
    assert told.startswith("faces is copied: 1 B of 3 B, 1 of 2 files")
    assert told.endswith("\r"), "the line is taken away at the end"


TOUCHING = ("open", "os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir")


def cut_off(words, home, step):
    """Run a command in a child that dies at its so-many-th touch of a datastore; say whether it came to its end."""
    child = os.fork()
    if child == 0:
        left = iter(range(step))

        def hook(event, arguments):
            touched = event in TOUCHING and isinstance(arguments[0], str | os.PathLike)
            if touched and str(arguments[0]).startswith(f"{home}/datastores/") and next(left, None) is None:
                os._exit(9)

        try:
            sys.addaudithook(hook)
            os._exit(main(list(map(str, words))))
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class TestCrashes:
    def test_a_creation_that_is_killed_anywhere_leaves_no_half(self, grid, home, source):
        place, steps = LocalDatastores(home), 0
        while not cut_off(("datastore", "create", "faces", source), home, steps):
            for version in place.versions("faces"):
                assert [file.path for file in place.files(version)] == ["a.txt", "sub/b.txt"]
                assert (place.folder(version.label) / "sub" / "b.txt").read_text() == "bb"
            steps += 1
        assert steps > 10
        assert [version.number for version in place.versions("faces")] == [1]
        assert grid.here("gc").code == 0
        assert list((home / "datastores" / "faces").glob(".d*")) == []
        assert (place.folder("faces:1") / "a.txt").read_text() == "a"

    def test_a_deletion_that_is_killed_anywhere_leaves_no_half(self, grid, home, source):
        place = LocalDatastores(home)
        for steps in range(200):
            if not place.versions("faces"):
                grid.here("datastore", "create", "faces", source)
            if cut_off(("datastore", "delete", "faces", "--yes"), home, steps):
                break
            for version in place.versions("faces"):
                assert (place.folder(version.label) / "sub" / "b.txt").read_text() == "bb"
        assert place.versions("faces") == []
        grid.here("gc")
        assert list((home / "datastores" / "faces").glob(".d*")) == []

    def test_a_draft_that_is_being_made_is_no_garbage(self, home, source):
        from grid_jupyter.core.datastores.sources import FolderSource

        place, left = LocalDatastores(home), []
        place.create("faces", FolderSource("source", str(source)), lambda _: left.extend(place.remains()))
        assert left == []


@pytest.mark.full
def test_ten_thousand_small_files(grid, tmp_path):
    folder = tmp_path / "many"
    for part in range(100):
        (folder / str(part)).mkdir(parents=True)
        for number in range(100):
            (folder / str(part) / f"{number}.txt").write_text(f"{part}.{number}")
    created = grid("datastore", "create", "many", folder, "--format", "json", timeout=120)
    assert created.json["files"] == 10_000
    assert grid.here("datastore", "delete", "many", "--yes").out == "many:1 is deleted.\n"


class TestListAndDelete:
    def test_list(self, grid, faces, source):
        grid.here("datastore", "create", "words", source / "a.txt")
        listed = grid.here("datastore", "list", "--format", "json").json
        assert [(one["name"], one["version"], one["files"], one["size"]) for one in listed] == [
            ("faces", 1, 2, 3),
            ("faces", 2, 3, 6),
            ("words", 1, 1, 1),
        ]
        assert grid.here("datastore", "list", "faces").out.splitlines()[2].startswith("faces:2        3   6 B  20")
        assert grid.here("datastore", "list", "fces").err == (
            "grid: there is no datastore fces on this machine; did you mean faces\n"
        )

    def test_nothing_is_told_so(self, grid):
        told = "There are no datastores on this machine; grid datastore create NAME SOURCE makes one.\n"
        assert grid.here("datastore", "list").out == told

    def test_delete_asks(self, grid, faces):
        answer = grid.here("datastore", "delete", "faces:1")
        assert answer.code == 2
        assert "Delete faces:1 (3 B) on this machine? Nobody can be asked here; answer with --yes" in answer.err
        assert grid.here("datastore", "delete", "faces:1", "--yes", "--format", "json").json == {
            "name": "faces",
            "versions": [1],
        }
        assert [one["version"] for one in grid.here("datastore", "list", "--format", "json").json] == [2]
        assert grid.here("datastore", "delete", "faces:1", "--yes").code == 2

    def test_a_number_is_never_given_again(self, grid, faces, source):
        grid.here("datastore", "delete", "faces", "--yes")
        assert grid.here("datastore", "list", "--format", "json").json == []
        (source / "new.txt").touch()
        assert grid.here("datastore", "create", "faces", source, "--format", "json").json["version"] == 3

    @pytest.mark.parametrize("label", ["faces:0", "faces:x", "faces:", ":1", "faces:1:2"])
    def test_labels_are_checked(self, grid, faces, label):
        assert grid.here("datastore", "delete", label, "--yes").code == 2
        assert len(faces.versions("faces")) == 2

    def test_not_while_a_run_uses_it(self, grid, faces, write):
        write({"long.py": "import time\ntime.sleep(60)\n"})
        run = grid.launch("--datastore_name", "faces", "--datastore_version", "1", "long.py")
        other = grid.launch("long.py", "--data", "grid:faces")
        for label, user in (("faces:1", run), ("faces:2", other)):
            answer = grid.here("datastore", "delete", label, "--yes")
            assert f"{label} is used by {user}; wait for its end, or grid stop {user} first" in answer.err
        grid("stop", run, "--yes")
        grid("stop", other, "--yes")
        grid("wait", run)
        grid("wait", other)
        assert grid.here("datastore", "delete", "faces", "--yes").code == 0


class TestRuns:
    def test_the_newest_is_mounted(self, grid, faces):
        run = grid.finish("--datastore_name", "faces", "read.py")
        assert printed(grid, run) == ["told a.txt,c.txt,sub/b.txt", "datastores/faces a.txt,c.txt,sub/b.txt"]
        assert grid.here("artifacts", run, "--format", "json").json == []

    def test_a_version_is_mounted(self, grid, faces):
        run = grid.finish("--datastore_name", "faces", "--datastore_version", "1", "--datastore_mount_dir", "data/here",
                          "read.py")  # fmt: skip
        assert printed(grid, run) == ["told a.txt,sub/b.txt", "data/here a.txt,sub/b.txt"]

    def test_it_is_mounted_where_the_script_starts(self, grid, faces, write):
        write({"deep/read.py": READ, ".git/HEAD": "ref: refs/heads/main\n"})
        run = grid.finish("--datastore_name", "faces", "read.py", cwd=grid.cwd / "deep")
        assert printed(grid, run)[1] == "datastores/faces a.txt,c.txt,sub/b.txt"

    def test_many_trials_one_after_another(self, grid, faces):
        run = grid.finish("--datastore_name", "faces", "--parallel", "1", "read.py", "--x", "range(3)")
        assert all(printed(grid, run, trial)[-1].startswith("datastores/faces a.txt") for trial in range(3))

    def test_an_absolute_place_that_may_be_written_is_linked(self, grid, faces, tmp_path):
        place = tmp_path / "opt" / "datastore"
        mounted = ("--datastore_name", "faces", "--datastore_mount_dir", place)
        run = grid.finish(*mounted, "--datastore_version", "1", "read.py", place)
        assert printed(grid, run)[0] == "argument a.txt,sub/b.txt"
        run = grid.finish(*mounted, "read.py", place)
        assert printed(grid, run)[0] == "argument a.txt,c.txt,sub/b.txt", "the link leads to another version now"

    def test_an_absolute_place_that_is_taken_becomes_relative(self, grid, faces, tmp_path):
        (tmp_path / "taken").mkdir()
        run = grid("run", "--wait", "--datastore_name", "faces", "--datastore_mount_dir", tmp_path / "taken", "--name",
                   "taken", "read.py")  # fmt: skip
        relative = str(tmp_path / "taken").lstrip("/")
        assert f"there is something already; it is {relative} in the working directory" in run.err
        assert list((tmp_path / "taken").iterdir()) == []

    def test_an_absolute_place_of_a_run_that_goes_on_is_left_to_it(self, grid, faces, write, tmp_path, wait_until):
        write({"long.py": "import time\ntime.sleep(60)\n"})
        mounted = ("--datastore_name", "faces", "--datastore_mount_dir", tmp_path / "link")
        run = grid.launch("--datastore_version", "1", *mounted, "long.py")
        wait_until((tmp_path / "link").is_symlink)
        same = grid.here("run", "--dry_run", "--datastore_version", "1", *mounted, "read.py").out
        other = grid.here("run", "--dry_run", *mounted, "read.py").out
        grid("stop", run, "--yes")
        grid("wait", run)
        assert f"at {tmp_path}/link" in same
        assert f"{run} has faces:1 there; it is" in other

    def test_references_are_filled_in(self, grid, faces):
        words = ("grid:faces:1", "[grid:faces, grid:faces:1/sub]", "--data=grid:faces:1", "grid:faces:1,grid:faces:2")
        run = grid.finish("read.py", *words)
        first, second = printed(grid, run, 0), printed(grid, run, 1)
        assert first[:2] == ["argument a.txt,sub/b.txt", "argument a.txt,c.txt,sub/b.txt"]
        assert second[1] == "argument b.txt"
        one, two = faces.folder("faces:1"), faces.folder("faces:2")
        assert first[2:] == [f"argument --data={one}", f"argument {one},{two}"]
        params = [row["params"] for row in grid.results(run)]
        assert [row["arg2"] for row in params] == ["grid:faces", "grid:faces:1/sub"], "as it was written"
        shown = grid.here("show", f"{run}/0").out
        assert "--data=grid:faces:1" in shown
        assert "\ndata          faces:1, faces:2\n" in shown

    @pytest.mark.parametrize("text", ["agrid:faces", "grid:", "Grid:faces", "my.grid:faces:1", "http://grid:8080x-"])
    def test_what_is_no_reference_stays(self, grid, faces, text):
        run = grid.finish("read.py", text)
        assert printed(grid, run) == [f"argument {text}"]

    def test_a_rerun_means_the_same(self, grid, faces, source):
        run = grid.finish("--datastore_name", "faces", "read.py", "grid:faces")
        (source / "later.txt").touch()
        grid.here("datastore", "create", "faces", source)
        first = printed(grid, run)
        grid("rerun", run, "--yes")
        grid("wait", run)
        assert printed(grid, run) == first
        again = grid("rerun", f"{run}/0", "--from_snapshot", "--name", "again", "--format", "json").json["run"]
        grid("wait", again)
        assert printed(grid, again) == first
        assert printed(grid, grid.finish("read.py", "grid:faces"))[0].endswith("later.txt,sub/b.txt")
        grid.here("datastore", "delete", "faces:2", "--yes")
        gone = grid("rerun", run, "--from_snapshot")
        assert gone.code == 2
        assert "the datastore faces has no version 2 on this machine; the newest is faces:3" in gone.err

    def test_the_plan_tells(self, grid, faces):
        told = grid.here("run", "--dry_run", "--datastore_name", "faces", "read.py", "grid:faces:1").out
        assert "\nData      faces:2 (6 B) at datastores/faces\nData      faces:1 (3 B)\n" in told

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (
                ("--datastore_name", "fases", "read.py"),
                "there is no datastore fases on this machine; did you mean faces",
            ),
            (("--datastore_name", "other", "read.py"), "grid datastore create other SOURCE makes one"),
            (("--datastore_name", "faces", "--datastore_version", "3", "read.py"), "has no version 3 on this machine"),
            (("--datastore_name", "faces:2", "read.py"), "write the version as --datastore_version 2"),
            (("--datastore_version", "1", "read.py"), "--datastore_version 1: of which datastore?"),
            (("--datastore_mount_dir", "x", "read.py"), "--datastore_mount_dir x: of which datastore?"),
            (("--datastore_name", "faces", "--datastore_mount_dir", "../x", "read.py"), "choose a folder of its own"),
            (("--datastore_name", "faces", "--datastore_mount_dir", "read.py", "read.py"), "has something there"),
            (("--datastore_name", "faces", "--datastore_mount_dir", "linked/x", "read.py"), "has something there"),
            (("read.py", "--data", "[grid:faces:1, grid:fases:1]"), "there is no datastore fases on this machine"),
            (("read.py", "--data", "grid:faces:9"), "has no version 9"),
            (("read.py", "--data", "grid:faces:new"), "faces:new: a version is a number"),
            (("--cluster", "ray", "--dry_run", "read.py", "--data", "grid:faces:1"), "type ray keeps no datastores"),
        ],
    )
    def test_what_is_wrong_is_told(self, grid, faces, words, told, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        (grid.cwd / "linked").symlink_to(tmp_path / "elsewhere")
        answer = grid.here("run", *words)
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        assert told in answer.err

    def test_users_are_passed_over(self, grid, faces):
        told = grid.here("run", "--dry_run", "--datastore_name", "ada:faces", "read.py").out
        assert "! --datastore_name ada:faces: datastores have no users here; faces is taken\n" in told
        assert "faces:2 (6 B)" in told

    def test_a_configuration_file(self, grid, faces, write):
        write({"grid.yml": "compute:\n  train:\n    datastore_name: faces\n    datastore_version: 1\n"
                           "    datastore_mount_dir: data/here\n"})  # fmt: skip
        run = grid.finish("--config", "grid.yml", "read.py")
        assert printed(grid, run)[1] == "data/here a.txt,sub/b.txt"

    def test_a_cloud_is_not_asked_before_the_launch(self, grid, faces):
        told = grid.here("run", "--dry_run", "--cluster", "aws", "--datastore_name", "faces", "read.py",
                         "grid:other:3").out  # fmt: skip
        assert "Data      faces (6 B) at /datastores/faces, sent once unless it is there\n" in told
        assert "Data      other:3, looked up at the launch\n" in told


class TestOtherDoors:
    def test_python(self, faces):
        plan = grid_jupyter.plan("read.py", {"data": ["grid:faces:1", "grid:faces"]}, datastore_name="faces")
        assert plan.data.data.labels == ["faces:2", "faces:1"]
        with pytest.raises(CommandError, match="there is no datastore fases"):
            grid_jupyter.plan("read.py", datastore_name="fases")

    def test_a_panel(self, faces, write):
        write({"flags.py": "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--data')\n"})
        panel = grid_jupyter.panel("flags.py", {"data": "grid:faces:1"}, datastore_name="faces")
        assert panel.plan.data.data.labels == ["faces:2", "faces:1"]
        panel.set_option("datastore_name", "fases")
        assert panel.check().fault.flag == "--datastore_name"
        panel.set_option("datastore_name", "")
        panel["data"] = "[grid:faces:1, grid:fases]"
        (argument,) = panel.check().arguments
        assert (argument.fault.flag, argument.fault.message) == (
            "--data",
            "there is no datastore fases on this machine; did you mean faces",
        )

    def test_a_cell(self, grid, faces, kernel):
        reply = kernel.run(
            "%%grid run --wait --name celled --datastore_name faces --data [grid:faces:1, grid:faces]\n"
            'data = ""\nimport os\nprint(sorted(os.listdir(data)), sorted(os.listdir("datastores/faces")))'
        )
        assert reply.status == "ok"
        assert printed(grid, "celled", 0) == ["['a.txt', 'sub'] ['a.txt', 'c.txt', 'sub']"]
        assert printed(grid, "celled", 1) == ["['a.txt', 'c.txt', 'sub'] ['a.txt', 'c.txt', 'sub']"]
        told = kernel.run("%grid datastore list faces").stdout
        assert "faces:2" in told
        assert "%%grid datastore list" in json.dumps(kernel.run("%%grid datastore list\nx = 1").error)

    def test_completion(self, faces, grid):
        def ask(line):
            return [one.text for one in complete(line, grid.cwd).candidates]

        assert ask("datastore ") == ["create", "list", "delete"]
        assert ask("datastore delete f") == ["faces", "faces:1", "faces:2"]
        assert ask("run --datastore_name ") == ["faces"]
        assert ask("datastore create faces rea") == ["read.py"]
