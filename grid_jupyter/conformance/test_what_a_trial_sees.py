"""What a script finds: its arguments, its environment, its project."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .stage import story
from .witnesses import ENVIRONMENT, FILES, LINK, TRIALS

if TYPE_CHECKING:
    from .scene import Scene
    from .witnesses import Witness

WORDS = [
    "two words",
    'it\'s "quoted"',
    "$HOME `id` $(touch x)",
    "größe 中",
    "line\nbreak",
    "",
    "*",
    "--",
    "~",
    "a\\b;&|<>",
]


@story
def argued(scene: Scene) -> list[list[str]]:
    """Two trials are given words that mean something to a shell."""
    scene.take("argued.py")
    sweep = scene.launch("argued.py", *WORDS, "[a, 'b c']")
    sweep.wait()
    return [json.loads(sweep.files(trial)["argued.json"].read_text()) for trial in (0, 1)]


def test_arguments_arrive_as_they_are(argued: list[list[str]]) -> None:
    """Arguments reach the script as they were written, never read by a shell: blanks, quotes, $, newlines, nothing."""
    assert argued == [[*WORDS, "a"], [*WORDS, "b c"]]


def test_variables_of_the_configuration_are_set(witness: Witness) -> None:
    """Variables of the configuration file are set, whatever stands in them."""
    for seen in witness.seen:
        assert {name: seen["environment"].get(name) for name in ENVIRONMENT} == ENVIRONMENT


def test_each_trial_knows_itself(witness: Witness) -> None:
    """GRID_ variables name the run, the trial and its attempt, and where it may write metrics and a checkpoint."""
    run = witness.sweep.name
    for number, seen in enumerate(witness.seen):
        told = seen["environment"]
        assert told["GRID_RUN_NAME"] == run
        assert told["GRID_TRIAL_INDEX"] == str(number)
        assert told["GRID_EXPERIMENT_NAME"] == f"{run}-exp{number}"
        assert told["GRID_ATTEMPT"] == "1"
        assert "GRID_INSTANCE_TYPE" in told
        assert told["GRID_CHECKPOINT_DIR"]
        assert told["GRID_METRICS_FILE"]
    assert len({seen["environment"]["GRID_EXPERIMENT_ID"] for seen in witness.seen}) == TRIALS


def test_it_starts_where_the_command_was_given(witness: Witness) -> None:
    """A script starts in the folder of the project in which the command was given, with nothing on standard input."""
    assert [(seen["folder"], seen["input"]) for seen in witness.seen] == [("sub", "")] * TRIALS


def test_the_files_of_the_project_are_there(witness: Witness) -> None:
    """All files of the project are there with their contents, whatever their names, and may be run if they could be."""
    for seen in witness.seen:
        for name, (content, mode) in FILES.items():
            found = seen["files"].get(name)
            assert found, f"{name} is missing among {sorted(seen['files'])}"
            expected = content.encode() if isinstance(content, str) else content
            assert bytes.fromhex(found["content"]) == expected
            assert int(found["mode"], 8) & 0o100 == mode & 0o100
        assert "sub/witness.py" in seen["files"]


def test_links_inside_the_project_lead_where_they_did(witness: Witness) -> None:
    """A link inside the project is a link to the same file."""
    assert [seen["files"].get(LINK[0]) for seen in witness.seen] == [{"link": LINK[1]}] * TRIALS


def test_no_trial_sees_what_another_writes(witness: Witness) -> None:
    """Each trial has a copy of the project of its own: what one changes no other sees, before or after."""
    for number, seen in enumerate(witness.seen):
        assert bytes.fromhex(seen["files"]["notes.txt"]["content"]) == b"as it was\n"
        assert seen["notes"] == f"changed{number}"
        assert not [name for name in seen["files"] if re.search(r"made/|half|told", name)]
