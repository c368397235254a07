"""The container of a job: a real process, or a real container of podman's.

A process has no mount namespace of its own. So each directory of the host that a job definition mounts is one of the
machine's, and where the value of a variable is the path in the container, or begins with it, that directory takes its
place in the value. HOME and TMPDIR are the container's own; they end with it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import uuid
from pathlib import Path
from typing import ClassVar

from .account import Account, Unreadable


class Placement:
    """One attempt of a job on a machine.

    Attributes:
        folder: What stands for the container's own disk.
        log: The file of what the container writes to stdout and stderr.
        token: By which the container gets its credentials.
    """

    def __init__(self, settings, job, machine, gpus, folder):
        self.settings, self.job, self.machine, self.gpus = settings, job, machine, gpus
        self.attempt = len(job.attempts) + 1
        task = uuid.uuid4().hex
        cluster = machine.arn.split("/")[1]
        self.task_arn = settings.arn(f"task/{cluster}/{task}", "ecs")
        options = job.container.get("logConfiguration", {}).get("options", {})
        prefix = options.get("awslogs-stream-prefix", job.definition["jobDefinitionName"])
        # awslogs-stream-prefix: "prefix-name/container-name/ecs-task-id" – ECS developer guide; Batch's container is
        # named "default".
        self.log_stream = f"{prefix}/default/{task}"
        self.log_group = options.get("awslogs-group", "/aws/batch/job")
        self.folder = folder / task[:12]
        self.log = folder.parent / "logs" / f"{job.id.replace(':', '.')}.{self.attempt}"
        self.token = task
        self.runner = None
        self._killed = self._ending = False
        self._guard = threading.Lock()
        self._stopped, self._hurry, self._done = threading.Event(), threading.Event(), threading.Event()

    @property
    def over(self):
        return self._done.is_set()

    def environment(self, server):
        """Return the variables of the job."""
        job, machine = self.job, self.machine
        queue = job.queue.rpartition("/")[2]
        given = {entry["name"]: entry["value"] for entry in job.container["environment"]}
        # "AWS_BATCH_JOB_ARRAY_INDEX … is set in array child jobs" – user guide, environment variables
        index = {} if job.index is None else {"AWS_BATCH_JOB_ARRAY_INDEX": str(job.index)}
        if index:
            index["AWS_BATCH_JOB_ARRAY_SIZE"] = str(job.parent.size)
        # The container agent pins the GPUs of a task: "NVIDIA_VISIBLE_DEVICES" – ECS developer guide, GPUs.
        pinned = {"NVIDIA_VISIBLE_DEVICES": ",".join(self.gpus)} if self.gpus else {}
        return (
            given
            | self._secrets()
            | index
            | pinned
            | {
                "AWS_BATCH_JOB_ID": job.id,
                "AWS_BATCH_JOB_ATTEMPT": str(self.attempt),
                "AWS_BATCH_JQ_NAME": queue,
                "AWS_BATCH_CE_NAME": machine.environment,
                "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
                # What a machine of AWS's reaches by its network is elsewhere here.
                "AWS_ENDPOINT_URL": self.settings.services,
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{server}/_sim/imds/{machine.id}",
            }
            | ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server}/_sim/credentials/{self.token}"} if self._role else {})
        )

    def _secrets(self):
        """Return the values of secrets, which the container agent puts in their places."""
        account, role = Account(self.settings), self.job.container.get("executionRoleArn", "")
        wanted = self.job.container.get("secrets", [])
        return {secret["name"]: account.secret(secret["valueFrom"], role) for secret in wanted}

    @property
    def _role(self):
        # "jobRoleArn … provides the container with permissions": without it there are no credentials. – model
        return self.job.container.get("jobRoleArn")

    def mounts(self):
        """Return the directory of the machine, and whether it may only be read, by path in the container."""
        volumes = {entry["name"]: entry.get("host", {}).get("sourcePath") for entry in self.job.container["volumes"]}
        found = {}
        for mount in self.job.container["mountPoints"]:
            source = volumes[mount["sourceVolume"]]
            path = mount["containerPath"].rstrip("/")
            # "If this parameter is empty, then the Docker daemon has assigned a host path for you … not guaranteed to
            # persist after the containers associated with it stop running." – model, Host
            folder = self.machine.directory(source, path) if source else self.folder / "volumes" / mount["sourceVolume"]
            folder.mkdir(parents=True, exist_ok=True)
            found[path] = (folder, mount.get("readOnly", False))
        return found

    # What happens to it

    def run(self, server, running, ended):
        """Run the container to its end, in this thread."""
        if self._stopped.wait(self.settings.start_seconds):
            code, reason = None, "Task stopped before its container started"
        elif self.job.container["image"] in self.settings.bad_images:
            # "CannotPullContainerError: The task execution … couldn't pull the image" – ECS developer guide
            code, reason = None, "CannotPullContainerError: pull image manifest has been retried 5 time(s)"
        else:
            code, reason = self._run(server, running)
        shutil.rmtree(self.folder, ignore_errors=True)
        ended(self, code, reason)
        self._done.set()

    def _run(self, server, running):
        from .podman import Podman

        kind = Podman if self.settings.mode == "podman" else Process
        self.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            runner = kind(self, server)
        except Unreadable as error:
            return None, f"ResourceInitializationError: unable to pull secrets or registry auth: {error}"
        except OSError as error:
            return None, f"CannotStartContainerError: {error}"
        self.runner = runner
        running(self)
        if self._stopped.is_set():
            self._end_soon()
        outcome = runner.wait()
        self._hurry.set()
        return outcome

    def stop(self):
        """Ask the container to end, and end it when its time is over."""
        self._stopped.set()
        self._end_soon()

    def kill(self):
        """End all of it at once, as with its machine."""
        self._killed = True
        self._hurry.set()
        self.stop()

    def _end_soon(self):
        with self._guard:
            if self.runner and not self._ending:
                self._ending = True
                threading.Thread(target=self._end, daemon=True).start()

    def _end(self):
        # StopTask: "SIGTERM … If the container handles the SIGTERM value gracefully and exits within 30 seconds from
        # receiving it, no SIGKILL value is sent." – ECS API reference
        if not self._killed:
            self.runner.signal(signal.SIGTERM)
            self._hurry.wait(self.settings.stop_seconds)
        self.runner.kill()

    def wait(self):
        self._done.wait()


class Process:
    """A job as a process in a directory of its own, the leader of its session."""

    _firsts: ClassVar = set()

    def __init__(self, placement, server):
        self._home = str(placement.folder)
        self.out_of_memory = False
        for name in ("work", "tmp"):
            (placement.folder / name).mkdir(parents=True, exist_ok=True)
        environment = placement.environment(server)
        for path, (folder, _) in placement.mounts().items():
            for name, value in environment.items():
                if value == path or value.startswith(path + "/"):
                    environment[name] = str(folder) + value[len(path) :]
        own = {"PATH": placement.settings.path, "HOME": self._home, "LANG": "C.UTF-8"}
        own["TMPDIR"] = str(placement.folder / "tmp")
        # What was there before it is none of its processes.
        self._before = _processes()
        with placement.log.open("ab") as log:
            self._process = subprocess.Popen(
                placement.job.container["command"],
                env=own | environment,
                cwd=placement.folder / "work",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._firsts.add(self._process.pid)

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._kill_others()

    def _kill_others(self):
        while others := self._others():
            for pid in others:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def wait(self):
        """Return the exit code, and a reason where the container has one."""
        code = self._process.wait()
        self._firsts.discard(self._process.pid)
        # The container is over with its first process, whatever else runs in it.
        self._kill_others()
        if self.out_of_memory:
            # "OutOfMemoryError: Container killed due to memory usage" – ECS developer guide, stopped tasks
            return 137, "OutOfMemoryError: Container killed due to memory usage"
        return (code if code >= 0 else 128 - code), None

    def _others(self):
        """Return the processes that have this container's HOME, but for its first."""
        mark = b"\0HOME=" + self._home.encode() + b"\0"
        found = []
        for pid in _processes() - self._before - self._firsts:
            with contextlib.suppress(OSError):
                if mark in b"\0" + Path(f"/proc/{pid}/environ").read_bytes():
                    found.append(pid)
        return found


def _processes():
    return {int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()}
