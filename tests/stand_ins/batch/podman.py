"""A job as a real container of podman's."""

import signal
import subprocess


class Podman:
    """A container of a local image, with the mount points bound to directories of the machine."""

    def __init__(self, placement, server):
        images, wanted = placement.settings.images, placement.job.container["image"]
        image = images.get(wanted) or images.get("*") or wanted
        self._name = f"stand-in-{placement.token[:12]}"
        command = ["podman", "run", "--rm", "--init", "--network", "host", "--name", self._name, "--pull", "never"]
        for name, value in placement.environment(server).items():
            command += ["--env", f"{name}={value}"]
        for path, (folder, read_only) in placement.mounts().items():
            command += ["--volume", f"{folder}:{path}{':ro' if read_only else ''}"]
        self.out_of_memory = False
        with placement.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, image, *placement.job.container["command"]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _podman(self, *words):
        subprocess.run(["podman", *words, self._name], check=False, capture_output=True)

    def signal(self, number):
        self._podman("kill", "--signal", signal.Signals(number).name)

    def kill(self):
        self._podman("kill", "--signal", "KILL")

    def wait(self):
        """Return the exit code, and a reason where the container has one."""
        code = self._process.wait()
        self._podman("rm", "--force", "--ignore")
        return code, None
