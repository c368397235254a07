"""Objects of a bucket of anybody's as what a version is made from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.boto import open_session, told_plainly
from grid_jupyter.errors import CommandError, StoreError

from .sources import S3, SourceFile, check_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grid_jupyter.core.settings import Settings

_CHUNK = 1 << 20
_GONE = frozenset(("404", "NoSuchKey", "412", "PreconditionFailed"))


class S3Source:
    """The objects whose keys begin with a prefix, as folders do; or the one object of that key.

    Args:
        told: What the user has called it: ``s3://BUCKET/PREFIX``.
        client: A boto3 client of S3.

    Attributes:
        bucket: The bucket's name.

    Raises:
        CommandError: There are none, or they are called as no file can be.
        GridError: AWS does not give them.
    """

    def __init__(self, told: str, client: Any) -> None:  # noqa: ANN401  (made at run time)
        place = told.removeprefix(S3).strip("/")
        self.told = S3 + place
        self.client = client
        self.bucket, _, prefix = place.partition("/")
        if not self.bucket:
            raise CommandError(f"{told}: there is no bucket's name in it; write s3://BUCKET/PREFIX")
        with told_plainly():
            self.files: Sequence[SourceFile] = sorted(self._listed(prefix))
        if not self.files:
            raise CommandError(f"{told} holds no objects; look with aws s3 ls {told}")
        for file in self.files:
            check_path(self.told, file.path)

    @classmethod
    def open(cls, told: str, settings: Settings, credential: str | None) -> S3Source:
        """Return the objects that a credential of the user's may read."""
        from botocore.config import Config

        config = Config(retries={"mode": "adaptive", "max_attempts": 8}, max_pool_connections=20)
        return cls(told, open_session(settings, credential).client("s3", config=config))

    def copy(self, file: SourceFile, target: Path) -> str:
        """Copy an object's content to a new file; return its SHA-256."""
        with target.open("xb") as writing:
            return self._read(file, writing.write)

    def digest(self, file: SourceFile) -> str:
        """Return the SHA-256 of an object's content."""
        return self._read(file, len)

    def _read(self, file: SourceFile, take: Any) -> str:  # noqa: ANN401
        from botocore.exceptions import ClientError

        digest = hashlib.sha256()
        try:
            with told_plainly():
                try:
                    answer = self.client.get_object(Bucket=self.bucket, Key=file.place, IfMatch=file.stamp)
                    for chunk in answer["Body"].iter_chunks(_CHUNK):
                        digest.update(chunk)
                        take(chunk)
                except ClientError as error:
                    if error.response["Error"]["Code"] in _GONE:
                        raise StoreError(
                            f"{S3}{self.bucket}/{file.place} was changed while it was read; say it again"
                        ) from None
                    raise
        except OSError as error:
            raise StoreError(f"{file.path} cannot be written: {error.strerror or error}") from error
        return digest.hexdigest()

    def _listed(self, prefix: str) -> Iterator[SourceFile]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for found in (found for page in pages for found in page.get("Contents", ())):
            key: str = found["Key"]
            if key == prefix:
                path = key.rpartition("/")[2]
            elif not prefix or key.startswith(f"{prefix}/"):
                path = key[len(prefix) :].removeprefix("/") if prefix else key
            else:
                continue  # PREFIX2/… begins so too
            if not key.endswith("/"):  # what consoles make for an empty folder
                yield SourceFile(path, found["Size"], key, found["ETag"])
