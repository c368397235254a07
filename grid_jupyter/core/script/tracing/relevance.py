"""Which files and functions may have to do with flags, told by the words in them: a cheap way to leave out the rest."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from grid_jupyter.core.script.sources import ScriptSource, SourceFile

    from .values import Class, Function

_LIBRARY_WORDS = (
    "ArgParser",
    "ArgumentParser",
    "CLI",
    "Fire",
    "FLAGS",
    "HfArgumentParser",
    "LightningCLI",
    "OptionParser",
    "Tap",
    "TrlParser",
    "add_argument",
    "add_arguments",
    "add_option",
    "argbind",
    "argparse",
    "argv",
    "auto_cli",
    "chz",
    "cli",
    "click",
    "draccus",
    "fire",
    "hydra",
    "jsonargparse",
    "optparse",
    "parse_args",
    "parse_known_args",
    "pyrallis",
    "simple_parsing",
    "typer",
    "tyro",
)
_SEED = re.compile(rf"\b(?:DEFINE_\w+|{'|'.join(_LIBRARY_WORDS)})\b")
_SEEDS = frozenset(_LIBRARY_WORDS)
_WORD = re.compile(rb"[A-Za-z_]\w+")
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def may_have_flags(text: str) -> bool:
    """Whether a source names anything that reads a command line."""
    return _SEED.search(text) is not None


class Relevance:
    """What in a script and its modules may have to do with flags."""

    def __init__(self, source: ScriptSource) -> None:
        self._files = _reaching(source)
        self._words: dict[tuple[Path, int], set[str]] = {}
        self._names: set[str] | None = None
        self._source = source

    def of_file(self, file: SourceFile) -> bool:
        """Whether a file, or one that it imports, names anything that reads a command line."""
        return file.path in self._files

    def of(self, defined: Function | Class) -> bool:
        """Whether a function or class may."""
        node, file = defined.node, defined.scope.file
        if not self.of_file(file):
            return False
        if self._names is None:
            self._names = self._relevant_names()
        words = self._words.get((file.path, node.lineno))
        if words is None:  # a lambda, or a function in a block that was not looked into
            words = _words_in(file.lines[node.lineno - 1 : node.end_lineno])
        return not words.isdisjoint(self._names) or any(word.startswith("DEFINE_") for word in words)

    def _relevant_names(self) -> set[str]:
        """The words of libraries, and the names of all that uses such a word."""
        users: dict[str, set[str]] = {}
        defined: dict[str, set[str]] = {}
        for file in self._source.files:
            if file.path in self._files and file.tree is not None:
                for node, words in _definitions(file.tree.body, file):
                    self._words[file.path, node.lineno] = words
                    if not node.name.startswith("__"):
                        defined.setdefault(node.name, set()).update(words)
        for name, words in defined.items():
            for word in words:
                users.setdefault(word, set()).add(name)
        found = set(_SEEDS) | {word for word in users if word.startswith("DEFINE_")}
        pending = list(found)
        while pending:
            for name in users.get(pending.pop(), ()):
                if name not in found:
                    found.add(name)
                    pending.append(name)
        return found


def _reaching(source: ScriptSource) -> set[Path]:
    """The files that name a library of flags, and those that import such a file, directly or not."""
    importers: dict[Path, list[Path]] = {}
    for file in source.files:
        for path in file.below:
            importers.setdefault(path, []).append(file.path)
    pending = [file.path for file in source.files if may_have_flags(file.text)]
    found = {source.files[0].path, *pending}
    while pending:
        for path in importers.get(pending.pop(), ()):
            if path not in found:
                found.add(path)
                pending.append(path)
    return found


def _definitions(statements: list[ast.stmt], file: SourceFile) -> list[tuple[_DEFINITIONS, set[str]]]:
    """The functions and classes among statements and below, each with the words in it."""
    found: list[tuple[_DEFINITIONS, set[str]]] = []
    for statement in statements:
        inner = [one for name in _BLOCKS if isinstance(below := getattr(statement, name, None), list) for one in below]
        below_it = _definitions(inner, file)
        if isinstance(statement, _DEFINITIONS):
            words = _own_words(statement, [node for node, _ in below_it], file).union(*(words for _, words in below_it))
            found.append((statement, words))
        found += below_it
    return found


def _own_words(node: _DEFINITIONS, inner: list[_DEFINITIONS], file: SourceFile) -> set[str]:
    """The words of a definition, less those of the definitions in it."""
    lines: list[bytes] = []
    start = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
    for one in inner:
        if one.lineno > start:
            lines += file.lines[start - 1 : one.lineno - 1]
            start = max(start, (one.end_lineno or one.lineno) + 1)
    return _words_in(lines + file.lines[start - 1 : node.end_lineno])


def _words_in(lines: list[bytes]) -> set[str]:
    return {word.decode("ascii", "replace") for word in set(_WORD.findall(b"\n".join(lines)))}
