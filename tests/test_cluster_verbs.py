"""Verbs of two words, as a cluster brings them."""

from __future__ import annotations

import re

import pytest

import grid_jupyter.clusters
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.completion import complete
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError

VERBS = """\
from grid_jupyter.core.flags import FORMAT, YES, Verb, family
from grid_jupyter.core.reply import Reply

VERB = family(
    "lab", "Look after the laboratory",
    Verb("lab open", "Open its door", "[ROOM]", 0, 1, (YES, FORMAT)),
    Verb("lab close", "Close its door", "ROOM", 1, 1, (FORMAT,)),
)


def answer(command, around):
    data = [command.verb.name, list(command.operands), dict(command.options)]
    return Reply(data, f"{command.verb.name}: {', '.join(command.operands)}")
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A cluster of the name lab, with verbs of its own, beside ours."""
    package = tmp_path / "clusters" / "lab"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "verbs.py").write_text(VERBS)
    monkeypatch.setattr(grid_jupyter.clusters, "__path__", [*grid_jupyter.clusters.__path__, str(package.parent)])


@pytest.mark.usefixtures("lab")
class TestVerbsOfACluster:
    def test_they_are_answered(self, grid):
        assert grid.here("lab", "close", "7").out == "lab close: 7\n"
        assert grid.here("lab", "open", "--yes", "--format", "json").json == [
            "lab open",
            [],
            {"yes": True, "format": "json"},
        ]

    def test_help_lists_them(self, grid):
        assert re.search(r"^  lab +Look after the laboratory$", grid.here("-h").out, re.MULTILINE)
        listed = grid.here("lab", "-h").out
        assert "  open   Open its door\n  close  Close its door\n" in listed
        assert grid.here("lab").out == grid.here("lab", "help").out == listed
        assert grid.here("lab", "open", "-h").out.startswith("grid lab open [FLAGS] [ROOM]\n")

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("lab", "opne"), "'opne' is not a verb of grid lab; did you mean open"),
            (("lab", "xyz"), "the verbs are open, close"),
            (("lab", "--yes", "open"), "'--yes' is not a verb of grid lab"),
            (("lab open",), "'lab open' is not a verb of grid"),
            (("labb",), "did you mean lab"),
            (("lab", "close"), "grid lab close takes ROOM; got nothing"),
            (("lab", "close", "--yes", "7"), "--yes is not a flag of grid lab close"),
        ],
    )
    def test_what_is_wrong_is_told(self, grid, words, told):
        answer = grid.here(*words)
        assert answer.code == 2
        assert told in answer.err

    def test_no_cell_is_taken(self):
        with pytest.raises(CommandError, match="%%grid lab open: only run and panel take a cell"):
            parse_command([Word("lab"), Word("open")], cell="x = 1")

    @pytest.mark.parametrize(
        ("line", "offered"),
        [("la", ["lab"]), ("lab ", ["open", "close"]), ("lab o", ["open"]), ("lab open --", ["--yes", "--format"])],
    )
    def test_they_are_completed(self, tmp_path, line, offered):
        assert [one.text for one in complete(line, tmp_path).candidates] == offered


def test_without_them_there_are_none(grid):
    assert "lab" not in grid.here("-h").out
    assert "'lab' is not a verb of grid" in grid.here("lab", "open").err
