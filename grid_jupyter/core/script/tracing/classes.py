"""Classes of the project: their bases, attributes, methods and objects."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from grid_jupyter.core.script import libraries

from .evaluation import PARSER_METHODS
from .modules import Modules
from .values import (
    MISSING,
    Call,
    Class,
    External,
    Function,
    Instance,
    Live,
    Method,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from .interpreter import Interpreter


class Classes(Modules):
    """Makes objects of classes, and looks up what they have."""

    entered: list[Function]

    def enter(self, function: Function, call: Call, *, relevant: bool = False) -> Value:
        """Go through a function's body, if it may have to do with flags; return what it returns."""
        raise NotImplementedError

    def instantiate(self, cls: Class, call: Call) -> Value:
        """Make an object of a class of the project."""
        made = Instance(cls)
        base = next((name for name in self.outside_bases(cls) if libraries.makes(name)), None)
        copied = next((name for one in self.order(cls) if (name := libraries.copied(one.name))), None)
        initial = self.find_method(cls, "__init__", made)
        if copied:
            return libraries.call(self.whole, copied, call)
        if base:
            inherited = libraries.call(self.whole, base, Call(call.file, call.node) if initial else call)
            made.base = inherited if isinstance(inherited, Live) else None
            libraries.subclassed(self.whole, made)
        if initial is not None:
            # What it sets may be what another method makes flags of.
            self.enter(initial, call, relevant=self.relevance.of(cls))
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

    def above(self) -> Value:
        """What ``super()`` is in the method that is gone through."""
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
