"""Parsers that take flags from classes and functions: jsonargparse's, Lightning's and simple_parsing's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.script.tracing.values import MISSING, Call, Unknown, Value

from .callables import JSONARGPARSE, SIMPLE_PARSING, add_group, add_parameters
from .parsers import Parser

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter

_FROM_CLASS = frozenset(
    ("add_class_arguments", "add_dataclass_arguments", "add_function_arguments", "add_lightning_class_args")
)
_NO_FLAGS = frozenset(("link_arguments", "set_choices", "equivalent_argparse_args"))


class ClassParser(Parser):
    """A parser that also takes flags from classes."""

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        if method in _FROM_CLASS:
            key = next((value for value in (call.get("nested_key", 1),) if isinstance(value, str)), "")
            if key:
                add_group(run, self, key, call, self.command)
            add_parameters(run, self, call.args[0] if call.args else MISSING, JSONARGPARSE, call,
                           prefix=f"{key}." if key else "", command=self.command)  # fmt: skip
            return Unknown(call.file, call.node)
        if method == "add_arguments":
            add_parameters(run, self, call.get("dataclass", 0), SIMPLE_PARSING, call, command=self.command)
            if call.get("prefix") is not MISSING:
                self.miss(run, call, "its flags have a prefix")
            return Unknown(call.file, call.node)
        if method in {"add_subclass_arguments", "add_subcommands"}:
            self.whole = False
            return super().call(run, "add_subparsers", call) if method == "add_subcommands" else None
        return None if method in _NO_FLAGS else super().call(run, method, call)


def class_parser(kind: str, run: Interpreter, call: Call) -> Value:
    """A new parser."""
    parser = ClassParser(run, kind)
    parser.start(run, call)
    return parser
