"""argparse, and what is built on it or like it: optparse, ConfigArgParse, HfArgumentParser, simple_parsing, Tap."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import MISSING, Call, Either, External, Live, Unknown, Value, describe

from .arguments import read_argument
from .surface import Entry, Surface, value_and_text

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter

_PARSING = frozenset(
    (
        "parse_args",
        "parse_intermixed_args",
        "parse_args_into_dataclasses",
        "parse_args_and_config",
        "parse_typed_args",
        "parse",
        "parse_args_dict",
    )
)
_PARSING_SOME = frozenset(("parse_known_args", "parse_known_intermixed_args"))
_GROUPS = frozenset(("add_argument_group", "add_mutually_exclusive_group", "add_group", "add_option_group"))
_OWN = frozenset(
    ("error", "exit", "format_help", "format_usage", "get_default", "print_help", "print_usage", "register")
)


class Parser(Surface):
    """A parser, and its groups: they add to the same flags."""

    def __init__(self, run: Interpreter, kind: str, command: str = "") -> None:
        super().__init__(run, kind)
        self.command = command
        self.prefixes = "-"
        self.resolves = False
        self.above: Parser | None = None
        self.defaults: dict[str, tuple[Value, bool]] = {}

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        if method in {"add_argument", "add_option", "add"}:
            return self._add(run, call)
        if method in _GROUPS:
            return self
        if method == "add_subparsers":
            return Subparsers(run, self, call)
        if method == "set_defaults":
            self._set_defaults(run, call)
            return None
        if method in _PARSING or method in _PARSING_SOME:
            self._parse(call, strict=method in _PARSING)
            space = Unknown(call.file, call.node)
            return (space, Rest(call.file, call.node)) if method in _PARSING_SOME else space
        if method == "__init__":
            self.start(run, call)
            return None
        return None if method in _OWN else MISSING

    def start(self, run: Interpreter, call: Call) -> None:
        """Take the arguments that the parser is made with."""
        self.whole &= call.whole
        prefixes = call.get("prefix_chars")
        self.prefixes = prefixes if isinstance(prefixes, str) else "-"
        self.resolves = call.get("conflict_handler") == "resolve"
        if call.get("fromfile_prefix_chars") is not MISSING or call.get("option_list") is not MISSING:
            self.miss(run, call, "it reads flags from files too")
        parents = call.get("parents")
        if isinstance(parents, list | tuple):
            for parent in parents:
                self._inherit(run, call, parent)
        elif parents is not MISSING:
            self.miss(run, call, f"its parents, {call.text_of('parents')}, are not known")

    def finish(self) -> None:
        for entry in self.entries:
            if entry.dest in self.defaults:
                default, computed = self.defaults[entry.dest]
                others = tuple(name for name in entry.flag.computed if name != "default")
                names = (*others, "default") if computed else others
                entry.flag = replace(entry.flag, default=default, computed=names, required=False)

    def _inherit(self, run: Interpreter, call: Call, parent: Value) -> None:
        base = getattr(parent, "base", None) or getattr(parent, "became", None) or parent
        if isinstance(base, Either):
            for one in base.values:
                self._inherit(run, call, one)
        elif isinstance(base, Parser):
            self.entries += [Entry(entry.dest, replace(entry.flag, command=self.command)) for entry in base.entries]
            self.whole &= base.whole
        else:
            self.miss(run, call, f"the flags of its parent {describe(parent)} are not known")

    def _parse(self, call: Call, *, strict: bool) -> None:
        given = call.get("args", 0)
        if isinstance(given, list | tuple | str) and MISSING not in given and strict:
            self.blind = True  # it reads what stands there, not the command line
        elif _is_command_line(given):
            self.used = True
            self.strict |= strict
        else:
            self.doubtful = True

    def _set_defaults(self, run: Interpreter, call: Call) -> None:
        if not call.whole:
            run.note(call, "defaults are set that are not known")
            for entry in self.entries:
                if "default" not in entry.flag.computed:
                    entry.flag = replace(entry.flag, computed=(*entry.flag.computed, "default"))
        for name in call.named:
            value, computed = value_and_text(call, name)
            self.defaults[name] = (value, computed or run.unsure)

    def _add(self, run: Interpreter, call: Call) -> Value:
        names = [name for name in call.args if isinstance(name, str)]
        if len(names) < len(call.args) or not (names or call.whole):
            self.miss(run, call, "the name of a flag is computed")
        if not names:
            names = [dest] if isinstance(dest := call.get("dest"), str) and call.whole else []
        if names and call.get("action") != "help":
            self.put(*read_argument(run, self, names, call))
        return Unknown(call.file, call.node)

    def put(self, dest: str, flag: ScriptFlag) -> None:
        """Add a flag; it takes the names of those before where conflicts are resolved so."""
        if self.resolves:
            self.entries = [entry for entry in self.entries if entry.flag.name not in flag.spellings]
        self.entries.append(Entry(dest, flag))


class Subparsers(Live):
    """What ``add_subparsers`` returns."""

    def __init__(self, run: Interpreter, parser: Parser, call: Call) -> None:
        self.parser = parser
        self.names: list[str] = []
        name = next(
            (value for key in ("dest", "metavar") if isinstance(value := call.get(key), str) and value), "command"
        )
        flag = ScriptFlag(
            name,
            choices=(),
            required=call.get("required") is True,
            source=run.place(call.file, call.node),
            command=parser.command,
        )
        self.entry = Entry(name, flag)
        parser.entries.append(self.entry)

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        if method not in {"add_parser", "add_subcommand"}:
            return MISSING
        name = call.get("name", 0)
        if not isinstance(name, str):
            self.parser.miss(run, call, "the name of a subcommand is computed")
            name = describe(name)
        if name not in self.names:
            self.names.append(name)
        self.entry.flag = replace(self.entry.flag, choices=tuple(self.names))
        given = call.get("parser", 1)
        if method == "add_subcommand" and isinstance(given, Parser):  # jsonargparse's
            given.command = f"{self.parser.command} {name}".strip()
            given.above = self.parser
            for entry in given.entries:
                entry.flag = replace(entry.flag, command=given.command)
            return given
        below = Parser(run, self.parser.kind, f"{self.parser.command} {name}".strip())
        below.above = self.parser
        below.start(run, call)
        return below


class Rest(Unknown):
    """What a parser leaves of the command line."""


def _is_command_line(given: Value) -> bool:
    """Whether what is parsed is the command line, or what is left of it, as far as that is seen."""
    if given is MISSING or given is None or isinstance(given, Rest | External):
        return True
    if isinstance(given, Either):
        return any(_is_command_line(one) for one in given.values)
    return isinstance(given, Unknown) and (isinstance(given.node, ast.arg) or "argv" in given.text)


def stray(run: Interpreter, receiver: Unknown, call: Call) -> Parser:
    """The parser for what was not seen being made, but is used as one."""
    if not isinstance(receiver.became, Parser):
        parser = Parser(run, "argparse")
        parser.used = True
        parser.miss(run, call, f"the flags of {receiver.text} are not known")
        receiver.became = parser
    return receiver.became


def argument_parser(kind: str, run: Interpreter, call: Call) -> Value:
    """A new parser."""
    parser = Parser(run, kind)
    parser.start(run, call)
    return parser


def option_group(run: Interpreter, call: Call) -> Value:
    """Optparse's group, which adds to its parser."""
    del run
    return call.get("parser", 0)
