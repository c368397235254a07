"""Expressions to values, as far as the source alone tells."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import folding
from .evaluation import Evaluation
from .values import (
    MISSING,
    PLAIN,
    Class,
    Function,
    Scope,
    Value,
    either,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


_MOST_ITEMS = 2000


class Expressions(Evaluation):
    """Reads literals, operators and comprehensions."""

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
