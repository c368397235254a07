"""click's options and arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import (
    MISSING,
    Call,
    Class,
    External,
    Function,
    Live,
    Unknown,
    Value,
    describe,
    plain,
)

from .surface import Entry, Surface, type_name, value_and_text

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter

_TYPES = {"INT": "int", "FLOAT": "float", "STRING": "str", "BOOL": "bool", "UUID": "UUID", "IntRange": "int",
          "FloatRange": "float", "Path": "Path", "File": "File", "DateTime": "datetime", "Tuple": "tuple"}  # fmt: skip
OWN = {
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
        function = getattr(target, "function", target)  # of a command that it is put upon
        if isinstance(function, Function):
            function.innermost.options.insert(0, self)
            return target
        return MISSING


def read_option(run: Interpreter, command: Surface, option: Option, path: str) -> list[Entry]:
    """The flag of an option or argument."""
    call = option.made
    where = run.place(call.file, call.node)
    if option.what in OWN:
        flag = ScriptFlag(OWN[option.what], type="bool", default=False, takes_value=False, source=where, command=path)
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
