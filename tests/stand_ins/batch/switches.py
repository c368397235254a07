"""What tests count, refuse, drop and slow down at the doors of services."""

import threading
import time
from collections import Counter, defaultdict, deque

from .errors import Refused, Unanswered


class Switches:
    """The door of one or more services, in the order in which a request passes it.

    Attributes:
        calls: How often an operation was called, as ``service:Operation``.
        denied: Operations that are refused for want of permission; ``service:*`` means all of a service.
        failing: How many of the next calls of an operation are left without an answer and not done.
        dropping: How many of the next calls are done and left without an answer.
        held: Operations whose calls are made to wait, ``before`` they are done (and then are not) or ``after``.
    """

    def __init__(self, settings):
        self._settings = settings
        self._lock = threading.Lock()
        self.calls = Counter()
        self.times = defaultdict(deque)
        self.denied = set()
        self.failing, self.dropping = Counter(), Counter()
        self.held = {}
        self._released = threading.Condition(self._lock)
        self._tokens, self._filled = None, time.monotonic()

    def enter(self, service, operation):
        """Let a request in; return whether its answer is to be dropped."""
        name = f"{service}:{operation}"
        with self._lock:
            self.calls[name] += 1
            self.times[name].append(time.time())
            self._throttle()
            if {name, f"{service}:*"} & self.denied:
                told = f"User: arn:aws:iam::123456789012:user/ada is not authorized to perform: {name}"
                raise Refused(told, "AccessDeniedException", 403)
            if self._count(self.failing, name) or self._hold(name, "before"):
                raise Unanswered
            return self._count(self.dropping, name)

    def leave(self, service, operation):
        """Let the answer to a request out."""
        with self._lock:
            self._hold(f"{service}:{operation}", "after")

    def _hold(self, name, when):
        """Wait while an operation is held; say whether it was."""
        held = self.held.get(name) == when
        self._released.wait_for(lambda: self.held.get(name) != when)
        return held

    @staticmethod
    def _count(counter, name):
        if counter[name] < 1:
            return False
        counter[name] -= 1
        return True

    def _throttle(self):
        """Refuse what comes too fast: a bucket of as many requests as may come in a second."""
        # "Maximum transactions per second (TPS) for each account for SubmitJob operations: 50" – user guide, quotas;
        # "TooManyRequestsException".
        most = getattr(self._settings, "tps", 0)
        if not most:
            return
        now = time.monotonic()
        self._tokens = min(most, (most if self._tokens is None else self._tokens) + (now - self._filled) * most)
        self._filled = now
        if self._tokens < 1:
            self.calls["throttled"] += 1
            raise Refused("Too Many Requests", "TooManyRequestsException", 429)
        self._tokens -= 1

    def change(self, wanted):
        """Set what a test wants: ``denied``, ``failing``, ``dropping`` and ``held``."""
        with self._lock:
            self.denied = set(wanted.get("denied", self.denied))
            self.failing |= wanted.get("failing", {})
            self.dropping |= wanted.get("dropping", {})
            self.held = wanted.get("held", self.held)
            self._released.notify_all()

    def counted(self, seconds=None):
        """Return the number of calls by operation, of the last seconds if asked for."""
        with self._lock:
            if seconds is None:
                return dict(self.calls)
            since = time.time() - seconds
            return {name: sum(at >= since for at in times) for name, times in self.times.items()}
