"""Stopping: one trial, all of a run, and what does not want to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .stage import story
from .told import Told, told

if TYPE_CHECKING:
    from .scene import Scene
    from .sweep import Sweep


@dataclass
class Stopped:
    """What was seen of a run of three trials, two at once, of which first one is stopped and then all.

    Attributes:
        grew: How long the output of trial 1 was at three looks while it ran.
        beside: The state of trial 1 when trial 0 had been stopped.
        states: The states in the end.
        first: What trial 0 told.
        again: What it told when it was run again.
    """

    sweep: Sweep
    grew: list[int]
    beside: str
    states: list[str]
    first: Told
    again: Told


@story
def stopped(scene: Scene) -> Stopped:
    """Stop one of two trials that run, then the run, and run the first again to see what is left of its child."""
    scene.take("works.py")
    sweep = scene.launch("--parallel", "2", "works.py", "[family, long, long]")
    sweep.need_room(2)
    sweep.until_works(0, 1)
    grew = [len(sweep.log(1))]
    sweep.grid("stop", trial=0)
    sweep.until(lambda: sweep.states[0] == "stopped", "the end of trial 0")
    beside = sweep.states[1]
    for _ in range(2):
        sweep.until_more(1)
        grew.append(len(sweep.log(1)))
    sweep.grid("stop")
    sweep.wait()
    states = sweep.states
    sweep.grid("rerun", "0")
    sweep.wait()
    return Stopped(sweep, grew, beside, states, told(sweep.lines(0)), told(sweep.lines(0, 2)))


def test_output_grows_while_a_trial_runs(stopped: Stopped) -> None:
    """What a script prints can be read while it runs, and becomes more."""
    assert stopped.grew == sorted({*stopped.grew})
    assert stopped.grew[0] > 0


def test_one_trial_is_stopped_and_others_go_on(stopped: Stopped) -> None:
    """One trial can be stopped; those beside it run on."""
    assert stopped.beside == "running"
    assert (stopped.sweep.rows[1].attempts, stopped.states[0]) == (1, "stopped")


def test_a_trial_is_asked_before_it_is_ended(stopped: Stopped) -> None:
    """A trial that is stopped gets a SIGTERM and time to save: its last words and its files come back."""
    assert stopped.first.whole
    assert stopped.first.asked
    assert not stopped.first.ended
    assert stopped.sweep.files(1)["saved.txt"].read_text() == "saved"


def test_a_run_is_stopped_as_a_whole(stopped: Stopped) -> None:
    """A run can be stopped: what runs is asked to end, and what waits never starts."""
    assert stopped.states == ["stopped"] * 3
    assert told(stopped.sweep.lines(1)).asked


def test_children_of_a_script_end_with_it(stopped: Stopped) -> None:
    """What a script has started and left running is ended with it."""
    if stopped.again.child == "elsewhere":
        pytest.skip("the trial ran on another machine when it was run again, where nothing is seen of its child")
    assert stopped.again.child == "ended"


@story
def stubborn(scene: Scene) -> Sweep:
    """Stop a trial that does not listen."""
    scene.take("works.py")
    sweep = scene.launch("works.py", "stubborn")
    sweep.until_works(0)
    sweep.grid("stop")
    sweep.wait()
    return sweep


def test_what_does_not_listen_is_ended_by_force(stubborn: Sweep) -> None:
    """A script that does not end when it is asked to is given time, and is then ended by force."""
    (row,) = stubborn.rows
    said = told(stubborn.lines())
    assert (row.state, row.reason) == ("stopped", "stopped by you")
    assert said.whole
    assert said.asked
    assert not said.ended
    assert said.after > 30, "it had less than three seconds"
