"""A script's source and those of the project's modules that it imports; they are read, never run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .model import ScriptFlags

from .imports import imported_modules, imports_in, module_files, parse, parse_what_can_be, top_level_names

MOST_FILES = 500

_LARGEST = 2_000_000
_SHORT = 1_000_000
_MOST_BYTES = 4_000_000
_MOST_KEPT = 1_000_000
_CODING = re.compile(rb"^[^\n]*\n?[^\n]*coding[:=][ \t]*([-\w.]+)")
_LINE_END = re.compile(rb"\r\n|\r|\n")

KEEP_DASHES = frozenset(("click", "hydra", "jsonargparse", "simple_parsing", "tyro", "typer"))
"""Modules whose flags have dashes that the source does not show."""


@dataclass(eq=False)
class SourceFile:
    """A source; parsed when its tree is asked for, unless it is kept from the first reading.

    Args:
        path: The file, absolute.
        text: What is in it.
        kept: Its tree, or None.
        below: The project's modules that it imports.
        syntax_error: Why it cannot be parsed (``line 3: invalid syntax``), or None.
        oversized: Whether it is too large to be looked into.
    """

    path: Path
    text: str
    kept: ast.Module | None = None
    below: set[Path] = field(default_factory=set)
    syntax_error: str | None = None
    oversized: bool = False

    @cached_property
    def tree(self) -> ast.Module | None:
        """Its tree, of an erroneous source as much of it as can be parsed; None where nothing can."""
        if self.kept is not None:
            return self.kept
        if self.oversized:
            return None
        try:
            return parse(self.text)
        except SyntaxError:
            return parse_what_can_be(self.text)

    @cached_property
    def lines(self) -> list[bytes]:
        """Its lines, in UTF-8, whose bytes are what a tree counts columns in."""
        return _LINE_END.split(self.text.encode())

    def segment(self, node: ast.AST) -> str:
        """The text of a node, blanks and line breaks run together."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0)
        if not first or not last:
            return ast.unparse(node)
        lines = self.lines[first - 1 : last]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        return b" ".join(line.strip() for line in lines).decode("utf-8", "replace")


@dataclass(frozen=True)
class ScriptSource:
    """A script and the project's modules that it imports, directly or not.

    Args:
        files: Their sources, the script's first.
        imports: The top-level names of all modules imported anywhere in them.
        bases: The folders that modules are looked for in.
        whole: Whether all of the project's modules were read; they may be too many or too large.
    """

    files: tuple[SourceFile, ...]
    imports: frozenset[str]
    bases: tuple[Path, ...] = ()
    whole: bool = True

    @property
    def syntax_error(self) -> str | None:
        """Why the script cannot be parsed, or None."""
        return self.files[0].syntax_error

    @property
    def is_python(self) -> bool:
        """Whether the script is Python's."""
        return self.files[0].path.suffix == ".py"

    @property
    def texts(self) -> list[str]:
        """The sources' texts."""
        return [file.text for file in self.files]

    @cached_property
    def flags(self) -> ScriptFlags:
        """The flags that the script takes; it is gone through when they are asked for."""
        from .reader import flags_in  # most commands need the sources alone

        return flags_in(self)

    @property
    def is_short(self) -> bool:
        """Whether going through it takes no time that a command's user would notice."""
        return sum(map(len, self.texts)) <= _SHORT

    def contains(self, text: str) -> bool:
        """Whether one of the sources contains a text."""
        return any(text in source for source in self.texts)

    def keeps_dashes(self, flag: str) -> bool:
        """Whether a flag (``--data-dir``) reaches the script with its dashes.

        So it does where a source writes it that way (or getopt's ``"data-dir="``), or imports a
        module of ``KEEP_DASHES``, or makes such a flag of other texts.
        """
        if not KEEP_DASHES.isdisjoint(self.imports):
            return True
        name = re.escape(flag.removeprefix("--").partition("=")[0])
        written = re.compile(rf"--{name}(?![\w-])|[\"']{name}=[\"']")
        if any(written.search(text) for text in self.texts):
            return True
        return self.is_short and flag in self.flags.spellings()


def read_script(path: Path, root: Path, text: str | None = None) -> ScriptSource:
    """Read a script and follow its imports through the project, at most ``MOST_FILES`` files.

    Modules are looked for beside the script, at the root and in ``src/``. A module that cannot be
    parsed counts with its text. A notebook counts as the script that its cells make. Of a script that is not Python
    there is only the text.

    Args:
        path: The script; an unreadable one counts as empty.
        root: The project's root.
        text: The script's text, where it is no file (yet).
    """
    script = path.resolve()
    content = read_content(script) if text is None else text.encode()
    if script.suffix == ".ipynb":
        from .notebook import notebook_code  # few scripts are notebooks

        content = notebook_code(script, content).encode()
    elif script.suffix != ".py":
        return ScriptSource((SourceFile(script, _decoded(content)),), frozenset())
    reader = _Reader(script, root.resolve())
    reader.read(content)
    return ScriptSource(tuple(reader.files), frozenset(reader.imports), tuple(reader.bases), reader.whole)


class _Reader:
    def __init__(self, script: Path, root: Path) -> None:
        self.script = script
        self.bases = list(dict.fromkeys((script.parent, root, root / "src")))
        self.root = root
        self.files: list[SourceFile] = []
        self.imports: set[str] = set()
        self.whole = True
        self.size = 0
        self.seen = {script}
        self.pending = [script]
        self.kept = 0

    def read(self, script: bytes) -> None:
        for file in self.pending:
            if self.size > _MOST_BYTES:
                self.whole = False
                return
            content = script if file == self.script else read_content(file)
            source = SourceFile(file, _decoded(content))
            self.files.append(source)
            self.size += len(content)
            source.oversized = len(content) > _LARGEST
            if source.oversized:
                self.whole = False
                continue
            try:
                tree = parse(content)
            except SyntaxError as error:
                source.syntax_error = f"line {error.lineno or 1}: {error.msg}"
                continue
            self._keep(source, tree)
            statements = list(imports_in(tree))
            self.imports |= top_level_names(statements)
            for statement in statements:
                self._follow(statement, source)

    def _keep(self, source: SourceFile, tree: ast.Module) -> None:
        # Trees are a hundred times as large as their texts.
        self.kept += len(source.text)
        if self.kept <= _MOST_KEPT:
            source.kept = tree

    def _follow(self, statement: ast.Import | ast.ImportFrom, source: SourceFile) -> None:
        for bases, parts in imported_modules(statement, source.path.parent, self.bases):
            for file in module_files(bases, parts):
                if not file.is_relative_to(self.root):
                    continue
                source.below.add(file)
                if file in self.seen:
                    continue
                if len(self.seen) >= MOST_FILES:
                    self.whole = False
                    return
                self.seen.add(file)
                self.pending.append(file)


def read_content(file: Path) -> bytes:
    """Return what is in a file; an unreadable one counts as empty."""
    try:
        return file.read_bytes() if file.is_file() else b""
    except OSError:
        return b""


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = _CODING.match(content)
    try:
        return content.decode(named[1].decode() if named else "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
