"""From what is typed in a form to a run."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import checking, launching
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.interpreter import find_interpreter, terminal_interpreter
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.plan import Surroundings, questions
from grid_jupyter.core.rendering import command_line
from grid_jupyter.core.searching import axis_text
from grid_jupyter.core.submission import plan_command
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError, UserError

from . import shapes
from .problems import UnansweredError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grid_jupyter.core.command import Command
    from grid_jupyter.core.plan import Plan

    from .places import Root

_FILES = ("config", "save_config", "dependency_file")
_CHECKED = 20
_PAGE = 20


@dataclass(frozen=True)
class Asked:
    """What a request asks for: the words behind ``grid``, flags that win over those, a cell's body, and where."""

    words: tuple[Word, ...]
    flags: tuple[Word, ...]
    cell: str | None
    around: Surroundings


def read(body: Mapping[str, Any], root: Root) -> Asked:
    """Read a request to plan or launch.

    Raises:
        UserError: The folder or the kernel is none, or the line cannot be split.
    """
    cwd = root.find(body["cwd"])
    python = terminal_interpreter()
    around = Surroundings(cwd, find_interpreter(body["kernel"], python) if body.get("kernel") else python)
    words = _line_words(body["line"]) if "line" in body else ["run", *body["words"]]
    if "cell" in body and "line" not in body:
        raise CommandError("cell needs line: the line that heads it")
    return Asked(tuple(map(Word, words)), tuple(map(Word, body.get("flags", ()))), body.get("cell"), around)


def _line_words(line: str) -> list[str]:
    words = list(split_line(line.lstrip().lstrip("%!")).words)
    if words[:1] == ["grid"]:
        words.pop(0)
    if words[:1] not in (["run"], ["train"]):
        raise CommandError(f"{line[:80]!r} launches nothing; write %grid run SCRIPT [ARGUMENTS]")
    return words


def _command(asked: Asked, root: Root, *, launches: bool = False) -> Command:
    command = parse_command(asked.words, cell=asked.cell)
    if command is None or command.help:
        raise CommandError("-h shows the help in a terminal or a notebook; leave it out here")
    options = {**command.options, **_flags(asked.flags)}
    for name in _FILES:
        if options.get(name):
            root.confined(asked.around.cwd / options[name], f"--{name} {options[name]}")
    if not launches:
        options.pop("save_config", None)  # which is done as soon as there is a plan
    if "/" in (options.get("python") or ""):
        # The server's own directory means nothing to who asks.
        options["python"] = str(asked.around.cwd / os.path.expanduser(options["python"]))  # noqa: PTH111
    return replace(command, options=options)


def _flags(words: tuple[Word, ...]) -> Mapping[str, Any]:
    command = parse_command((Word("run"), *words))
    if command is None or command.help or command.script or command.words:
        raise CommandError(f"flags takes flags of grid run; got {' '.join(word.text for word in words)!r}")
    return command.options


def _plan(asked: Asked, root: Root, *, launches: bool = False) -> Plan:
    made = plan_command(_command(asked, root, launches=launches), asked.around, asked.cell, launches=launches)
    if made.cell is None:
        root.confined(made.project.root / made.script, made.spec.script)
    return made


def _python(made: Plan, around: Surroundings) -> Path | None:
    try:
        return find_interpreter(made.spec.python, around.interpreter)
    except UserError:
        return None


def plan(body: Mapping[str, Any], root: Root) -> dict[str, Any]:
    """Return what a launch would do."""
    asked = read(body, root)
    made = _plan(asked, root)
    return _plan_json(made, asked, body)


def _plan_json(made: Plan, asked: Asked, body: Mapping[str, Any]) -> dict[str, Any]:
    page = body.get("page", {})
    return shapes.plan(made, _python(made, asked.around), page.get("offset", 0), page.get("limit", _PAGE))


def check(body: Mapping[str, Any], root: Root) -> dict[str, Any]:
    """Return what is wrong with each argument, and the plan of the rest."""
    asked = None
    try:
        asked = read(body, root)
        found = checking.check(_command(asked, root), asked.around, asked.cell)
        if found.plan and found.plan.cell is None:
            root.confined(found.plan.project.root / found.plan.script, found.plan.spec.script)
    except UserError as error:
        found = checking.Check((), checking.Fault.of(error), None)
    return {
        "arguments": [_checked(argument) for argument in found.arguments],
        "fault": asdict(found.fault) if found.fault else None,
        "faults": found.faults,
        "plan": _plan_json(found.plan, asked, body) if found.plan and asked else None,
    }


def _checked(argument: checking.Checked) -> dict[str, Any]:
    axis = argument.axis
    known = shapes.values(axis, _CHECKED) if axis else {"count": None, "values": None}
    count, values = known["count"], known["values"] or []
    return {
        "flag": argument.flag,
        "label": argument.label,
        "text": argument.text,
        "count": count,
        "values": values,
        "more": count - len(values) if count and values else 0,
        "told": axis_text(axis) if axis else None,
        "swept": axis.swept if axis else False,
        "fault": asdict(argument.fault) if argument.fault else None,
    }


def launch(body: Mapping[str, Any], root: Root) -> dict[str, Any]:
    """Launch a run.

    Raises:
        UnansweredError: Something must be asked first.
    """
    asked = read(body, root)
    made = _plan(asked, root, launches=True)
    if made.spec.dry_run:
        raise CommandError("--dry_run launches nothing; ask for the plan instead")
    if not (made.spec.yes or made.spec.ignore_warnings) and made.selection.launchable and (open_ := questions(made)):
        raise UnansweredError(open_)
    run = launching.launch(made, asked.around)
    return {
        "run": run.name,
        "trials": made.trials,
        "seed": made.seed,
        "command": command_line(made.spec),
        "warnings": [*made.warnings, *made.passing],
    }
