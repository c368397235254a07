"""Datastores in a bucket."""

import json

import pytest
from botocore.exceptions import ClientError

from grid_jupyter.clusters.aws.cloud import Cloud
from grid_jupyter.clusters.aws.datastores import BucketDatastores, ensure_in_bucket
from grid_jupyter.core.datastores.planning import settle_data
from grid_jupyter.core.datastores.run_data import RunData
from grid_jupyter.core.datastores.version import read_manifest
from grid_jupyter.core.settings import Settings
from grid_jupyter.errors import GridError

FACES = {"faces/a.txt": "a", "faces/sub/b.txt": "bb", "faces/sub/deep/é.txt": "ccc"}
PUT, COPY = "s3:PutObject", "s3:CopyObject"


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


class CutOff(Exception):
    """A creation ends here."""


def cut_off(bucket, writes):
    """Let the bucket's next writes pass, so many of them, and no other."""
    left = iter(range(writes))

    def hook(request, **_):
        if request.method == "PUT" and next(left, None) is None:
            raise CutOff

    bucket.client.meta.events.register("before-send.s3", hook)


@pytest.mark.parametrize("writes", range(6))
def test_a_creation_that_is_cut_off_goes_on(grid, faces, account_of, bucket, keys, writes):
    """What is written: the number, three files, the number again, the manifest."""
    cut = BucketDatastores(Bucket(account_of.client("s3"), bucket.name, bucket.owner))
    cut_off(cut._bucket, writes)
    with pytest.raises(CutOff):
        cut.create("faces", FolderSource("faces", str(grid.cwd / "faces")))
    assert listed(grid) == []
    sent = {item.key for item in bucket.list("datastores/faces/1/data/")}
    rewritten = writes_of(bucket)
    assert faces().out == "faces:1 has 3 files, 6 B.\n"
    assert len(files_of(bucket, "faces:1")) == 3
    assert keys("faces:2") == []
