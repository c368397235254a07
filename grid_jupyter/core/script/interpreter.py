"""Goes through a script's statements as Python would, with values that may be unknown; nothing is run.

Both sides of a branch are taken where its test is not known. Of the project's functions only those are entered that may
have to do with flags, which is told by the words in them.
"""

from __future__ import annotations

import ast
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from . import folding, libraries
from .expressions import PARSER_METHODS, Expressions, spoil
from .relevance import Relevance
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
    live_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .sources import ScriptSource, SourceFile
    from .surface import Surface

_MOST_STEPS = 300_000
_MOST_DEPTH = 25
_MOST_ROUNDS = 500
_HARMLESS = frozenset(
    ("argcomplete.autocomplete", "builtins.dir", "builtins.hasattr", "builtins.id", "builtins.isinstance")
    + ("builtins.len", "builtins.print", "builtins.repr", "builtins.str", "builtins.type", "builtins.vars")
    + ("copy.copy", "copy.deepcopy", "pprint.pprint")
)
_CHANGING = frozenset(
    ("append", "clear", "extend", "insert", "pop", "remove", "reverse", "setdefault", "sort", "update")
)


_CHANGED_NAME = re.compile(
    r"^[ \t]+(?:(\w+)\[[^]\n]*\]\s*=(?!=)|(\w+)\.(?:add|append|extend|insert|setdefault|update)\()", re.MULTILINE
)


class TooMuchError(Exception):
    """The source makes more work than a glance at it should take."""


class Interpreter(Expressions):
    """Goes through a script.

    Args:
        source: The script and what it imports.

    Attributes:
        surfaces: What was found to read the command line, in order.
        notes: Why there may be flags that were not found.
    """

    def __init__(self, source: ScriptSource) -> None:
        super().__init__()
        self.source = source
        self.surfaces: list[Surface] = []
        self.notes: list[str] = []
        self.relevance = Relevance(source)
        self.entered: list[Function] = []
        self._files = {file.path: file for file in source.files}
        self._folders = {folder for path in self._files for folder in path.parents}
        self._found: dict[tuple[tuple[Path, ...], tuple[str, ...]], ModuleRef | None] = {}
        self._scopes: dict[Path, Scope] = {}
        self._changes: dict[Path, frozenset[str]] = {}
        self._unsure = 0
        self._results: dict[tuple[object, ...] | None, Value] = {}

    def run(self) -> Scope:
        """Go through the script's top-level statements; return its names."""
        script = self.source.files[0]
        return self._module(script, "__main__")

    def names_of(self, file: SourceFile) -> dict[str, Value]:
        """The top-level names of a file that was gone through."""
        scope = self._scopes.get(file.path)
        return scope.names if scope else {}

    def note(self, call: Call, words: str) -> None:
        """Say why flags may be missing."""
        self.notes.append(f"{self.place(call.file, call.node)}: {words}")

    def place(self, file: SourceFile, node: ast.AST) -> str:
        """Where a node stands: ``train.py:12``."""
        path = file.path
        for base in reversed(self.source.bases[:2]):
            if path.is_relative_to(base):
                path = path.relative_to(base)
                break
        return f"{path}:{getattr(node, 'lineno', 1)}"

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

    # Modules

    def _module(self, file: SourceFile, name: str) -> Scope:
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
            found = self._module(module.file, module.parts[-1] if module.parts else "").names.get(name, MISSING)
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

    def _import(self, statement: ast.Import, scope: Scope) -> None:
        for alias in statement.names:
            parts = alias.name.split(".")
            found = self._find(self.source.bases, parts)
            first = self._find(self.source.bases, parts[:1]) if found else None
            self._load(found)
            value: Value = found if alias.asname else first
            if value is None:
                value = External(alias.name if alias.asname else parts[0])
            scope.set(alias.asname or parts[0], value, maybe=self.unsure)

    def _import_from(self, statement: ast.ImportFrom, scope: Scope) -> None:
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
                self._module(part.file, part.parts[-1])

    def _import_all(self, module: ModuleRef | None, parts: Sequence[str], scope: Scope) -> None:
        if module is not None and module.file is not None:
            names = self._module(module.file, module.parts[-1] if module.parts else "").names
            scope.names |= {name: value for name, value in names.items() if not name.startswith("_")}
        elif ".".join(parts) in libraries.STAR:
            scope.names |= {name: External(f"{parts[0]}.{name}") for name in libraries.STAR[".".join(parts)]}

    # Statements

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> bool:
        """Go through statements; return whether they surely end the block that holds them."""
        for statement in statements:
            self.steps += 1
            if self.steps > _MOST_STEPS:
                raise TooMuchError
            if self._statement(statement, scope):
                return True
        return False

    def _statement(self, statement: ast.stmt, scope: Scope) -> bool:
        match statement:
            case ast.Expr(value=value):
                self.evaluate(value, scope)
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
                self._import(statement, scope)
            case ast.ImportFrom():
                self._import_from(statement, scope)
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

    def _compound(self, statement: ast.stmt, scope: Scope) -> bool:
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

    # Calls

    def call(self, function: Value, call: Call) -> Value:
        self.steps += 1
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
                made = function.call(self, "", call)
            case Method(receiver=Live() as receiver, name=name):
                made = receiver.call(self, name, call)
            case Method(receiver=Unknown() as receiver, name=name):
                made = libraries.stray(self, receiver, call).call(self, name, call)
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
                return self._super(call)
            if name == "builtins.getattr" and len(call.args) > 1 and isinstance(call.args[1], str):
                return self.attribute(call.args[0], call.args[1])
            args = [self.resolved(arg) for arg in call.args]
            return folding.builtin(name.removeprefix("builtins."), args, call.named) if call.whole else MISSING
        if name in {"functools.wraps", "functools.partial"} and call.args:
            return libraries.wrapper(name, call)
        return libraries.call(self, name, call)

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
                    libraries.escaped(self, live, call)
                result.became = result.became or live
            if not harmless:
                self._may_call(arg, call)
        return result

    def _may_call(self, arg: Value, call: Call) -> None:
        arg = self._callable(arg)
        if isinstance(arg, Function) and self.relevance.of_function(arg):
            with self._maybe():
                self.enter(arg, Call(call.file, call.node, whole=False))

    def enter(self, function: Function, call: Call) -> Value:
        """Go through a function's body; return what it returns."""
        live = any(True for value in (*call.values(), function.receiver) for _ in live_in(value))
        given = any(isinstance(value, Function | Live) for value in call.values())
        if not (live or given or self.relevance.of_function(function)):
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
        """What a call is remembered by, so that it is gone through once; None where it may do other things each time."""
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

    # Classes

    def instantiate(self, cls: Class, call: Call) -> Value:
        """Make an object of a class of the project."""
        made = Instance(cls)
        base = next((name for name in self.outside_bases(cls) if libraries.makes(name)), None)
        copied = next((name for one in self.order(cls) if (name := libraries.copied(one.name))), None)
        initial = self.find_method(cls, "__init__", made)
        if copied:
            made.base = libraries.call(self, copied, call)  # type: ignore[assignment]
            return made.base
        if base:
            inherited = libraries.call(self, base, Call(call.file, call.node) if initial else call)
            made.base = inherited if isinstance(inherited, Live) else None
            libraries.subclassed(self, made)
        if initial is not None:
            self.enter(initial, call)
        return made

    def outside_bases(self, cls: Class) -> list[str]:
        """The names of a class's bases that are not the project's, also of its bases."""
        return [base.name for one in self.order(cls) for base in self.bases(one) if isinstance(base, External)]

    def bases(self, cls: Class) -> list[Value]:
        """The bases of a class."""
        return [self.resolved(self.evaluate(node, cls.scope)) for node in cls.node.bases]

    def order(self, cls: Class) -> list[Class]:
        """A class and its bases in the project, in the order in which attributes are looked up."""
        found = [cls]
        for one in found:
            found += [base for base in self.bases(one) if isinstance(base, Class) and base not in found][:20]
        return found

    def find_method(self, cls: Class, name: str, receiver: Value, after: Class | None = None) -> Function | None:
        """A method bound to a receiver; with ``after``, the one above that class's."""
        order = self.order(cls)
        for one in order[order.index(after) + 1 if after in order else 0 :] if after else order:
            for node in one.node.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                    return self._as_method(node, one, receiver)
        return None

    def _as_method(self, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: Class, receiver: Value) -> Function:
        marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
        if "staticmethod" in marks:
            receiver = MISSING
        elif "classmethod" in marks:
            receiver = receiver.cls if isinstance(receiver, Instance) else receiver
        elif isinstance(receiver, Class):
            receiver = MISSING
        return Function(node, owner.scope, owner, receiver)

    def member(self, value: Instance | Class, name: str) -> Value:
        cls = value.cls if isinstance(value, Instance) else value
        if isinstance(value, Instance) and name in value.attributes:
            return value.attributes[name]
        method = self.find_method(cls, name, value)
        if method is not None:
            marks = {mark.id for mark in method.node.decorator_list if isinstance(mark, ast.Name)} if isinstance(
                method.node, ast.FunctionDef) else set()  # fmt: skip
            if "property" in marks:
                return self.enter(method, Call(method.scope.file, method.node))
            return method
        found = self.class_attribute(cls, name)
        if found is not MISSING:
            return found
        if isinstance(value, Instance) and value.base is not None:
            return value.base.attribute(name)
        if isinstance(value, Instance) and name in PARSER_METHODS and self.outside_bases(cls):
            base = value.attributes.setdefault("", Unknown(cls.scope.file, cls.node))
            return Method(base, name)
        return MISSING

    def class_attribute(self, cls: Class, name: str) -> Value:
        """What a class's body gives a name, or ``MISSING``."""
        for one in self.order(cls):
            for node in one.node.body:
                match node:
                    case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                        return self.evaluate(value, one.scope)
                    case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                        return self.evaluate(value, one.scope)
        return MISSING

    def _super(self, call: Call) -> Value:
        function = self.entered[-1] if self.entered else None
        receiver = function.receiver if function else MISSING
        if function is None or function.owner is None or not isinstance(receiver, Instance | Class):
            return MISSING
        return Super(receiver, function.owner)


class Super(Live):
    """What ``super()`` is in a method."""

    def __init__(self, receiver: Instance | Class, owner: Class) -> None:
        self.receiver = receiver
        self.owner = owner

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        cls = self.receiver.cls if isinstance(self.receiver, Instance) else self.receiver
        found = run.find_method(cls, method, self.receiver, after=self.owner)
        if found is not None:
            return run.enter(found, call)
        if isinstance(self.receiver, Instance) and self.receiver.base is not None:
            return self.receiver.base.call(run, method, call)
        return None if method == "__init__" else MISSING
