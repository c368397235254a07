"""A kernel as a part of its trial: in the trial's process group, and interrupted where a script would be ended."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_client.connect import KernelConnectionInfo

NAME = "python3"

_PATIENCE = 24 * 3600.0
"""Seconds for what the notebook has registered for its end; a script has as much time as it takes."""

# SIGTERM goes to all of the trial. A kernel takes it as an interrupt of the running cell, unless the notebook itself
# handles it; a worker that the notebook forks can be ended by it as always.
_PROGRAM = """\
import os, signal, sys

def end(*_):
    os.kill(os.getpid(), signal.SIGINT)

def default():
    if signal.getsignal(signal.SIGTERM) is end:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

signal.signal(signal.SIGTERM, end)
os.register_at_fork(after_in_child=default)
if sys.path[0] == "":
    del sys.path[0]
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


class _OneSpec(KernelSpecManager):
    """Knows a single kernel, which need not be installed."""

    def __init__(self, python: str) -> None:
        super().__init__()
        # Without frozen modules a debugger that nobody asked for has nothing to warn of.
        argv = [python, "-Xfrozen_modules=off", "-c", _PROGRAM, "-f", "{connection_file}"]
        self._spec = KernelSpec(argv=argv, display_name="Python", language="python")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002  (whatever the notebook names)
        return self._spec


class _InGroup(LocalProvisioner):
    """Starts a kernel in the process group that it is started from, to be ended with all of the trial.

    Attributes:
        kernel: The process, also when it has ended.
    """

    kernel: subprocess.Popen[bytes] | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401
        # By this the kernel knows that it belongs to somebody, and ends with them.
        environment = {**os.environ, **(kwargs.get("env") or {}), "JPY_PARENT_PID": str(os.getpid())}
        self.kernel = self.process = subprocess.Popen(  # noqa: ASYNC220  (nothing else goes on)
            cmd, env=environment, cwd=kwargs.get("cwd"), stdin=subprocess.DEVNULL
        )
        self.pid = self.kernel.pid
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal; the interrupt that comes before an orderly end would only be an error in the trial's log."""
        if signum != signal.SIGINT:
            await super().send_signal(signum)


def make_manager(python: str, folder: Path) -> AsyncKernelManager:
    """Return the manager of a kernel that has not been started.

    Args:
        python: The Python that runs it.
        folder: An empty folder of the user's alone with a short name, for its sockets. Kernels that are started at the
            same time could get the same port.
    """
    specs = _OneSpec(python)
    manager = AsyncKernelManager(
        kernel_name=NAME,
        kernel_spec_manager=specs,
        transport="ipc",
        connection_file=str(folder / "kernel.json"),
        shutdown_wait_time=_PATIENCE,
    )
    manager.provisioner = _InGroup(kernel_id="", kernel_spec=specs.get_kernel_spec(NAME), parent=manager)
    return manager


def exit_code(manager: AsyncKernelManager | None) -> int | None:
    """Return how a kernel ended, as a shell tells it; None while it lives."""
    kernel = getattr(manager and manager.provisioner, "kernel", None)
    code = kernel.poll() if kernel else None
    return code if code is None or code >= 0 else 128 - code
