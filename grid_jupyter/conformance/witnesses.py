"""The story of three trials that look around and leave all kinds of things; many tests look at it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .stage import story

if TYPE_CHECKING:
    from pathlib import Path

    from .scene import Scene
    from .sweep import Sweep

ENVIRONMENT = {"SUITE_WORD": 'it\'s $HOME "here"; größe', "SUITE_EMPTY": ""}
FILES: dict[str, tuple[str | bytes, int]] = {
    "notes.txt": ("as it was\n", 0o644),
    "data/deep/größe.txt": ("größe\n", 0o644),
    "data/all.bin": (bytes(range(256)), 0o644),
    "tools/run.sh": ("#!/bin/sh\necho run\n", 0o755),
    "empty.txt": ("", 0o644),
}
LINK = ("data/link.txt", "../notes.txt")
TRIALS = 3


@dataclass
class Witness:
    """A run of which each trial has told what it saw.

    Attributes:
        seen: What each saw.
        files: What each left, by path.
    """

    sweep: Sweep
    seen: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Path]] = field(default_factory=list)


@story
def witness(scene: Scene) -> Witness:
    """Three trials, launched from a folder of the project, look around and leave all kinds of things."""
    for name, (content, mode) in FILES.items():
        scene.write(name, content, mode)
    (scene.project / LINK[0]).symlink_to(LINK[1])
    scene.write(".git/HEAD", "ref: refs/heads/main\n")  # what makes this folder the project
    scene.write("grid.yml", json.dumps({"compute": {"train": {"environment": ENVIRONMENT}}}))
    scene.take("witness.py", folder="sub/")
    sweep = scene.launch("--config", "../grid.yml", "witness.py", "[0, 1, 2]", folder="sub")
    if sweep.wait():
        raise AssertionError(f"{sweep.states}: {[row.reason for row in sweep.rows]}")
    made = Witness(sweep, files=[sweep.files(trial) for trial in range(TRIALS)])
    made.seen = [json.loads(files["sub/told.json"].read_text()) for files in made.files]
    return made
