"""What a function, or a class that is made an object of, takes: its names, types, defaults and descriptions."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grid_jupyter.core.script.tracing.values import MISSING, Class, External, Function, Instance, Scope, Value, describe

from .annotations import Annotation, is_dataclass, is_missing, read_annotation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.script.sources import SourceFile
    from grid_jupyter.core.script.tracing.interpreter import Interpreter

_FIELDS = frozenset(("Field", "Factory", "attrib", "field", "ib", "mutable_field"))
_PLAIN_BASES = frozenset(
    (
        "ABC",
        "BaseModel",
        "BaseSettings",
        "Generic",
        "LightningDataModule",
        "LightningModule",
        "Module",
        "NamedTuple",
        "Protocol",
        "Serializable",
        "Tap",
        "TypedDict",
        "object",
    )
)
_DESCRIBED = re.compile(r"^\s*(?:[:@](?:param|arg)\s+)?\*{0,2}`{0,2}(\w+)`{0,2}\s*(?:\([^)]*\))?\s*:\s+(\S.*)$")


@dataclass
class Parameter:
    """One of what a function or class takes.

    Attributes:
        default: Its default, or ``MISSING``.
        rest: ``*`` or ``**`` where it takes all that is left.
        metadata: What a dataclass's field holds besides.
    """

    name: str
    annotation: Annotation
    default: Value
    file: SourceFile
    node: ast.AST
    help: str | None = None
    rest: str = ""
    metadata: Mapping[Value, Value] = field(default_factory=dict)


@dataclass
class Parameters:
    """What something takes.

    Attributes:
        items: Its parameters.
        unknown: Why there may be more; empty if not.
    """

    items: list[Parameter] = field(default_factory=list)
    unknown: str = ""


def parameters_of(run: Interpreter, value: Value) -> Parameters:
    """What a function or class takes."""
    value = run.resolved(value)
    if isinstance(value, Instance):
        value = value.cls
    if isinstance(value, Function):
        return _function(run, value.innermost)
    if not isinstance(value, Class):
        return Parameters(unknown=f"the flags of {describe(value)} are not known: it is not the project's")
    if is_dataclass(run, value):
        return fields_of(run, value)
    return _initial(run, value)


def _initial(run: Interpreter, cls: Class) -> Parameters:
    """What ``__init__`` takes; with ``**kwargs`` also what that of the base class takes."""
    found: dict[str, Parameter] = {}
    for one in run.order(cls):
        node = next(
            (node for node in one.node.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"), None
        )
        if node is None:
            continue
        taken = _function(run, Function(node, one.scope, one, cls))
        found = {item.name: item for item in taken.items} | found
        if not taken.unknown:
            return Parameters([item for item in found.values() if item.rest != "**"])
    bases = [name for name in run.outside_bases(cls) if name.rpartition(".")[2] not in _PLAIN_BASES]
    unknown = f"what {bases[0]} takes is not known" if bases else ""
    return Parameters([item for item in found.values() if item.rest != "**"], unknown)


def _function(run: Interpreter, function: Function) -> Parameters:
    spec, scope = function.node.args, function.scope
    positional = [*spec.posonlyargs, *spec.args]
    nodes: dict[str, ast.expr] = dict(
        zip((arg.arg for arg in positional[len(positional) - len(spec.defaults) :]), spec.defaults, strict=True)
    )
    nodes |= {arg.arg: node for arg, node in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if node}
    if function.receiver is not MISSING:
        positional = positional[1:]
    helps = _described(function.node)
    if function.owner is not None:
        helps = _described(function.owner.node) | helps
    found = Parameters()
    for arg in (*positional, *spec.kwonlyargs):
        default = run.evaluate(nodes[arg.arg], scope) if arg.arg in nodes else MISSING
        annotation = read_annotation(run, arg.annotation, scope)
        found.items.append(Parameter(arg.arg, annotation, default, scope.file, arg, helps.get(arg.arg)))
    if spec.vararg:
        annotation = read_annotation(run, spec.vararg.annotation, scope)
        found.items.append(Parameter(spec.vararg.arg, annotation, MISSING, scope.file, spec.vararg, rest="*"))
    if spec.kwarg:
        found.unknown = f"{function.name} takes **{spec.kwarg.arg}"
    return found


def fields_of(run: Interpreter, cls: Class) -> Parameters:
    """The fields of a dataclass, those of its bases first."""
    found: dict[str, Parameter] = {}
    for one in reversed(run.order(cls)):
        helps = _described(one.node)
        for node, following in zip(one.node.body, [*one.node.body[1:], None], strict=True):
            match node:
                case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("__"):
                    made = _field(run, node, name, one.scope)
                    if made is None:
                        found.pop(name, None)
                        continue
                    made.help = made.help or _text_of(following) or helps.get(name) or _comment(one.scope.file, node)
                    found[name] = made
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in found:
                    found[name].default = run.evaluate(value, one.scope)
    bases = [name for name in run.outside_bases(cls) if name.rpartition(".")[2] not in _PLAIN_BASES]
    return Parameters(
        list(found.values()), f"the fields of {bases[0]} are not known: it is not the project's" if bases else ""
    )


def _field(run: Interpreter, node: ast.AnnAssign, name: str, scope: Scope) -> Parameter | None:
    annotation = read_annotation(run, node.annotation, scope)
    if annotation.constant:
        return None
    made = Parameter(name, annotation, MISSING, scope.file, node)
    value = node.value
    if isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in _FIELDS:
        call = run.arguments(value, scope)
        if call.get("init") is False:
            return None
        first = call.get("default", 0)
        made.default = MISSING if is_missing(first) else first
        factory = call.get("default_factory") if call.get("factory") is MISSING else call.get("factory")
        if factory is not MISSING:
            made.default = _made_by(run, factory, value, scope)
        metadata = run.resolved(call.get("metadata"))
        made.metadata = metadata if isinstance(metadata, dict) else {}
        for given in (made.metadata.get("help"), call.get("description"), call.get("help")):
            made.help = made.help or (given if isinstance(given, str) else None)
    elif value is not None:
        made.default = run.evaluate(value, scope)
    return made


def _made_by(run: Interpreter, factory: Value, node: ast.expr, scope: Scope) -> Value:
    from grid_jupyter.core.script.tracing.values import Unknown

    factory = run.resolved(factory)
    if isinstance(factory, External) and factory.name in {"builtins.list", "builtins.dict", "builtins.tuple"}:
        return {"list": [], "dict": {}, "tuple": ()}[factory.name.removeprefix("builtins.")]
    if isinstance(factory, Function) and isinstance(factory.node, ast.Lambda):
        return run.evaluate(factory.node.body, factory.scope)
    return Unknown(scope.file, node)


def _described(node: ast.AST) -> dict[str, str]:
    """The descriptions of names in a docstring."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {}
    found = {}
    for line in (ast.get_docstring(node) or "").splitlines():
        if match := _DESCRIBED.match(line):
            found[match[1]] = match[2].strip()
    return found


def _text_of(node: ast.AST | None) -> str | None:
    """The text of a string that stands alone, which describes what is above it."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return None


def _comment(file: SourceFile, node: ast.stmt) -> str | None:
    """The comment behind a statement."""
    rest = file.lines[(node.end_lineno or 1) - 1][node.end_col_offset or 0 :].decode("utf-8", "replace")
    return rest.strip().removeprefix("#").strip() or None if rest.strip().startswith("#") else None
