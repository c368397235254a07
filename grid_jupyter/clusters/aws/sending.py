"""Files of datastores on their way into the bucket: from this machine, or from other buckets."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.errors import CommandError, ServiceError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from grid_jupyter.core.datastores.s3_source import S3Source
    from grid_jupyter.core.datastores.sources import FolderSource
    from grid_jupyter.core.datastores.version import File
    from grid_jupyter.remote.agent.bucket import Bucket

_AT_ONCE = 8
_SMALL = 8 << 20
_WHOLE = 5 << 30  # S3 copies up to so many bytes in one request, and then tells a digest of them all

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


class Sender(Protocol):
    """Puts a version's files into a bucket."""

    def send(self, file: File, key: str, *, again: bool) -> str:
        """Put a file there and return its SHA-256.

        Args:
            file: The file.
            key: Its key.
            again: Whether it is to be sent; else it is there already.
        """


class Uploader:
    """Sends files of this machine, whose digests are known.

    Args:
        bucket: Where they go.
        places: Where they are.
        check: Is called when a file was sent; raises if it has changed since its digest was taken.
    """

    def __init__(
        self, bucket: Bucket, places: Mapping[str, Path], check: Callable[[str], None] = lambda _: None
    ) -> None:
        self._bucket = bucket
        self._places = places
        self._check = check

    @classmethod
    def of(cls, bucket: Bucket, source: FolderSource) -> Uploader:
        """Return what sends a source's files."""
        from pathlib import Path

        known = {file.path: file for file in source.files}
        return cls(
            bucket, {path: Path(file.place) for path, file in known.items()}, lambda path: source.check(known[path])
        )

    def send(self, file: File, key: str, *, again: bool) -> str:
        """Put a file there and return its SHA-256."""
        from boto3.exceptions import S3UploadFailedError

        if again:
            place = self._places[file.path]
            try:
                if file.size <= _SMALL:
                    self._bucket.put(key, place.read_bytes())
                else:
                    self._bucket.upload(str(place), key)
            except OSError as error:
                raise StoreError(f"{place} cannot be read: {error.strerror or error}") from error
            except S3UploadFailedError:
                raise ServiceError(
                    f"{file.path} could not be sent; say it again, and only what is missing is sent"
                ) from None
            try:
                self._check(file.path)
            except StoreError:
                self._bucket.client.delete_object(
                    Bucket=self._bucket.name, Key=key, ExpectedBucketOwner=self._bucket.owner
                )
                raise
        return file.sha256


class Copier:
    """Has objects of another bucket copied, which do not come through this machine.

    Args:
        bucket: Where they go.
        source: What they are.
    """

    def __init__(self, bucket: Bucket, source: S3Source) -> None:
        self._bucket = bucket
        self._source = source
        self._known = {file.path: file for file in source.files}

    def send(self, file: File, key: str, *, again: bool) -> str:
        """Have an object copied and return its SHA-256, which S3 tells where it could take it."""
        from boto3.s3.transfer import TransferConfig

        client, owner = self._bucket.client, self._bucket.owner
        original = self._known[file.path]
        if again:
            client.copy(
                {"Bucket": self._source.bucket, "Key": original.place},
                self._bucket.name,
                key,
                ExtraArgs={
                    "CopySourceIfMatch": original.stamp,
                    "ChecksumAlgorithm": "SHA256",
                    "ExpectedBucketOwner": owner,
                },
                SourceClient=self._source.client,
                Config=TransferConfig(multipart_threshold=_WHOLE),
            )
        told = client.head_object(Bucket=self._bucket.name, Key=key, ExpectedBucketOwner=owner, ChecksumMode="ENABLED")
        checksum = str(told.get("ChecksumSHA256", "-"))
        # That of an object in parts is none of its content.
        return self._source.digest(original) if "-" in checksum else base64.b64decode(checksum).hex()


def side_by_side(do: Callable[[_Given], _Made], items: Sequence[_Given]) -> list[_Made]:
    """Do something with each of many, several at once; after the first that fails none is begun."""
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        return list(pool.map(do, items))
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def bucket_told_plainly() -> Iterator[None]:
    """Turn what botocore raises into a sentence.

    Raises:
        CommandError: The account has no bucket of ours.
        GridError: As ``told_plainly``.
    """
    from botocore.exceptions import ClientError

    with told_plainly():
        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchBucket", "404"}:
                raise CommandError("this AWS account has no bucket of ours yet; grid aws setup makes it") from None
            raise
