"""A bucket of S3, as little of it as is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .objects import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING = ("404", "NoSuchKey", "NotFound")
_UNCHANGED = ("304", "NotModified")
_THERE_ALREADY = ("412", "PreconditionFailed", "ConditionalRequestConflict")


class Bucket:
    """A bucket of a known account: of anybody else's bucket of that name AWS gives and takes nothing.

    Calls raise what botocore raises.

    Args:
        client: A boto3 client of S3.
        name: The bucket's name.
        owner: The number of the account that it must belong to; empty where that is not known.
    """

    def __init__(self, client: Any, name: str, owner: str = "") -> None:  # noqa: ANN401  (made at run time)
        self.client = client
        self.name = name
        self.owner = owner
        self._of = {"ExpectedBucketOwner": owner} if owner else {}
        self._place = {"Bucket": name, **self._of}

    def exists(self) -> bool:
        """Whether there is such a bucket."""
        with _Expecting((*_MISSING, "NoSuchBucket")):
            self.client.head_bucket(**self._place)
            return True
        return False

    def put(self, key: str, content: bytes) -> None:
        """Write an object, whatever was there."""
        self.client.put_object(Key=key, Body=content, **self._place)

    def put_once(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one; say whether it was written."""
        with _Expecting(_THERE_ALREADY) as there:
            self.client.put_object(Key=key, Body=content, IfNoneMatch="*", **self._place)
        return not there.seen

    def get(self, key: str) -> bytes | None:
        """Return an object's content; ``None`` where there is none."""
        with _Expecting(_MISSING):
            return bytes(self.client.get_object(Key=key, **self._place)["Body"].read())
        return None

    def get_changed(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Return an object's content and ETag; ``None`` where there is none, or none with another ETag."""
        condition = {"IfNoneMatch": etag} if etag else {}
        with _Expecting(_MISSING + _UNCHANGED):
            answer = self.client.get_object(Key=key, **condition, **self._place)
            return bytes(answer["Body"].read()), str(answer["ETag"])
        return None

    def has(self, key: str) -> bool:
        """Whether there is an object of that key."""
        with _Expecting(_MISSING):
            self.client.head_object(Key=key, **self._place)
            return True
        return False

    def list(self, prefix: str, after: str | None = None) -> Iterator[Item]:
        """Yield the objects whose keys start so, in the order of their keys; a call for each 1,000.

        Args:
            prefix: How keys start.
            after: A key behind which to begin.
        """
        more: dict[str, str] = {"StartAfter": after} if after else {}
        while True:
            answer = self.client.list_objects_v2(Prefix=prefix, **more, **self._place)
            for found in answer.get("Contents", []):
                yield Item(found["Key"], found["ETag"], found["Size"])
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield what comes next in keys that start so, up to a slash; a call for each 1,000."""
        more: dict[str, str] = {}
        while True:
            answer = self.client.list_objects_v2(Prefix=prefix, Delimiter="/", **more, **self._place)
            for found in answer.get("CommonPrefixes", []):
                yield str(found["Prefix"])[len(prefix) : -1]
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def upload(self, path: str, key: str) -> None:
        """Write a file's content, in parts where it is large."""
        self.client.upload_file(path, self.name, key, ExtraArgs=self._of)

    def download(self, key: str, path: str) -> bool:
        """Write an object's content to a file, in parts where it is large; say whether there is one."""
        with _Expecting(_MISSING):
            self.client.download_file(self.name, key, path, ExtraArgs=self._of)
            return True
        return False

    def delete(self, prefix: str) -> int:
        """Delete all objects whose keys start so, 1,000 a call; return how many there were."""
        keys = [item.key for item in self.list(prefix)]
        for first in range(0, len(keys), 1000):
            chosen = [{"Key": key} for key in keys[first : first + 1000]]
            self.client.delete_objects(Delete={"Objects": chosen, "Quiet": True}, **self._place)
        return len(keys)


class _Expecting:
    """Lets errors of some codes pass.

    Attributes:
        seen: Whether there was one.
    """

    def __init__(self, codes: tuple[str, ...]) -> None:
        self._codes = codes
        self.seen = False

    def __enter__(self) -> _Expecting:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        from botocore.exceptions import ClientError

        self.seen = isinstance(error, ClientError) and error.response["Error"]["Code"] in self._codes
        return self.seen
