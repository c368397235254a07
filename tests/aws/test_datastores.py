"""Datastores in a bucket."""

import json

import pytest

from grid_jupyter.clusters.aws.cloud import Cloud
from grid_jupyter.clusters.aws.datastores import BucketDatastores, ensure_in_bucket
from grid_jupyter.core.datastores.local import LocalDatastores
from grid_jupyter.core.datastores.planning import settle_data
from grid_jupyter.core.datastores.run_data import RunData
from grid_jupyter.core.datastores.sources import FolderSource
from grid_jupyter.core.datastores.version import read_manifest
from grid_jupyter.core.settings import Settings
from grid_jupyter.errors import CommandError, StoreError
from grid_jupyter.remote.agent.bucket import Bucket

FACES = {"faces/a.txt": "a", "faces/sub/b.txt": "bb", "faces/sub/deep/é.txt": "ccc"}


@pytest.fixture
def account_of(cloud):
    """The account as the product sees it."""
    return Cloud.open(Settings())


@pytest.fixture
def bucket(account_of):
    """The account's bucket, made as a set-up does."""
    account_of.client("s3").create_bucket(Bucket=account_of.bucket.name)
    return account_of.bucket


@pytest.fixture
def keys(bucket):
    """Return a function that lists the keys of a version's files."""
    return lambda label: sorted(item.key for item in bucket.list(f"datastores/{label.replace(':', '/')}/"))


@pytest.fixture
def faces(grid, write):
    """A folder, and a function that makes a version of it in the bucket and returns the answer."""
    write(FACES)
    return lambda *words: grid.here("datastore", "create", "faces", "faces", "--cluster", "aws", *words)


def listed(grid, *words):
    return grid.here("datastore", "list", "--cluster", "aws", "--format", "json", *words).json


def files_of(bucket, label):
    return {
        file.path: file for file in read_manifest(bucket.get(f"datastores/{label.replace(':', '/')}/manifest.json"))
    }


def test_a_version_is_made_listed_and_deleted(grid, faces, write, bucket, keys):
    assert faces().out == "faces:1 has 3 files, 6 B.\n"
    prefix = "datastores/faces/1/"
    assert keys("faces:1") == [
        prefix + path for path in ("about.json", "data/a.txt", "data/sub/b.txt", "data/sub/deep/é.txt", "manifest.json")
    ]
    assert bucket.get(prefix + "data/sub/b.txt") == b"bb"
    assert faces("--format", "json").json["new"] is False
    write({"faces/new.txt": "d"})
    assert faces("--format", "json").json["version"] == 2
    assert [(one["name"], one["version"], one["files"], one["size"]) for one in listed(grid)] == [
        ("faces", 1, 3, 6),
        ("faces", 2, 4, 7),
    ]
    assert grid.here("datastore", "list").out.startswith("There are no datastores on this machine")
    assert grid.here("datastore", "delete", "faces:2", "--yes", "--cluster", "aws").code == 0
    assert [one["version"] for one in listed(grid, "faces")] == [1]
    assert keys("faces:2") == ["datastores/faces/2/about.json"]
    write({"faces/other.txt": "e"})
    assert faces("--format", "json").json["version"] == 3, "a number never means another content"


def test_the_manifest_tells_each_file(faces, bucket):
    faces()
    told = json.loads(bucket.get("datastores/faces/1/manifest.json"))
    assert told["version"] == 1
    assert told["files"][0] == ["a.txt", 1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"]


class CutOffError(Exception):
    """A creation ends here."""


def cut_off(bucket, writes):
    """Let the bucket's next writes pass, so many of them, and no other."""
    left = iter(range(writes))

    def hook(request, **_):
        if request.method == "PUT" and next(left, None) is None:
            raise CutOffError

    bucket.client.meta.events.register("before-send.s3", hook)


def test_a_creation_that_is_cut_off_goes_on(grid, write, cloud, account_of, bucket, keys):
    """What is written: the number, three files, the number again, the manifest."""
    write(FACES)
    source = FolderSource("faces", str(grid.cwd / "faces"))
    for writes in range(6):
        name, cut = f"faces{writes}", Bucket(account_of.client("s3"), bucket.name, bucket.owner)
        cut_off(cut, writes)
        with pytest.raises(CutOffError):
            BucketDatastores(cut).create(name, source)
        assert BucketDatastores(bucket).versions(name) == []
        sent = sum(1 for _ in bucket.list(f"datastores/{name}/1/data/"))
        before = cloud.services.calls().get("s3:PutObject", 0)
        assert BucketDatastores(bucket).create(name, source).version.label == f"{name}:1"
        # The number is taken once, each file is sent once, and the end is told.
        assert cloud.services.calls()["s3:PutObject"] - before == (writes == 0) + (3 - sent) + 2
        assert len(files_of(bucket, f"{name}:1")) == 3
        assert keys(f"{name}:2") == []


def test_an_upload_that_has_begun_and_a_changed_source_are_two_numbers(grid, faces, account_of, bucket, write):
    cut = BucketDatastores(Bucket(account_of.client("s3"), bucket.name, bucket.owner))
    cut_off(cut._bucket, 2)
    with pytest.raises(CutOffError):
        cut.create("faces", FolderSource("faces", str(grid.cwd / "faces")))
    write({"faces/more.txt": "m"})
    assert faces("--format", "json").json["version"] == 2
    assert set(files_of(bucket, "faces:2")) == {"a.txt", "more.txt", "sub/b.txt", "sub/deep/é.txt"}


def test_a_file_that_is_written_to_is_not_kept(grid, write, bucket):
    write({"one.txt": "before"})
    source = FolderSource("one.txt", str(grid.cwd / "one.txt"))
    told = []

    def tell(text):
        told.append(text)
        if "is read" in text:
            write({"one.txt": "after, and longer"})

    with pytest.raises(StoreError, match=r"one\.txt was changed while it was read"):
        BucketDatastores(bucket).create("one", source, tell)
    assert told == ["one is read: 6 B of 6 B, 1 of 1 files"]
    assert list(bucket.list("datastores/one/1/data/")) == []
    assert (
        grid.here("datastore", "create", "one", "one.txt", "--cluster", "aws", "--format", "json").json["version"] == 2
    )


def test_large_files_go_in_parts(grid, write, bucket):
    write({"large.bin": bytes(range(256)) * (40 << 10)})
    assert grid.here("datastore", "create", "large", "large.bin", "--cluster", "aws").code == 0
    (item,) = bucket.list("datastores/large/1/data/")
    assert (item.size, item.etag.strip('"')[-2:]) == (10 << 20, "-2")
    assert (
        grid.here("datastore", "create", "large", "large.bin", "--cluster", "aws", "--format", "json").json["new"]
        is False
    )


class TestFromS3:
    @pytest.fixture
    def theirs(self, cloud):
        """A bucket of somebody's, with objects."""
        client = cloud.client("s3")
        client.create_bucket(Bucket="theirs")
        for key, content in (("set/a.txt", b"a"), ("set/sub/b.txt", b"bb"), ("set/sub/", b""), ("set2/x", b"no")):
            client.put_object(Bucket="theirs", Key=key, Body=content)
        return client

    @pytest.mark.parametrize("prefix", ["set", "set/"])
    def test_to_this_machine(self, grid, theirs, home, prefix):
        created = grid.here("datastore", "create", "faces", f"s3://theirs/{prefix}")
        assert created.out == "faces:1 has 2 files, 3 B.\n"
        data = LocalDatastores(home).folder("faces:1")
        assert {str(path.relative_to(data)): path.read_text() for path in data.rglob("*.txt")} == {
            "a.txt": "a",
            "sub/b.txt": "bb",
        }
        assert grid.here("datastore", "list", "--format", "json").json[0]["source"] == "s3://theirs/set"

    def test_to_the_bucket(self, grid, theirs, bucket, write):
        create = ("datastore", "create", "faces", "s3://theirs/set", "--cluster", "aws")
        assert grid.here(*create).out == "faces:1 has 2 files, 3 B.\n"
        assert bucket.get("datastores/faces/1/data/sub/b.txt") == b"bb"
        copied = files_of(bucket, "faces:1")
        assert copied["a.txt"].sha256.startswith("ca978112ca1bbdc")
        assert grid.here(*create).out == "faces:1 has the same content; no new version was made.\n"
        write({"same/a.txt": "a", "same/sub/b.txt": "bb"})
        assert "the same content" in grid.here("datastore", "create", "faces", "same", "--cluster", "aws").out
        # Written anew with the same content, which is only known after it was copied.
        theirs.put_object(Bucket="theirs", Key="set/a.txt", Body=b"a", Metadata={"new": "yes"})
        theirs.put_object(Bucket="theirs", Key="set/z.txt", Body=b"z")
        assert grid.here(*create).out == "faces:2 has 3 files, 4 B.\n"

    def test_one_object(self, grid, theirs, home):
        assert grid.here("datastore", "create", "one", "s3://theirs/set/sub/b.txt").code == 0
        assert (LocalDatastores(home).folder("one:1") / "b.txt").read_text() == "bb"

    @pytest.mark.parametrize(
        ("source", "code", "told"),
        [
            ("s3://theirs/none", 2, "s3://theirs/none holds no objects"),
            ("s3://nobodys/x", 1, "NoSuchBucket"),
        ],
    )
    def test_what_is_not_there(self, grid, theirs, source, code, told):
        answer = grid.here("datastore", "create", "faces", source)
        assert (answer.code, answer.err.count("\n")) == (code, 1)
        assert told in answer.err

    def test_keys_that_no_file_can_have(self, grid, theirs):
        theirs.put_object(Bucket="theirs", Key="odd/../x", Body=b"")
        answer = grid.here("datastore", "create", "faces", "s3://theirs/odd")
        assert "s3://theirs/odd/../x: no part of a path may be empty, . or .." in answer.err


class TestRefusals:
    def test_without_a_set_up(self, grid, write, cloud):
        write({"x": ""})
        for words in (("create", "faces", "x"), ("list",), ("delete", "faces", "--yes")):
            answer = grid.here("datastore", *words, "--cluster", "aws")
            assert answer.err == "grid: this AWS account has no bucket of ours yet; grid aws setup makes it\n"

    def test_without_permission(self, faces, bucket, cloud, grid):
        cloud.services.deny("s3:PutObject")
        assert "AWS denies PutObject" in faces().err
        cloud.services.deny()
        assert faces().code == 0

    def test_a_name_that_is_nowhere(self, grid, faces, bucket):
        faces()
        answer = grid.here("datastore", "delete", "fases", "--cluster", "aws", "--yes")
        assert "there is no datastore fases in the account's bucket; did you mean faces" in answer.err


class TestARunsData:
    """What a launch on AWS settles, and what then goes into the bucket."""

    @pytest.fixture
    def settle(self, cloud):
        def settle(mounted, **named):
            return settle_data(RunData(mounted, "/datastores/x", named), "aws", Settings(), None)

        return settle

    @pytest.fixture
    def here(self, grid, write, home):
        write(FACES)
        assert grid.here("datastore", "create", "faces", "faces").code == 0
        return LocalDatastores(home)

    def test_what_is_only_here_is_sent_once(self, here, bucket, settle, account_of, cloud):
        assert settle("faces", faces="faces", one="faces:1") == RunData(
            "faces:1", "/datastores/x", {"faces": "faces:1", "one": "faces:1"}
        )
        ensure_in_bucket(account_of, "faces", 1)
        sent = cloud.services.calls()["s3:PutObject"]
        assert bucket.get("datastores/faces/1/data/sub/b.txt") == b"bb"
        assert list(files_of(bucket, "faces:1").values()) == here.files(here.versions("faces")[0])
        ensure_in_bucket(account_of, "faces", 1)
        assert cloud.services.calls()["s3:PutObject"] == sent

    def test_what_was_cut_off_goes_on(self, grid, here, account_of, bucket):
        for writes in range(6):
            name = f"faces{writes}"
            assert grid.here("datastore", "create", name, "faces").code == 0
            account_of.bucket = Bucket(account_of.client("s3"), bucket.name, bucket.owner)
            cut_off(account_of.bucket, writes)
            with pytest.raises(CutOffError):
                ensure_in_bucket(account_of, name, 1)
            ensure_in_bucket(Cloud.open(Settings()), name, 1)
            assert len(files_of(bucket, f"{name}:1")) == 3

    def test_what_is_only_in_the_bucket_is_found(self, faces, bucket, settle, account_of):
        faces()
        assert settle("faces").mounted == "faces:1"
        ensure_in_bucket(account_of, "faces", 1)

    def test_what_is_nowhere_is_refused(self, here, bucket, settle, account_of):
        with pytest.raises(CommandError, match=r"no datastore fases in the account's bucket or on this machine; did"):
            settle("fases")
        with pytest.raises(CommandError, match=r"faces has no version 2 .*; the newest is faces:1"):
            settle("faces:2")
        with pytest.raises(CommandError, match=r"no datastore faces:2 in the account's bucket or on this machine"):
            ensure_in_bucket(account_of, "faces", 2)

    def test_a_number_with_two_contents_is_refused(
        self, here, faces, write, settle, account_of, bucket, tmp_path, monkeypatch
    ):
        monkeypatch.setenv("GRID_HOME", str(tmp_path / "other computer"))
        write({"faces/else.txt": "else"})
        assert faces("--format", "json").json["version"] == 1
        monkeypatch.setenv("GRID_HOME", str(tmp_path / "grid-home"))
        for again in (lambda: settle("faces"), lambda: settle("faces:1")):
            with pytest.raises(CommandError, match="faces:1 of this machine is not the faces:1 of the cluster"):
                again()
        write({"faces/more.txt": "more"})
        assert faces("--format", "json").json["version"] == 2
        assert settle("faces").mounted == "faces:2"

    def test_here_and_there_count_on(self, here, faces, write, bucket):
        write({"faces/more.txt": "more"})
        assert faces("--format", "json").json["version"] == 2, "1 means something else on this machine"
