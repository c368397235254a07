"""A notebook's parameters as flags, and its code as a script's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.notebooks import HOW, notebook_of, read_notebook
from grid_jupyter.errors import UserError

from .model import ScriptFlag, ScriptFlags

if TYPE_CHECKING:
    from pathlib import Path

    from grid_jupyter.core.cell import Assignment, CellScript


def notebook_code(path: Path, content: bytes) -> str:
    """Return the code of a notebook as one script; nothing where it cannot be read."""
    try:
        return notebook_of(path.name, content).code
    except UserError:
        return ""


def notebook_flags(path: Path) -> ScriptFlags:
    """Return the parameters of a notebook as the flags that set them; what is wrong with it is a note."""
    try:
        notebook = read_notebook(path)
        cell = notebook.parameters()
    except UserError as error:
        return ScriptFlags(notes=(str(error),), complete=True)
    if cell is None:
        return ScriptFlags(notes=(f"{path.name} has no cell for parameters; {HOW}",), complete=True)
    return ScriptFlags(("papermill",), cell_flags(cell, path.name), complete=True)


def cell_flags(cell: CellScript, place: str) -> tuple[ScriptFlag, ...]:
    """Return the names that a cell gives literals as the flags that set them.

    Args:
        cell: The cell.
        place: What it is called where a flag's source is told.
    """
    lines = cell.source.splitlines()
    return tuple(_flag(place, lines[each.line - 1], each) for each in cell.assignments.values())


def _flag(place: str, line: str, found: Assignment) -> ScriptFlag:
    kind = "str" if found.value is None else type(found.value).__name__
    # A comment behind it is its description. In front of a comment stands no quote that is still open.
    code, _, comment = line.rpartition("#")
    told = comment.strip() if comment and code.count('"') % 2 == 0 and code.count("'") % 2 == 0 and code.strip() else ""
    return ScriptFlag(f"--{found.name}", type=kind, default=found.value, help=told or None, source=place)
