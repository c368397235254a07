"""typer: options and arguments are a function's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import (
    MISSING,
    Call,
    Class,
    Function,
    Live,
    Unknown,
    Value,
    describe,
    plain,
)

from .annotations import is_missing
from .callables import default_of
from .parameters import Parameter, parameters_of
from .surface import Entry, Surface

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter


class Information(Live):
    """``typer.Option(...)`` or ``typer.Argument(...)``."""

    def __init__(self, call: Call, *, argument: bool) -> None:
        self.made = call
        self.argument = argument

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del run, method, call
        return MISSING


@dataclass
class _Command:
    function: Function
    made: Call
    name: str


class App(Surface):
    """A ``typer.Typer``."""

    def __init__(self, run: Interpreter, call: Call) -> None:
        super().__init__(run, "typer")
        self.run = run
        self.made = call
        self.commands: list[_Command] = []
        self.callbacks: list[_Command] = []
        self.below: list[tuple[str, App]] = []
        self.root = True

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        if method == "":
            self.used = True
            return None
        if method in {"command", "callback"}:
            bare = call.get("", 0)
            decorator = _Decorator(self, Call(call.file, call.node) if isinstance(bare, Function) else call, method)
            return decorator.call(run, "", call) if isinstance(bare, Function) else decorator
        if method == "add_typer":
            below = run.resolved(call.get("typer_instance", 0))
            name = call.get("name")
            if isinstance(below, App):
                below.root = False
                own = below.made.get("name")
                told = name if isinstance(name, str) else own if isinstance(own, str) else ""
                self.below.append((told, below))
            else:
                self.miss(run, call, f"the flags of {describe(below)} are not known")
            return None
        return MISSING

    def add(self, function: Function, made: Call, kind: str) -> None:
        """Add a command or callback."""
        given = made.get("name", 0)
        name = given if isinstance(given, str) else function.innermost.name.replace("_", "-").lower()
        (self.callbacks if kind == "callback" else self.commands).append(_Command(function, made, name))

    def finish(self) -> None:
        if self.root:
            self.strict = True
            self._collect(self, "")

    def _collect(self, top: App, path: str) -> None:
        for one in self.callbacks:
            top.take(one, path)
        alone = len(self.commands) == 1 and not self.callbacks and not self.below and not path
        names = [one.name for one in self.commands] + [name for name, _ in self.below if name]
        if not alone and names:
            flag = ScriptFlag("command", choices=tuple(names), required=True,
                              source=self.run.place(self.made.file, self.made.node), command=path)  # fmt: skip
            top.entries.append(Entry("command", flag))
        for one in self.commands:
            top.take(one, path if alone else f"{path} {one.name}".strip())
        for name, below in self.below:
            below._collect(top, f"{path} {name}".strip())  # noqa: SLF001  (its own class)

    def take(self, command: _Command, path: str) -> None:
        """Add the flags of a command's function."""
        settings = plain(command.made.get("context_settings"))
        if isinstance(settings, dict) and (settings.get("ignore_unknown_options") or settings.get("allow_extra_args")):
            self.miss(self.run, command.made, "it takes flags that it does not know")
        found = parameters_of(self.run, command.function)
        if found.unknown:
            self.miss(self.run, command.made, found.unknown)
        for item in found.items:
            if item.annotation.type not in {"Context", "CallbackParam"}:
                self.entries.append(Entry(item.name, read_parameter(self.run, item, path)))


class _Decorator(Live):
    def __init__(self, app: App, made: Call, kind: str) -> None:
        self.app = app
        self.made = made
        self.kind = kind

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del method
        function = run.resolved(call.get("", 0))
        if isinstance(function, Function):
            self.app.add(function, self.made, self.kind)
            return function
        return MISSING


def read_parameter(run: Interpreter, item: Parameter, path: str) -> ScriptFlag:
    """The flag of a parameter."""
    information = next((one for one in (*item.annotation.metadata, item.default) if isinstance(one, Information)), None)
    in_default = information is item.default
    call = information.made if information else Call(item.file, item.node)
    if in_default:
        item.default = call.get("default", 0)
    if (factory := call.get("default_factory")) is not MISSING:
        item.default = Unknown(call.file, call.node) if factory is not None else item.default
    default, computed = default_of(item, enum_names=False)
    required = is_missing(item.default)
    argument = information.argument if information else required
    names = [one for one in call.args[1 if in_default else 0 :] if isinstance(one, str)]
    annotation = item.annotation
    kind = annotation.type or (type(default).__name__ if isinstance(default, int | float) and not computed else "str")
    values = tuple(value for _, value in annotation.members)
    help_ = call.get("help")
    is_flag = kind == "bool" and not annotation.multiple and not argument
    count = call.get("count") is True
    spelled, aliases = _spellings(names, item.name, is_flag=is_flag)
    return ScriptFlag(
        item.name if argument else spelled,
        aliases=() if argument else aliases,
        type=kind,
        default=default,
        choices=values or annotation.choices,
        help=help_ if isinstance(help_, str) else None,
        required=required,
        takes_value=not (is_flag or count),
        multiple=annotation.multiple,
        source=run.place(item.file, item.node),
        computed=("default",) if computed else (),
        command=path,
    )


def _spellings(names: list[str], name: str, *, is_flag: bool) -> tuple[str, tuple[str, ...]]:
    given = [part for one in names for part in one.split("/") if part.strip().startswith("-")]
    if not given:
        long = f"--{name.replace('_', '-')}"
        return long, (f"--no-{long[2:]}",) if is_flag else ()
    given = [one.strip() for one in given]
    first = next((one for one in given if one.startswith("--")), given[0])
    aliases = [one for one in given if one != first]
    if is_flag and all(one.startswith("-") and not one.startswith("--") for one in given):
        aliases.append("")
    return first, tuple(alias for alias in aliases if alias)


def typer_call(last: str, run: Interpreter, call: Call) -> Value:
    """A call of typer's."""
    if last in {"Option", "Argument"}:
        return Information(call, argument=last == "Argument")
    if last == "Typer":
        return App(run, call)
    if last == "run":
        app = App(run, call)
        app.used = True
        function = run.resolved(call.get("function", 0))
        if isinstance(function, Function):
            app.add(function, Call(call.file, call.node), "command")
        elif not isinstance(function, Class):
            app.miss(run, call, f"the flags of {describe(function)} are not known")
        return None
    return Unknown(call.file, call.node)
