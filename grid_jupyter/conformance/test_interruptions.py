"""Interruptions: a trial that is taken away goes on from where it saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .stage import story
from .told import Told, told

if TYPE_CHECKING:
    from .scene import Scene
    from .sweep import Sweep


@dataclass
class Interrupted:
    """A trial that was preempted and then run again from scratch, told by each of its three attempts."""

    sweep: Sweep
    state: str
    attempts: int
    first: Told
    second: Told
    third: Told


@story
def interrupted(scene: Scene) -> Interrupted:
    """Preempt a trial, wait for its end, and run it again."""
    scene.take("works.py")
    sweep = scene.launch("works.py", "long")
    sweep.until_works(0)
    sweep.grid("preempt", trial=0)
    sweep.wait()
    (row,) = sweep.rows
    sweep.grid("rerun", "0")
    sweep.wait()
    first, second, third = (told(sweep.lines(0, attempt)) for attempt in (1, 2, 3))
    return Interrupted(sweep, str(row.state), row.attempts, first, second, third)


def test_an_interrupted_trial_goes_on(interrupted: Interrupted) -> None:
    """A trial that is interrupted is asked to save, and the same command runs again without being told to."""
    assert interrupted.first.asked
    assert (interrupted.state, interrupted.attempts) == ("succeeded", 2)
    assert interrupted.second.ended


def test_its_checkpoint_is_as_it_was_left(interrupted: Interrupted) -> None:
    """The next attempt finds in GRID_CHECKPOINT_DIR what the one before it saved, with folders and byte for byte."""
    assert (interrupted.first.checkpoint, interrupted.second.checkpoint) == ("none", "whole")


def test_it_stays_the_same_trial(interrupted: Interrupted) -> None:
    """All attempts of a trial have the same GRID_EXPERIMENT_ID."""
    assert len({told.identity for told in (interrupted.first, interrupted.second, interrupted.third)}) == 1


def test_a_rerun_finds_no_checkpoint(interrupted: Interrupted) -> None:
    """A trial that is run again from scratch finds an empty checkpoint folder."""
    assert interrupted.third.checkpoint == "none"
    assert [row.attempts for row in interrupted.sweep.rows] == [3]


@dataclass
class Again:
    """Two runs of the same name; the first was deleted before the second was launched."""

    deleted: bool
    first: Told
    second: Told


@story
def again(scene: Scene) -> Again:
    """Delete a run and launch another one of its name."""
    scene.take("works.py")
    before = scene.launch("works.py", "quick")
    before.wait()
    first = told(before.lines())
    before.grid("delete", "--yes")
    deleted = before.grid("status", code=None).code == 2
    after = scene.launch("works.py", "quick", name=before.name)
    after.wait()
    return Again(deleted, first, told(after.lines()))


def test_nothing_of_a_deleted_run_is_left(again: Again) -> None:
    """A run that is deleted is gone: another one of its name finds no checkpoint of it, and has other identities."""
    assert again.deleted
    assert again.first.ended
    assert again.second.ended
    assert again.second.checkpoint == "none"
    assert again.second.identity != again.first.identity
