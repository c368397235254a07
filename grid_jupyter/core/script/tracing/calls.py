"""Calls: which are entered, and what those that cannot be entered may do."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from grid_jupyter.core.script import libraries

from . import folding
from .classes import Classes
from .evaluation import spoil
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
    Scope,
    Unknown,
    Value,
    either,
    live_in,
)

if TYPE_CHECKING:
    from grid_jupyter.core.script.sources import ScriptSource


_MOST_DEPTH = 25
_HARMLESS = frozenset(
    (
        "argcomplete.autocomplete",
        "builtins.dir",
        "builtins.hasattr",
        "builtins.id",
        "builtins.isinstance",
        "builtins.len",
        "builtins.print",
        "builtins.repr",
        "builtins.str",
        "builtins.type",
        "builtins.vars",
        "copy.copy",
        "copy.deepcopy",
        "pprint.pprint",
    )
)
_CHANGING = frozenset(
    ("append", "clear", "extend", "insert", "pop", "remove", "reverse", "setdefault", "sort", "update")
)


class Calls(Classes):
    """Calls functions, classes and what libraries make."""

    def __init__(self, source: ScriptSource) -> None:
        super().__init__(source)
        self.entered: list[Function] = []
        self._results: dict[tuple[object, ...] | None, Value] = {}

    def call(self, function: Value, call: Call) -> Value:
        self.step()
        function = self._callable(function)
        made: Value = MISSING
        match function:
            case Function():
                made = self.enter(function, call)
            case Class():
                made = self.instantiate(function, call)
            case External():
                made = self._external(function, call)
            case Live():
                made = function.call(self.whole, "", call)
            case Method(receiver=Live() as receiver, name=name):
                made = receiver.call(self.whole, name, call)
            case Method(receiver=Unknown() as receiver, name=name):
                made = libraries.stray(self.whole, receiver, call).call(self.whole, name, call)
            case Method(receiver=receiver, name=name):
                made = self._plain_method(receiver, name, call)
            case Instance(cls=cls):
                method = self.find_method(cls, "__call__", function)
                made = self.enter(method, call) if method else MISSING
            case Either(values=values):
                return either(*(self.call(one, call) for one in values))
        return self._unknown(function, call) if made is MISSING else made

    def _callable(self, value: Value) -> Value:
        """What is called; an imported name is looked into only where it may have to do with flags."""
        if isinstance(value, Imported) and value.module.file is not None:
            return self.look_into(value) if self.relevance.of_file(value.module.file) else value
        return value

    def _external(self, function: External, call: Call) -> Value:
        name = function.name
        if name.startswith("builtins."):
            if name == "builtins.super":
                return self.above()
            if name == "builtins.getattr" and len(call.args) > 1 and isinstance(call.args[1], str):
                return self.attribute(call.args[0], call.args[1])
            args = [self.resolved(arg) for arg in call.args]
            return folding.builtin(name.removeprefix("builtins."), args, call.named) if call.whole else MISSING
        if name in {"functools.wraps", "functools.partial"} and call.args:
            return libraries.wrapper(name, call)
        return libraries.call(self.whole, name, call)

    def _plain_method(self, receiver: Value, name: str, call: Call) -> Value:
        if isinstance(receiver, list) and name in {"append", "extend"} and call.args and not self.unsure:
            items = [call.args[0]] if name == "append" else folding.elements(self.resolved(call.args[0]))
            receiver.extend([MISSING] if items is None else items)
            return None
        if isinstance(receiver, dict) and name == "update" and call.whole and not self.unsure:
            news = [self.resolved(arg) for arg in call.args]
            if all(isinstance(new, dict) for new in news):
                for new in (*news, call.named):
                    receiver.update(new)  # type: ignore[call-overload]
                return None
        if isinstance(receiver, list | dict) and name in _CHANGING:
            spoil(receiver)
            return MISSING
        return folding.method(receiver, name, [self.resolved(arg) for arg in call.args], call.named)

    def _unknown(self, function: Value, call: Call) -> Value:
        """A call into what is not known: it may call what it is given, and add flags to a parser."""
        result = Unknown(call.file, call.node)
        harmless = isinstance(function, External) and function.name in _HARMLESS
        for arg in call.values():
            for live in live_in(arg):
                if not harmless:
                    libraries.escaped(self.whole, live, call)
                result.became = result.became or live
            if not harmless:
                self._may_call(arg, call)
        return result

    def _may_call(self, arg: Value, call: Call) -> None:
        arg = self._callable(arg)
        if isinstance(arg, Function) and self.relevance.of(arg):
            with self._maybe():
                self.enter(arg, Call(call.file, call.node, whole=False))

    def enter(self, function: Function, call: Call, *, relevant: bool = False) -> Value:
        """Go through a function's body; return what it returns."""
        live = any(True for value in (*call.values(), function.receiver) for _ in live_in(value))
        given = any(isinstance(value, Function | Live) for value in call.values())
        if not (relevant or live or given or self.relevance.of(function)):
            return MISSING
        if function in self.entered or len(self.entered) >= _MOST_DEPTH:
            return MISSING
        if isinstance(function.node, ast.Lambda):
            return self.evaluate(function.node.body, self._bound(function, call))
        key = self._key(function, call)
        if key in self._results:
            return self._results[key]
        scope = self._bound(function, call)
        self.entered.append(function)
        unsure, self._unsure = self._unsure, 0
        try:
            self.block(function.node.body, scope)
        finally:
            self._unsure = unsure
            self.entered.pop()
        result = either(*scope.returned) if scope.returned else None
        if key is not None:
            self._results[key] = result
        return result

    def _key(self, function: Function, call: Call) -> tuple[object, ...] | None:
        """What a call is remembered by, to go through it once; None where it may do other things each time."""
        if function.receiver is not MISSING or not all(isinstance(value, PLAIN) for value in call.values()):
            return None
        return id(function.node), id(function.scope), repr(call.args), repr(call.named), call.whole

    def _bound(self, function: Function, call: Call) -> Scope:
        """A function's names, as its call sets them."""
        scope = Scope(function.scope.file, function.scope)
        scope.function = function
        spec = function.node.args
        names = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
        given = [*([] if function.receiver is MISSING else [function.receiver]), *call.args]
        defaults = dict(zip(names[len(names) - len(spec.defaults) :], spec.defaults, strict=True))
        defaults |= {arg.arg: node for arg, node in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if node}
        for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
            position = names.index(arg.arg) if arg.arg in names else len(given)
            if position < len(given):
                value = given[position]
            elif arg.arg in call.named:
                value = call.named[arg.arg]
            elif arg.arg in defaults and call.whole:
                value = self.evaluate(defaults[arg.arg], function.scope)
            else:
                value = Unknown(scope.file, arg)
            scope.names[arg.arg] = value
        if spec.vararg:
            more = tuple(given[len(names) :])
            scope.names[spec.vararg.arg] = more if call.whole else Unknown(scope.file, spec.vararg)
        if spec.kwarg:
            taken = {arg.arg for arg in (*spec.args, *spec.kwonlyargs)}
            rest: Value = {name: value for name, value in call.named.items() if name not in taken}
            scope.names[spec.kwarg.arg] = rest if call.whole else Unknown(scope.file, spec.kwarg)
        return scope
