"""Parsing a source, and its import statements to files."""

from __future__ import annotations

import ast
import gc
import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


_MOST_MENDED = 20
_PRINT = re.compile(r"^([ \t]*)print(?:[ \t]+[^(=\n]|[ \t]*>>).*$", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except[ \t]+[\w.]+)[ \t]*,[ \t]*\w+[ \t]*:", re.MULTILINE)


def parse(source: str | bytes) -> ast.Module:
    """Parse Python quietly.

    Raises:
        SyntaxError: The source is no Python.
    """
    with warnings.catch_warnings(), _no_collection():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "the source is nested too deeply") from error


def parse_what_can_be(text: str) -> ast.Module | None:
    """Parse a source with errors in it, as one of Python 2 or half written, without the lines that hold them.

    None where there are too many.
    """
    text = _PRINT.sub(r"\1pass", _EXCEPT.sub(r"\1:", text))
    for _ in range(_MOST_MENDED):
        try:
            return parse(text)
        except SyntaxError as error:
            lines = text.split("\n")
            number = min(error.lineno or 1, len(lines))
            line = lines[number - 1]
            mended = line[: len(line) - len(line.lstrip())] + "pass"
            if line == mended or (error.lineno or 0) > len(lines):
                return _before(lines, number)
            lines[number - 1] = mended
            text = "\n".join(lines)
    return None


def _before(lines: list[str], number: int) -> ast.Module | None:
    """The top-level statements above a line."""
    while number > 1:
        number -= 1
        if lines[number - 1][:1].strip() and not lines[number - 1].startswith((")", "]", "}", "#", "@")):
            try:
                return parse("\n".join(lines[: number - 1]))
            except SyntaxError:
                continue
    return None


def imports_in(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """All import statements, at any depth."""
    # Expressions hold no imports, and are most of a tree.
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            below = getattr(node, field, None)
            if isinstance(below, list):
                pending += below


def top_level_names(statements: Iterable[ast.Import | ast.ImportFrom]) -> set[str]:
    """The packages that import statements name, relative ones aside."""
    names: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in statement.names}
        elif statement.level == 0 and statement.module:
            names.add(statement.module.partition(".")[0])
    return names


@contextmanager
def _no_collection() -> Iterator[None]:
    # A tree is a great many objects and none is garbage: looking for some takes most of the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def imported_modules(
    statement: ast.Import | ast.ImportFrom, folder: Path, bases: Sequence[Path]
) -> Iterator[tuple[Sequence[Path], list[str]]]:
    """Where the modules that an import statement names are looked for, and their dotted names in parts.

    The last part may be no module.

    Args:
        statement: The statement.
        folder: The folder of its file.
        bases: Where absolute names are looked for.
    """
    if isinstance(statement, ast.Import):
        yield from ((bases, alias.name.split(".")) for alias in statement.names)
        return
    if statement.level:
        bases = [(folder, *folder.parents)[min(statement.level - 1, len(folder.parents))]]
    parts = statement.module.split(".") if statement.module else []
    yield from ((bases, [*parts, alias.name]) for alias in statement.names)


def module_files(bases: Sequence[Path], parts: Sequence[str]) -> list[Path]:
    """The first base's files for a dotted name, those of its packages first; its last part may be no module."""
    return next((files for base in bases if (files := list(_files_in(base, parts)))), [])


def _files_in(base: Path, parts: Sequence[str]) -> Iterator[Path]:
    folder = base
    for part in parts:
        if (initial := folder / "__init__.py").is_file() and folder != base:
            yield initial
        if (module := folder / f"{part}.py").is_file():
            yield module
            return
        folder /= part
        if not folder.is_dir():
            return
    if (initial := folder / "__init__.py").is_file():
        yield initial
