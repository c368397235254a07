"""One attempt as a task of Ray's: a process of its own, the agent, which this one attends to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import ray

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEP = 0.1
"""Seconds in which a task that Ray cancels takes notice: what Ray does to it wakes no system call."""


def attend(about: Mapping[str, Any], keeper: Any) -> None:  # noqa: ANN401  (an actor of Ray's)
    """Run an attempt to its end.

    The agent has a pipe to ask through, and a leash: another one of which it never reads anything. When this process
    is gone, so are its ends of both, and the agent ends its script at once. To be cancelled means to ask it to end.

    Args:
        about: What the agent is told at first.
        keeper: Keeps what the agent sends.
    """
    # A cluster that was started in the background of a shell ignores interrupts, by which Ray cancels a task.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A script that uses Ray itself joins its cluster, wherever that has its files.
    environment = os.environ | {"RAY_ADDRESS": ray.get_runtime_context().gcs_address}
    if not ray.get_gpu_ids():  # Ray leaves the variable as it is, by which the script would see the GPUs of others
        environment["CUDA_VISIBLE_DEVICES"] = ""
    ours, theirs = socket.socketpair()
    held, leash = os.pipe()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "grid_jupyter.clusters.ray.agent.trial", str(theirs.fileno()), str(held)],
            env=environment,
            pass_fds=(theirs.fileno(), held),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    os.close(held)
    connection = Connection(ours.detach())
    over = threading.Event()

    def wait() -> None:
        process.wait()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    try:
        connection.send(about)
        threading.Thread(target=_serve, args=(connection, keeper), daemon=True).start()
        _wait(process, over)
    finally:
        os.close(leash)


def _wait(process: subprocess.Popen[bytes], over: threading.Event) -> None:
    while not over.is_set():
        try:
            over.wait(_STEP)
        except KeyboardInterrupt:
            process.terminate()


def _serve(connection: Connection, keeper: Any) -> None:  # noqa: ANN401
    """Hand on what the agent asks for, until it has gone."""
    while True:
        try:
            verb, words = connection.recv()
        except (EOFError, OSError):
            return
        answer: tuple[str | None, Any]
        try:
            answer = (None, ray.get(getattr(keeper, verb).remote(*words)))
        except Exception as error:  # noqa: BLE001  (the agent decides what to do)
            answer = (f"{type(error).__name__}: {error}", None)
        try:
            connection.send(answer)
        except OSError:
            return
