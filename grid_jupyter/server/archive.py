"""All files that trials wrote as one, made while it is sent: it is never held, on the disk or in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

from grid_jupyter.core.addresses import find_run
from grid_jupyter.errors import UnknownRunError

from .files import CHUNK, Sent, open_artifact

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from grid_jupyter.core.run import Run


class Archive(Sent):
    """A ZIP file, with a folder for each trial; what is gone by now is left out."""

    def __init__(self, run: Run, files: Sequence[tuple[int, str, int]], name: str) -> None:
        super().__init__(name, "application/zip")
        self._pieces = self._made(run, files)

    def next(self) -> bytes:
        """Return the next piece; nothing at the end."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Close what is being packed."""
        self._pieces.close()

    @staticmethod
    def _made(run: Run, files: Sequence[tuple[int, str, int]]) -> Generator[bytes]:
        sink = _Sink()
        with ZipFile(sink, "w") as packed:
            for number, path, _ in files:
                file = open_artifact(run[number], path)
                if file is None:
                    continue
                # Some systems take a backslash for a slash, and then it could lead out of the folder.
                info = ZipInfo(f"{run.name}-exp{number}/" + path.replace("\\", "_"))
                with file, packed.open(info, "w", force_zip64=True) as entry:
                    while piece := file.read(CHUNK):
                        entry.write(piece)
                        yield sink.taken()
        yield sink.taken()


class _Sink:
    """Takes what is written until it is sent."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is nothing to wait for."""

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def taken(self) -> bytes:
        """Return what was written since it was last asked."""
        taken = b"".join(self._written)
        self._written.clear()
        return taken


def archive(name: str, query: Mapping[str, Any]) -> Archive:
    """Return the files that trials wrote, packed; those of one trial, or that match a pattern.

    Raises:
        UnknownRunError: There are none.
    """
    run, trial, match = find_run(name), query["trial"], query["match"]
    files = [file for file in run.artifacts(match or None) if trial is None or file[0] == trial]
    if not files:
        raise UnknownRunError(f"{name} has no files{f' that match {match}' if match else ''}")
    return Archive(run, files, f"{name}.zip" if trial is None else f"{name}-exp{trial}.zip")
