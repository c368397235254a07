"""The watcher of a run may be killed at any moment: no trial is lost, and none runs twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .stage import story
from .told import Told, told

if TYPE_CHECKING:
    from .scene import Scene
    from .sweep import Sweep

LONGEST = 128.0
"""Seconds: of a cluster that tells later of a trial that runs, nothing is tested here."""


@dataclass
class Unwatched:
    """A run whose two running trials ended while nobody watched, with a third one waiting."""

    sweep: Sweep
    said: list[Told]


@story
def unwatched(scene: Scene) -> Unwatched:
    """Kill the watcher while trials run, stay away until they have ended, and wait for the run."""
    scene.take("works.py")
    seconds = 2.0
    while not (sweep := _left_alone(scene, seconds)):
        seconds *= 2
        if seconds > LONGEST:
            raise AssertionError(f"a trial of {LONGEST:g} seconds had ended before it was known that it runs")
    scene.pause(seconds + 1)
    assert sweep.states[:2] == ["running"] * 2, "somebody writes the run's database while no watcher lives"
    if sweep.wait():
        raise AssertionError(f"{sweep.states}: {[row.reason for row in sweep.rows]}")
    return Unwatched(sweep, [told(sweep.lines(trial)) for trial in range(3)])


def _left_alone(scene: Scene, seconds: float) -> Sweep | None:
    """Launch a run and kill its watcher while two trials run; ``None`` where one had ended before."""
    sweep = scene.launch("--parallel", "2", "works.py", f"[{seconds}, {seconds}, quick]")
    sweep.need_room(2)
    sweep.until(lambda: sweep.states.count("running") == 2 or "succeeded" in sweep.states, "two trials that run")
    sweep.kill_watcher()
    if sweep.states == ["running", "running", "queued"]:
        return sweep
    sweep.clear()
    return None


def test_ends_that_nobody_saw_are_found(unwatched: Unwatched) -> None:
    """Trials end by themselves while no watcher lives, and the next one finds how; what waited then runs."""
    assert [(row.state, row.attempts) for row in unwatched.sweep.rows] == [("succeeded", 1)] * 3


def test_output_of_that_time_is_whole(unwatched: Unwatched) -> None:
    """What trials printed while no watcher lived is there, whole and once."""
    assert all(said.whole and said.ended for said in unwatched.said)
    assert [len(said.ticks) > 5 for said in unwatched.said] == [True, True, False]
    assert unwatched.sweep.files(0)["saved.txt"].read_text() == "saved"


@dataclass
class Rewatched:
    """A trial whose watcher was killed while it ran and started again at once."""

    sweep: Sweep
    attempts: int
    first: Told


@story
def rewatched(scene: Scene) -> Rewatched:
    """Kill the watcher, start it again, and see that it has its trial in hand: it can be interrupted."""
    scene.take("works.py")
    sweep = scene.launch("works.py", "long")
    sweep.until_works(0)
    sweep.kill_watcher()
    sweep.grid("resume")
    sweep.until_more(0)
    attempts = sweep.rows[0].attempts
    sweep.grid("preempt", trial=0)
    sweep.wait()
    return Rewatched(sweep, attempts, told(sweep.lines(0)))


def test_the_next_watcher_takes_over(rewatched: Rewatched) -> None:
    """A watcher that follows one that was killed takes over what runs, and starts nothing a second time."""
    assert rewatched.attempts == 1
    assert rewatched.first.whole


def test_it_has_trials_in_hand(rewatched: Rewatched) -> None:
    """It can end a trial that another watcher has started, which then goes on from where it saved."""
    assert rewatched.first.asked
    assert [(row.state, row.attempts) for row in rewatched.sweep.rows] == [("succeeded", 2)]
    assert told(rewatched.sweep.lines(0, 2)).checkpoint == "whole"


@story
def first_moments(scene: Scene) -> Sweep:
    """Kill the watcher again and again in its first moments, when trials are about to be started."""
    scene.take("works.py")
    sweep = scene.launch("--parallel", "2", "works.py", "[1.0, 1.0, 1.0]")
    for moment in (0.0, 0.1, 0.3, 0.6):
        scene.pause(moment)
        sweep.kill_watcher()
        sweep.grid("resume", code=None)  # it may have succeeded already
    sweep.wait()
    return sweep


def test_a_watcher_killed_in_its_first_moments_starts_nothing_twice(first_moments: Sweep) -> None:
    """A watcher that is killed between the launch and the start of a trial, or right after it, starts none twice."""
    assert [(row.state, row.attempts) for row in first_moments.rows] == [("succeeded", 1)] * 3
    said = [told(first_moments.lines(trial)) for trial in range(3)]
    assert all(one.whole and one.ended for one in said)
