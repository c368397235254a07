"""click: options and arguments that decorators put on a function, commands and groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import MISSING, Call, Function, Live, Unknown, Value, describe, plain

from .click_options import OWN, Choice, Option, read_option
from .surface import Entry, Surface

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter


class Commander(Live):
    """A decorator that makes a command or group of a function."""

    def __init__(self, call: Call, *, group: bool, above: Command | None = None) -> None:
        self.made = call
        self.group = group
        self.above = above

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del method
        function = run.resolved(call.get("", 0))
        if isinstance(function, Command):
            function = function.function
        return Command(run, self, function) if isinstance(function, Function) else MISSING


class Command(Surface):
    """A command or a group of commands; reads the command line when it is called."""

    def __init__(self, run: Interpreter, made: Commander, function: Function) -> None:
        super().__init__(run, "click")
        self.run = run
        self.made = made.made
        self.function = function
        self.group = made.group
        self.below: dict[str, Command] = {}
        self.root = made.above is None
        if made.above is not None:
            made.above.add(self, self.name)

    @property
    def name(self) -> str:
        """What it is called."""
        given = self.made.get("name", 0)
        name = re.sub(r"_(command|cmd|group|grp)$", "", self.function.name.lower())
        return given if isinstance(given, str) else name.replace("_", "-")

    def add(self, command: Command, name: str) -> None:
        """Add a command to this group."""
        self.below[name] = command
        command.root = False

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        if method in {"", "main", "__call__"}:
            self.used = not isinstance(call.get("args", 0), list)
            return None
        if method in {"command", "group"}:
            bare = call.get("", 0)
            made = Commander(call, group=method == "group", above=self)
            if isinstance(bare, Function):
                return Command(run, Commander(Call(call.file, call.node), group=made.group, above=self), bare)
            return made
        if method == "add_command":
            command = run.resolved(call.get("cmd", 0))
            name = call.get("name", 1)
            if isinstance(command, Command):
                self.add(command, name if isinstance(name, str) else command.name)
            else:
                self.miss(run, call, f"the flags of {describe(command)} are not known")
            return None
        if method in {"result_callback", "resultcallback"}:
            return None
        return MISSING

    def attribute(self, name: str) -> Value:
        from grid_jupyter.core.script.tracing.values import Method

        return self.function if name == "callback" else Method(self, name)

    def finish(self) -> None:
        if self.root:
            self.strict = True
            self._collect(self, "")

    def _collect(self, top: Command, command: str) -> None:
        settings = plain(self.made.get("context_settings"))
        if isinstance(settings, dict) and any(settings.get(key) for key in _LENIENT):
            top.miss(self.run, self.made, "it takes flags that it does not know")
        top.entries += [entry for option in self.function.innermost.options if isinstance(option, Option)
                        for entry in read_option(self.run, top, option, command)]  # fmt: skip
        if self.below:
            flag = ScriptFlag("command", choices=tuple(self.below), required=True,
                              source=self.run.place(self.made.file, self.made.node), command=command)  # fmt: skip
            top.entries.append(Entry("command", flag))
        for name, below in self.below.items():
            below._collect(top, f"{command} {name}".strip())  # noqa: SLF001  (its own class)


_LENIENT = ("ignore_unknown_options", "allow_extra_args")


def click_call(last: str, run: Interpreter, call: Call) -> Value:
    """A call of click's."""
    if last in {"option", "argument", *OWN}:
        return Option(last, call)
    if last in {"command", "group"}:
        bare = call.get("", 0)
        if isinstance(bare, Function):
            return Command(run, Commander(Call(call.file, call.node), group=last == "group"), bare)
        return Commander(call, group=last == "group")
    if last == "Choice":
        return Choice(call)
    if last in {"pass_context", "pass_obj"}:
        return call.get("", 0)
    return Unknown(call.file, call.node)
