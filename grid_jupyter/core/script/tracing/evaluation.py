"""Names, attributes, calls and assignments; the kinds of expressions that all others are made of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import folding
from .values import (
    MISSING,
    PLAIN,
    Call,
    Class,
    Either,
    External,
    Imported,
    Instance,
    Live,
    Method,
    ModuleRef,
    Scope,
    Unknown,
    Value,
    either,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid_jupyter.core.script.sources import SourceFile


MOST_STEPS = 200_000
_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
PARSER_METHODS = frozenset(
    (
        "add_argument",
        "add_argument_group",
        "add_mutually_exclusive_group",
        "add_subparsers",
        "set_defaults",
        "parse_args",
        "parse_known_args",
        "add_arguments",
        "add_option",
        "add_options",
    )
)


class TooMuchError(Exception):
    """The source makes more work than a glance at it should take."""


class Evaluation:
    """Reads expressions; what a call or an import does is a subclass's."""

    def __init__(self) -> None:
        self.steps = 0
        self._readers: dict[type, Callable[[ast.AST, Scope], Value]] = {
            getattr(ast, name[1:]): getattr(self, name)
            for name in dir(self)
            if name.startswith("_") and name[1:2].isupper()
        }

    def step(self) -> None:
        """Count a step.

        Raises:
            TooMuchError: These are too many.
        """
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMuchError

    def evaluate(self, node: ast.AST, scope: Scope) -> Value:
        """The value of an expression."""
        self.step()
        if isinstance(node, ast.Constant):
            return node.value
        reader = self._readers.get(type(node))
        value = reader(node, scope) if reader else MISSING
        return Unknown(scope.file, node) if value is MISSING else value

    def call(self, function: Value, call: Call) -> Value:
        """The value of a call."""
        raise NotImplementedError

    def look_into(self, imported: Imported) -> Value:
        """The value that an imported name has."""
        raise NotImplementedError

    def submodule(self, module: ModuleRef, name: str) -> Value:
        """A module's attribute."""
        raise NotImplementedError

    def steady(self, value: Value, name: str, file: SourceFile) -> Value:
        """A value of an outer scope, as it is known there."""
        raise NotImplementedError

    def member(self, value: Instance | Class, name: str) -> Value:
        """An attribute of an object or class of the project, or ``MISSING``."""
        raise NotImplementedError

    def resolved(self, value: Value) -> Value:
        """The value itself, where it was an imported name."""
        return self.look_into(value) if isinstance(value, Imported) else value

    def _Name(self, node: ast.Name, scope: Scope) -> Value:
        value = scope.lookup(node.id)
        if isinstance(value, list | dict) and node.id not in scope.names:
            return self.steady(value, node.id, scope.file)
        if value is MISSING and node.id in _BUILTINS:
            return External(f"builtins.{node.id}")
        return value

    def _Attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        return self.attribute(self.evaluate(node.value, scope), node.attr)

    def attribute(self, value: Value, name: str) -> Value:
        """An attribute of a value, or ``MISSING``."""
        value = self.resolved(value)
        match value:
            case External():
                return External(f"{value.name}.{name}")
            case ModuleRef():
                return self.submodule(value, name)
            case Instance() | Class():
                return self.member(value, name)
            case Live():
                return value.attribute(name)
            case Unknown(became=Live() as became):
                return became.attribute(name)
            case Unknown() if name in PARSER_METHODS:
                return Method(value, name)
            case Either(values=values):
                found = [one for one in (self.attribute(one, name) for one in values) if one is not MISSING]
                return either(*found) if found else MISSING
            case str() | list() | dict() | tuple():
                return Method(value, name)
        return MISSING

    def _Call(self, node: ast.Call, scope: Scope) -> Value:
        function = self.evaluate(node.func, scope)
        return self.call(function, self.arguments(node, scope))

    def arguments(self, node: ast.Call, scope: Scope) -> Call:
        """A call's arguments."""
        call = Call(scope.file, node)
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                items = folding.elements(self.resolved(self.evaluate(arg.value, scope)))
                call.whole &= items is not None
                call.args += items or []
            else:
                call.nodes[len(call.args)] = arg
                call.args.append(self.evaluate(arg, scope))
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, scope)
            if keyword.arg is not None:
                call.nodes[keyword.arg] = keyword.value
                call.named[keyword.arg] = value
            elif isinstance(known := self.resolved(value), dict) and all(isinstance(key, str) for key in known):
                call.named |= known
            else:
                call.whole = False
        return call

    def iterated(self, value: Value) -> list[Value] | None:
        """What a loop over a value goes through; None where that is not known."""
        return folding.elements(self.resolved(value))

    def assign(self, target: ast.expr, value: Value, scope: Scope, *, maybe: bool = False) -> None:
        """Give a target a value."""
        match target:
            case ast.Name(id=name):
                scope.set(name, value, maybe=maybe)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                items = folding.elements(value) if not isinstance(value, str | dict) else None
                starred = any(isinstance(part, ast.Starred) for part in parts)
                if items is None or starred or len(items) != len(parts):
                    items = [Unknown(scope.file, part) for part in parts]
                for part, item in zip(parts, items, strict=True):
                    self.assign(part, item, scope, maybe=maybe)
            case ast.Starred(value=inner):
                self.assign(inner, Unknown(scope.file, inner), scope, maybe=maybe)
            case ast.Attribute(value=of, attr=name):
                self._assign_attribute(self.evaluate(of, scope), name, value, maybe=maybe)
            case ast.Subscript(value=of, slice=index):
                self._assign_item(self.evaluate(of, scope), self.evaluate(index, scope), value, maybe=maybe)

    def _assign_item(self, of: Value, index: Value, value: Value, *, maybe: bool) -> None:
        if isinstance(of, dict) and isinstance(index, PLAIN):
            of[index] = either(of[index], value) if maybe and index in of else value
        elif isinstance(of, list | dict):
            spoil(of)

    def _assign_attribute(self, of: Value, name: str, value: Value, *, maybe: bool) -> None:
        if isinstance(of, Instance):
            if name in PARSER_METHODS and isinstance(value, Unknown):
                return  # something put around the method
            if maybe and name in of.attributes:
                value = either(of.attributes[name], value)
            of.attributes[name] = value
        elif isinstance(of, Either):
            for one in of.values:
                self._assign_attribute(one, name, value, maybe=True)


def spoil(container: list[Value] | dict[Value, Value]) -> None:
    """Mark a container as no longer known, for all that hold it."""
    if isinstance(container, dict):
        container[MISSING] = MISSING
    else:
        container.append(MISSING)
