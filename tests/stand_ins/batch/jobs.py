"""Submitting, describing, listing and stopping jobs."""

import json
import re
import time
import uuid

from .definitions import check_environment, check_retry, check_timeout
from .errors import Refused
from .job import STATES, Job
from .line import Line

# "It can be up to 128 letters long. The first character must be alphanumeric, can contain uppercase and lowercase
# letters, numbers, hyphens (-), and underscores (_)." – model, SubmitJob
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
# "Maximum payload size for SubmitJob operations: 30 KiB" – user guide, quotas.
MOST_BYTES = 30 * 1024
# ECS: "containerOverrides … up to 8192 characters are allowed" (RunTask).
MOST_OVERRIDES = 8192
# Of a page: "When --job-status is used, Batch returns up to 1000 values. When --filters is used, Batch returns
# up to 100 values." – model, ListJobs
PAGE, FILTERED_PAGE = 1000, 100


class Jobs:
    """All jobs by id, and which of them are still to do something.

    Args:
        settings: What tests set.
        resources: The queues.
        definitions: The job definitions.
        stop: Stops the container of a job.

    Attributes:
        fresh: The jobs that are SUBMITTED.
        waiting: Those that are RUNNABLE, by queue.
        busy: Those that have a container.
    """

    def __init__(self, settings, resources, definitions, stop):
        self._settings, self._resources, self._definitions, self._stop = settings, resources, definitions, stop
        self.all = {}
        self.fresh = {}
        self.waiting = {}
        self.busy = {}

    def line(self, queue):
        """Return the RUNNABLE jobs of a queue."""
        return self.waiting.setdefault(queue, Line())

    # Submitting

    def submit_job(self, request):
        queue = self._resources.find(self._resources.queues, request["jobQueue"])
        if queue is None:
            raise Refused(f"JobQueue {request['jobQueue']} not found.")
        # "If the job queue state is DISABLED, new jobs can't be added to the queue." – model
        if not queue.usable:
            raise Refused(f"JobQueue {request['jobQueue']} is not in VALID state or is DISABLED.")
        definition = self._definitions.find(request["jobDefinition"])
        self._check(request)
        size = request.get("arrayProperties", {}).get("size")
        arn = queue.detail["jobQueueArn"]
        job_id = str(uuid.uuid4())
        job = Job(job_id, self._settings.arn(f"job/{job_id}"), request, definition, arn)
        for index in range(size or 0):
            job.add(Job(f"{job_id}:{index}", f"{job.arn}:{index}", request, definition, arn, job, index))
        for one in (job, *job.children):
            self.all[one.id] = one
        self.fresh |= {one.id: one for one in job.children or [job]}
        return {"jobArn": job.arn, "jobName": job.name, "jobId": job.id}

    @staticmethod
    def _check(request):
        if not NAME.fullmatch(request["jobName"]):
            raise Refused(f"jobName {request['jobName']} is not valid")
        if len(json.dumps(request).encode()) > MOST_BYTES:
            raise Refused("the request is larger than 30 KiB")
        overrides = request.get("containerOverrides", {})
        if len(json.dumps(overrides)) > MOST_OVERRIDES:
            raise Refused(f"Container Overrides length must be at most {MOST_OVERRIDES}")
        check_environment(overrides.get("environment", []))
        check_retry(request.get("retryStrategy"))
        check_timeout(request.get("timeout"))
        size = request.get("arrayProperties", {}).get("size")
        # "The array size can be between 2 and 10,000." – model
        if size is not None and not 2 <= size <= 10_000:
            raise Refused("Array size must be between 2 and 10000")

    # Looking

    def _visible(self, job):
        first = job.parent or job
        return time.monotonic() - first.born >= self._settings.visible_seconds

    def describe_jobs(self, request):
        # "A list of up to 100 job IDs." – model
        if len(request["jobs"]) > 100:
            raise Refused("Too many jobs: a list of up to 100 job IDs")
        found = [self.all.get(job_id.rpartition("/")[2]) for job_id in request["jobs"]]
        return {"jobs": [job.detail() for job in found if job and self._visible(job)]}

    def list_jobs(self, request):
        # "You must specify only one of the following items: A job queue ID …, a multi-node parallel job ID …, an array
        # job ID" – model
        if ("jobQueue" in request) == ("arrayJobId" in request):
            raise Refused("exactly one of jobQueue and arrayJobId must be specified")
        found = [job for job in self._listed(request) if self._visible(job)]
        filters = request.get("filters", [])
        if len(filters) > 1:
            raise Refused("Only one filter can be used at a time.")
        if filters:
            # "When the filter is used, jobStatus is ignored … The filter doesn't apply to child jobs … sorted by the
            # createdAt field, with the most recent jobs being first." – model
            found = [job for job in found if job.parent or _matches(filters[0], job)]
            found.sort(key=lambda job: -job.number)
        else:
            # "If you don't specify a status, only RUNNING jobs are returned." – model
            found = [job for job in found if job.status == request.get("jobStatus", "RUNNING")]
        most = FILTERED_PAGE if filters else PAGE
        start, most = int(request.get("nextToken", 0)), min(request.get("maxResults", most), most)
        answer = {"jobSummaryList": [job.summary() for job in found[start : start + most]]}
        if start + most < len(found):
            answer["nextToken"] = str(start + most)
        return answer

    def _listed(self, request):
        if "arrayJobId" in request:
            parent = self.all.get(request["arrayJobId"])
            return parent.children if parent else []
        queue = self._resources.find(self._resources.queues, request["jobQueue"])
        if queue is None:
            raise Refused(f"JobQueue {request['jobQueue']} does not exist")
        arn = queue.detail["jobQueueArn"]
        return [job for job in self.all.values() if job.queue == arn and not job.parent]

    def get_job_queue_snapshot(self, request):
        # "The list of the first 100 RUNNABLE jobs … For first-in-first-out (FIFO) job queues, jobs are ordered based on
        # their submission time." – model
        queue = self._resources.find(self._resources.queues, request["jobQueue"])
        if queue is None:
            raise Refused(f"JobQueue {request['jobQueue']} does not exist")
        front = self.line(queue.detail["jobQueueArn"]).head(100)
        now = int(time.time() * 1000)
        entries = [{"jobArn": job.arn, "earliestTimeAtPosition": now} for job in front]
        return {"frontOfQueue": {"jobs": entries, "lastUpdatedAt": now}}

    # Stopping

    def cancel_job(self, request):
        for job in self._meant(request["jobId"]):
            # "Jobs that progressed to the STARTING or RUNNING state aren't cancelled. However, the API operation still
            # succeeds, even if no job is cancelled." – model
            if job.status in STATES[:3]:
                job.cancelled = True
                self._drop(job, request["reason"])
        return {}

    def terminate_job(self, request):
        for job in self._meant(request["jobId"]):
            if job.ended:
                continue
            job.terminated = True
            # "Jobs that have not progressed to the STARTING state are cancelled." – model
            if job.status in STATES[:3]:
                self._drop(job, request["reason"])
            elif not job.stopping:
                job.stopping = request["reason"]
                self._stop(job)
        return {}

    def _meant(self, job_id):
        job = self.all.get(job_id.rpartition("/")[2])
        # "Jobs that can't be found are treated as successfully processed." – model, TerminateJobs
        if job is None:
            return []
        if job.children and not job.ended:
            job.terminated = True
        return job.children or [job]

    def _drop(self, job, reason):
        """End a job that did not start."""
        self.fresh.pop(job.id, None)
        self.line(job.queue).remove(job)
        job.stopped = int(time.time() * 1000)
        job.become("FAILED", reason)

    def _many(self, one, request):
        # "An array of up to 50 Batch job IDs" – model
        if len(request["jobs"]) > 50:
            raise Refused("An array of up to 50 Batch job IDs")
        for job_id in request["jobs"]:
            one({"jobId": job_id, "reason": request["reason"]})
        return {"successful": request["jobs"], "errors": []}

    def terminate_jobs(self, request):
        return self._many(self.terminate_job, request)

    def cancel_jobs(self, request):
        return self._many(self.cancel_job, request)


def _matches(wanted, job):
    """Whether a filter lets a job through."""
    name, values = wanted["name"], wanted["values"]
    if name in {"BEFORE_CREATED_AT", "AFTER_CREATED_AT"}:
        return any((job.created < int(value)) == (name[0] == "B") for value in values)
    if name == "JOB_DEFINITION":
        arn = job.definition["jobDefinitionArn"]
        return any(_globbed(value, arn) or _globbed(value, arn.rpartition("/")[2].split(":")[0]) for value in values)
    if name != "JOB_NAME":
        raise Refused(f"Invalid filter {name}")
    # "The value of the filter is a case-insensitive match for the job name. If the value ends with an asterisk (*), the
    # filter matches any job name that begins with the string before the '*'." – model
    return any(_globbed(value.lower(), job.name.lower()) for value in values)


def _globbed(pattern, text):
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern
