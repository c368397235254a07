"""Where stories are played: each carries a run through, and several tests look at what it told.

Stories run side by side, since most of a run is waiting: for machines, for ends, for time to go by. All that tests of a
session will ask for are begun at once.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .scene import Suite

_STORIES: dict[str, Callable[[Scene], Any]] = {}


def story(tell: Callable[[Scene], Any]) -> Any:  # noqa: ANN401  (a fixture of pytest's)
    """Make a fixture of a story: what it returned, for all tests that name it."""
    name = tell.__name__
    _STORIES[name] = tell

    def told(stage: Stage) -> Any:  # noqa: ANN401  (whatever the story returns)
        return stage.told(name)

    return pytest.fixture(scope="session", name=name)(told)


@dataclass
class Stage:
    """The stories of a session.

    Attributes:
        suite: What is tested, and where.
        folder: Where each has a folder of its own.
        at_once: How many are played at once.
    """

    suite: Suite
    folder: Path
    at_once: int
    _told: dict[str, Future[Any]] = field(default_factory=dict)
    _scenes: list[Scene] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.at_once)

    def begin(self, name: str) -> None:
        """Begin a story, unless it was begun."""
        if name not in self._told:
            self._told[name] = self._pool.submit(self._tell, name)

    def told(self, name: str) -> Any:  # noqa: ANN401  (whatever the story returns)
        """Return what a story told; where it came to no end, the test cannot be made, and says why."""
        self.begin(name)
        try:
            return self._told[name].result()
        except AssertionError as error:
            pytest.fail(f"its run did not come so far: {error}", pytrace=False)

    def _tell(self, name: str) -> Any:  # noqa: ANN401  (whatever the story returns)
        scene = Scene(self.suite, self.folder / name)
        self._scenes.append(scene)
        return _STORIES[name](scene)

    def close(self) -> list[str]:
        """End what still runs and delete all runs; return what could not be done, in sentences."""
        self.suite.closing.set()
        self._pool.shutdown(cancel_futures=True)
        self.suite.closing = threading.Event()
        with ThreadPoolExecutor() as pool:
            return [said for left in pool.map(Scene.clear, self._scenes) for said in left]


def names_of_stories(items: Sequence[pytest.Item]) -> list[str]:
    """Return the stories that tests ask for, in their order."""
    asked = [name for item in items for name in getattr(item, "fixturenames", ())]
    return list(dict.fromkeys(name for name in asked if name in _STORIES))
