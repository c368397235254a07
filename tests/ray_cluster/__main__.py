"""The process that a cluster belongs to: it starts the nodes, does as it is told, and leaves nothing behind."""

import argparse
import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from . import CPUS, GPUS, LABEL, NODES, RESOURCE, TOKEN, VARIABLE, ray_python
from .node import WAITED_FOR, Node, bury, end_all_below, free_ports, remove

_HOST = "127.0.0.1"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: whoever loses its parent below us becomes our child


class Cluster:
    """The nodes of a cluster."""

    def __init__(self, python, folder, nodes, *, token):
        self.python, self.folder = python, folder
        gcs, dashboard, client, *agents = free_ports(3 + nodes)
        self.address, self.gcs = f"http://{_HOST}:{dashboard}", gcs
        self.token_file = folder / "token" if token else None
        if self.token_file:
            self.token_file.write_text(token)
            self.token_file.chmod(0o600)
        head = ["--head", f"--port={gcs}", f"--dashboard-host={_HOST}", f"--dashboard-port={dashboard}"]
        head.append(f"--ray-client-server-port={client}")
        extras = {1: [f"--labels={'='.join(LABEL)}"], 2: [f"--resources={json.dumps({RESOURCE: 1})}"]}
        self.nodes = [
            self._node(index, port, extras.get(index, []) if index else head) for index, port in enumerate(agents)
        ]

    def _node(self, index, agent, words):
        usual = [
            f"--num-cpus={CPUS}",
            f"--num-gpus={GPUS}",
            f"--object-store-memory={80 * 10**6}",
            "--min-worker-port=0",
            "--max-worker-port=0",
            "--include-log-monitor=false",
            # On one machine each agent needs a port of its own, else all but the first have no logs to give.
            f"--dashboard-agent-listen-port={agent}",
        ]
        join = [] if index == 0 else [f"--address={_HOST}:{self.gcs}"]
        return Node(self.python, self.folder / f"n{index}", [*usual, *join, *words], self.environment)

    @property
    def environment(self):
        """The variables by which a node, or a client, may come in."""
        if not self.token_file:
            return {"RAY_AUTH_MODE": "disabled", "RAY_enable_autoscaler_v2": "1"}
        return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.token_file)}

    def start(self):
        """Start all nodes; the others need not wait for the head's dashboard."""
        head, *others = self.nodes
        head.begin()
        self._wait_for_head(head)
        for node in others:
            node.begin()
        for node in self.nodes:
            node.finish()

    def _wait_for_head(self, head):
        while head.starting:
            with contextlib.suppress(OSError), socket.create_connection((_HOST, self.gcs), 1):
                return
            time.sleep(0.02)

    def about(self):
        token_file = str(self.token_file) if self.token_file else None
        return {
            "address": self.address,
            "gcs": f"{_HOST}:{self.gcs}",
            "token_file": token_file,
            "python": self.python,
            "folder": str(self.folder),
        }

    def do(self, verb, index=0):
        """Do what a test asks for and return what it wants to know."""
        node = self.nodes[index]
        if verb == "raylets":
            return [next((one.pid for one in node.raylets()), None) for node in self.nodes]
        if verb in {"kill", "lose"}:
            node.kill(whole=verb == "lose")
        elif verb == "start":
            node.begin()
            node.finish()
        return str(node.place)


def main():
    parser = argparse.ArgumentParser(prog="python -m ray_cluster")
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--open", action="store_true", help="let everybody in, without a token")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    python = ray_python()
    if python is None:
        parser.error(f"{VARIABLE} names no Python; let it name one that has ray[default]")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
        threading.Thread(target=bury, daemon=True).start()
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # a short path
    try:
        cluster = _start(python, folder, asked.nodes, None if asked.open else TOKEN)
        sys.exit(_run(cluster, asked.command) if asked.command else _serve(cluster))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_all_below()
        remove(folder)


def _start(python, folder, nodes, token):
    """Start a cluster; on a machine that is busy a node may give up, so a second time if need be."""
    for trial in ("a", "b"):
        (folder / trial).mkdir()
        cluster = Cluster(python, folder / trial, nodes, token=token)
        try:
            cluster.start()
        except RuntimeError:
            end_all_below()
            if trial == "b":
                raise
        else:
            return cluster
    return None


def _run(cluster, command):
    environment = os.environ | cluster.environment | {"RAY_ADDRESS": cluster.address}
    process = subprocess.Popen(command, env=environment)
    WAITED_FOR.add(process.pid)
    return process.wait()


def _serve(cluster):
    """Tell where it is, then do what each line of standard input says, until there is none."""
    answer = cluster.about()
    while True:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            return 0
        answer = cluster.do(*json.loads(line))


if __name__ == "__main__":
    main()
