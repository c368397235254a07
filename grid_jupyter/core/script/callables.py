"""Flags that libraries make of a function's parameters or a dataclass's fields."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .annotations import Annotation, is_dataclass, is_missing
from .model import ScriptFlag
from .parameters import Parameter, parameters_of
from .parsers import Parser
from .surface import Entry, Surface
from .values import MISSING, Call, Class, External, Function, Instance, Unknown, Value, describe, plain

if TYPE_CHECKING:
    from .interpreter import Interpreter


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
    """

    dashes: bool = False
    nested: str = "dotted"
    bools: str = "value"
    negative: str = ""
    enum_names: bool = True
    positional: bool = False


HF = Style(nested="none", bools="optional", enum_names=False)
FIRE = Style(nested="none", bools="optional")
JSONARGPARSE = Style()
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
            add_parameters(
                run, surface, cls, style, call, prefix=f"{prefix}{spelled(item.name, style)}.", command=command
            )
        elif cls is not None and style.nested == "flat":
            add_parameters(run, surface, cls, style, call, command=command)
        elif item.annotation.union and style.nested != "none":
            surface.miss(run, call, f"{item.name} is one of several classes")
        else:
            surface.entries.append(Entry(item.name, flag_of(run, item, style, prefix=prefix, command=command)))


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
    if style is HF and annotation.type == "bool" and not annotation.optional and default is True:
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


def _surface(run: Interpreter, kind: str) -> Surface:
    surface = _Reader(run, kind)
    surface.used = surface.strict = True
    return surface


class _Reader(Surface):
    """What a library reads the command line for."""

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del run, method
        return Unknown(call.file, call.node)


def _is_blind(call: Call) -> bool:
    return call.get("args") not in {MISSING, None} if not isinstance(call.get("args"), list | Unknown) else True


def tyro_cli(run: Interpreter, call: Call) -> Value:
    """``tyro.cli(f)``."""
    if isinstance(call.get("args"), list | tuple):
        return MISSING
    surface = _surface(run, "tyro")
    style = Style(dashes=False, bools="pair", negative="no_") if call.get("use_underscores") is True else TYRO
    target = call.get("f", 0)
    prefix = f"{told}." if isinstance(told := call.get("prefix"), str) and told else ""
    add_parameters(run, surface, target, style, call, prefix=prefix)
    if call.get("default") not in (MISSING, None):
        for entry in surface.entries:
            object.__setattr__(entry.flag, "computed", tuple({*entry.flag.computed, "default"}))
            object.__setattr__(entry.flag, "required", False)  # noqa: FBT003
    return Unknown(call.file, call.node)


def fire(run: Interpreter, call: Call) -> Value:
    """``fire.Fire(component)``."""
    if call.get("command") is not MISSING:
        return MISSING
    surface = _surface(run, "fire")
    target = run.resolved(call.get("component", 0))
    if target is MISSING or target is None:
        target = {name: value for name, value in run.names_of(call.file).items()
                  if isinstance(value, Function | Class) and not name.startswith("_")}  # fmt: skip
    _fire(run, surface, target, call, "")
    return Unknown(call.file, call.node)


def _fire(run: Interpreter, surface: Surface, target: Value, call: Call, command: str) -> None:
    target = run.resolved(target)
    match target:
        case Function():
            add_parameters(run, surface, target, FIRE, call, command=command)
        case Class() | Instance():
            cls = target if isinstance(target, Class) else target.cls
            if isinstance(target, Class):
                add_parameters(run, surface, target, FIRE, call, command=command)
            for name in _methods(run, cls):
                method = run.find_method(cls, name, Instance(cls))
                add_parameters(run, surface, method, FIRE, call, command=f"{command} {name}".strip())
        case dict():
            for name, value in target.items():
                _fire(run, surface, value, call, f"{command} {name}".strip())
        case _:
            surface.miss(run, call, f"what {describe(target)} takes is not known")


def _methods(run: Interpreter, cls: Class) -> list[str]:
    functions = (node for one in run.order(cls) for node in one.node.body if isinstance(node, ast.FunctionDef))
    return list(dict.fromkeys(node.name for node in functions if not node.name.startswith("_")))


def hf_parser(run: Interpreter, call: Call) -> Value:
    """transformers' parser of dataclasses."""
    parser = Parser(run, "HfArgumentParser")
    types = run.resolved(call.get("dataclass_types", 0))
    for one in types if isinstance(types, list | tuple) else [] if types is MISSING else [types]:
        add_parameters(run, parser, one, HF, call)
    return parser


def simple_parse(run: Interpreter, call: Call) -> Value:
    """``simple_parsing.parse(Config)``."""
    add_parameters(run, _surface(run, "simple_parsing"), call.get("config_class", 0), SIMPLE_PARSING, call)
    return Unknown(call.file, call.node)


def pyrallis(run: Interpreter, call: Call) -> Value:
    """``pyrallis.parse(config_class=Config)``, also draccus's."""
    surface = _surface(run, "pyrallis")
    flag = ScriptFlag("--config_path", source=run.place(call.file, call.node))
    surface.entries.append(Entry("config_path", flag))
    add_parameters(run, surface, call.get("config_class", 0), PYRALLIS, call)
    return Unknown(call.file, call.node)


def pyrallis_wrap(run: Interpreter, function: Function, call: Call) -> Value:
    """``@pyrallis.wrap()`` on a function that takes the configuration."""
    first = next(iter(parameters_of(run, function).items), None)
    pyrallis(run, Call(call.file, call.node, [first.annotation.cls] if first and first.annotation.cls else []))
    return function


def tap_parser(run: Interpreter, parser: Parser, cls: Class, call: Call) -> None:
    """The flags of a subclass of Tap: its fields, and what its ``configure`` adds."""
    add_parameters(run, parser, cls, TAP, call)


def auto_cli(run: Interpreter, call: Call) -> Value:
    """jsonargparse's ``CLI``: a function, a class, or several."""
    surface = _surface(run, "jsonargparse")
    surface.entries.append(Entry("config", ScriptFlag("--config", source=run.place(call.file, call.node))))
    target = run.resolved(call.get("components", 0))
    style = Style(positional=call.get("as_positional") is not False)
    if target is MISSING or target is None:
        names = run.names_of(call.file)
        target = [value for value in names.values() if isinstance(value, Function | Class)]
        target = target[0] if len(target) == 1 else target
    if isinstance(target, list | tuple):
        target = {describe(one): one for one in target}
    if isinstance(target, dict):
        for name, value in target.items():
            add_parameters(run, surface, value, style, call, command=str(name))
    elif isinstance(target, Class) and not is_dataclass(run, target):
        add_parameters(run, surface, target, style, call)
        for name in _methods(run, target):
            method = run.find_method(target, name, Instance(target))
            add_parameters(run, surface, method, style, call, command=name)
    else:
        add_parameters(run, surface, target, style, call)
    return Unknown(call.file, call.node)


def lightning_cli(run: Interpreter, call: Call) -> Value:
    """Lightning's command line: the model's and the data's parameters, and much that is Lightning's own."""
    parser = Parser(run, "LightningCLI")
    parser.used = True
    parser.miss(run, call, "LightningCLI adds flags that are not the project's: --trainer.*, --optimizer.*, --config")
    for name, position, key in (("model_class", 0, "model"), ("datamodule_class", 1, "data")):
        target = run.resolved(call.get(name, position))
        if isinstance(target, Class | Function) and call.get(f"subclass_mode_{key}") is not True:
            add_parameters(run, parser, target, JSONARGPARSE, call, prefix=f"{key}.")
    return parser
