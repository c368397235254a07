"""A sweep that is being set up: what is chosen and typed, and the words of the command that it makes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grid_jupyter.core.cell import read_cell
from grid_jupyter.core.jobs import CELL_SCRIPT
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.notebooks import SUFFIX
from grid_jupyter.core.project import SCRIPT_KINDS, find_project
from grid_jupyter.core.script import read_flags
from grid_jupyter.core.script.model import ScriptFlags
from grid_jupyter.core.script.notebook import cell_flags
from grid_jupyter.errors import GridError

if TYPE_CHECKING:
    from pathlib import Path

    from grid_jupyter.core.flags import Flag

_MOST_SCRIPTS = 200


@dataclass
class Draft:
    """What is chosen and typed.

    Attributes:
        script: The script, as it would be typed; empty where none is chosen.
        cell: The body of the cell that is the script.
        arguments: The words of each of the script's flags that is set, in the order to pass them.
        more: Further arguments, as they would be typed.
        options: Grid's own flags that are set: their text, or ``True`` for one without a value.
    """

    script: str = ""
    cell: str | None = None
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    more: str = ""
    options: dict[str, str | bool] = field(default_factory=dict)

    def set(self, name: str, words: tuple[str, ...]) -> None:
        """Set a flag of the script; no words leave it out.

        Words that stand alone come first: behind a flag without a value they would be taken for one.
        """
        # A dictionary of its own, as another thread may be reading the old one.
        now = self.arguments | {name: words}
        given = [item for item in now.items() if item[1]]
        self.arguments = dict(sorted(given, key=lambda item: item[1][0].startswith("-")))

    def set_option(self, dest: str, value: str | bool) -> None:
        """Set one of Grid's flags; nothing leaves it out."""
        now = self.options | {dest: value}
        self.options = {name: given for name, given in now.items() if given not in {"", False}}

    def labels(self) -> dict[str, str]:
        """Return under which name a check tells of each of the script's flags that is set."""
        labels, places = {}, 0
        for name, words in self.arguments.items():
            places += not words[0].startswith("-")
            labels[name] = words[0].partition("=")[0] if words[0].startswith("-") else f"arg{places}"
        return labels

    def words(self, flags: tuple[Flag, ...]) -> tuple[str, ...]:
        """Return the words behind ``grid run``.

        Args:
            flags: The flags of ``grid run``.

        Raises:
            UserError: What was typed cannot be split into words.
        """
        own = [word for flag in flags if flag.dest in self.options for word in _option(flag, self.options[flag.dest])]
        script = [word for words in self.arguments.values() for word in words] + list(split_line(self.more).words)
        if self.cell is not None:
            return (*own, *(["--"] if script else []), *script)
        return (*own, *(["--"] if self.script.startswith("-") else []), self.script, *script)


def _option(flag: Flag, value: str | bool) -> list[str]:
    if isinstance(value, bool):
        return [flag.name] if value else []
    texts = split_line(value).words if flag.repeats else (value,)
    return [word for text in texts for word in (flag.name, text)]


def read_fields(draft: Draft, cwd: Path) -> ScriptFlags:
    """Return the flags that a panel has fields for, as its source tells; of a cell or notebook, what it sets."""
    script = cwd / (os.path.expanduser(draft.script) or CELL_SCRIPT)  # noqa: PTH111  (no error)
    try:
        if draft.cell is not None and not (cell := read_cell(draft.cell)).reads_arguments:
            return ScriptFlags(("cell",), cell_flags(cell, CELL_SCRIPT), complete=True)
    except GridError as error:
        return ScriptFlags(notes=(str(error),), complete=True)
    if draft.cell is None and not (draft.script.endswith((".py", SUFFIX)) and os.path.isfile(script)):  # noqa: PTH113  (no error)
        return ScriptFlags()
    try:
        root = find_project(cwd).root
    except GridError:
        root = cwd
    return read_flags(script, root, draft.cell)


def find_scripts(folder: Path) -> list[str]:
    """Return the scripts of a folder and of the folders in it, to choose from."""
    found: list[str] = []
    for place in ("", *sorted(_names(folder, folders=True))):
        names = sorted(_names(folder / place, folders=False))
        found += [os.path.join(place, name) for name in names if name.endswith(tuple(SCRIPT_KINDS))]  # noqa: PTH118
    return found[:_MOST_SCRIPTS]


def _names(folder: Path, *, folders: bool) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith((".", "_"))]
            return [entry.name for entry in shown if entry.is_dir() == folders][:_MOST_SCRIPTS]
    except OSError:
        return []
