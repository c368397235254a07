"""Flags that libraries make of a function's parameters or a dataclass's fields."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import (
    MISSING,
    Call,
    Class,
    External,
    Instance,
    Unknown,
    Value,
    describe,
    plain,
)

from .annotations import Annotation, is_dataclass, is_missing
from .parameters import Parameter, parameters_of
from .surface import Entry, Surface

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter


@dataclass(frozen=True)
class Style:
    """How a library makes flags.

    Attributes:
        dashes: Whether underscores become dashes.
        nested: Whether a dataclass in a dataclass gives ``--outer.inner``; ``flat`` gives ``--inner``.
        bools: ``pair`` for ``--x`` and ``--no-x``, ``bare`` for a flag without a value, ``optional`` for one that may
            have a value, ``value`` for one that has.
        negative: What stands before the name to say no.
        enum_names: Whether a member of an enumeration goes by its name, and not by its value.
        positional: Whether what has no default is positional.
        groups: Whether a class in a class also has a flag of its own, ``--outer``, for a file.
    """

    dashes: bool = False
    nested: str = "dotted"
    bools: str = "value"
    negative: str = ""
    enum_names: bool = True
    positional: bool = False
    groups: bool = False


HF = Style(nested="none", bools="optional", enum_names=False)
FIRE = Style(nested="none", bools="optional")
JSONARGPARSE = Style(groups=True)
PYRALLIS = Style()
SIMPLE_PARSING = Style(nested="flat", bools="optional", negative="no")
TAP = Style(nested="none", bools="bare")
TYRO = Style(dashes=True, bools="pair", negative="no-")


def add_parameters(
    run: Interpreter, surface: Surface, value: Value, style: Style, call: Call, *, prefix: str = "", command: str = ""
) -> None:
    """Add the flags of what a function or class takes."""
    found = parameters_of(run, value)
    if found.unknown:
        surface.miss(run, call, found.unknown)
    for item in found.items:
        cls = _nested(run, item)
        if cls is not None and style.nested == "dotted" and not item.annotation.union:
            if item.annotation.optional:
                surface.miss(run, call, f"{item.name} may be left out or chosen")
            name = prefix + spelled(item.name, style)
            if style.groups:
                add_group(run, surface, name, call, command)
            add_parameters(run, surface, cls, style, call, prefix=f"{name}.", command=command)
        elif cls is not None and style.nested == "flat":
            add_parameters(run, surface, cls, style, call, command=command)
        elif item.annotation.union and style.nested != "none":
            surface.miss(run, call, f"{item.name} is one of several classes")
        else:
            surface.entries.append(Entry(item.name, flag_of(run, item, style, prefix=prefix, command=command)))


def add_group(run: Interpreter, surface: Surface, name: str, call: Call, command: str = "") -> None:
    """Add the flag that names a file with the settings of a class."""
    source = run.place(call.file, call.node)
    surface.entries.append(Entry(name, ScriptFlag(f"--{name}", type="config", source=source, command=command)))


def _nested(run: Interpreter, item: Parameter) -> Class | None:
    cls = item.annotation.cls
    if cls is None and isinstance(item.default, Instance):
        cls = item.default.cls
    return cls if cls is not None and is_dataclass(run, cls) else None


def spelled(name: str, style: Style) -> str:
    """A name as a library writes it."""
    return name.replace("_", "-") if style.dashes else name


def flag_of(run: Interpreter, item: Parameter, style: Style, *, prefix: str = "", command: str = "") -> ScriptFlag:
    """The flag that a library makes of a parameter."""
    annotation = item.annotation
    default, computed = default_of(item, enum_names=style.enum_names)
    kind = annotation.type or (type(default).__name__ if isinstance(default, int | float | str | list) else "str")
    is_bool = kind == "bool" and not annotation.multiple
    required = is_missing(item.default) and item.rest == ""
    name = prefix + spelled(item.name, style)
    positional = (style.positional and required and not prefix) or item.rest == "*" or _is_positional(annotation)
    bare = is_bool and (style.bools == "bare" or (style.bools == "pair" and not required and not annotation.optional))
    aliases = []
    if is_bool and style.negative and not positional and (bare or style.bools == "optional"):
        head, dot, last = name.rpartition(".")
        aliases.append(f"--{head}{dot}{style.negative}{last}")
    if style is HF and annotation.type == "bool" and default is True:
        aliases.append(f"--no_{item.name}")
    told = item.metadata.get("aliases")
    aliases += [alias for alias in told if isinstance(alias, str)] if isinstance(told, list | tuple) else []
    name, help_ = _told_name(annotation, name), _told_help(annotation) or item.help
    values = tuple(value for _, value in annotation.members)
    choices = annotation.choices if style.enum_names or not values else values
    return ScriptFlag(
        name if positional else f"--{name}",
        aliases=tuple(aliases),
        type=kind,
        default=default,
        choices=None if choices is None else tuple(plain(one) if plain(one) is not MISSING else describe(one)
                                                   for one in choices),
        help=help_,
        required=required and not (style is TAP and annotation.optional),
        takes_value=not bare,
        multiple=annotation.multiple or item.rest == "*" or kind == "list",
        source=run.place(item.file, item.node),
        computed=("default",) if computed else (),
        value_optional=is_bool and style.bools == "optional" and not positional,
        command=command,
    )  # fmt: skip


def default_of(item: Parameter, *, enum_names: bool) -> tuple[Value, bool]:
    """A parameter's default, or the text that computes it, and True."""
    if is_missing(item.default):
        return None, False
    value = plain(item.default)
    if value is MISSING:
        return describe(item.default), True
    if enum_names:
        for name, member in item.annotation.members:
            if plain(member) is not MISSING and member == value:
                return name, False
    return value, False


def _is_positional(annotation: Annotation) -> bool:
    return any(isinstance(one, External) and one.name.endswith("conf.Positional") for one in annotation.metadata)


def _told(annotation: Annotation, name: str) -> str | None:
    for one in annotation.metadata:
        node = one.node if isinstance(one, Unknown) else None
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg == name and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
                return keyword.value.value
    return None


def _told_name(annotation: Annotation, name: str) -> str:
    told = _told(annotation, "name")
    return name if told is None else ".".join((*name.split(".")[:-1], told))


def _told_help(annotation: Annotation) -> str | None:
    return _told(annotation, "help")
