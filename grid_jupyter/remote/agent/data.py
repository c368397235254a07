"""Datastores: data sets that are kept elsewhere, of which a machine has one copy for all of its trials."""

from __future__ import annotations

import hashlib
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from .artifacts import SMALL
from .patience import patiently
from .problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .machine import Cache
    from .objects import Objects

_AT_ONCE = 16


class Datastores:
    """The datastores that a trial reads.

    Args:
        objects: Have them.
        cache: What the containers of the machine share.
    """

    def __init__(self, objects: Objects, cache: Cache) -> None:
        self._objects = objects
        self._cache = cache

    def fetch(self, name: str, version: object) -> Path:
        """Return the folder with a version of a datastore, which is not to be changed.

        Raises:
            Problem: It is not there, or is damaged there.
        """

        def make(place: Path) -> None:
            self._copy(f"datastores/{name}/{version}/", f"{name}:{version}", place)

        return self._cache.once("datastores", f"{name}.{version}", make)

    def _copy(self, prefix: str, called: str, place: Path) -> None:
        manifest = patiently(lambda: self._objects.get(prefix + "manifest.json"))
        if manifest is None:
            raise Problem(f"the datastore {called} is not in the bucket; make it with grid datastore create")
        files = json.loads(manifest)["files"]

        def fetch(file: tuple[str, int, str]) -> None:
            path, size, digest = file
            target = _inside(place, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():  # an agent that was killed has fetched it
                return
            draft = target.with_name(f".{target.name}.grid")
            patiently(lambda: self._download(f"{prefix}data/{path}", size, draft))
            if not draft.exists() or draft.stat().st_size != size or _sha256(draft) != digest:
                raise Problem(f"{path} of the datastore {called} is damaged; make a new version of it")
            draft.chmod(0o444)
            draft.rename(target)

        place.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(fetch, files):
                pass

    def _download(self, key: str, size: int, draft: Path) -> None:
        if size >= SMALL:
            self._objects.download(key, str(draft))
        else:  # in one request, without the threads that parts take
            content = self._objects.get(key)
            if content is not None:
                draft.write_bytes(content)


def mount(data: Path, directory: Path, where: str) -> Path:
    """Make a folder appear where a trial looks for it; return where that is.

    Args:
        data: The folder.
        directory: The trial's working directory.
        where: An absolute path, or one below the working directory.

    Raises:
        Problem: Something else is there, or nothing can be made there.
    """
    place = Path(os.path.normpath(directory / where))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():
            place.unlink()
        elif place.is_dir():
            place.rmdir()
        place.symlink_to(data)
    except OSError as error:
        raise Problem(
            f"the datastore cannot be mounted at {where}: {error.strerror}; choose another with --datastore_mount_dir"
        ) from error
    return place


def filled_in(text: str, folders: Mapping[str, Path]) -> str:
    """Return a text with the folder in place of each ``grid:NAME:VERSION``, by ``NAME:VERSION``."""
    if not folders:
        return text
    names = "|".join(re.escape(name) for name in folders)
    return re.sub(rf"(?<![\w.-])grid:({names})(?![\w-])", lambda found: str(folders[found.group(1)]), text)


def _inside(place: Path, path: str) -> Path:
    target = Path(os.path.normpath(place / path))
    if place not in target.parents:
        raise Problem(f"the datastore has a file {path}, which would lie outside of it")
    return target


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while True:
            content = file.read(1 << 20)
            if not content:
                return digest.hexdigest()
            digest.update(content)
