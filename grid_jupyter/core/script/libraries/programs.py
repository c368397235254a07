"""Libraries that make a command line of a function or class in one call: fire, tyro, pyrallis and their like."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import MISSING, Call, Class, Function, Instance, Unknown, Value, describe

from .annotations import is_dataclass
from .parameters import parameters_of
from .parsers import Parser
from .surface import Entry, Surface

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter


from .callables import FIRE, HF, JSONARGPARSE, PYRALLIS, SIMPLE_PARSING, TAP, TYRO, Style, add_group, add_parameters


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
            object.__setattr__(entry.flag, "required", False)
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
    """Transformers' parser of dataclasses."""
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
    """Jsonargparse's ``CLI``: a function, a class, or several."""
    surface = _surface(run, "jsonargparse")
    surface.entries.append(Entry("config", ScriptFlag("--config", source=run.place(call.file, call.node))))
    target = run.resolved(call.get("components", 0))
    style = Style(positional=call.get("as_positional") is not False, groups=True)
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
            add_group(run, parser, key, call)
            add_parameters(run, parser, target, JSONARGPARSE, call, prefix=f"{key}.")
    return parser
