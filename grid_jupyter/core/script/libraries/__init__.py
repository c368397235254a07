"""What is known of the libraries that read a command line: which of their names does what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from grid_jupyter.core.script.tracing.values import MISSING, Call, Function, Instance, Live, Value

from . import programs
from .absl_flags import absl_call
from .click_commands import Command, click_call
from .jsonargparse_parser import ClassParser, class_parser
from .parsers import Parser, Subparsers, argument_parser, option_group, stray
from .surface import Surface
from .typer_commands import App, typer_call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grid_jupyter.core.script.tracing.interpreter import Interpreter

__all__ = ["STAR", "call", "escaped", "makes", "stray", "subclassed", "wrapper"]

STAR: Mapping[str, tuple[str, ...]] = {
    "absl": ("flags", "app"),
    "argparse": ("ArgumentParser", "ArgumentDefaultsHelpFormatter", "BooleanOptionalAction", "FileType", "Namespace",
                 "SUPPRESS"),
    "click": ("Choice", "IntRange", "FloatRange", "Path", "argument", "command", "group", "option"),
    "tap": ("Tap",),
}  # fmt: skip
"""What ``from … import *`` brings."""

_Handlers: TypeAlias = "Mapping[tuple[str, str], Callable[[Interpreter, Call], Value]]"

_PARSERS: _Handlers = {
    ("argparse", "ArgumentParser"): partial(argument_parser, "argparse"),
    ("configargparse", "ArgParser"): partial(argument_parser, "configargparse"),
    ("configargparse", "ArgumentParser"): partial(argument_parser, "configargparse"),
    ("jsonargparse", "ArgumentParser"): partial(class_parser, "jsonargparse"),
    ("optparse", "OptionParser"): partial(argument_parser, "optparse"),
    ("optparse", "OptionGroup"): option_group,
    ("simple_parsing", "ArgumentParser"): partial(class_parser, "simple_parsing"),
    ("tap", "Tap"): partial(argument_parser, "tap"),
    ("transformers", "HfArgumentParser"): programs.hf_parser,
    ("trl", "TrlParser"): programs.hf_parser,
}
_ENTRIES: _Handlers = {
    ("draccus", "parse"): programs.pyrallis,
    ("fire", "Fire"): programs.fire,
    ("jsonargparse", "CLI"): programs.auto_cli,
    ("jsonargparse", "auto_cli"): programs.auto_cli,
    ("lightning", "LightningCLI"): programs.lightning_cli,
    ("pyrallis", "parse"): programs.pyrallis,
    ("pytorch_lightning", "LightningCLI"): programs.lightning_cli,
    ("simple_parsing", "parse"): programs.simple_parse,
    ("tyro", "cli"): programs.tyro_cli,
}
_HANDLERS: _Handlers = {**_PARSERS, **_ENTRIES}
_CLICKS = frozenset(("asyncclick", "click", "rich_click", "cloup"))
_OTHERS = {"hydra.main": "hydra", "docopt.docopt": "docopt", "getopt.getopt": "getopt", "getopt.gnu_getopt": "getopt",
           "chz.entrypoint": "chz", "chz.nested_entrypoint": "chz"}  # fmt: skip


class Other(Surface):
    """A library whose flags are not read."""

    def __init__(self, run: Interpreter, kind: str, call: Call) -> None:
        super().__init__(run, kind)
        self.used = True
        self.miss(run, call, f"{kind} reads the command line")

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del run, method
        return call.get("", 0)


class _Wrapper(Live):
    """``functools.wraps(function)``."""

    def __init__(self, function: Function) -> None:
        self.function = function

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del method
        wrapper = run.resolved(call.get("", 0))
        if isinstance(wrapper, Function):
            wrapper.wrapped = self.function
            return wrapper
        return MISSING


class _Deferred(Live):
    """``pyrallis.wrap()`` before it is given its function."""

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del method
        function = run.resolved(call.get("", 0))
        return programs.pyrallis_wrap(run, function, call) if isinstance(function, Function) else MISSING


class Partial(Live):
    """``functools.partial(function, …)``."""

    def __init__(self, made: Call) -> None:
        self.made = made

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        if method:
            return MISSING
        whole = Call(call.file, call.node, [*self.made.args[1:], *call.args], self.made.named | call.named,
                     self.made.whole and call.whole)  # fmt: skip
        return run.call(self.made.args[0], whole)


def wrapper(name: str, made: Call) -> Value:
    """What functools' wraps and partial make."""
    if name == "functools.partial":
        return Partial(made)
    return _Wrapper(made.args[0]) if isinstance(made.args[0], Function) else MISSING


def makes(name: str) -> bool:
    """Whether a class of another package is a parser."""
    root, _, last = name.partition(".")[0], "", name.rpartition(".")[2]
    return (root, last) in _PARSERS or last == "LightningCLI"


def copied(name: str) -> str | None:
    """The library's parser that a project has a copy of, told by its name: its own code shows no flags."""
    return "transformers.HfArgumentParser" if name == "HfArgumentParser" else None


def call(run: Interpreter, name: str, made: Call) -> Value:
    """Call something of another package."""
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    handler = _HANDLERS.get((root, last))
    if handler is not None:
        return handler(run, made)
    if root in _CLICKS:
        return click_call(last, run, made)
    if root == "typer":
        return typer_call(last, run, made)
    if last.startswith(("DEFINE_", "mark_flag")):
        return absl_call(last, run, made)
    if (root, last) in {("pyrallis", "wrap"), ("draccus", "wrap")}:
        return _Deferred()
    if name in _OTHERS:
        return Other(run, _OTHERS[name], made)
    return MISSING


def escaped(run: Interpreter, live: Live, made: Call) -> None:
    """Take note that a parser goes where it cannot be followed; it may be given flags there, and read them."""
    if isinstance(live, Subparsers):
        live = live.parser
    if isinstance(live, Parser) and not live.blind:
        text = made.file.segment(made.node)
        live.miss(run, made, f"{text if len(text) < 80 else text[:77] + '…'} may add flags")
        live.used = True
    elif isinstance(live, Command | App):
        live.used = True


def subclassed(run: Interpreter, made: Instance) -> None:
    """Do what a parser does on its own with a project's class that is one."""
    base = made.base
    nothing = Call(made.cls.scope.file, made.cls.node)
    if not isinstance(base, Parser):
        return
    if base.kind == "tap":
        programs.tap_parser(run, base, made.cls, nothing)
    methods = {"tap": "configure", "LightningCLI": "add_arguments_to_parser"}
    method = run.find_method(made.cls, methods.get(base.kind, ""), made)
    if method is None:
        return
    given = [] if base.kind == "tap" else [ClassParser(run, base.kind)]
    run.enter(method, Call(nothing.file, nothing.node, list(given)))
    for parser in given:
        base.entries += parser.entries
        parser.blind = True
