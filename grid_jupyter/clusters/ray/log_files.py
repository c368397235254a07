"""Files below the folder of logs of any node, as a dashboard gives them: the one way to what lies on a cluster.

What was measured on Ray 2.60:

- A node's files can be asked for while its agent is up: any file below the folder ``logs`` of the session, however
  deep, byte for byte, also what a link in it leads to. A file that is not there, a folder, and a node that is gone all
  answer 500, each with a sentence of its own. Of a node that was just lost it is a failed call, for a second or more.
- One in ten questions for a file that is not there is answered as for an empty one, with status 200: the agent tells of
  it in the first metadata of a call, which the dashboard now and then does not see. So an empty answer means nothing,
  and an empty file cannot be told from none. Files that are there came whole each time.

Ray 2.40 says 200 before it looks, and tells of a failure behind what it has sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.errors import ServiceError

from .connection import reason_of

if TYPE_CHECKING:
    from pathlib import Path

    import requests

    from .connection import Connection

_FAULT = 500
_SILENT = 60.0
_DOWNLOADING = 3600.0
_NO_FILE = "file is not found"
_NO_NODE = "Agent for node id"
_MARK = b"[get_logs] Fetch log error: "
_LONGEST = 4096  # bytes of a failure that is told behind a file


class NodeGoneError(ServiceError):
    """The node that was asked for is no more, or has not quite started."""


def read(connection: Connection, node: str, path: str, seconds: float) -> bytes | None:
    """Return a file's content; ``None`` where there is no such file, or where it is empty.

    Args:
        connection: The way to the dashboard.
        node: The node's id.
        path: Relative to the folder of logs.
        seconds: How long all of it may take.

    Raises:
        NodeGoneError: The node is no more, or has not quite started.
        ServiceError: It cannot be told.
    """
    answer = _ask(connection, node, path, seconds)
    content: bytes = answer.content
    return content if _came(answer, content, node) else None


def download(connection: Connection, node: str, path: str, target: Path) -> bool:
    """Write a file's content to a file here, as it comes; say whether there is such a file, and it is not empty.

    Raises:
        NodeGoneError: The node is no more, or has not quite started.
        ServiceError: It cannot be told.
    """
    answer = _ask(connection, node, path, _DOWNLOADING, stream=True)
    last, new = b"", target.with_name(f"{target.name}.part")
    try:
        with new.open("wb") as file:
            for piece in connection.pieces(answer) if answer.ok else ():
                file.write(piece)
                last = (last + piece)[-_LONGEST:]
        if _came(answer, last, node):
            new.replace(target)
            return True
    finally:
        new.unlink(missing_ok=True)
    return False


def _ask(connection: Connection, node: str, path: str, seconds: float, *, stream: bool = False) -> requests.Response:
    asked = {
        "node_id": node,
        "filename": path,
        "lines": -1,
        "timeout": max(1, int(seconds)),
        "format": "text",  # else Ray 2.40 writes a 1 in front of each piece; newer ones do not read it
    }
    silent = min(seconds + 5, _SILENT)
    return connection.ask("GET", "/api/v0/logs/file", passing={_FAULT}, seconds=silent, params=asked, stream=stream)


def _came(answer: requests.Response, content: bytes, node: str) -> bool:
    """Whether a file has come, of which ``content`` is the last."""
    failure = _failure(answer, content)
    if failure is None:
        return bool(content)
    if _NO_NODE in failure:
        raise NodeGoneError(f"the node {node[:8]} of the Ray cluster is gone")
    if _NO_FILE not in failure:
        raise ServiceError(f"the node {node[:8]} of the Ray cluster did not answer: {failure}")
    return False


def _failure(answer: requests.Response, content: bytes) -> str | None:
    if not answer.ok:
        return reason_of(answer)
    if "Content-Disposition" in answer.headers:  # which Ray 2.40 does not send
        return None
    _, mark, told = content[-_LONGEST:].rpartition(_MARK)
    return told.decode(errors="replace") if mark else None
