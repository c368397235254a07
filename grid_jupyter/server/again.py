"""A run as what a form asks for, so that it can be launched again with changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.arguments import read_spans
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.flags import RUN_FLAGS, Kind
from grid_jupyter.core.interpreter import kernel_of, terminal_interpreter
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.rendering import value_text
from grid_jupyter.core.run import Run
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid_jupyter.core.jobs import Launch

    from .places import Root


def form(name: str, root: Root) -> dict[str, Any]:
    """Return what a run was launched with, but for its name.

    Raises:
        CommandError: It ran a cell, or its script is not below the contents root.
    """
    launch = Run(name).launch
    if launch.cell is not None:
        raise CommandError(f"{name} ran a cell of a notebook; change that cell and run it again")
    command = parse_command([Word(word) for word in split_line(launch.command).words[1:]])
    assert command is not None  # noqa: S101  (it is the command of a run)
    project = Path(launch.project)
    folder = root.confined(project / launch.subdir, f"the folder of {name}")
    script = root.confined(project / launch.script, f"{launch.script} of {name}")
    options = {key: value for key, value in command.options.items() if key != "name"}
    kernel = _kernel(launch, options)
    return {
        "script": root.relative(script),
        "folder": "" if folder == root.path else root.relative(folder),
        "kernel": kernel,
        "options": _options(options),
        "arguments": [
            {"flag": span.name, "text": span.text, "words": [word.text for word in span.words]}
            for span in read_spans(command.words, sweep=options.get("strategy") != "none")
        ],
    }


def _kernel(launch: Launch, options: dict[str, Any]) -> str | None:
    """The kernel of the Python that ran it; one that is no kernel's becomes an option."""
    python = Path(launch.interpreter)
    if "python" in options or not launch.script.endswith((".py", ".ipynb")) or python == terminal_interpreter():
        return None
    kernel = kernel_of(python)
    if kernel is None and python.is_file():
        options["python"] = launch.interpreter
    return kernel


def _options(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"flag": flag.name, "values": _texts(flag.kind, options[flag.dest])}
        for flag in RUN_FLAGS
        if flag.dest in options
    ]


def _texts(kind: Kind, value: object) -> list[str]:
    if kind is Kind.SWITCH:
        return []
    values = value if isinstance(value, tuple) else (value,)
    return [value_text(kind, one) for one in values]
