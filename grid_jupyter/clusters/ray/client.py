"""Ray's dashboard as methods: jobs, packages, files of the logs folders, nodes.

What was measured on Ray 2.60:

- A job that is submitted runs after 1 to 3 seconds; its first status is ``PENDING``, without a node. A stopped one is
  ``RUNNING`` for a moment more: its processes get SIGTERM, and SIGKILL 3 seconds later.
- An id that is taken is refused with status 500 and two tracebacks in one another, the inner of status 400.
- The dashboard takes up to 100 MiB in one request, and then answers 413.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grid_jupyter.errors import CommandError, CredentialError, ServiceError

from . import log_files
from .address import dashboard_address
from .answers import JobInfo, Node, Version
from .connection import Connection, reason_of
from .status import Status, read_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from .tokens import Token

MOST_IN_A_PACKAGE = 100 * 2**20
"""Bytes that a dashboard takes in one request, unless its cluster was started with another limit."""

_UPLOADING = 300.0
_NOT_FOUND, _TOO_LARGE, _FAULT, _BAD_REQUEST = 404, 413, 500, 400
_TAKEN = "already exists"
_NO_JOB = "does not exist"
_RUNS = "non-terminal state"
_MOST_NODES = 10_000  # of which the dashboard tells by default only the first hundred


class Client:
    """A Ray cluster, asked through its dashboard; for one thread at a time.

    Every method raises ``ServiceError`` where the dashboard does not answer as it should, and ``CredentialError`` where
    it wants another token.

    Args:
        address: As ``dashboard_address`` reads it.
        token: What lets requests in, where the cluster wants it.
    """

    def __init__(self, address: str, token: Token | None = None) -> None:
        self._connection = Connection(dashboard_address(address), token)

    @property
    def address(self) -> str:
        """Where the dashboard is."""
        return self._connection.address

    @property
    def token(self) -> Token | None:
        """What lets requests in."""
        return self._connection.token

    def renew(self, token: Token | None) -> None:
        """Send another token from now on."""
        self._connection.token = token

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def version(self) -> Version:
        """Return what the dashboard is of."""
        answer = self._connection.ask("GET", "/api/version", passing={_NOT_FOUND})
        about = _json(answer) if answer.ok else {}
        if not isinstance(about, dict) or "ray_version" not in about:
            raise ServiceError(
                f"what answers at {self.address} is no Ray dashboard that takes jobs: set address to one, usually port "
                "8265 of the head, and see that the cluster has ray[default] and not ray alone"
            )
        return Version(about["ray_version"], about.get("session_name") or "")

    def lets_all_in(self) -> bool:
        """Whether the dashboard answers also without a token."""
        try:
            self._connection.ask("GET", "/api/version", open_=True)
        except CredentialError:
            return False
        return True

    # Jobs

    def submit(
        self,
        job: str,
        entrypoint: str,
        *,
        runtime_env: Mapping[str, Any] | None = None,
        metadata: Mapping[str, str] | None = None,
        cpus: float = 0,
        resources: Mapping[str, float] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> bool:
        """Submit a job; ``False`` where there is one of that id already, which nothing is done to.

        Args:
            job: Its id: no slash, no blank.
            entrypoint: The command, for a shell on the cluster.
            runtime_env: What the driver and its tasks run in.
            metadata: Texts to find it by.
            cpus: CPUs that the driver holds; with none of them it need not wait for room.
            resources: What else it holds, by which it is placed.
            labels: What the labels of its node must be; from Ray 2.49.
        """
        asked: dict[str, Any] = {"submission_id": job, "entrypoint": entrypoint, "entrypoint_num_cpus": cpus}
        further = {
            "runtime_env": runtime_env,
            "metadata": metadata,
            "entrypoint_resources": resources,
            "entrypoint_label_selector": labels,
        }
        # A server refuses keys that it does not know.
        asked |= {name: dict(value) for name, value in further.items() if value}
        answer = self._connection.ask("POST", "/api/jobs/", passing={_BAD_REQUEST, _FAULT}, json=asked)
        if answer.ok:
            return True
        if _TAKEN in answer.text:
            return False
        raise ServiceError(f"the Ray cluster at {self.address} did not take the job: {reason_of(answer)}")

    def job(self, job: str) -> JobInfo | None:
        """Return how a job stands; ``None`` where there is none of that id."""
        answer = self._connection.ask("GET", _job_path(job), passing={_NOT_FOUND})
        if answer.status_code == _NOT_FOUND:
            if _NO_JOB in answer.text:  # else it is something before the dashboard, or in its place, that answers
                return None
            self._connection.refuse(answer)
        about = self._object(answer)
        return JobInfo(
            status=about["status"],
            message=about.get("message") or "",
            node=about.get("driver_node_id"),
            exit_code=about.get("driver_exit_code"),
            error=about.get("error_type"),
            metadata=about.get("metadata") or {},
        )

    def stop(self, job: str) -> bool:
        """Ask a job to end; ``False`` where it has ended some time ago, or is not there.

        One whose driver still waits for room goes on waiting, and ends as soon as it begins.
        """
        answer = self._connection.ask("POST", f"{_job_path(job)}/stop", passing={_NOT_FOUND})
        return answer.ok and bool(self._object(answer)["stopped"])

    def delete(self, job: str) -> bool:
        """Let Ray forget a job that has ended; ``False`` where it still runs.

        One that is not there is forgotten. Its log stays.
        """
        answer = self._connection.ask("DELETE", _job_path(job), passing={_NOT_FOUND, _FAULT})
        if answer.ok or answer.status_code == _NOT_FOUND:
            return True
        if _RUNS in answer.text:
            return False
        raise ServiceError(f"the Ray cluster at {self.address} did not delete the job: {reason_of(answer)}")

    # Packages

    def has_package(self, name: str) -> bool:
        """Whether the cluster has a package, ``gcs://NAME``; it then keeps it for ten minutes, in use or not."""
        answer = self._connection.ask("GET", _package_path(name), passing={_NOT_FOUND})
        return answer.ok

    def put_package(self, name: str, content: bytes) -> None:
        """Give the cluster a package, ``gcs://NAME``; it goes when no job has used it for ten minutes.

        Raises:
            CommandError: It is larger than the dashboard takes.
        """
        try:
            answer = self._connection.ask(
                "PUT", _package_path(name), passing={_TOO_LARGE}, seconds=_UPLOADING, data=content
            )
        except ServiceError:
            if len(content) <= MOST_IN_A_PACKAGE:
                raise
            answer = None  # old ones hang up instead of saying that it is too large
        if answer is None or answer.status_code == _TOO_LARGE:
            raise CommandError(
                f"{name}: {len(content) / 2**20:.0f} MB, and the Ray dashboard at {self.address} takes up to "
                f"{MOST_IN_A_PACKAGE // 2**20} in one piece; leave large files out with .gridignore"
            )

    # Files

    def log_file(self, node: str, path: str, *, seconds: float = 60.0) -> bytes | None:
        """Return a file below a node's folder of logs; ``None`` where there is no such file, or where it is empty.

        A file that grows comes as it was when the reading began.

        Args:
            node: The node's id.
            path: Relative to the folder ``logs`` of the session.
            seconds: How long all of it may take.

        Raises:
            NodeGoneError: The node is no more, or has not quite started.
        """
        return log_files.read(self._connection, node, path, seconds)

    def download_log(self, node: str, path: str, target: str) -> bool:
        """Write such a file to one here, as it comes; say whether there is such a file, and it is not empty.

        Raises:
            NodeGoneError: The node is no more, or has not quite started.
        """
        return log_files.download(self._connection, node, path, Path(target))

    # Nodes

    def nodes(self) -> list[Node]:
        """Return the nodes that are alive, the head first."""
        alive = {"filter_keys": "state", "filter_predicates": "=", "filter_values": "ALIVE"}
        answer = self._connection.ask("GET", "/api/v0/nodes", params={"detail": 1, "limit": _MOST_NODES, **alive})
        rows = self._object(answer)["data"]["result"]["result"]
        found = [
            Node(row["node_id"], row["node_ip"], bool(row["is_head_node"]), row["resources_total"], row["labels"] or {})
            for row in rows
            if row["state"] == "ALIVE"
        ]
        return sorted(found, key=lambda node: (not node.head, node.id))

    def status(self) -> Status | None:
        """Return what is used and what waits; ``None`` while the cluster does not tell, in its first seconds.

        It is up to five seconds old.
        """
        answer = self._connection.ask("GET", "/api/cluster_status", params={"format": 1})
        return read_status(self._object(answer)["data"]["clusterStatus"] or "")

    def _object(self, answer: requests.Response) -> Any:  # noqa: ANN401  (JSON)
        about = _json(answer)
        if not isinstance(about, dict) or about.get("result") is False:
            told = about.get("msg") if isinstance(about, dict) else None
            raise ServiceError(f"the Ray dashboard at {self.address} did not answer as Ray's do: {told or 'no JSON'}")
        return about


def _json(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def _job_path(job: str) -> str:
    return f"/api/jobs/{quote(job, safe='')}"


def _package_path(name: str) -> str:
    return f"/api/packages/gcs/{quote(name, safe='')}"
