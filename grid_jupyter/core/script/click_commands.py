"""click: options and arguments that decorators put on a function, commands and groups."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .model import ScriptFlag
from .surface import Entry, Surface, type_name, value_and_text
from .values import MISSING, Call, Class, External, Function, Live, Unknown, Value, describe, plain

if TYPE_CHECKING:
    from .interpreter import Interpreter

_TYPES = {"INT": "int", "FLOAT": "float", "STRING": "str", "BOOL": "bool", "UUID": "UUID", "IntRange": "int",
          "FloatRange": "float", "Path": "Path", "File": "File", "DateTime": "datetime", "Tuple": "tuple"}  # fmt: skip
_OWN = {
    "help_option": "--help",
    "version_option": "--version",
    "confirmation_option": "--yes",
    "password_option": "--password",
}


class Choice(Live):
    """``click.Choice`` of some values."""

    def __init__(self, call: Call) -> None:
        values = plain(call.get("choices", 0))
        self.values = tuple(values) if isinstance(values, list | tuple | set | dict) else None
        self.text = call.text_of("choices", 0)

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del run, method, call
        return MISSING


class Option(Live):
    """A decorator that adds an option or argument to a function."""

    def __init__(self, what: str, call: Call) -> None:
        self.what = what
        self.made = call

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del method
        target = run.resolved(call.get("", 0))
        function = target.function if isinstance(target, Command) else target
        if isinstance(function, Function):
            function.innermost.options.insert(0, self)
            return target
        return MISSING


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
            made.above.add(self, self._name())

    def _name(self) -> str:
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
                self.add(command, name if isinstance(name, str) else command._name())
            else:
                self.miss(run, call, f"the flags of {describe(command)} are not known")
            return None
        if method in {"result_callback", "resultcallback"}:
            return None
        return MISSING

    def attribute(self, name: str) -> Value:
        from .values import Method

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


def read_option(run: Interpreter, command: Surface, option: Option, path: str) -> list[Entry]:
    """The flag of an option or argument."""
    call = option.made
    where = run.place(call.file, call.node)
    if option.what in _OWN:
        flag = ScriptFlag(_OWN[option.what], type="bool", default=False, takes_value=False, source=where, command=path)
        return [Entry("", flag)]
    names = [name for name in call.args if isinstance(name, str)]
    if not names or len(names) < len(call.args) or not call.whole:
        command.miss(run, call, "an option is computed")
        if not names:
            return []
    if option.what == "argument":
        return [Entry(names[0], _argument(run, call, names[0], where, path))]
    return [Entry("", _option(run, call, names, where, path))]


def _argument(run: Interpreter, call: Call, name: str, where: str, path: str) -> ScriptFlag:
    default, computed = value_and_text(call, "default")
    kind, choices, kinds_computed = _type(run, call, default)
    many = isinstance(nargs := call.get("nargs"), int) and nargs != 1
    required = call.get("required")
    return ScriptFlag(
        name,
        type=kind,
        default=default,
        choices=choices,
        required=required is True or (required is MISSING and call.get("default") is MISSING and nargs != -1),
        multiple=many,
        source=where,
        computed=(*(("default",) if computed else ()), *kinds_computed),
        command=path,
    )


def _option(run: Interpreter, call: Call, names: list[str], where: str, path: str) -> ScriptFlag:
    spelled: list[str] = []
    negative: list[str] = []
    for name in names:
        if name[:1].isidentifier():
            continue  # what the function calls it
        positive, slash, other = name.partition("/")
        spelled.append(positive.strip())
        negative += [other.strip()] if slash else []
    name = next((one for one in spelled if one.startswith("--")), (spelled or names)[0])
    default, computed = value_and_text(call, "default")
    kind, choices, kinds_computed = _type(run, call, default)
    count = call.get("count") is True
    told = call.get("is_flag")
    is_flag = told is True or bool(negative) or (told is MISSING and call.get("flag_value") is not MISSING
                                                 and call.get("type") is MISSING)  # fmt: skip
    if is_flag and call.get("flag_value") is MISSING:
        kind = "bool"
        default = False if call.get("default") is MISSING and not computed else default
    names_computed = [*(("default",) if computed else ()), *kinds_computed]
    help_, help_computed = value_and_text(call, "help")
    names_computed += ["help"] if help_computed else []
    required = call.get("required")
    if not isinstance(required, bool) and required is not MISSING:
        names_computed.append("required")
    nargs = call.get("nargs")
    return ScriptFlag(
        name,
        aliases=tuple(one for one in (*spelled, *negative) if one != name),
        type="int" if count else kind,
        default=default,
        choices=choices,
        help=help_ if isinstance(help_, str) else None,
        required=required is True,
        takes_value=not (is_flag or count),
        multiple=call.get("multiple") is True or (isinstance(nargs, int) and nargs > 1),
        source=where,
        computed=tuple(names_computed),
        command=path,
    )


def _type(run: Interpreter, call: Call, default: Value) -> tuple[str, tuple[Value, ...] | None, tuple[str, ...]]:
    """The name of an option's type, its choices, and what of them is computed."""
    given = run.resolved(call.get("type"))
    if isinstance(given, Choice):
        return "str", given.values, () if given.values is not None else ("choices",)
    if isinstance(given, list):
        return "str", None, ("type", "choices")
    if given is MISSING or given is None:
        return (type(default).__name__ if isinstance(default, int | float) else "str"), None, ()
    if isinstance(given, Unknown):
        head = given.text.partition("(")[0].rpartition(".")[2]
        return (_TYPES[head], None, ()) if head in _TYPES else (given.text, None, ("type",))
    if isinstance(given, External | Class | Function):
        name, computed = type_name(given)
        return _TYPES.get(name or "", name or "str"), None, ("type",) if computed else ()
    return describe(given), None, ("type",)


def click_call(last: str, run: Interpreter, call: Call) -> Value:
    """A call of click's."""
    if last in {"option", "argument", *_OWN}:
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
