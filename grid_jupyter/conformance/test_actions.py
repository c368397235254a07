"""Actions of the configuration file: before the first trial, and around each script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .stage import story

if TYPE_CHECKING:
    from .scene import Scene
    from .sweep import Sweep

ACTIONS = {
    "on_build": ["echo building; echo $$ made > made.txt"],
    "on_experiment_start": ["echo before $GRID_TRIAL_INDEX"],
    "on_experiment_end": ["echo after $SUITE_WORD"],
}


@story
def built(scene: Scene) -> Sweep:
    """Two trials with actions of all kinds."""
    scene.take("built.py")
    train = {"environment": {"SUITE_WORD": "said"}, "actions": ACTIONS}
    scene.write("grid.yml", json.dumps({"compute": {"train": train}}))
    sweep = scene.launch("--config", "grid.yml", "--parallel", "2", "built.py", "[a, b]")
    if sweep.wait():
        raise AssertionError(f"{sweep.states}: {sweep.reason} {[row.reason for row in sweep.rows]}")
    return sweep


def test_build_actions_run_once(built: Sweep) -> None:
    """Build actions run once, before the first trial, and what they write is in the project of each."""
    said = [built.lines(trial)[1].split() for trial in (0, 1)]
    assert said[0] == said[1]
    assert (said[0][0], *said[0][2:]) == ("script", "made", "said")
    assert built.scene.grid("logs", f"{built.name}/build").out == "building\n"


def test_actions_run_around_each_script(built: Sweep) -> None:
    """Actions before and after the script run in its folder, with its environment, and print into its log."""
    for trial in (0, 1):
        before, _, after = built.lines(trial)
        assert (before, after) == (f"before {trial}", "after said")
