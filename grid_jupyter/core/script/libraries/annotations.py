"""What an annotation says of a value: its type, the values that are allowed, whether there are several."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grid_jupyter.core.script.tracing.values import MISSING, Class, External, Imported, Scope, Value, describe

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter

_LISTS = frozenset(
    (
        "Collection",
        "Deque",
        "FrozenSet",
        "Iterable",
        "List",
        "MutableSequence",
        "Sequence",
        "Set",
        "Tuple",
        "deque",
        "frozenset",
        "list",
        "set",
        "tuple",
    )
)
_MAPPINGS = frozenset(("DefaultDict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "dict"))
_WRAPPERS = frozenset(("Final", "InitVar", "NotRequired", "Required"))
_ENUMS = frozenset(("Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"))
_DATACLASSES = frozenset(("BaseModel", "BaseSettings", "NamedTuple", "attrs", "chz", "dataclass", "define",
                          "flax_dataclass", "frozen", "mutable", "s"))  # fmt: skip


@dataclass(frozen=True)
class Annotation:
    """What an annotation says.

    Attributes:
        type: The type's name; empty where there is no annotation.
        choices: The values that are allowed.
        members: The names and values of an enumeration.
        multiple: Whether there are several values.
        optional: Whether None is allowed.
        metadata: What ``Annotated`` holds besides.
        cls: The project's class that it is.
        union: Whether it is one of several types.
        outside: Whether it is a class of another package, whose fields are not known.
        constant: Whether it belongs to the class and not to its objects.
        node: Where the type itself is written.
    """

    type: str = ""
    choices: tuple[Value, ...] | None = None
    members: tuple[tuple[str, Value], ...] = ()
    multiple: bool = False
    optional: bool = False
    metadata: tuple[Value, ...] = ()
    cls: Class | None = None
    union: bool = False
    outside: bool = False
    constant: bool = False


def read_annotation(run: Interpreter, node: ast.expr | None, scope: Scope) -> Annotation:
    """Read an annotation."""
    match node:
        case None:
            return Annotation()
        case ast.Constant(value=str() as text):
            try:
                return read_annotation(run, ast.parse(text.strip(), mode="eval").body, scope)
            except (SyntaxError, ValueError):
                return Annotation(text)
        case ast.Constant(value=None):
            return Annotation("None")
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([read_annotation(run, side, scope) for side in (left, right)])
        case ast.Subscript(value=head, slice=inner):
            return _subscript(run, _last(run.evaluate(head, scope), head), inner, scope, node)
    return _simple(run, run.resolved(run.evaluate(node, scope)), node)


def _simple(run: Interpreter, value: Value, node: ast.expr) -> Annotation:
    if isinstance(value, Class):
        members = enum_members(run, value)
        names = tuple(name for name, _ in members) or None
        return Annotation(value.name, choices=names, members=members, cls=None if members else value)
    name = _last(value, node)
    if name in _LISTS:
        return Annotation("str", multiple=True)
    outside = isinstance(value, External) and not value.name.startswith("builtins.")
    return Annotation("dict" if name in _MAPPINGS else name, outside=outside)


def _last(value: Value, node: ast.expr) -> str:
    if isinstance(value, External):
        return value.name.rpartition(".")[2]
    return describe(value) if isinstance(value, Class | Imported) else ast.unparse(node).rpartition(".")[2]


def _subscript(  # noqa: C901  (one case a line)
    run: Interpreter, head: str, inner: ast.expr, scope: Scope, node: ast.expr
) -> Annotation:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if head == "Literal":
        values = tuple(run.resolved(run.evaluate(part, scope)) for part in parts)
        return Annotation(type(values[0]).__name__ if values else "str", choices=values)
    if head == "ClassVar":
        return Annotation(constant=True)
    if not parts:
        return Annotation(ast.unparse(node))
    first = read_annotation(run, parts[0], scope)
    if head == "Optional":
        return replace(first, optional=True)
    if head == "Union":
        return _union([read_annotation(run, part, scope) for part in parts])
    if head == "Annotated":
        metadata = tuple(run.evaluate(part, scope) for part in parts[1:])
        return replace(first, metadata=(*first.metadata, *metadata))
    if head in _LISTS:
        return replace(first, multiple=True, cls=None)
    if head in _MAPPINGS:
        return Annotation("dict")
    if head in _WRAPPERS:
        return first
    if head[:1].isupper() and ast.unparse(node).startswith(("tyro.conf.", "conf.")):
        return replace(first, metadata=(*first.metadata, External(f"tyro.conf.{head}")))
    if isinstance(value := run.evaluate(node, scope), Class):
        return _simple(run, value, node)
    return Annotation(ast.unparse(node))


def _union(sides: list[Annotation]) -> Annotation:
    real = [side for side in sides if side.type != "None"]
    optional = len(real) < len(sides) or any(side.optional for side in real)
    if len(real) == 1:
        return replace(real[0], optional=optional)
    if not real:
        return Annotation("None")
    metadata = tuple(item for side in real for item in side.metadata)
    choices = tuple(choice for side in real for choice in side.choices or ())
    return Annotation(
        " | ".join(dict.fromkeys(side.type for side in real)),
        choices=choices if all(side.choices for side in real) else None,
        multiple=any(side.multiple for side in real),
        optional=optional,
        metadata=metadata,
        union=any(side.cls for side in real),
        outside=any(side.outside for side in real),
    )


def enum_members(run: Interpreter, cls: Class) -> tuple[tuple[str, Value], ...]:
    """The names and values of an enumeration; nothing for another class."""
    if not any(name.rpartition(".")[2] in _ENUMS for name in run.outside_bases(cls)):
        return ()
    found: list[tuple[str, Value]] = []
    for node in cls.node.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if not name.startswith("_"):
                found.append((name, _member(name, run.evaluate(node.value, cls.scope))))
    return tuple(found)


def _member(name: str, value: Value) -> Value:
    made = getattr(value, "node", None)
    return name.lower() if made is not None and ast.unparse(made).endswith("auto()") else value


def is_dataclass(run: Interpreter, cls: Class) -> bool:
    """Whether a class takes its annotated fields as arguments."""
    for one in run.order(cls):
        for mark in one.node.decorator_list:
            head = mark.func if isinstance(mark, ast.Call) else mark
            if ast.unparse(head).rpartition(".")[2] in _DATACLASSES:
                return True
    return any(name.rpartition(".")[2] in _DATACLASSES for name in run.outside_bases(cls))


def is_missing(value: Value) -> bool:
    """Whether a default says that there is none: ``...`` or tyro's and OmegaConf's ``MISSING``."""
    return value is MISSING or value is ... or (isinstance(value, External) and value.name.endswith(".MISSING"))
