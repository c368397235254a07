"""What ``add_argument`` is told of a flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import MISSING, Call, Class, External, Function, Value

from .surface import type_name, value_and_text

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter

    from .parsers import Parser

_VALUELESS = frozenset(("store_true", "store_false", "store_const", "append_const", "count", "help", "version"))
_OPTIONAL = "BooleanOptionalAction"


def read_argument(run: Interpreter, parser: Parser, names: list[str], call: Call) -> tuple[str, ScriptFlag]:
    """A flag as ``add_argument`` is told it, and the name that its value is kept under."""
    computed: list[str] = []
    spelled = [name for name in names if name[:1] in parser.prefixes]
    name = next((one for one in spelled if one[1:2] in parser.prefixes and one[1:2]), (spelled or names)[0])
    aliases = [one for one in spelled if one != name]
    action, nargs = _action(run, call.get("action")), call.get("nargs")
    takes_value = action not in _VALUELESS and action != _OPTIONAL and nargs != 0
    if action == _OPTIONAL:
        aliases += [f"--no-{one[2:]}" for one in spelled if one.startswith("--")]
    if action is None or (nargs is not MISSING and not isinstance(nargs, str | int | None)):
        computed.append("takes_value")
    kind, kind_computed = type_name(call.get("type"))
    if kind_computed:
        computed.append("type")
    default, default_computed = _default(call, action)
    if default_computed:
        computed.append("default")
    choices, choices_computed = _choices(call)
    if choices_computed:
        computed.append("choices")
    help_, help_computed = value_and_text(call, "help")
    if help_computed:
        computed.append("help")
    required = call.get("required")
    if not isinstance(required, bool | int | None) and required is not MISSING:
        computed.append("required")
    if not call.whole:
        computed += [field for field in ("type", "default", "choices", "help", "required", "takes_value")
                     if field not in computed]  # fmt: skip
    flag = ScriptFlag(
        name,
        aliases=tuple(dict.fromkeys(aliases)),
        type=kind or ("bool" if not takes_value and action not in {"count", "store_const", "append_const"} else
                      "int" if action == "count" else "str"),
        default=default,
        choices=choices,
        help=help_ if isinstance(help_, str) else None,
        required=bool(required) if isinstance(required, bool | int) else (not spelled and nargs not in ("?", "*")),
        takes_value=takes_value,
        multiple=nargs in ("+", "*", "...", "A...") or (isinstance(nargs, int) and nargs > 1)
        or action in {"append", "extend", "append_const"},
        source=run.place(call.file, call.node),
        computed=tuple(computed),
        value_optional=takes_value and nargs == "?" and bool(spelled),
        command=parser.command,
    )  # fmt: skip
    dest = call.get("dest")
    return dest if isinstance(dest, str) else name.lstrip("-+").replace("-", "_"), flag


def _action(run: Interpreter, action: Value) -> str | None:
    """The name of an action; empty for one of the project's own, None for an unknown one."""
    match run.resolved(action):
        case str() as name:
            return name
        case External(name=name):
            return name.rpartition(".")[2]
        case Class() | Function():
            return ""
    return "store" if action is MISSING or action is None else None


def _default(call: Call, action: str | None) -> tuple[Value, bool]:
    given = call.get("default")
    if given is MISSING and action in {"store_true", "store_false"}:
        return action == "store_false", False
    if (isinstance(given, External) and given.name.endswith(".SUPPRESS")) or given == "==SUPPRESS==":
        return None, False
    return value_and_text(call, "default")


def _choices(call: Call) -> tuple[tuple[Value, ...] | None, bool]:
    value, computed = value_and_text(call, "choices")
    if isinstance(value, list | tuple | set | frozenset | dict) and not computed:
        return tuple(value), False
    return None, computed or (value is not None and call.get("choices") is not None)
