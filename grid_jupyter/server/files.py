"""Files to be saved: artifacts, logs, results. A browser is told never to show one as a page of Jupyter's."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from grid_jupyter.core.addresses import find_run, find_trial
from grid_jupyter.core.artifacts import bring
from grid_jupyter.core.logs import open_log
from grid_jupyter.core.saving import results_file
from grid_jupyter.core.store import Store, shown_path
from grid_jupyter.errors import StoreError, UnknownRunError

from . import shapes
from .logs import Log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.trial import Trial

CHUNK = 1 << 20


class Sent(ABC):
    """What is sent piece by piece, and the name that it is saved under."""

    def __init__(self, name: str, kind: str, size: int | None = None) -> None:
        self.name = name
        self.kind = kind
        self._size = size

    @property
    def headers(self) -> dict[str, str]:
        """What makes a browser save it and nothing else."""
        plain = "".join(
            char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in self.name
        )
        length = {} if self._size is None else {"Content-Length": str(self._size)}
        return length | {
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }

    @abstractmethod
    def next(self) -> bytes:
        """Return the next piece; nothing at the end."""

    @abstractmethod
    def close(self) -> None:
        """Close what is open."""


class Download(Sent):
    """An open file."""

    def __init__(self, file: BinaryIO, name: str, kind: str = "application/octet-stream") -> None:
        self._left = file.seek(0, os.SEEK_END)
        file.seek(0)
        super().__init__(name, kind, self._left)
        self._file = file

    def next(self) -> bytes:
        """Return the next piece; what was written since the size was told is left out."""
        piece = self._file.read(min(CHUNK, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def artifacts(run: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of the files that trials wrote."""
    offset, limit, trial = query["offset"], query["limit"], query["trial"]
    found = find_run(run).artifacts(query["match"] or None)
    files = [file for file in found if trial is None or file[0] == trial]
    return {
        "files": [
            {"trial": number, "path": path, "size": size} for number, path, size in files[offset : offset + limit]
        ],
        "page": shapes.page(offset, limit, len(files)),
        "size": sum(size for _, _, size in files),
    }


def artifact(run: str, number: int, path: str) -> Download:
    """Open a file that a trial wrote, if the store knows of it.

    Raises:
        UnknownRunError: It does not, or what lies there is no file of the trial's own.
    """
    trial = find_trial(f"{run}/{number}")
    with Store(trial.run.store_folder) as store:
        known = any(stored == path for _, stored, _ in store.artifacts(number))
    if known:
        bring(trial.run, [(number, path)])
    file = open_artifact(trial, path) if known else None
    if file is None:
        raise UnknownRunError(f"{trial} has no file {path!r}")
    return Download(file, path.rpartition("/")[2])


def open_artifact(trial: Trial, shown: str) -> BinaryIO | None:
    """Open a file that a trial wrote, if it is a regular one and lies there still; no link is followed."""
    folder = trial.artifacts
    with suppress(OSError, ValueError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        *parents, last = shown.split("/")
        try:
            for part in parents:
                descriptor = _step(descriptor, part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            # A pipe would wait for a writer.
            descriptor = _step(descriptor, last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return os.fdopen(os.dup(descriptor), "rb")
        finally:
            os.close(descriptor)
    return None


def _step(folder: int, shown: str, how: int) -> int:
    """Open what is in an open folder, which is closed; a name that is no UTF-8 is stored with escapes."""
    if shown in {"", ".", ".."}:
        raise FileNotFoundError(shown)
    name = shown
    if "\\" in shown:
        name = next((each for each in os.listdir(folder) if shown_path(each) == shown), shown)
    opened = os.open(name, how, dir_fd=folder)
    os.close(folder)
    return opened


def log(run: str, trial: str, query: Mapping[str, Any]) -> Download:
    """Open a log."""
    found = Log(run, trial, query["stream"], query["attempt"])
    name = f"{str(found.trial).replace('/', '-')}.{found.stream}.txt"
    try:
        return Download(open_log(found.path), name, "text/plain; charset=utf-8")
    except FileNotFoundError:
        return Download(BytesIO(), name, "text/plain; charset=utf-8")
    except OSError as error:
        raise StoreError(f"{found.path}: {error.strerror}") from error


def results(run: str, kind: str) -> Download:
    """Return the results of all trials as a file, the same as the command writes."""
    content = BytesIO(results_file(find_run(run), kind))
    return Download(content, f"{run}.{kind}", "text/csv; charset=utf-8" if kind == "csv" else "application/json")
