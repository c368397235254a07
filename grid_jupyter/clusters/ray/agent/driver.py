"""The driver of a job: starts attempts as tasks of Ray's, tries again what a lost node took, ends what is to end."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from grid_jupyter.remote.agent.objects import PassingError
from grid_jupyter.remote.agent.patience import patiently

from .attend import attend
from .inbox import Inbox
from .keeper import Keeper
from .layout import DRIVER
from .outcome import told_of

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = 0.1
"""Seconds between two looks at messages, at most."""

ALONE = 900.0
"""Seconds after which a driver without anything to do ends, when the session does not tell it to."""

UNKNOWN = 30.0
"""Seconds after which a trial that was lost is tried again here, when the session does not say that it knows of it."""

KEPT_AT_ONCE = 1000
"""How many agents the keeper serves at once."""


class Driver:
    """The driver of one job of a run.

    Args:
        label: The run's name that no other has had.
        prefix: How the run's keys begin.
        job: Which of the run's jobs this is.
    """

    def __init__(self, label: str, prefix: str, job: int) -> None:
        self._label = label
        self._prefix = prefix
        self._job = job
        self._inbox = Inbox(label, job)
        self._keeper = _start_keeper(label, prefix, job)
        self._common: dict[str, Any] = {}
        self._task = ray.remote(max_retries=0)(attend)
        self._running: dict[Any, dict[str, Any]] = {}
        self._newest: dict[int, int] = {}
        self._stopped: set[int] = set()
        self._tried: dict[int, int] = {}
        self._lost: dict[int, tuple[float, dict[str, Any]]] = {}
        self._closing = False
        self._busy = time.monotonic()

    def run(self) -> None:
        """Do what the session asks for until it asks for the end, or nobody has asked for anything for long."""
        told = -1
        while not (self._closing and not self._running) and not self._is_alone():
            for message in self._inbox.take():
                self._obey(message)
            if told != self._inbox.read:  # at first after what was asked for: workers start while the keeper does
                self._tell(over=False)
                told = self._inbox.read
            self._wait()
            self._try_again()
        self._tell(over=True)
        self._inbox.clear()

    def _is_alone(self) -> bool:
        if self._running or self._lost:
            self._busy = time.monotonic()
        return time.monotonic() - self._busy > ALONE

    def _tell(self, *, over: bool) -> None:
        told = {"job": self._job, "read": self._inbox.read, "over": over}
        self._ask("put", DRIVER, json.dumps(told).encode())

    def _ask(self, verb: str, *words: object) -> Any:  # noqa: ANN401  (what the keeper returns)
        """Have the keeper do something; its disk may be full for a while, and trials go on meanwhile."""

        def ask() -> Any:  # noqa: ANN401
            try:
                return ray.get(getattr(self._keeper, verb).remote(*words))
            except ray.exceptions.RayError as error:
                raise PassingError(str(error)) from error

        return patiently(ask)

    # What the session asks for

    def _obey(self, message: Mapping[str, Any]) -> None:
        self._busy = time.monotonic()
        self._common = message.get("common", self._common)
        for key in message.get("delete", ()):
            self._ask("delete", key)
        for order in message.get("start", ()):
            if order["attempt"] > self._newest.get(order["trial"], 0):  # else it was tried again already
                self._stopped.discard(order["trial"])
                self._tried[order["trial"]] = 0
                self._start(order)
        for trial in message.get("known", ()):
            self._lost.pop(trial, None)
        for trial in message.get("stop", ()):
            self._stop(trial)
        for key, content in message.get("put", {}).items():
            self._ask("put", key, content.encode())
        if "taken" in message:
            self._ask("forget", message["taken"])
        if message.get("close"):
            self._closing = True
            self._lost.clear()
            for trial in [order["trial"] for order in self._running.values()]:
                self._stop(trial)

    def _start(self, order: dict[str, Any]) -> None:
        self._newest[order["trial"]] = order["attempt"]
        self._lost.pop(order["trial"], None)
        name = f"{self._label}-{order['trial']}.{order['attempt']}"
        about = {
            "prefix": self._prefix,
            "name": name,
            "batch": self._inbox.read,
            "common": self._common["agent"],
            "order": order,
        }
        try:
            task = self._task.options(name=f"trial {order['trial']}", **self._common["options"])
            self._running[task.remote(about, self._keeper)] = order
        except Exception as error:  # noqa: BLE001  (Ray looks at what it is asked for; other trials go on)
            told = {"error": f"Ray does not take it: {error}"}
            self._ask("end", order["trial"], order["attempt"], self._inbox.read, told)

    def _stop(self, trial: int) -> None:
        """Ask a trial to end: one that runs saves first, and one that waits never begins."""
        if trial in self._stopped:
            return  # to be cancelled twice is to be killed
        self._stopped.add(trial)
        self._lost.pop(trial, None)
        for reference, order in self._running.items():
            if order["trial"] == trial:
                ray.cancel(reference, force=False, recursive=False)

    # What has become of it

    def _wait(self) -> None:
        """Wait a moment for tasks to end."""
        if not self._running:
            time.sleep(STEP)
            return
        over, _ = ray.wait(list(self._running), num_returns=1, timeout=STEP)
        if over:
            more, _ = ray.wait(list(self._running), num_returns=len(self._running), timeout=0)
            for reference in more:
                self._ended(reference)

    def _ended(self, reference: Any) -> None:  # noqa: ANN401  (a reference of Ray's)
        order = self._running.pop(reference)
        try:
            ray.get(reference)
        except ray.exceptions.RayError as error:
            told = told_of(error)
        else:
            told = {"lost": "its agent was lost"}
        # It is news unless the agent itself has told of the end, as it mostly has.
        news = self._ask("end", order["trial"], order["attempt"], self._inbox.read, told)
        if news and told.get("lost") and order["trial"] not in self._stopped and not self._closing:
            self._lost[order["trial"]] = (time.monotonic(), order)

    def _try_again(self) -> None:
        """Try again what was lost where the session does not: whoever watches the run may be away."""
        now = time.monotonic()
        for trial, (since, order) in [*self._lost.items()]:
            if now - since < UNKNOWN:
                continue
            del self._lost[trial]
            self._tried[trial] = self._tried.get(trial, 0) + 1
            if self._tried[trial] <= self._common["tries"] and order["attempt"] == self._newest[trial]:
                self._start({**order, "attempt": order["attempt"] + 1})


def _start_keeper(label: str, prefix: str, job: int) -> Any:  # noqa: ANN401  (an actor of Ray's)
    """Start the keeper on this node."""
    node = ray.get_runtime_context().get_node_id()
    logs = ray._private.worker._global_node.get_logs_dir_path()  # noqa: SLF001  (there is no public way)
    return (
        ray.remote(Keeper)
        .options(
            num_cpus=0,
            max_restarts=-1,
            max_task_retries=-1,
            max_concurrency=KEPT_AT_ONCE,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
        )
        .remote(logs, label, prefix, job)
    )
