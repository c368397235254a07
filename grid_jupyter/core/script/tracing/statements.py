"""Statements, both sides of a branch where its test is not known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import folding
from .calls import Calls
from .values import (
    MISSING,
    Call,
    Class,
    Function,
    Live,
    Scope,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST_ROUNDS = 500


class Statements(Calls):
    """Goes through statements."""

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> bool:
        """Go through statements; return whether they surely end the block that holds them."""
        return any(self._statement(statement, scope) for statement in statements)

    def _statement(self, statement: ast.stmt, scope: Scope) -> bool:  # noqa: C901, PLR0912  (one case a line)
        match statement:
            case ast.Expr(value=node):
                self.evaluate(node, scope)
            case ast.Assign(targets=targets, value=node):
                value = self.evaluate(node, scope)
                for target in targets:
                    self.assign(target, value, scope, maybe=self.unsure)
            case ast.AnnAssign(target=target, value=ast.expr() as node):
                self.assign(target, self.evaluate(node, scope), scope, maybe=self.unsure)
            case ast.AugAssign():
                self._augment(statement, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.set(statement.name, self.decorated(statement, Function(statement, scope), scope))
            case ast.ClassDef():
                scope.set(statement.name, self.decorated(statement, Class(statement, scope), scope))
            case ast.Import():
                self.import_(statement, scope)
            case ast.ImportFrom():
                self.import_from(statement, scope)
            case ast.Return(value=node):
                scope.returned.append(None if node is None else self.evaluate(node, scope))
                return True
            case ast.Raise() | ast.Break() | ast.Continue():
                return True
            case ast.Global(names=names):
                self._global(names, scope)
            case _:
                return self._compound(statement, scope)
        return False

    def _compound(self, statement: ast.stmt, scope: Scope) -> bool:  # noqa: C901  (one case a line)
        match statement:
            case ast.If():
                return self._if(statement, scope)
            case ast.For() | ast.AsyncFor():
                self._for(statement, scope)
            case ast.While(body=body, orelse=orelse):
                with self._maybe():
                    self.block(body, scope)
                    self.block(orelse, scope)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    value = self.evaluate(item.context_expr, scope)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, value, scope, maybe=self.unsure)
                return self.block(body, scope)
            case ast.Try() | ast.TryStar():
                ended = self.block(statement.body, scope)
                with self._maybe():
                    for handler in statement.handlers:
                        self.block(handler.body, scope)
                ended = ended and not statement.handlers
                return self.block(statement.orelse, scope) or self.block(statement.finalbody, scope) or ended
            case ast.Match(cases=cases):
                with self._maybe():
                    for case in cases:
                        self.block(case.body, scope)
        return False

    def _if(self, statement: ast.If, scope: Scope) -> bool:
        known = folding.truth(self.resolved(self.evaluate(statement.test, scope)))
        if known is not None:
            return self.block(statement.body if known else statement.orelse, scope)
        with self._maybe():
            ended = [self.block(body, scope) for body in (statement.body, statement.orelse)]
        return all(ended)

    def _for(self, statement: ast.For | ast.AsyncFor, scope: Scope) -> None:
        items = self.iterated(self.evaluate(statement.iter, scope))
        if items is not None and len(items) <= _MOST_ROUNDS:
            for item in items:
                self.assign(statement.target, item, scope, maybe=self.unsure)
                self.block(statement.body, scope)
        else:
            with self._maybe():
                self.assign(statement.target, Unknown(scope.file, statement.target), scope)
                self.block(statement.body, scope)
        self.block(statement.orelse, scope)

    def _augment(self, statement: ast.AugAssign, scope: Scope) -> None:
        old = self.resolved(self.evaluate(statement.target, scope))
        added = self.resolved(self.evaluate(statement.value, scope))
        value: Value = MISSING
        if isinstance(old, list) and isinstance(added, list) and isinstance(statement.op, ast.Add):
            value = [*old, *added]
        elif not isinstance(old, list):
            value = folding.operate(statement.op, old, added)
        if value is MISSING:
            value = Unknown(scope.file, statement.target)
        self.assign(statement.target, value, scope, maybe=self.unsure)

    def _global(self, names: Sequence[str], scope: Scope) -> None:
        top = self._scopes.get(scope.file.path)
        for name in names if top is not None else ():
            scope.names.setdefault(name, top.names.get(name, MISSING) if top else MISSING)

    def decorated(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, value: Value, scope: Scope
    ) -> Value:
        """What a definition's decorators make of it."""
        for decorator in reversed(node.decorator_list):
            if isinstance(decorator, ast.Name) and decorator.id in {"staticmethod", "classmethod", "property"}:
                continue
            applied = self.evaluate(decorator, scope)
            call = Call(scope.file, decorator, [value])
            made = self.call(applied, call)
            value = made if isinstance(made, Function | Class | Live) else value
        return value
