"""Searches: results decide what is tried next, and what ends early."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from .stage import story

if TYPE_CHECKING:
    from .scene import Scene
    from .sweep import Sweep


def _need_optuna() -> None:
    if not find_spec("optuna"):
        pytest.skip("Optuna is not installed here: pip install 'grid-jupyter[bayesian]'")


@story
def searched(scene: Scene) -> Sweep:
    """Four points, each chosen when a trial can start."""
    _need_optuna()
    scene.take("scores.py")
    flags = ("--strategy", "bayesian", "--metric", "loss", "--trials", "4", "--seed", "3", "--parallel", "2")
    sweep = scene.launch(*flags, "scores.py", "uniform(0, 1)")
    sweep.wait()
    return sweep


def test_a_search_runs_each_point_once(searched: Sweep) -> None:
    """A bayesian search starts trials one by one, each with a point of its own, and learns their results."""
    assert searched.states == ["succeeded"] * 4
    points = [trial.arguments[0] for trial in searched.handle]
    assert len({*points}) == 4
    assert [row.metrics["loss"] for row in searched.rows] == [float(point) for point in points]


@story
def pruned(scene: Scene) -> Sweep:
    """Two good trials, by which a bad one is measured that would go on, and a better one."""
    _need_optuna()
    scene.take("scores.py")
    flags = ("--early_stop", "asha", "--metric", "loss", "--mode", "min", "--parallel", "1")
    sweep = scene.launch(*flags, "scores.py", "[1, 1, 9, 0.5]")
    sweep.wait()
    return sweep


def test_a_bad_trial_ends_early(pruned: Sweep) -> None:
    """What a trial reports while it runs can end it early; the others run to their end."""
    assert pruned.states == ["succeeded", "succeeded", "pruned", "succeeded"]
    assert (pruned.rows[2].reason or "").startswith("pruned at step 1: loss 9")
