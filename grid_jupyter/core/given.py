"""What a script is given: its arguments, read as this kind of script takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from .arguments import Arguments, parse_arguments
from .jobs import CELL_SCRIPT
from .notebooks import SUFFIX, Notebook
from .script import read_script
from .strays import strays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from .cell import CellScript
    from .project import Project
    from .space import Axis, Space
    from .spec import RunSpec

CHECKED = 10_000
"""How many values of an axis are checked one by one against the literal of a cell."""


@dataclass(frozen=True)
class Given:
    """A script's arguments.

    Attributes:
        arguments: The arguments.
        imports: The top-level names of the modules that the script and its own modules import.
        warnings: What was probably meant otherwise.
    """

    arguments: Arguments
    imports: frozenset[str]
    warnings: Sequence[str] = ()


def read_given(spec: RunSpec, project: Project, script: PurePosixPath, cell: CellScript | None) -> Given:
    """Read the script's arguments, and its sources as far as they tell how these are meant.

    Raises:
        UserError: An argument cannot be read.
    """
    sweep = spec.strategy != "none"
    keep = spec.keep_dashes or not sweep
    if cell and not cell.reads_arguments:
        return Given(parse_arguments(spec.words, sweep=sweep, keep_dashes=lambda _: keep), cell.imports)
    if cell:
        source = read_script(project.cwd / CELL_SCRIPT, project.root, cell.source)
        arguments = parse_arguments(spec.words, sweep=sweep, keep_dashes=lambda _: keep)
        return Given(arguments, source.imports, list(strays("the cell", source, arguments)))
    source = read_script(project.root / script, project.root)
    if script.suffix == SUFFIX:
        return Given(parse_arguments(spec.words, sweep=sweep, keep_dashes=lambda _: keep), source.imports)
    warnings = [f"{script.name} does not parse as Python: {source.syntax_error}"] if source.syntax_error else []
    arguments = parse_arguments(spec.words, sweep=sweep, keep_dashes=lambda name: keep or source.keeps_dashes(name))
    for dashed, name in arguments.renamed:
        warnings.append(f"{dashed} becomes {name}. Keep the dashes with --keep_dashes.")
    return Given(arguments, source.imports, [*warnings, *strays(script.name, source, arguments)])


def check_settings(script: CellScript | Notebook, space: Space) -> None:
    """Refuse what a cell or a notebook sets to no literal, before anything is launched.

    Raises:
        CommandError: An argument names nothing that it sets, or a value has another type.
    """
    for axis in space.axes:
        if not axis.label:  # a bare --, which only parts flags from positionals
            continue
        if axis.name is None:
            kind = "notebook" if isinstance(script, Notebook) else "cell that reads no arguments"
            raise CommandError(
                f"{axis.values[0] if axis.values else ''!r}: a {kind} takes flags alone; "
                "write --name VALUE for a name that it sets"
            )
        script.check(f"--{axis.label}", ["true"] if axis.values is None else _some(axis))


def _some(axis: Axis) -> list[str]:
    """The values of an axis, or the ends of one whose values are too many and all of one kind."""
    places = range(axis.count) if axis.count <= CHECKED else (0, axis.count - 1)
    return [value for place in places if (value := axis.value(place)) is not None]
