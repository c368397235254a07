"""Expressions to values, as far as the source alone tells."""

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
    Function,
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
    from collections.abc import Callable, Iterator

    from .sources import SourceFile

_MOST_ITEMS = 2000
_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
PARSER_METHODS = frozenset(
    ("add_argument", "add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "set_defaults")
    + ("parse_args", "parse_known_args", "add_arguments", "add_option", "add_options")
)


class Expressions:
    """Reads expressions; what a call or an import does is a subclass's."""

    def __init__(self) -> None:
        self.steps = 0
        self._readers: dict[type, Callable[[ast.AST, Scope], Value]] = {
            getattr(ast, name[1:]): getattr(self, name)
            for name in dir(self)
            if name.startswith("_") and name[1:2].isupper()
        }

    def evaluate(self, node: ast.AST, scope: Scope) -> Value:
        """The value of an expression."""
        self.steps += 1
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

    def _items(self, nodes: list[ast.expr], scope: Scope) -> list[Value] | None:
        if len(nodes) > _MOST_ITEMS:
            return None
        items: list[Value] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                more = folding.elements(self.resolved(self.evaluate(node.value, scope)))
                if more is None:
                    return None
                items += more
            else:
                items.append(self.evaluate(node, scope))
        return items

    def _List(self, node: ast.List, scope: Scope) -> Value:
        items = self._items(node.elts, scope)
        return MISSING if items is None else items

    def _Tuple(self, node: ast.Tuple, scope: Scope) -> Value:
        items = self._items(node.elts, scope)
        return MISSING if items is None else tuple(items)

    def _Set(self, node: ast.Set, scope: Scope) -> Value:
        items = self._items(node.elts, scope)
        # As a list: it keeps its order, and its items need not be hashable.
        return MISSING if items is None else items

    def _Dict(self, node: ast.Dict, scope: Scope) -> Value:
        if len(node.keys) > _MOST_ITEMS:
            return MISSING
        found: dict[Value, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            item = self.evaluate(value, scope)
            if key is None:
                if not isinstance(known := self.resolved(item), dict):
                    return MISSING
                found |= known
                continue
            name = self.evaluate(key, scope)
            if not isinstance(name, PLAIN):
                return MISSING
            found[name] = item
        return found

    def _BinOp(self, node: ast.BinOp, scope: Scope) -> Value:
        left, right = (self.resolved(self.evaluate(side, scope)) for side in (node.left, node.right))
        return folding.operate(node.op, left, right)

    def _UnaryOp(self, node: ast.UnaryOp, scope: Scope) -> Value:
        value = self.resolved(self.evaluate(node.operand, scope))
        if isinstance(node.op, ast.Not):
            known = folding.truth(value)
            return MISSING if known is None else not known
        return folding.operate(node.op, value)

    def _BoolOp(self, node: ast.BoolOp, scope: Scope) -> Value:
        stops = isinstance(node.op, ast.Or)
        value: Value = MISSING
        sure = True
        for side in node.values:
            value = self.resolved(self.evaluate(side, scope))
            known = folding.truth(value)
            if known is stops:
                break
            sure = sure and known is not None
        return value if sure else MISSING

    def _Compare(self, node: ast.Compare, scope: Scope) -> Value:
        left = self.resolved(self.evaluate(node.left, scope))
        for operator, side in zip(node.ops, node.comparators, strict=True):
            right = self.resolved(self.evaluate(side, scope))
            holds = folding.compare(operator, left, right)
            if not holds:
                return MISSING if holds is None else False
            left = right
        return True

    def _IfExp(self, node: ast.IfExp, scope: Scope) -> Value:
        known = folding.truth(self.resolved(self.evaluate(node.test, scope)))
        if known is not None:
            return self.evaluate(node.body if known else node.orelse, scope)
        return either(self.evaluate(node.body, scope), self.evaluate(node.orelse, scope))

    def _JoinedStr(self, node: ast.JoinedStr, scope: Scope) -> Value:
        parts = []
        for part in node.values:
            value = self.evaluate(part.value if isinstance(part, ast.FormattedValue) else part, scope)
            value = self.resolved(value)
            formatted = isinstance(part, ast.FormattedValue) and (part.format_spec or part.conversion != -1)
            if formatted or not isinstance(value, str | int | float | None):
                return MISSING
            parts.append(str(value))
        return "".join(parts)

    def _Lambda(self, node: ast.Lambda, scope: Scope) -> Value:
        return Function(node, scope)

    def _Subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        value = self.resolved(self.evaluate(node.value, scope))
        index = self.resolved(self.evaluate(node.slice, scope))
        if isinstance(value, Class):
            return value  # a generic class
        return folding.item(value, index)

    def _Slice(self, node: ast.Slice, scope: Scope) -> Value:
        parts = [None if part is None else self.evaluate(part, scope) for part in (node.lower, node.upper, node.step)]
        return slice(*parts) if all(isinstance(part, int | None) for part in parts) else MISSING

    def _NamedExpr(self, node: ast.NamedExpr, scope: Scope) -> Value:
        value = self.evaluate(node.value, scope)
        scope.set(node.target.id, value)
        return value

    def _Await(self, node: ast.Await, scope: Scope) -> Value:
        return self.evaluate(node.value, scope)

    def _Starred(self, node: ast.Starred, scope: Scope) -> Value:
        return self.evaluate(node.value, scope)

    def _ListComp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: Scope) -> Value:
        found: list[Value] = []
        for inner in self._rounds(node.generators, scope):
            if inner is None or len(found) > _MOST_ITEMS:
                return MISSING
            found.append(self.evaluate(node.elt, inner))
        return found

    _GeneratorExp = _SetComp = _ListComp

    def _DictComp(self, node: ast.DictComp, scope: Scope) -> Value:
        found: dict[Value, Value] = {}
        for inner in self._rounds(node.generators, scope):
            if inner is None or len(found) > _MOST_ITEMS:
                return MISSING
            key = self.evaluate(node.key, inner)
            if not isinstance(key, PLAIN):
                return MISSING
            found[key] = self.evaluate(node.value, inner)
        return found

    def _rounds(self, generators: list[ast.comprehension], scope: Scope) -> Iterator[Scope | None]:
        """A scope for each round of a comprehension; None where its rounds are not known."""
        first, *others = generators
        items = self.iterated(self.evaluate(first.iter, scope))
        if items is None:
            yield None
            return
        for item in items[:_MOST_ITEMS]:
            inner = Scope(scope.file, scope)
            self.assign(first.target, item, inner)
            known = [folding.truth(self.resolved(self.evaluate(test, inner))) for test in first.ifs]
            if False in known:
                continue
            if None in known:
                yield None
                return
            if others:
                yield from self._rounds(others, inner)
            else:
                yield inner

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
