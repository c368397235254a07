"""AWS Batch's jobs, asked for no more often than its limits leave room for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.errors import GridError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .cloud import Cloud

RATE = 20.0
"""Calls a second at most; the account, with all who use it, has 50."""

LARGEST_ARRAY = 10_000
"""How many trials one job holds at most."""

_PAGE = 100  # the most that DescribeJobs takes
_LOST = ("RequestTimeout", "RequestTimeoutException", "InternalError", "InternalFailure", "ServerException")


class UncertainError(ServiceError):
    """A job may have been submitted or not: the answer was lost."""


class Throttle:
    """Lets so many calls a second pass, and makes further ones wait."""

    def __init__(self, rate: float = RATE) -> None:
        self._rate = rate
        self._free = rate
        self._looked = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._lock:
            now = time.monotonic()
            self._free = min(self._rate, self._free + (now - self._looked) * self._rate) - 1
            self._looked = now
            ahead = -self._free / self._rate
        if ahead > 0:
            time.sleep(ahead)


_throttle = Throttle()


class JobState(NamedTuple):
    """What a listing tells of one job, or of one of an array's."""

    id: str
    position: int
    status: str
    reason: str | None
    exit_code: int | None


class Jobs:
    """The jobs of one account.

    Calls raise ``GridError``, with a sentence.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._submitting = cloud.client("batch", attempts=1)

    def submit(self, **request: Any) -> str:  # noqa: ANN401  (as boto3 takes them)
        """Submit a job and return its id.

        Raises:
            UncertainError: It is not known whether that was done.
            GridError: It was not done.
        """
        from botocore import exceptions

        try:
            answer = self._call(self._submitting.submit_job, **request)
        except GridError as error:
            cause = error.__context__
            code = cause.response["Error"]["Code"] if isinstance(cause, exceptions.ClientError) else None
            status = cause.response["ResponseMetadata"]["HTTPStatusCode"] if code else 0  # type: ignore[union-attr]
            unanswered = isinstance(cause, exceptions.HTTPClientError | exceptions.ConnectionError)
            if unanswered or code in _LOST or status >= 500:
                raise UncertainError(str(error)) from None
            raise
        return str(answer["jobId"])

    def find(self, queue: str, name: str) -> str | None:
        """Return the id of the job of that name in a queue, where there is one."""
        request = {"jobQueue": queue, "filters": [{"name": "JOB_NAME", "values": [name]}]}
        return next((job["jobId"] for job in self._pages(request)), None)

    def describe(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return all that Batch knows of jobs, by id; one that it does not know is left out."""
        found: dict[str, Mapping[str, Any]] = {}
        for first in range(0, len(ids), _PAGE):
            answer = self._call(self._cloud.batch.describe_jobs, jobs=list(ids[first : first + _PAGE]))
            found |= {job["jobId"]: job for job in answer["jobs"]}
        return found

    def children(self, array: str, status: str) -> Iterator[JobState]:
        """Yield the jobs of an array that have a status, a call for each 1,000."""
        for job in self._pages({"arrayJobId": array, "jobStatus": status}):
            index = job.get("arrayProperties", {}).get("index", int(job["jobId"].rpartition(":")[2] or 0))
            code = job.get("container", {}).get("exitCode")
            yield JobState(job["jobId"], index, job["status"], job.get("statusReason"), code)

    def terminate(self, id: str, reason: str) -> None:  # noqa: A002
        """Ask a job to end; an array ends with all of its jobs."""
        self._call(self._cloud.batch.terminate_job, jobId=id, reason=reason)

    def _pages(self, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        more: dict[str, str] = {}
        while True:
            answer = self._call(self._cloud.batch.list_jobs, maxResults=1000, **request, **more)
            yield from answer["jobSummaryList"]
            if not (token := answer.get("nextToken")):
                return
            more = {"nextToken": token}

    def _call(self, call: Callable[..., Any], **request: Any) -> Any:  # noqa: ANN401
        _throttle.wait()
        with told_plainly():
            return call(**request)
