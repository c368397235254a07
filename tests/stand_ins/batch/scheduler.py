"""What Batch does by itself: it moves jobs through their states, onto machines, and tries them again."""

import contextlib
import threading
import time
from pathlib import Path

from .containers import Placement
from .job import now_ms

TICK = 0.02
# As many of those that wait as machines are started for in one go.
AHEAD = 1000


class Scheduler:
    """The thread that lets things happen, every 20 ms.

    Args:
        settings: What tests set.
        resources: Compute environments and queues.
        jobs: The jobs.
        fleet: The machines.
        start: Starts the container of a job: takes the placement, and what is called with how it ended.
        lock: What everything is changed under.
        folder: Where containers have their files.
    """

    def __init__(self, settings, resources, jobs, fleet, start, lock, folder):
        self._settings, self._resources, self._jobs, self._fleet = settings, resources, jobs, fleet
        self._start, self._lock, self._folder = start, lock, Path(folder)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self):
        self._thread.start()

    def close(self):
        self._over.set()
        self._thread.join()
        with self._lock:
            running = [job.placement for job in self._jobs.busy.values() if job.placement]
        for placement in running:
            placement.kill()
        for placement in running:
            placement.wait()

    def _run(self):
        while not self._over.wait(TICK):
            with self._lock:
                self.tick()

    def tick(self):
        """Let happen what is due."""
        self._resources.settle()
        self._drop_queues()
        self._lose_machines()
        self._enter()
        wanted = set()
        queues = sorted(self._resources.queues.values(), key=lambda queue: -queue.detail["priority"])
        for queue in queues:
            wanted |= self._serve(queue)
        self._time_out()
        self._fleet.scale_down(wanted)

    def _drop_queues(self):
        """End the jobs of queues that are no more."""
        # "All jobs in the queue are eventually terminated when you delete a job queue." – model
        known = {queue.detail["jobQueueArn"] for queue in self._resources.queues.values()}
        orphans = [*self._jobs.fresh.values(), *self._jobs.busy.values()]
        orphans += [job for arn, line in self._jobs.waiting.items() if arn not in known for job in line]
        for job in orphans:
            if job.queue not in known and not job.stopping:
                self._jobs.terminate_job({"jobId": job.id, "reason": "Job queue deleted"})

    def _enter(self):
        for job in list(self._jobs.fresh.values()):
            if time.monotonic() - job.born < self._settings.submit_seconds:
                break
            del self._jobs.fresh[job.id]
            self._wait(job)

    def _wait(self, job):
        self._jobs.line(job.queue).push(job)
        job.become("RUNNABLE")

    # Placing

    def _serve(self, queue):
        """Start what has room; return the names of the environments that more is waited for."""
        line = self._jobs.line(queue.detail["jobQueueArn"])
        if queue.detail["status"] not in {"VALID", "UPDATING"}:
            return set()
        environments = self._environments(queue)
        # First-in-first-out: what the first of a queue needs comes before what later ones need.
        while head := line.head(1):
            job = head[0]
            machine = self._fleet.place(job, environments)
            if machine is None:
                break
            line.remove(job)
            self._begin(job, machine)
        if not (waiting := line.head(AHEAD)):
            return set()
        self._explain(queue, waiting, environments)
        return {environment.detail["computeEnvironmentName"] for environment in environments}

    def _environments(self, queue):
        order = [entry["computeEnvironment"] for entry in self._resources.order(queue)]
        found = [self._resources.find(self._resources.environments, arn) for arn in order]
        return [one for one in found if one and one.usable]

    def _explain(self, queue, waiting, environments):
        """Start machines for those that wait; say at the first why it waits, and cancel it where the queue says so."""
        head = waiting[0]
        reason = self._fleet.obstacle(head, environments) if environments else None
        if reason is None and self._fleet.provide(waiting, environments):
            # "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - All compute environments have insufficient capacity to service
            # the job." – model
            reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested."
        head.reason = reason
        for action in queue.detail["jobStateTimeLimitActions"]:
            # "The action to take when a job is at the head of the job queue in the specified state for the specified
            # period of time … CANCEL" – model
            limit = action["maxTimeSeconds"] / self._settings.hurry
            if reason and reason.startswith(action["reason"]) and time.monotonic() - head.since > limit:
                self._jobs.cancel_job({"jobId": head.id, "reason": f"Canceled by JobStateTimeLimit action: {reason}"})

    # Running

    def _begin(self, job, machine):
        job.stopped = job.stopping = None
        gpus = machine.take(job)
        self._jobs.busy[job.id] = job
        job.placement = Placement(self._settings, job, machine, gpus, self._folder)
        job.current = {
            "containerInstanceArn": machine.arn,
            "taskArn": job.placement.task_arn,
            "networkInterfaces": [],
        }
        job.become("STARTING")
        self._start(job.placement, self._running, self._ended)

    def _running(self, placement):
        """Note that the container runs."""
        with self._lock:
            job = placement.job
            if job.placement is placement:
                job.started = now_ms()
                # "Each container attempt receives a log stream name when they reach the RUNNING status." – model
                job.current["logStreamName"] = placement.log_stream
                job.become("RUNNING")

    def _ended(self, placement, exit_code, reason):
        """Note how a container ended, and try the job again where its strategy says so."""
        with self._lock:
            job, machine = placement.job, placement.machine
            machine.release(job)
            self._jobs.busy.pop(job.id, None)
            job.placement = None
            job.stopped = now_ms()
            lost = machine.id not in self._fleet.machines
            outcome = {} if lost or exit_code is None else {"exitCode": exit_code}
            outcome |= {"reason": reason} if reason else {}
            job.current |= outcome
            status_reason = self._status_reason(job, machine, lost, exit_code)
            times = {"startedAt": job.started} if job.started else {}
            job.attempts.append(
                {"container": dict(job.current), "stoppedAt": job.stopped, "statusReason": status_reason} | times
            )
            if exit_code == 0 and not lost and not job.stopping:
                job.become("SUCCEEDED", status_reason)
            elif not job.stopping and len(job.attempts) < job.retry.get("attempts", 1) and _again(job):
                job.started = None
                self._wait(job)
            else:
                job.become("FAILED", status_reason)

    @staticmethod
    def _status_reason(job, machine, lost, exit_code):
        if job.stopping:
            return job.stopping
        # "Host EC2*" is the pattern that the user guide gives for jobs whose Spot Instance was taken: "Host EC2
        # (instance i-…) terminated."
        if lost:
            return f"Host EC2 (instance {machine.id}) terminated."
        return "Task failed to start" if exit_code is None else "Essential container in task exited"

    def _time_out(self):
        for job in list(self._jobs.busy.values()):
            limit = job.timeout.get("attemptDurationSeconds")
            # "The job timeout time (in seconds) that's measured from the job attempt's startedAt timestamp." "If a job
            # is terminated due to a timeout, it isn't retried." – model
            due = limit and job.status == "RUNNING" and time.monotonic() - job.since > limit / self._settings.hurry
            if due and not job.stopping:
                job.stopping = "Job attempt duration exceeded timeout"
                job.placement.stop()

    # Losing machines

    def _lose_machines(self):
        for machine in list(self._fleet.machines.values()):
            if machine.lost_at is not None and time.monotonic() >= machine.lost_at:
                self.lose(machine)

    def lose(self, machine):
        """Let a machine be gone with all that runs on it."""
        self._fleet.remove(machine)
        for job, _ in list(machine.jobs.values()):
            with contextlib.suppress(AttributeError):
                job.placement.kill()


def _again(job):
    """Whether the strategy of a job lets its last attempt be followed by another."""
    attempt = job.attempts[-1]
    facts = {
        "onStatusReason": attempt["statusReason"],
        "onReason": attempt["container"].get("reason", ""),
        "onExitCode": str(attempt["container"].get("exitCode", "")),
    }
    for rule in job.retry.get("evaluateOnExit", []):
        # "the action to take if all of the specified conditions (onStatusReason, onReason, and onExitCode) are met. The
        # values aren't case sensitive." – model
        conditions = [(facts[key], rule[key]) for key in facts if key in rule]
        if all(_matches(pattern.lower(), fact.lower()) for fact, pattern in conditions):
            return rule["action"].upper() == "RETRY"
    # "If none of the listed conditions match, then the job is retried." – model
    return True


def _matches(pattern, fact):
    # Patterns: "It can optionally end with an asterisk (*) so that only the start of the string needs to be an exact
    # match." – model
    return fact.startswith(pattern[:-1]) if pattern.endswith("*") else fact == pattern
