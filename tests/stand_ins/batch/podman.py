"""A job as a real container of podman's, with its own file system and its own process 1.

An image of the settings may be ``rootfs:FOLDER``: the container sees that folder as its file system and writes
elsewhere; ``rootfs:/`` is this machine.
"""

import signal
import subprocess
import time

# What podman asks for otherwise may be more than this machine allows.
LIMITS = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"]


class Podman:
    """A container with the mount points bound to directories of the machine."""

    def __init__(self, placement, server):
        settings, container = placement.settings, placement.job.container
        image = settings.images.get(container["image"]) or settings.images.get("*") or container["image"]
        self.out_of_memory = False
        self._name = f"stand-in-{placement.token[:12]}"
        self._podman = ["podman", *settings.podman]
        linux = container.get("linuxParameters", {})
        options = ["--rm", "--network", "host", "--name", self._name, "--pull", "never", *LIMITS]
        # "initProcessEnabled: If true, run an init process inside the container that forwards signals and reaps
        # processes." "sharedMemorySize: The value for the size (in MiB) of the /dev/shm volume." – model
        options += ["--init"] if linux.get("initProcessEnabled") else []
        options += ["--shm-size", f"{linux['sharedMemorySize']}m"] if "sharedMemorySize" in linux else []
        for name, value in placement.environment(server).items():
            options += ["--env", f"{name}={value}"]
        for path, (folder, read_only) in placement.mounts().items():
            options += ["--volume", f"{folder}:{path}{':ro' if read_only else ''}"]
        root = image.removeprefix("rootfs:")
        options += ["--rootfs", f"{root}:O"] if root != image else [image]
        with placement.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._podman, "run", *options, *container["command"]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def signal(self, number):
        """Send a signal to the container's process 1, which may have yet to begin."""
        command = [*self._podman, "kill", "--signal", signal.Signals(number).name, self._name]
        while self._process.poll() is None and subprocess.run(command, check=False, capture_output=True).returncode:
            time.sleep(0.05)

    def kill(self):
        self.signal(signal.SIGKILL)

    def wait(self):
        """Return the exit code, and a reason where the container has one."""
        code = self._process.wait()
        # "125: The error is with Podman itself" – podman-run(1)
        return (None, "CannotStartContainerError: podman says why") if code == 125 else (code, None)
