"""absl's flags, also TensorFlow's: ``DEFINE_float("lr", 0.1, "…")`` wherever it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid_jupyter.core.script.model import ScriptFlag
from grid_jupyter.core.script.tracing.values import MISSING, Call, Class, Unknown, Value, plain

from .annotations import enum_members
from .surface import Entry, Surface, value_and_text

if TYPE_CHECKING:
    from grid_jupyter.core.script.tracing.interpreter import Interpreter

_TYPES = {"boolean": "bool", "bool": "bool", "integer": "int", "float": "float", "list": "list",
          "spaceseplist": "list", "config_file": "config file", "config_dict": "config"}  # fmt: skip


class AbslFlags(Surface):
    """All flags of a script."""

    def __init__(self, run: Interpreter) -> None:
        super().__init__(run, "absl")
        self.used = self.strict = True
        self.whole = False
        run.notes.append("packages may define flags too")

    def call(self, run: Interpreter, method: str, call: Call) -> Value:
        del run, method, call
        return MISSING

    def define(self, run: Interpreter, kind: str, call: Call) -> Value:
        """``DEFINE_kind(…)``."""
        name = call.get("name", 0)
        if not isinstance(name, str):
            self.miss(run, call, "the name of a flag is computed")
        elif kind != "alias":
            self.entries.append(Entry(name, _read(run, name, kind, call)))
        return Unknown(call.file, call.node)

    def require(self, run: Interpreter, call: Call) -> Value:
        """``mark_flag_as_required(name)``, also of several."""
        del run
        names = plain(call.get("flag_names", 0) if call.get("flag_name") is MISSING else call.get("flag_name"))
        for entry in self.entries:
            if entry.dest == names or (isinstance(names, list | tuple) and entry.dest in names):
                entry.flag = replace(entry.flag, required=True)
        return None


def _read(run: Interpreter, name: str, kind: str, call: Call) -> ScriptFlag:
    enum = kind in {"enum", "multi_enum"}
    enum_class = kind in {"enum_class", "multi_enum_class"}
    default, computed = value_and_text(call, "default", 1)
    names = ["default"] if computed else []
    choices: tuple[Value, ...] | None = None
    if enum:
        values, unknown = value_and_text(call, "enum_values", 2)
        choices = tuple(values) if isinstance(values, list | tuple) else None
        names += ["choices"] if unknown or choices is None else []
    elif enum_class:
        cls = run.resolved(call.get("enum_class", 2))
        choices = tuple(member.lower() for member, _ in enum_members(run, cls)) if isinstance(cls, Class) else None
    help_, unknown = value_and_text(call, "help", 3 if enum or enum_class else 2)
    names += ["help"] if unknown else []
    short = call.get("short_name")
    single = kind.removeprefix("multi_")
    is_bool = single in {"bool", "boolean"}
    aliases = ([f"-{short}"] if isinstance(short, str) else []) + ([f"--no{name}"] if is_bool else [])
    return ScriptFlag(
        f"--{name}",
        aliases=tuple(aliases),
        type=_TYPES.get(single, "str"),
        default=default,
        choices=choices,
        help=help_ if isinstance(help_, str) else None,
        required=call.get("required") is True,
        takes_value=not is_bool,
        multiple=kind.startswith("multi_") or single in {"list", "spaceseplist"},
        source=run.place(call.file, call.node),
        computed=tuple(names),
    )


def absl_call(last: str, run: Interpreter, call: Call) -> Value:
    """A call of absl's or TensorFlow's."""
    flags = next((one for one in run.surfaces if isinstance(one, AbslFlags)), None)
    if last.startswith("DEFINE_"):
        flags = flags or AbslFlags(run)
        if last.startswith("DEFINE_config"):
            flags.miss(run, call, "a configuration file adds flags")
        return flags.define(run, last.removeprefix("DEFINE_"), call)
    if last.startswith("mark_flag") and flags is not None:
        return flags.require(run, call)
    return MISSING
