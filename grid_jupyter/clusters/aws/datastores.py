"""The datastores of an AWS account, in its bucket.

A number is given by an ``about.json`` that is written once, and says what it was given to. A version is there once its
manifest is, which comes last: a creation that was cut off goes on where it was when it is asked for again.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.datastores.local import LocalDatastores
from grid_jupyter.core.datastores.place import Created
from grid_jupyter.core.datastores.s3_source import S3Source
from grid_jupyter.core.datastores.sources import FolderSource
from grid_jupyter.core.datastores.version import File, Version, identity_of, manifest_of
from grid_jupyter.core.home import grid_home
from grid_jupyter.core.progress import Progress, untold
from grid_jupyter.errors import CommandError
from grid_jupyter.remote.agent.layout import datastore_prefix

from .cloud import Cloud
from .sending import Copier, Uploader, bucket_told_plainly, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grid_jupyter.core.datastores.sources import Source, SourceFile
    from grid_jupyter.core.settings import Settings
    from grid_jupyter.remote.agent.bucket import Bucket

    from .sending import Sender


def open_place(settings: Settings, credential: str | None = None) -> BucketDatastores:
    """Return the datastores of the account that a credential leads to.

    Raises:
        CredentialError: The credential cannot be used.
    """
    return BucketDatastores(Cloud.open(settings, credential).bucket)


def ensure_in_bucket(cloud: Cloud, name: str, number: int, tell: Callable[[str], None] = untold) -> None:
    """See that a version of a datastore is in the bucket; send the one of this machine if it is not.

    Args:
        cloud: The account.
        name: The datastore's name.
        number: The version's number.
        tell: Is told how far it is.

    Raises:
        CommandError: It is neither there nor here, or another content has that number there.
        GridError: It cannot be sent.
    """
    place = BucketDatastores(cloud.bucket)
    if not place.has(name, number):
        place.send(name, number, tell)


@dataclass(frozen=True)
class _Wish:
    """What is to become a version.

    Attributes:
        source: What it is made from, in words.
        claim: What tells it from another content before it is sent.
        files: Its files; digests are empty where they come with the sending.
        sender: Sends one.
    """

    source: str
    claim: str
    files: Sequence[File]
    sender: Sender

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


class BucketDatastores:
    """Keeps datastores in a bucket; several people may at once.

    Args:
        bucket: The bucket.
    """

    remote = True

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    @property
    def told(self) -> str:
        """Where that is, in words."""
        return "in the account's bucket"

    def names(self) -> Sequence[str]:
        """Return the names of all datastores that have a version, in order."""
        with bucket_told_plainly():
            return [name for name in self._bucket.folders("datastores/") if self.versions(name)]

    def versions(self, name: str) -> Sequence[Version]:
        """Return the versions of a datastore, oldest first; two or three calls for each."""
        with bucket_told_plainly():
            numbers = [number for number in self._numbers(name) if self.has(name, number)]
            return [Version.from_json(about) for number in numbers if (about := self._about(name, number))]

    def has(self, name: str, number: int) -> bool:
        """Whether a version is there, whole."""
        with bucket_told_plainly():
            return self._bucket.has(datastore_prefix(name, number) + "manifest.json")

    def create(self, name: str, source: Source, tell: Callable[[str], None] = untold) -> Created:
        """Keep what is in a source as the next version, unless the newest has the same content."""
        with bucket_told_plainly():
            wish = self._wish(name, source, tell)
            newest = next(reversed(self.versions(name)), None)
            if newest and wish.claim in (newest.identity, (self._about(name, newest.number) or {}).get("claim")):
                return Created(newest, new=False)
            made = self._send(self._claimed(name, wish), wish, tell)
            if newest and newest.identity == made.identity:
                self.delete(made)
                return Created(newest, new=False)
            return Created(made, new=True)

    def send(self, name: str, number: int, tell: Callable[[str], None] = untold) -> None:
        """Send a version of this machine, which keeps its number.

        Raises:
            CommandError: It is not here, or another content has that number there.
        """
        here = LocalDatastores(grid_home())
        version = next((one for one in here.versions(name) if one.number == number), None)
        if version is None:
            raise CommandError(f"there is no datastore {name}:{number} {self.told} or {here.told}")
        files = here.files(version)
        folder = here.folder(version.label)
        places = {file.path: folder / file.path for file in files}
        wish = _Wish(version.source, version.identity, files, Uploader(self._bucket, places))
        with bucket_told_plainly():
            draft = self._draft(name, number, wish)
            if not self._take(draft, wish) and (self._about(name, number) or {}).get("claim") != wish.claim:
                raise CommandError(
                    f"{version.label} {self.told} has another content than {here.told}; make the next version there: "
                    f"grid datastore create {name} SOURCE --cluster aws"
                )
            self._send(draft, wish, tell)

    def delete(self, version: Version) -> None:
        """Remove a version; its number is never given to another content."""
        prefix = datastore_prefix(version.name, version.number)
        with bucket_told_plainly():
            self._bucket.delete(prefix + "manifest.json")
            self._bucket.delete(prefix + "data/")

    def _wish(self, name: str, source: Source, tell: Callable[[str], None]) -> _Wish:
        if isinstance(source, FolderSource):
            progress = Progress(tell, f"{name} is read", len(source.files), sum(file.size for file in source.files))
            files = side_by_side(partial(_read, source, progress), source.files)
            return _Wish(source.told, identity_of(files), files, Uploader.of(self._bucket, source))
        assert isinstance(source, S3Source)  # noqa: S101  (there is no third kind)
        files = [File(file.path, file.size, "") for file in source.files]
        claim = identity_of(File(file.path, file.size, file.stamp) for file in source.files)
        return _Wish(source.told, claim, files, Copier(self._bucket, source))

    def _claimed(self, name: str, wish: _Wish) -> Version:
        """Give the wish a number: a new one, or that of the last creation if it was of this and was cut off."""
        while True:
            last = max(self._numbers(name), default=0)
            if last and not self.has(name, last):
                about = self._about(name, last)
                if about and about["claim"] == wish.claim:
                    return Version.from_json(about)
            # A number that this machine has given is left out: it means something else here.
            draft = self._draft(name, max(last, LocalDatastores(grid_home()).last_number(name)) + 1, wish)
            if self._take(draft, wish):
                return draft

    @staticmethod
    def _draft(name: str, number: int, wish: _Wish) -> Version:
        return Version(name, number, time.time(), wish.source, wish.claim, wish.size, len(wish.files))

    def _take(self, draft: Version, wish: _Wish) -> bool:
        """Take a number; say whether it was free."""
        key = datastore_prefix(draft.name, draft.number) + "about.json"
        return self._bucket.put_once(key, _about_of(draft, wish))

    def _send(self, draft: Version, wish: _Wish, tell: Callable[[str], None]) -> Version:
        """Send what is not there yet, and show the version."""
        prefix = datastore_prefix(draft.name, draft.number)
        data = f"{prefix}data/"
        there = {item.key[len(data) :]: item.size for item in self._bucket.list(data)}
        progress = Progress(tell, f"{draft.label} is sent", len(wish.files), wish.size)

        def send(file: File) -> File:
            digest = wish.sender.send(file, data + file.path, again=there.get(file.path) != file.size)
            progress.add(file.size, 1)
            return file._replace(sha256=digest)

        files = side_by_side(send, wish.files)
        made = replace(draft, identity=identity_of(files))
        self._bucket.put(f"{prefix}about.json", _about_of(made, wish))
        self._bucket.put(f"{prefix}manifest.json", manifest_of(files))
        return made

    def _numbers(self, name: str) -> list[int]:
        """All numbers that were ever given, in order."""
        return sorted(int(number) for number in self._bucket.folders(f"datastores/{name}/") if number.isdigit())

    def _about(self, name: str, number: int) -> dict[str, Any] | None:
        content = self._bucket.get(datastore_prefix(name, number) + "about.json")
        return None if content is None else dict(json.loads(content))


def _read(source: FolderSource, progress: Progress, file: SourceFile) -> File:
    digest = source.digest(file)
    progress.add(file.size, 1)
    return File(file.path, file.size, digest)


def _about_of(version: Version, wish: _Wish) -> bytes:
    return json.dumps({**version.to_json(), "claim": wish.claim}).encode()
