"""How trials end, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stage import story
from .told import told

if TYPE_CHECKING:
    from .scene import Scene
    from .sweep import Sweep

HOW = ("well", "raises", "exits", "killed", "missing")


@story
def ends(scene: Scene) -> Sweep:
    """Five trials end in five ways."""
    scene.take("ends.py")
    sweep = scene.launch("--parallel", "2", "ends.py", f"[{', '.join(HOW)}]")
    if sweep.wait() != 1:
        raise AssertionError(f"grid wait must end with 1 where a trial failed: {sweep.states}")
    return sweep


def _reason(sweep: Sweep, how: str) -> str:
    row = sweep.rows[HOW.index(how)]
    assert (row.state, row.attempts) == ("failed", 1)
    return row.reason or ""


def test_a_success_needs_no_reason(ends: Sweep) -> None:
    """Exit code 0 is a success, beside trials that fail."""
    row = ends.rows[HOW.index("well")]
    assert (row.state, row.reason) == ("succeeded", None)


def test_an_exception_is_told_by_its_last_line(ends: Sweep) -> None:
    """A trial that ends with an exception has failed, with exit code 1 and the last line of what it said."""
    assert _reason(ends, "raises") == "exit code 1: ValueError: the last line"


def test_an_exit_code_is_told(ends: Sweep) -> None:
    """A trial that ends with another exit code has failed, and the code is told."""
    assert _reason(ends, "exits") == "exit code 3"


def test_a_signal_is_told(ends: Sweep) -> None:
    """A script that a signal ended has failed, was not interrupted, and the signal is told."""
    assert _reason(ends, "killed").startswith("killed by signal 9")


def test_a_missing_program_is_told(ends: Sweep) -> None:
    """A program that is not there is told by its name."""
    reason = _reason(ends, "missing")
    assert reason.startswith("exit code 127")
    assert "no-such-program" in reason


def test_files_of_a_failed_trial_are_kept(ends: Sweep) -> None:
    """What a trial wrote before it failed comes back as well."""
    for number, how in enumerate(HOW):
        assert ends.files(number)["half.txt"].read_text() == how


@story
def retried(scene: Scene) -> Sweep:
    """One trial succeeds at its second attempt, and one never."""
    scene.take("retried.py")
    sweep = scene.launch("--parallel", "2", "--retries", "1", "retried.py", "[2, 9]")
    sweep.wait()
    return sweep


def test_a_failed_trial_is_tried_again(retried: Sweep) -> None:
    """With --retries a failed trial is started again as often as was said; a success ends that."""
    assert [(row.state, row.attempts) for row in retried.rows] == [("succeeded", 2), ("failed", 2)]


def test_attempts_are_counted(retried: Sweep) -> None:
    """GRID_ATTEMPT counts, and the output of each attempt is kept."""
    said = [[retried.lines(trial, attempt) for attempt in (1, 2)] for trial in (0, 1)]
    assert said == [[["attempt 1"], ["attempt 2"]]] * 2


@story
def overdue(scene: Scene) -> Sweep:
    """Of two trials one takes longer than it may."""
    scene.take("works.py")
    sweep = scene.launch("--parallel", "2", "--max_time", "5s", "works.py", "[quick, long]")
    sweep.wait()
    return sweep


def test_a_trial_that_takes_too_long_is_stopped(overdue: Sweep) -> None:
    """--max_time stops the trial that runs longer, by a SIGTERM, and no other."""
    quick, long = overdue.rows
    assert quick.state == "succeeded"
    assert (long.state, long.attempts) == ("stopped", 1)
    assert "--max_time" in (long.reason or "")
    assert told(overdue.lines(1)).asked


def test_only_the_time_of_the_script_counts(overdue: Sweep) -> None:
    """--max_time counts from when the script runs: what a machine takes to start is not the script's time."""
    said = told(overdue.lines(1))
    assert said.began
    assert said.asked
    assert said.asked - said.began > 2.5  # the interpreter takes its time too
