"""What agents told last of their attempts."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.home import BUILD

from .agent.layout import BUILD_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .agent.layout import RunKeys
    from .agent.objects import Item, Objects

MOST_READ = 1000
"""How many states are read at most in one look; the next look reads on."""

THREADS = 8
"""How many things are read at once."""


@dataclass
class State:
    """What an agent last told of its attempt.

    Attributes:
        told: Its words, as ``agent/state.py`` has them.
        read: When they were read, by the clock that only goes on.
    """

    told: Mapping[str, Any]
    read: float = field(default_factory=time.monotonic)

    @property
    def ended(self) -> bool:
        """Whether the attempt is over."""
        return bool(self.told["status"] == "ended")

    @property
    def age(self) -> float | None:
        """For how many seconds the script has run: by the agent's own clock and, since it was read, by ours."""
        if self.told.get("started") is None:
            return None
        known = self.told.get("seconds")
        if known is None:
            known = max(0.0, self.told["time"] - self.told["started"])
        return float(known) + (0.0 if self.ended else time.monotonic() - self.read)


class States:
    """The states of one run's attempts.

    Attributes:
        known: What agents told, by trial and attempt.
    """

    def __init__(self, objects: Objects, keys: RunKeys) -> None:
        self._objects = objects
        self._keys = keys
        self._etags: dict[str, str] = {}
        self.known: dict[tuple[int, int], State] = {}

    def look(self) -> list[tuple[int, int]]:
        """Read what agents have told since the last look; return of which attempts."""
        changed = [item for item in self._objects.list(self._keys.states) if self._etags.get(item.key) != item.etag]
        if not changed:
            return []
        with ThreadPoolExecutor(THREADS) as threads:
            return [attempt for attempt in threads.map(self._read_item, changed[:MOST_READ]) if attempt]

    def look_at(self, attempts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Likewise, of these attempts alone."""
        keys = [self._keys.state(*attempt) for attempt in attempts]
        return [attempt for key in keys if (attempt := self._read(key))]

    def _read_item(self, item: Item) -> tuple[int, int] | None:
        return self._read(item.key)

    def _read(self, key: str) -> tuple[int, int] | None:
        found = self._objects.get_changed(key, self._etags.get(key))
        if found is None:
            return None
        name, _, number = key.removeprefix(self._keys.states).rpartition(".")
        attempt = (BUILD if name == BUILD_NAME else int(name), int(number))
        self.known[attempt] = State(json.loads(found[0]))
        self._etags[key] = found[1]
        return attempt
