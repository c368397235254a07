"""The project's modules, gone through where they are imported."""

from __future__ import annotations

import ast
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from grid_jupyter.core.script import libraries

from .expressions import Expressions
from .relevance import Relevance
from .values import (
    MISSING,
    External,
    Imported,
    ModuleRef,
    Scope,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grid_jupyter.core.script.sources import ScriptSource, SourceFile

    from .interpreter import Interpreter


_CHANGED_NAME = re.compile(
    r"^[ \t]+(?:(\w+)\[[^]\n]*\]\s*=(?!=)|(\w+)\.(?:add|append|extend|insert|setdefault|update)\()", re.MULTILINE
)


class Modules(Expressions):
    """Goes through modules, and finds what is imported from them.

    Args:
        source: The script and what it imports.
    """

    def __init__(self, source: ScriptSource) -> None:
        super().__init__()
        self.source = source
        self.relevance = Relevance(source)
        self._files = {file.path: file for file in source.files}
        self._folders = {folder for path in self._files for folder in path.parents}
        self._found: dict[tuple[tuple[Path, ...], tuple[str, ...]], ModuleRef | None] = {}
        self._scopes: dict[Path, Scope] = {}
        self._changes: dict[Path, frozenset[str]] = {}
        self._unsure = 0

    @property
    def whole(self) -> Interpreter:
        """This, as what it is in the end, for the libraries."""
        return cast("Interpreter", self)

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> bool:
        """Go through statements; return whether they surely end the block that holds them."""
        raise NotImplementedError

    def names_of(self, file: SourceFile) -> dict[str, Value]:
        """The top-level names of a file that was gone through."""
        scope = self._scopes.get(file.path)
        return scope.names if scope else {}

    @property
    def unsure(self) -> bool:
        """Whether what is being read may not happen."""
        return self._unsure > 0

    @contextmanager
    def _maybe(self, unsure: bool = True) -> Iterator[None]:
        self._unsure += unsure
        try:
            yield
        finally:
            self._unsure -= unsure

    def module(self, file: SourceFile, name: str) -> Scope:
        if file.path in self._scopes:
            return self._scopes[file.path]
        scope = self._scopes[file.path] = Scope(file)
        scope.names["__name__"] = name
        if file.tree is not None:
            unsure, self._unsure = self._unsure, 0
            self.block(file.tree.body, scope)
            self._unsure = unsure
        return scope

    def _find(self, bases: Sequence[Path], parts: Sequence[str]) -> ModuleRef | None:
        """The project's module of a dotted name."""
        key = (tuple(bases), tuple(parts))
        if key not in self._found:
            self._found[key] = self._search(*key)
        return self._found[key]

    def _search(self, bases: tuple[Path, ...], parts: tuple[str, ...]) -> ModuleRef | None:
        for base in bases if parts else ():
            folder = base.joinpath(*parts)
            for path in (folder / "__init__.py", folder.with_name(f"{folder.name}.py")):
                if path in self._files:
                    return ModuleRef(bases, parts, self._files[path])
            if folder in self._folders:
                return ModuleRef((base,), parts, None)
        return None

    def submodule(self, module: ModuleRef, name: str) -> Value:
        if module.file is not None:
            found = self.module(module.file, module.parts[-1] if module.parts else "").names.get(name, MISSING)
            if found is not MISSING:
                return self.steady(self.resolved(found), name, module.file)
        below = self._find(module.bases, (*module.parts, name))
        return MISSING if below is None else below

    def steady(self, value: Value, name: str, file: SourceFile) -> Value:
        """A module's value, unless it is a container that functions change: a registry, which may hold more by then."""
        if isinstance(value, list | dict) and (not value or name in self._changed(file)):
            return Unknown(file, ast.Name(name))
        return value

    def _changed(self, file: SourceFile) -> frozenset[str]:
        """The names that are changed in place within functions of a file."""
        if file.path not in self._changes:
            found = _CHANGED_NAME.findall(file.text)
            self._changes[file.path] = frozenset(one or other for one, other in found)
        return self._changes[file.path]

    def look_into(self, imported: Imported) -> Value:
        found = self.submodule(imported.module, imported.name)
        if found is not MISSING:
            return found
        assert imported.module.file is not None  # noqa: S101  (others are no Imported)
        return Unknown(imported.module.file, ast.Name(imported.name))

    def import_(self, statement: ast.Import, scope: Scope) -> None:
        for alias in statement.names:
            parts = alias.name.split(".")
            found = self._find(self.source.bases, parts)
            first = self._find(self.source.bases, parts[:1]) if found else None
            self._load(found)
            value: Value = found if alias.asname else first
            if value is None:
                value = External(alias.name if alias.asname else parts[0])
            scope.set(alias.asname or parts[0], value, maybe=self.unsure)

    def import_from(self, statement: ast.ImportFrom, scope: Scope) -> None:
        parts = statement.module.split(".") if statement.module else []
        bases: Sequence[Path] = self.source.bases
        if statement.level:
            folder = scope.file.path.parent
            bases = [(folder, *folder.parents)[min(statement.level - 1, len(folder.parents))]]
        module = self._find(bases, parts) if parts else ModuleRef(tuple(bases), (), self._initial(bases[0]))
        self._load(module)
        for alias in statement.names:
            if alias.name == "*":
                self._import_all(module, parts, scope)
                continue
            value: Value = External(".".join((*parts, alias.name)))
            if module is not None:
                below = self._find(module.bases, (*module.parts, alias.name))
                self._load(below)
                value = Imported(module, alias.name) if module.file is not None else below
                if below is not None and below.file is not None and not self._defines(module, alias.name):
                    value = below
            scope.set(alias.asname or alias.name, value if value is not None else MISSING, maybe=self.unsure)

    def _defines(self, module: ModuleRef, name: str) -> bool:
        return (
            module.file is not None
            and module.file.path in self._scopes
            and (name in self._scopes[module.file.path].names)
        )

    def _initial(self, folder: Path) -> SourceFile | None:
        return self._files.get(folder / "__init__.py")

    def _load(self, module: ModuleRef | None) -> None:
        """Go through a module where it is imported, if it or what it imports may have to do with flags."""
        if module is None:
            return
        for length in range(1, len(module.parts) + 1):
            part = self._find(module.bases, module.parts[:length])
            if part is not None and part.file is not None and self.relevance.of_file(part.file):
                self.module(part.file, part.parts[-1])

    def _import_all(self, module: ModuleRef | None, parts: Sequence[str], scope: Scope) -> None:
        if module is not None and module.file is not None:
            names = self.module(module.file, module.parts[-1] if module.parts else "").names
            scope.names |= {name: value for name, value in names.items() if not name.startswith("_")}
        elif ".".join(parts) in libraries.STAR:
            scope.names |= {name: External(f"{parts[0]}.{name}") for name in libraries.STAR[".".join(parts)]}
