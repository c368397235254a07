"""Run a script up to where it reads its command line, and print the flags that its library has by then, as JSON.

``python true_flags.py PROJECT SCRIPT``. Packages that are neither Python's, the project's nor a library of flags are
replaced by something that answers anything, so that none of them must be installed. THE SCRIPT IS RUN: do it with
scripts that you trust, in a container.
"""

from __future__ import annotations

import abc
import argparse
import contextlib
import importlib.abc
import importlib.machinery
import json
import os
import runpy
import sys
import traceback
import types
from pathlib import Path
from typing import Any, NoReturn

REAL = frozenset(
    (
        "absl",
        "annotated_doc",
        "annotated_types",
        "click",
        "configargparse",
        "docstring_parser",
        "fire",
        "jsonargparse",
        "markdown_it",
        "mdurl",
        "pydantic",
        "pydantic_core",
        "pygments",
        "rich",
        "shellingham",
        "simple_parsing",
        "tap",
        "termcolor",
        "typeguard",
        "typer",
        "typing_extensions",
        "typing_inspection",
        "typing_inspect",
        "tyro",
        "yaml",
        "mypy_extensions",
        "packaging",
        "_yaml",
        "setuptools",
        "_distutils_hack",
    )
)
_OPERATORS = (
    "abs",
    "add",
    "and",
    "floordiv",
    "invert",
    "lshift",
    "matmul",
    "mod",
    "mul",
    "neg",
    "or",
    "pos",
    "pow",
    "radd",
    "rmul",
    "rpow",
    "rshift",
    "rsub",
    "rtruediv",
    "sub",
    "truediv",
    "xor",
)


class _AnythingType(abc.ABCMeta):
    """The type of classes that have every attribute, and can be called, subclassed and computed with."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith(("__", "_abc")):
            raise AttributeError(name)
        return _anything(name)

    def __call__(cls, *args: Any, **named: Any) -> Any:
        if not cls.__dict__.get("_stands_in"):
            try:
                return super().__call__(*args, **named)
            except TypeError:
                return object.__new__(cls)
        return args[0] if len(args) == 1 and not named and _is_decorated(args[0]) else _anything(cls.__name__)

    def __getitem__(cls, index: object) -> Any:
        return _anything("item")

    def __setitem__(cls, index: object, value: object) -> None:
        pass

    def __iter__(cls) -> Any:
        return iter(())

    def __len__(cls) -> int:
        return 0

    def __contains__(cls, item: object) -> bool:
        return False

    def __enter__(cls) -> Any:
        return cls

    def __exit__(cls, *error: object) -> bool:
        return False

    def __index__(cls) -> int:
        return 1

    def __int__(cls) -> int:
        return 1

    def __float__(cls) -> float:
        return 1.0

    def __lt__(cls, other: object) -> bool:
        return True

    __gt__ = __le__ = __ge__ = __lt__


for _name in _OPERATORS:
    setattr(_AnythingType, f"__{_name}__", lambda cls, *others: _anything("result"))


class _Anything(metaclass=_AnythingType):
    def __init__(self, *args: Any, **named: Any) -> None:
        pass

    def __init_subclass__(cls, **named: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _anything(name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return args[0] if args and callable(args[0]) else _anything("result")


def _is_decorated(value: object) -> bool:
    return isinstance(value, types.FunctionType) or (isinstance(value, type) and value.__module__ != "builtins")


def _anything(name: str) -> Any:
    if name.endswith("Action"):
        return argparse.Action
    return _AnythingType(name, (_Anything,), {"_stands_in": True})


class _Module(types.ModuleType):
    __path__: list[str] = []  # noqa: RUF012
    __version__ = "2.0.0"
    __file__ = "/nowhere/__init__.py"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        value = _anything(name)
        setattr(self, name, value)
        return value


class _StandsIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a module for every name that is nobody else's."""

    def __init__(self, folders: list[Path]) -> None:
        self.folders = folders

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        del path, target
        top = name.partition(".")[0]
        own = any((folder / top).exists() or (folder / f"{top}.py").exists() for folder in self.folders)
        if own or top in REAL or top in sys.stdlib_module_names or top == "__main__":
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def _jsonable(value: Any) -> Any:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return {"repr": repr(value)[:200]}
    return value


_parsers: list[argparse.ArgumentParser] = []


def _of_parser(parser: argparse.ArgumentParser, command: str = "") -> list[dict[str, Any]]:
    found = []
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction) or "--help" in action.option_strings:
            continue
        if type(action).__name__ in {"_SubParsersAction", "_ActionSubCommands"}:
            seen = set()
            for name, below in (action.choices or {}).items():  # type: ignore[attr-defined]
                if id(below) not in seen:
                    seen.add(id(below))
                    found += _of_parser(below, f"{command} {name}".strip())
            continue
        several = isinstance(action.nargs, int) and action.nargs > 1
        found.append(
            {
                "names": list(action.option_strings) or [action.dest],
                "default": None if action.default is argparse.SUPPRESS else _jsonable(action.default),
                "type": getattr(action.type, "__name__", None) if action.type else None,
                "choices": None if action.choices is None else _jsonable(list(action.choices)),
                "required": bool(action.required) if action.option_strings else None,
                "takes_value": action.nargs != 0,
                "multiple": several or action.nargs in {"+", "*", "...", "A..."} or "pend" in type(action).__name__
                or type(action).__name__ == "_ExtendAction",
                "help": None if action.help is argparse.SUPPRESS else _jsonable(action.help),
                "command": command,
            }
        )  # fmt: skip
    return found


def _of_command(command: Any, path: str = "") -> list[dict[str, Any]]:
    found = []
    for param in command.params:
        positional = param.param_type_name == "argument"
        found.append(
            {
                "names": [param.name] if positional else [*param.opts, *param.secondary_opts],
                "required": None if positional else bool(param.required),
                "takes_value": positional or not (param.is_flag or param.count),
                "multiple": getattr(param, "multiple", False) or param.nargs != 1,
                "help": _jsonable(getattr(param, "help", None)),
                "command": path,
            }
        )
    for name, below in getattr(command, "commands", {}).items():
        found += _of_command(below, f"{path} {name}".strip())
    return found


def _of_absl(flags: Any) -> list[dict[str, Any]]:
    found = []
    for module, defined in flags.FLAGS.flags_by_module_dict().items():
        for flag in defined if not module.startswith("absl.") else ():
            names = [f"--{flag.name}"] + ([f"-{flag.short_name}"] if flag.short_name else [])
            found.append(
                {
                    "names": names + ([f"--no{flag.name}"] if flag.boolean else []),
                    "default": _jsonable(flag.default),
                    "takes_value": not flag.boolean,
                    "help": flag.help,
                    "command": "",
                }
            )
    return found


def _finish(found: list[dict[str, Any]]) -> NoReturn:
    sys.__stdout__.write(f"\nFLAGS{json.dumps(found, default=repr)}\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]
    os._exit(0)


def _note(parser: argparse.ArgumentParser) -> None:
    if parser not in _parsers:
        _parsers.append(parser)


def _parse(self: argparse.ArgumentParser, *args: object, **named: object) -> NoReturn:
    _note(self)
    _finish([flag for parser in _parsers for flag in _of_parser(parser)])


def _parse_known(
    self: argparse.ArgumentParser, args: object = None, namespace: Any = None, **_: object
) -> tuple[Any, list[str]]:
    _note(self)
    known = namespace or argparse.Namespace()
    for action in self._actions:
        if action.dest != "help" and not hasattr(known, action.dest):
            setattr(known, action.dest, action.default)
    for name, value in self._defaults.items():
        setattr(known, name, value)
    return known, []


def _watch() -> None:
    """Make each library tell its flags in place of reading the command line."""
    argparse.ArgumentParser.parse_args = _parse  # type: ignore[assignment]
    argparse.ArgumentParser.parse_known_args = _parse_known  # type: ignore[assignment]
    with contextlib.suppress(ImportError):
        import jsonargparse

        jsonargparse.ArgumentParser.parse_args = _parse
        jsonargparse.ArgumentParser.parse_known_args = _parse_known
    for name in ("click.core", "typer._click.core"):
        with contextlib.suppress(ImportError):
            library = importlib.import_module(name)
            library.Command.main = lambda self, *args, **named: _finish(_of_command(self))
    with contextlib.suppress(ImportError):
        import typer.core
        import typer.main

        for cls in (typer.core.TyperCommand, typer.core.TyperGroup):
            cls.main = lambda self, *args, **named: _finish(_of_command(self))  # type: ignore[method-assign]
        typer.Typer.__call__ = lambda self, *a, **k: _finish(_of_command(typer.main.get_command(self)))  # type: ignore[method-assign]
    with contextlib.suppress(ImportError):
        from absl import app, flags

        app.run = lambda *args, **named: _finish(_of_absl(flags))
        argparse.ArgumentParser.exit = lambda *args: None  # type: ignore[assignment, method-assign]
    with contextlib.suppress(ImportError):
        import fire

        fire.Fire = lambda *args, **named: os._exit(1)  # it has no table of its flags
    with contextlib.suppress(ImportError):
        import tyro.extras

        tyro.cli = lambda f, *args, **named: _finish(_of_parser(tyro.extras.get_parser(f)))


def main() -> None:
    """Run the script."""
    root, script = (Path(word).resolve() for word in sys.argv[1:3])
    _watch()
    folder, parts = script.parent, [script.stem]
    while (folder / "__init__.py").exists() and folder != root:
        parts.insert(0, folder.name)
        folder = folder.parent
    sys.meta_path.insert(0, _StandsIn([script.parent, root, root / "src", folder]))
    sys.argv = [str(script)]
    sys.path[:1] = [str(folder), str(root), str(root / "src")]
    try:
        if len(parts) > 1:
            runpy.run_module(".".join(parts), run_name="__main__")
        else:
            sys.path.insert(0, str(script.parent))
            runpy.run_path(str(script), run_name="__main__")
    except BaseException as error:
        if not _parsers:
            where = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAILED {type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})")
            raise SystemExit(1) from None
    if _parsers:
        _finish([flag for parser in _parsers for flag in _of_parser(parser)])


if __name__ == "__main__":
    main()
