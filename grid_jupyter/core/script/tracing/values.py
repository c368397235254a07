"""The values that reading a source knows of: plain Python data, and what stands for all else."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grid_jupyter.core.script.sources import SourceFile

    from .interpreter import Interpreter

Value: TypeAlias = object
"""Plain data (whose items may be any of these), or one of the classes below."""

PLAIN = (str, int, float, bool, bytes, complex, type(None))
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Missing:
    """The type of ``MISSING``."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
"""No value at all, not even None."""


@dataclass(eq=False)
class Unknown:
    """What is not known; the text that computes it is.

    Attributes:
        became: A parser that went into it and may be what it is: ``parser = add_flags(parser)``.
    """

    file: SourceFile
    node: ast.AST
    became: Value = None

    @property
    def text(self) -> str:
        """The source text."""
        return self.file.segment(self.node)


@dataclass(frozen=True)
class External:
    """Something of a package that is not the project's, by its dotted name; builtins are of ``builtins``."""

    name: str

    @property
    def text(self) -> str:
        """The name, as a source would write it."""
        return self.name.removeprefix("builtins.")


class Scope:
    """The names of a module or a call."""

    def __init__(self, file: SourceFile, parent: Scope | None = None) -> None:
        self.file = file
        self.parent = parent
        self.names: dict[str, Value] = {}
        self.returned: list[Value] = []
        self.function: Function | None = None

    def lookup(self, name: str) -> Value:
        """The value of a name, or ``MISSING``."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return MISSING

    def set(self, name: str, value: Value, *, maybe: bool = False) -> None:
        """Give a name a value, one of several where the assignment may not happen."""
        if maybe and name in self.names:
            value = either(self.names[name], value)
        self.names[name] = value


@dataclass(eq=False)
class Class:
    """A class of the project."""

    node: ast.ClassDef
    scope: Scope

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name


@dataclass(eq=False)
class Function:
    """A function of the project; a method where it has an owner.

    Attributes:
        receiver: What it is bound to.
        wrapped: The function that it is a wrapper of.
        options: What decorators put on it, the topmost first.
    """

    node: FunctionNode
    scope: Scope
    owner: Class | None = None
    receiver: Value = MISSING
    wrapped: Function | None = None
    options: list[Value] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name if not isinstance(self.node, ast.Lambda) else self.scope.file.segment(self.node)

    @property
    def innermost(self) -> Function:
        """The function below all wrappers."""
        return self.wrapped.innermost if self.wrapped else self


@dataclass(eq=False)
class Instance:
    """An object of a project's class.

    Attributes:
        base: What it is by a base class of another package: a parser.
    """

    cls: Class
    attributes: dict[str, Value] = field(default_factory=dict)
    base: Live | None = None


@dataclass(frozen=True)
class ModuleRef:
    """A module or package of the project; a folder without ``__init__.py`` has no file."""

    bases: tuple[Path, ...]
    parts: tuple[str, ...]
    file: SourceFile | None


@dataclass(frozen=True)
class Imported:
    """A name that was imported from a module which has not been looked into."""

    module: ModuleRef
    name: str


@dataclass(frozen=True)
class Either:
    """One of several values."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Method:
    """A method of plain data, of something live, or of a parser that was not seen being made."""

    receiver: Value
    name: str


@dataclass
class Call:
    """A call's arguments.

    Attributes:
        whole: Whether all arguments are known; not so after ``*args`` of unknown content.
        nodes: The arguments' nodes where they stand in the call itself.
    """

    file: SourceFile
    node: ast.AST
    args: list[Value] = field(default_factory=list)
    named: dict[str, Value] = field(default_factory=dict)
    whole: bool = True
    nodes: dict[str | int, ast.expr] = field(default_factory=dict)

    def get(self, name: str, position: int | None = None) -> Value:
        """An argument by its name or position, or ``MISSING``."""
        if name in self.named:
            return self.named[name]
        return self.args[position] if position is not None and position < len(self.args) else MISSING

    def text_of(self, name: str, position: int | None = None) -> str:
        """The source text of an argument."""
        node = self.nodes.get(name)
        if node is None and position is not None:
            node = self.nodes.get(position)
        return self.file.segment(node) if node is not None else describe(self.get(name, position))

    def values(self) -> list[Value]:
        """All arguments."""
        return [*self.args, *self.named.values()]


class Live:
    """Something that a library makes and that a script uses to describe its flags."""

    def attribute(self, name: str) -> Value:
        """An attribute; a method unless a subclass says otherwise."""
        return Method(self, name)

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        """Call a method; the empty name is the object itself. Return ``MISSING`` for one that is not known."""
        raise NotImplementedError


def either(*values: Value) -> Value:
    """One value of several, which is the one itself where all are the same."""
    found: list[Value] = []
    for value in values:
        for one in value.values if isinstance(value, Either) else (value,):
            if not any(one is other or (type(one) is type(other) and _equal(one, other)) for other in found):
                found.append(one)
    return found[0] if len(found) == 1 else Either(tuple(found[:8]))


def _equal(one: Value, other: Value) -> bool:
    return isinstance(one, (*PLAIN, list, tuple, dict, External, Imported, ModuleRef)) and one == other


def plain(value: Value) -> Value:
    """The value as plain data; ``MISSING`` where not all of it is known."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        items = [plain(item) for item in value]
        return MISSING if MISSING in items else type(value)(items)
    if isinstance(value, dict):
        pairs = {plain(key): plain(item) for key, item in value.items()}
        return MISSING if MISSING in pairs or MISSING in pairs.values() else pairs
    return MISSING


def describe(value: Value) -> str:
    """A text for a value, the source's own where there is one."""
    match value:
        case Unknown() | External():
            return value.text
        case Function() | Class():
            return value.name
        case Imported():
            return value.name
        case Instance():
            return f"{value.cls.name}(…)"
        case Either():
            return " or ".join(describe(one) for one in value.values)
        case list() | tuple():
            return f"[{', '.join(describe(item) for item in value)}]"
    return repr(value) if isinstance(value, PLAIN) else "…"


def live_in(value: Value, depth: int = 3) -> Iterator[Live]:
    """The live things in a value."""
    match value:
        case Live():
            yield value
        case Instance(base=Live() as base):
            yield base
        case Function(receiver=receiver) | Method(receiver=receiver) if depth:
            yield from live_in(receiver, depth - 1)
        case Unknown(became=Live() as became):
            yield became
        case Either(values=values):
            for one in values:
                yield from live_in(one, depth)
        case list() | tuple() if depth:
            for one in value[:50]:
                yield from live_in(one, depth - 1)
