"""What a session promises its watcher: an attempt that is started twice is one attempt."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .stage import story
from .told import Told, told

if TYPE_CHECKING:
    from .scene import Scene


@dataclass
class Taken:
    """An attempt that two watchers started and a third one ended, each having died without a word.

    Attributes:
        handles: What each start returned.
        ends: The trials of which the third was told an end.
        ended: How it ended.
        said: What the script told.
    """

    handles: list[Any]
    ends: list[int]
    ended: dict[str, Any]
    said: Told


@story
def taken(scene: Scene) -> Taken:
    """Launch a run and pause it before its last trial starts, which is then started by hand."""
    scene.take("works.py")
    sweep = scene.launch("--parallel", "1", "works.py", "[long, long]")
    sweep.until_works(0)
    sweep.grid("pause")
    sweep.grid("stop", trial=0)
    sweep.wait()
    sweep.until_unwatched()

    def watch(*words: str) -> Any:  # noqa: ANN401  (what it printed)
        program = [sys.executable, "-P", "-m", "grid_jupyter.conformance.watching", str(sweep.handle.folder), *words]
        answer = scene.run(program)
        if answer.code:
            raise AssertionError(f"the session failed: {answer.err}")
        return json.loads(answer.out)

    try:
        handles = [watch("start"), watch("start")]
        last = watch("end", json.dumps(handles[-1]))
    except AssertionError:
        # What was started goes on, and the run knows nothing of it: its watcher takes it over, to be stopped with it.
        sweep.grid("resume", "--parallel", "2")
        sweep.until(lambda: sweep.rows[1].attempts, "the start of trial 1")
        raise
    return Taken(handles, last["ends"], last["ended"], told(sweep.lines(1)))


def test_an_attempt_started_twice_is_one(taken: Taken) -> None:
    """Starting the same attempt a second time takes over the first: one process runs it, and it has one end."""
    assert taken.said.whole
    assert taken.ends == [1]


def test_a_handle_is_plain_json(taken: Taken) -> None:
    """What a start returns is plain JSON, by which another process finds the attempt and can end it."""
    assert all(isinstance(handle, dict) for handle in taken.handles)
    assert taken.said.asked


def test_an_end_is_told_with_all_that_came_of_it(taken: Taken) -> None:
    """An end is told when all is here: the script's own exit code, its files, and its output to the last line."""
    assert (taken.ended["trial"], taken.ended["attempt"], taken.ended["exit_code"]) == (1, 1, 0)
    assert taken.ended["lost"] is None
    assert ["saved.txt", 5] in taken.ended["artifacts"]
    assert taken.said.asked
