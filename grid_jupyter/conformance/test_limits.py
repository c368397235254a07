"""Limits: so many at once, so much time, and a pause."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from .stage import story
from .told import Told, told

if TYPE_CHECKING:
    from .scene import Scene
    from .sweep import Sweep

TRIALS = 3
CLOCKS = 0.5
"""Seconds by which the clocks of two machines may differ."""


@story
def beside(scene: Scene) -> list[Told]:
    """Three trials of two seconds, one at a time, which is less than any cluster has room for."""
    scene.take("works.py")
    sweep = scene.launch("--parallel", "1", "works.py", f"[{', '.join(['2.0'] * TRIALS)}]")
    if sweep.wait():
        raise AssertionError(f"{sweep.states}: {[row.reason for row in sweep.rows]}")
    return [told(sweep.lines(trial)) for trial in range(TRIALS)]


def test_no_more_run_at_once_than_may(beside: list[Told]) -> None:
    """No more trials run at once than --parallel allows, by the clocks of the machines that they ran on."""
    begins = [(said.began + CLOCKS, 1) for said in beside if said.began]
    ends = [(said.ended - CLOCKS, -1) for said in beside if said.ended]
    assert len(begins) == len(ends) == TRIALS
    changes = accumulate(change for _, change in sorted(begins + ends))
    assert max(changes) == 1


def test_each_trial_runs_once(beside: list[Told]) -> None:
    """Each trial is run by one process, once, and all that it printed is there in order."""
    assert all(said.whole and said.ended for said in beside)
    assert len({said.tokens[0] for said in beside}) == TRIALS


@dataclass
class Paused:
    """A run of three trials that was paused while the first one ran.

    Attributes:
        went_on: Whether the first one went on while the run was paused.
        held: The run's state once the first one had ended, and those of its trials.
    """

    sweep: Sweep
    went_on: bool
    held: tuple[str, list[str]]


@story
def paused(scene: Scene) -> Paused:
    """Pause a run, end the trial that runs, and carry on."""
    scene.take("works.py")
    sweep = scene.launch("--parallel", "1", "works.py", "[long, quick, quick]")
    sweep.until_works(0)
    sweep.grid("pause")
    sweep.until(lambda: "paused" in sweep.reason, "the pause")
    sweep.until_more(0)
    went_on = sweep.states[0] == "running"
    sweep.grid("stop", trial=0)
    sweep.wait()
    held = (str(sweep.handle.state), sweep.states)
    sweep.grid("resume")
    sweep.wait()
    return Paused(sweep, went_on, held)


def test_a_pause_holds_what_waits(paused: Paused) -> None:
    """A run that is paused starts no trial, and lets go on what runs."""
    assert paused.went_on
    assert paused.held == ("paused", ["stopped", "queued", "queued"])


def test_a_resumed_run_goes_to_its_end(paused: Paused) -> None:
    """A run that is resumed goes to its end; a trial that was stopped goes on from where it saved."""
    assert [(row.state, row.attempts) for row in paused.sweep.rows] == [
        ("succeeded", 2),
        ("succeeded", 1),
        ("succeeded", 1),
    ]
    assert told(paused.sweep.lines(0, 2)).checkpoint == "whole"


@story
def spent(scene: Scene) -> Paused:
    """Let a run spend its budget, and give it more."""
    scene.take("works.py")
    sweep = scene.launch("--parallel", "1", "--budget", "3s", "works.py", "[long, quick]")
    sweep.wait()
    held = (str(sweep.handle.state), sweep.states)
    assert "budget" in sweep.reason, sweep.reason
    sweep.grid("resume", "--budget", "10h")
    sweep.wait()
    return Paused(sweep, went_on=False, held=held)


def test_a_budget_that_is_spent_holds_the_run(spent: Paused) -> None:
    """Where the --budget is spent, what runs is asked to save, and the run is paused."""
    assert spent.held == ("paused", ["queued", "queued"])
    assert told(spent.sweep.lines(0)).asked


def test_a_larger_budget_lets_it_go_on(spent: Paused) -> None:
    """With a larger budget the run goes on, and its trials from where they saved."""
    assert [(row.state, row.attempts) for row in spent.sweep.rows] == [("succeeded", 2), ("succeeded", 1)]
    assert told(spent.sweep.lines(0, 2)).checkpoint == "whole"
