"""The Python door: ``grid_jupyter.run(...)``."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from .core.command import Command, read_value
from .core.flags import Flag, Kind, find_flag, find_verb
from .core.run import Run, runs
from .core.values import word_for
from .core.words import Word
from .errors import CommandError

if TYPE_CHECKING:
    from .core.plan import Plan, Surroundings
    from .notebook.panel import Panel

__all__ = ["panel", "plan", "run", "runs"]

Params = Mapping[str, object] | Sequence[object]


def plan(script: str | PathLike[str], params: Params = (), /, **flags: object) -> Plan:
    """Return what ``run`` with the same arguments would do; nothing is started or written."""
    from .core.submission import plan_command

    return plan_command(_command(script, params, flags), _surroundings())


def panel(script: str | PathLike[str] = "", params: Mapping[str, object] | None = None, /, **flags: object) -> Panel:
    """Return a panel in which a sweep is set up; in a notebook it shows fields and buttons.

    Args:
        script: The script, relative to the current directory; without one the panel lets choose it.
        params: The script's arguments to begin with, such as ``{"lr": [0.1, 0.01]}``.
        flags: Flags of ``grid run`` to begin with, without their dashes: ``parallel=4``.

    Raises:
        CommandError: The script or ``grid run`` has no such flag.
    """
    from .notebook.panel import Panel

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return Panel(fspath(script), params, flags, variables=shell.user_ns if shell else None)


def run(script: str | PathLike[str], params: Params = (), /, **flags: object) -> Run:
    """Run a script once for each combination of its arguments, and return at once.

    Args:
        script: The script, relative to the current directory.
        params: The script's arguments: a mapping such as ``{"lr": [0.1, 0.01], "epochs": 5}``, whose keys become
            flags, or the words as they would be typed, such as ``["--lr", "[0.1, 0.01]"]``. A list, tuple, range or
            1-D array is swept; so is a string in the sweep language, such as ``"uniform(0, 1, 5)"``. ``None``
            passes a flag without a value.
        flags: Flags of ``grid run`` without their dashes: ``parallel=4``, ``use_spot=True``, ``name="first"``.

    Raises:
        UserError: What is asked for cannot be run; the sentence says what to change.
        StoreError: The disk is full or not writable.
    """
    from .core.launching import launch
    from .core.submission import plan_command

    made = plan_command(_command(script, params, flags), _surroundings(), launches=True)
    if made.spec.dry_run:
        raise CommandError("dry_run: a plan is no run; call grid_jupyter.plan with the same arguments")
    for warning in made.warnings:
        warnings.warn(warning, stacklevel=2)
    launched = launch(made, _surroundings())
    return launched.wait() if made.spec.wait else launched


def _surroundings() -> Surroundings:
    from .core.plan import Surroundings, current_directory

    return Surroundings(current_directory(), Path(sys.executable))


def _command(script: str | PathLike[str], params: Params, flags: Mapping[str, object]) -> Command:
    verb = find_verb("run")
    assert verb is not None  # noqa: S101  (the table has it)
    options = {}
    for name, value in flags.items():
        flag = find_flag(verb, f"--{name}")
        if flag is None:
            raise CommandError(f"{name} is not a flag of grid run; grid run -h lists them")
        if flag.refused:
            raise CommandError(f"{name}: {flag.refused}")
        if value is not None:
            options[flag.dest] = _option(flag, value)
    return Command(verb, options, script=fspath(script), words=tuple(_words(params)))


def _option(flag: Flag, value: object) -> object:
    if flag.kind is Kind.SWITCH:
        if not isinstance(value, bool):
            raise CommandError(f"{flag.dest} takes True or False; got {value!r}")
        return value
    if flag.repeats:
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, Sequence):
            raise CommandError(f"{flag.dest} takes a list of texts; got {value!r}")
        return tuple(read_value(flag, str(one)) for one in values)
    return read_value(flag, str(value))


def _words(params: Params) -> list[Word]:
    if isinstance(params, str):
        raise CommandError("the script's arguments are a mapping or a list of words, not one text")
    if not isinstance(params, Mapping):
        return [word_for(value, swept_text=True) for value in params]
    words: list[Word] = []
    for name, value in params.items():
        words.append(Word(name if name.startswith("-") else f"--{name}"))
        if isinstance(value, str) and value.startswith("-"):
            words.append(Word("", values=(value,)))  # a value, though it looks like a flag
        elif value is not None:
            words.append(word_for(value, swept_text=True))
    return words
