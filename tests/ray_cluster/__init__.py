"""A real Ray cluster for tests: three nodes on this machine, with all that a cluster of three machines has.

Each node has a raylet, agents and a folder of its own; what they say of their CPUs and GPUs is only counted.
Nothing of Ray is installed where the tests run: ``GRID_TEST_RAY`` names the Python that has it. The cluster ends with
whoever started it, however that ends.

Without pytest, in the folder of the tests: ``python -m ray_cluster COMMAND …`` runs a command with a cluster, to which
its environment leads, and ends with it.
"""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "GRID_TEST_RAY"
TOKEN = "planted-0123456789abcdef0123456789abcdef"  # whoever finds it anywhere but in requests has found a leak
NODES = 3
CPUS, GPUS = 4, 2
LABEL = ("ray.io/market-type", "spot")  # of node 1
RESOURCE = "g5.xlarge"  # of node 2
_ENDING = 300.0  # seconds, for a machine that is busy; it takes one


def ray_python():
    """Return the Python that has Ray, or ``None``."""
    named = os.environ.get(VARIABLE)
    return named if named and Path(named).exists() else None


@dataclass
class RayCluster:
    """A cluster that is there; node 0 is its head.

    Attributes:
        address: The dashboard's, ``http://127.0.0.1:PORT``.
        gcs: Where nodes and drivers join it, ``127.0.0.1:PORT``.
        token_file: Where the token is that each request has to bring; ``None`` where none is needed.
        python: The cluster's Python.
    """

    address: str
    gcs: str
    token_file: str | None
    python: str
    folder: Path
    _process: subprocess.Popen

    def kill_node(self, index):
        """Kill a node's raylet: Ray takes the node for lost, and what it had started has to see for itself."""
        self._ask("kill", index)

    def lose_node(self, index):
        """Kill all that runs on a node at once, as when its machine is lost."""
        self._ask("lose", index)

    def start_node(self, index):
        """Start a node anew that was killed: under a new id, with an empty disk."""
        self._ask("start", index)

    def raylets(self):
        """Return the process ids of the nodes' raylets; of a node that is killed ``None``."""
        return self._ask("raylets")

    def logs(self, index):
        """Return the folder of a node whose files the dashboard serves."""
        return next(path for path in Path(self._ask("place", index)).glob("session_2*/logs"))

    def settings(self, **more):
        """Return a table ``[clusters.ray]`` for this cluster; further values are written as TOML has them."""
        values = {"address": self.address, "token_file": self.token_file} | more
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
        return "\n".join(["[clusters.ray]", *lines, ""])

    def _ask(self, *words):
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return _answer(self._process)


@contextmanager
def open_cluster(*, nodes=NODES, token=TOKEN):
    """Give a cluster that ends with the context.

    Args:
        nodes: How many.
        token: What requests have to bring; ``None`` for a cluster that lets everybody in, and has Ray's new autoscaler.
    """
    words = [f"--nodes={nodes}", *([] if token else ["--open"])]
    process = subprocess.Popen(
        [sys.executable, "-m", "ray_cluster", *words],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        about = _answer(process)
        yield RayCluster(**about | {"folder": Path(about["folder"])}, _process=process)
    finally:
        process.stdin.close()  # by which it ends, also when we are killed
        process.wait(_ENDING)
        process.stdout.close()


def _answer(process):
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the Ray cluster ended with {process.wait(_ENDING)}; it tells why above")
    return json.loads(line)
