"""A read command line, with its configuration file, as a RunSpec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError, ConfigError

from .command import Command, read_value
from .config import Actions, Config, load_config
from .flags import RUN_FLAGS, Kind
from .plan import Plan, Surroundings, make_plan
from .spec import RunSpec
from .words import Word, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def plan_command(command: Command, around: Surroundings, cell: str | None = None, notes: tuple[str, ...] = ()) -> Plan:
    """Return the plan of a ``run`` command, from whichever door.

    Raises:
        UserError: What is asked for cannot be run as it stands.
    """
    return make_plan(make_spec(command, around.cwd, cell, notes), around)


def make_spec(command: Command, cwd: Path, cell: str | None = None, notes: tuple[str, ...] = ()) -> RunSpec:
    """Return what a ``run`` command asks for; the command line wins over the configuration file.

    Args:
        command: The command.
        cwd: Where the configuration file's path starts.
        cell: The body of a ``%%grid`` cell.
        notes: What the door has to say about the words, for the plan's warnings.

    Raises:
        UserError: The script is missing, or the configuration file is wrong.
    """
    from .jobs import CELL_SCRIPT

    script = command.script if cell is None else CELL_SCRIPT
    if not script:
        raise CommandError("grid run needs a script: grid run [FLAGS] SCRIPT [ARGUMENTS]; grid run -h lists the flags")
    options = dict(command.options)
    if not options.get("config"):
        return RunSpec(script=script, words=command.words, cell=cell, notes=notes, **options)
    config = load_config(cwd / options["config"])
    if config.actions != Actions():
        raise ConfigError(f"{options['config']}: actions are not in this version of grid-jupyter yet; remove them")
    flags, overridden = _merged(config, options)
    words, replaced = _params(config, command.words)
    told = [*notes, *config.warnings]
    if overridden or replaced:
        told.append(f"The command line overrides {options['config']}: {', '.join([*overridden, *replaced])}.")
    return RunSpec(script=script, words=words, cell=cell, environment=config.environment, notes=tuple(told), **flags)


def _merged(config: Config, options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Put the options over the file's flags; say which of those lost."""
    merged: dict[str, Any] = {}
    for flag in RUN_FLAGS:
        if flag.dest in config.flags:
            value = config.flags[flag.dest]
            merged[flag.dest] = True if flag.kind is Kind.SWITCH else read_value(flag, str(value))
    lost = [f"--{name}" for name in merged if name in options and options[name] != merged[name]]
    return merged | dict(options), lost


def _params(config: Config, words: tuple[Word, ...]) -> tuple[tuple[Word, ...], list[str]]:
    """Put the file's arguments before those of the command line; an argument given there replaces the file's."""
    given = {label_of(word.text.partition("=")[0]) for word in words if word.text.startswith("-")}
    kept: list[Word] = []
    replaced: list[str] = []
    for name, value in config.params:
        if label_of(name) in given:
            replaced.append(name)
        else:
            kept += [Word(name), Word(value)]
    return (*kept, *words), replaced
