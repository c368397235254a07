"""The body of a ``%%grid run`` cell as a script, whose settings are its top-level literals.

A setting is a name that a top-level statement gives a literal (``lr = 0.1``, ``depth: int = 3``).
Other statements may assign it anew from it; two literals for one name make it no setting, as either
could be meant. A value is put in at the literal's own place, so that nothing else of the cell moves.
"""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import ArgumentError, CommandError

from .script import imports_in, parse, top_level_names
from .typed import convert, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ARGUMENT_READERS = frozenset(
    (
        "absl",
        "argparse",
        "click",
        "fire",
        "hydra",
        "jsonargparse",
        "simple_parsing",
        "typer",
        "tyro",
    )
)
"""Modules that read the command line: a cell that imports one gets its arguments as they are."""

_SYS_ARGV = re.compile(r"\bsys\s*\.\s*argv\b")
IPYTHON = re.compile(r"\s*(?:[%!?]|[\w.\s,]+=\s*[%!])|.*\?\s*$")
_NEWLINE = re.compile(rb"\r\n|\r|\n")


class CellError(CommandError):
    """A cell that cannot run as a script; knows the line and draws a caret under the fault."""

    def __init__(self, problem: str, text: str, column: int) -> None:
        super().__init__(problem)
        self.text = text
        self.column = column

    @property
    def detail(self) -> str:
        """The line with a caret under the fault."""
        return f"  {self.text}\n  {' ' * self.column}^"


@dataclass(frozen=True)
class Assignment:
    """A setting: its literal's value and place (``start`` and ``end`` in UTF-8 bytes, ``line`` from 1)."""

    name: str
    value: object
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class CellScript:
    """A cell's body.

    Args:
        source: The body, as written.
        reads_arguments: Whether it reads the command line itself.
        assignments: Its settings by name, in the order of the body.
        names: All names that it sets at its top level, to a literal or not.
        twice: Names that two literals are given to, with the lines.
        imports: The top-level names of the modules that it imports.
        called: What it is to its user.
    """

    source: str
    reads_arguments: bool
    assignments: Mapping[str, Assignment]
    names: frozenset[str]
    twice: Mapping[str, tuple[int, ...]]
    imports: frozenset[str] = frozenset()
    called: str = "the cell"

    def check(self, label: str, values: Iterable[str]) -> None:
        """Check that an argument names a setting and that each value has its type.

        Raises:
            ArgumentError: The name is unknown or assigned twice, or a value has another type.
        """
        assignment = self.setting(label)
        for text in values:
            convert(label, text, assignment.value)

    def values(self, texts: Mapping[str, str]) -> dict[str, object]:
        """The values that texts stand for, by the names that are set; the texts are by argument or name.

        Raises:
            ArgumentError: As ``check``.
        """
        places = {label: self.setting(label) for label in texts}
        return {place.name: convert(label, texts[label], place.value) for label, place in places.items()}

    def setting(self, label: str) -> Assignment:
        """The setting that an argument (``--data-dir``, ``data_dir``) names.

        Raises:
            ArgumentError: There is none, or its name is assigned twice.
        """
        name = label.lstrip("-").replace("-", "_")
        if name in self.assignments:
            return self.assignments[name]
        if name in self.twice:
            lines = " and ".join(map(str, self.twice[name]))
            raise ArgumentError(f"{self.called} sets {name} in the lines {lines}; keep one of them", label)
        near = difflib.get_close_matches(name, self.assignments, 1)
        if near:
            hint = f"the nearest is {near[0]}"
        else:
            hint = f"it sets {', '.join(self.assignments)}" if self.assignments else f"add a line like {name} = 1"
        raise ArgumentError(f"{self.called} has no top-level line that sets {name} to a literal; {hint}", label)

    def render(self, values: Mapping[str, str]) -> str:
        """The source with new values for settings, all else and the number of lines unchanged.

        Args:
            values: The text of each value, by argument or name.

        Raises:
            ArgumentError: As ``check``.
        """
        changes = []
        for label, text in values.items():
            place = self.setting(label)
            changes.append((place.start, place.end, source_of(convert(label, text, place.value))))
        content = self.source.encode()
        for start, end, literal in sorted(changes, reverse=True):
            content = content[:start] + _as_tall(literal, content[start:end]) + content[end:]
        return content.decode()


def read_cell(source: str, called: str = "the cell") -> CellScript:
    """Read a cell's body; it is not run.

    Args:
        source: The body.
        called: What it is to its user.

    Raises:
        CommandError: It is no Python, or uses IPython's syntax.
    """
    tree = _parsed(source, called)
    imported = list(imports_in(tree))
    literals = list(_literals(tree, source))
    lines: dict[str, tuple[int, ...]] = {}
    for found in literals:
        lines[found.name] = (*lines.get(found.name, ()), found.line)
    return CellScript(
        source,
        reads_arguments=_reads_arguments(source, imported),
        assignments={found.name: found for found in literals if len(lines[found.name]) == 1},
        names=frozenset(_names(tree)),
        twice={name: places for name, places in lines.items() if len(places) > 1},
        imports=frozenset(top_level_names(imported)),
        called=called,
    )


def _names(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def _parsed(source: str, called: str) -> ast.Module:
    try:
        tree = parse(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Only the compiler finds a top-level await or return.
            compile(tree, "cell.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise _refusal(source, called, error) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CommandError(f"{called} cannot be compiled: {error}") from None
    return tree


def _refusal(source: str, called: str, error: SyntaxError) -> CommandError:
    lines = re.split(r"\r\n|\r|\n", source)
    number = min(max(error.lineno or 1, 1), len(lines))
    text = lines[number - 1]
    column = min(max((error.offset or 1) - 1, 0), len(text))
    problem = f"line {number} of {called}: {error.msg}"
    if IPYTHON.match(text):
        problem += f"; {called} is read as plain Python, without IPython's magics and shell commands: take it out"
        column = len(text) - len(text.lstrip())
    return CellError(f"{problem}.", text, column)


def _reads_arguments(source: str, imported: list[ast.Import | ast.ImportFrom]) -> bool:
    if _SYS_ARGV.search(source) or not ARGUMENT_READERS.isdisjoint(top_level_names(imported)):
        return True
    taken = (item for item in imported if isinstance(item, ast.ImportFrom) and item.module == "sys")
    return any(alias.name in {"argv", "*"} for item in taken for alias in item.names)


def _literals(tree: ast.Module, source: str) -> Iterator[Assignment]:
    content = source.encode()
    starts = [0, *(match.end() for match in _NEWLINE.finditer(content))]
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=node):
                as_float = False
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as node, annotation=annotation):
                as_float = isinstance(annotation, ast.Name) and annotation.id == "float"
            case _:
                continue
        try:
            value: object = ast.literal_eval(node)
        except (ValueError, TypeError, RecursionError):
            continue
        if not isinstance(value, int | float | str | tuple | list | dict | None):
            continue
        if as_float and type(value) is int:
            value = float(value)
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        yield Assignment(name, value, statement.lineno, start, end)


def _as_tall(literal: str, replaced: bytes) -> bytes:
    """A literal over as many lines as the text that it takes the place of."""
    breaks = b"".join(_NEWLINE.findall(replaced))
    new = literal.encode()
    return b"(" + new + breaks + b")" if breaks else new
