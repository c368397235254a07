"""The flags that a script takes, read from its source."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from .libraries.surface import merged
from .model import ScriptFlag, ScriptFlags
from .sources import read_script
from .tracing.evaluation import TooMuchError
from .tracing.interpreter import Interpreter
from .tracing.relevance import may_have_flags
from .tracing.values import MISSING, Call, Function, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .libraries.surface import Surface
    from .sources import ScriptSource, SourceFile

_CHANGED_ARGV = re.compile(
    r"\bin sys\.argv\b|"
    r"\bsys\.argv\s*(?:\+?=(?!=)|\.(?:append|clear|extend|insert|pop|remove)\b|\[[^]\n]*\]\s*\+?=(?!=))"
)
_USED_ARGV = re.compile(r"\bsys\.argv\b(?!\s*\[\s*0\s*\])|\bfrom sys import .*\bargv\b")
_EXECUTED = re.compile(r"exec\(\s*open\(\s*(['\"])([^'\"]+\.py)\1")


def read_flags(script: Path, root: Path, text: str | None = None) -> ScriptFlags:
    """Read the flags that a script takes; nothing of it is run.

    Args:
        script: The script.
        root: The project's root, whose modules are followed.
        text: The script's text, where it is no file (yet): a cell.
    """
    return flags_in(read_script(script, root, text))


def flags_in(source: ScriptSource) -> ScriptFlags:
    """Read the flags that a script takes from sources that were read already."""
    script = source.files[0]
    if script.path.suffix == ".ipynb":
        from .notebook import notebook_flags

        return notebook_flags(script.path)
    if script.path.suffix != ".py":
        return ScriptFlags(notes=(f"{script.path.name} is not a Python script",))
    globals_ = _global_settings(source)
    if globals_ is not None:
        return globals_
    if not any(may_have_flags(file.text) for file in source.files):
        return ScriptFlags(notes=(*_broken(source), *_argv_notes(source)))
    return _Reading(source).flags()


def _broken(source: ScriptSource) -> list[str]:
    """Notes on what could not be read at all."""
    notes = [
        f"{file.path.name} does not parse as Python: {file.syntax_error}" for file in source.files if file.syntax_error
    ]
    notes += [f"{file.path.name} is too large to be read" for file in source.files if file.oversized]
    if not source.whole and not notes:
        notes.append("the project has more modules than are read")
    return notes


class _Reading:
    def __init__(self, source: ScriptSource) -> None:
        self.source = source
        self.run = Interpreter(source)

    def flags(self) -> ScriptFlags:
        finished = self._attempt(self.run.run)
        chosen = self._chosen()
        if not chosen and finished:
            self._attempt(self._go_through_functions)
            chosen = self._chosen()
            if chosen:
                self.run.notes.append("what reads the command line was not seen to be called")
        flags = merged(entry.flag for surface in chosen for entry in surface.entries)
        notes = [*self.run.notes]
        notes += _broken(self.source)
        if _CHANGED_ARGV.search(self.source.files[0].text):
            notes.append(f"{self.source.files[0].path.name} changes or searches sys.argv")
        if chosen and not any(surface.strict for surface in chosen):
            notes.append("it lets pass what it does not know")
        complete = finished and bool(chosen) and not notes and all(surface.whole for surface in chosen)
        kinds = tuple(dict.fromkeys(surface.kind for surface in chosen))
        if not kinds and not notes:
            notes += _argv_notes(self.source)
        return ScriptFlags(kinds, tuple(flags), complete, tuple(dict.fromkeys(notes)))

    def _chosen(self) -> list[Surface]:
        for surface in self.run.surfaces:
            surface.whole &= self._attempt(surface.finish)
        used = [surface for surface in self.run.surfaces if self._is_used(surface)]
        used = used or [surface for surface in self.run.surfaces if surface.doubtful]
        blind = [surface for surface in self.run.surfaces if surface.blind]
        if used or not self.run.surfaces:
            return used
        if blind:
            self.run.notes.append("what it parses is not the command line")
            return []
        return [surface for surface in self.run.surfaces if surface.entries]

    def _is_used(self, surface: Surface | None) -> bool:
        while surface is not None:
            if surface.used:
                return True
            surface = getattr(surface, "above", None)
        return False

    def _go_through_functions(self) -> None:
        """Go through the script's functions that nothing was seen to call."""
        for value in list(self.run.names_of(self.source.files[0]).values()):
            if isinstance(value, Function) and isinstance(value.node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.run.enter(value, Call(value.scope.file, value.node, whole=False))

    def _attempt(self, do: Callable[[], object]) -> bool:
        """Do something; return whether that came to its end. A source may be anything, and no command fails for it."""
        try:
            do()
        except TooMuchError:
            self.run.notes.append("the script is too long to be read to its end")
        except RecursionError:
            self.run.notes.append("the script is nested too deeply to be read to its end")
        except Exception as error:  # noqa: BLE001
            self.run.notes.append(f"the script could not be read to its end: {type(error).__name__}")
        else:
            return True
        return False


def _argv_notes(source: ScriptSource) -> tuple[str, ...]:
    used = [file.path.name for file in source.files if _USED_ARGV.search(file.text)]
    return (f"{used[0]} reads sys.argv itself",) if used else ()


def _global_settings(source: ScriptSource) -> ScriptFlags | None:
    """The settings of a script that runs another file to read ``--name=value`` into its global names.

    None for other scripts.
    """
    script = source.files[0]
    match = _EXECUTED.search(script.text)
    if match is None or script.tree is None:
        return None
    other = _executed(script, match[2])
    if "globals()" not in other or "argv" not in other:
        return None
    line = script.text.count("\n", 0, match.start()) + 1
    flags = tuple(_settings(script, line))
    return ScriptFlags(("globals",), flags, complete=False, notes=(f"{match[2]} reads --name=value alone",))


def _executed(script: SourceFile, name: str) -> str:
    try:
        return (script.path.parent / name).read_text("utf-8", "replace")
    except OSError:
        return ""


def _settings(script: SourceFile, before: int) -> Iterator[ScriptFlag]:
    tree = script.tree
    found: dict[str, ScriptFlag] = {}
    for node in tree.body if tree else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if node.lineno < before:
                try:
                    default = plain(ast.literal_eval(value))
                except (ValueError, TypeError):
                    default = MISSING
                if isinstance(default, bool | int | float | str) and not name.startswith("_"):
                    where = f"{script.path.name}:{node.lineno}"
                    kind = type(default).__name__
                    found[name] = ScriptFlag(f"--{name}", type=kind, default=default, source=where)
    yield from found.values()
