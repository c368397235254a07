"""A read command line, with its configuration file, as a RunSpec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from .arguments import FLAG
from .command import Command, read_value
from .config import Config, load_config
from .flags import RUN_FLAGS, Flag, Kind
from .plan import Plan, Surroundings, make_plan
from .spec import RunSpec
from .words import Word, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def plan_command(
    command: Command,
    around: Surroundings,
    cell: str | None = None,
    notes: tuple[str, ...] = (),
    *,
    launches: bool = False,
) -> Plan:
    """Return the plan of a ``run`` command, from whichever door; a dry run has written ``--save_config`` by then.

    Args:
        command: The command.
        around: Where it was given.
        cell: The body of a ``%%grid`` cell.
        notes: What the door has to say about the words, for the plan's warnings.
        launches: Whether the plan is made to be launched, unless the command asks for a dry run.

    Raises:
        UserError: What is asked for cannot be run as it stands.
    """
    spec = make_spec(command, around.cwd, cell, notes)
    plan = make_plan(spec, around, launches=launches and not spec.dry_run)
    if path := plan.spec.save_config:
        from .config_writing import is_saved, save_config

        # A launch writes it when nothing can be refused any more; that it can is known before.
        (save_config if plan.spec.dry_run else is_saved)(plan.spec, around.cwd / path)
    return plan


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
    flags, overridden = _merged(config, options)
    words, replaced = _words(config, command.words)
    told = [*notes, *config.warnings]
    if overridden or replaced:
        told.append(f"The command line overrides {options['config']}: {', '.join([*overridden, *replaced])}.")
    return RunSpec(
        script=script,
        words=words,
        cell=cell,
        environment=config.environment,
        actions=config.actions,
        notes=tuple(told),
        **flags,
    )


def _merged(config: Config, options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Put the options over the file's flags; say which of those lost."""
    merged: dict[str, Any] = {}
    for flag in RUN_FLAGS:
        if flag.dest in config.flags:
            merged[flag.dest] = _value(flag, config.flags[flag.dest])
    lost = [f"--{name}" for name in merged if name in options and options[name] != merged[name]]
    return merged | dict(options), lost


def _value(flag: Flag, given: object) -> object:
    if flag.kind is Kind.SWITCH:
        return given
    return tuple(read_value(flag, text) for text in given) if isinstance(given, tuple) else read_value(flag, str(given))


def _words(config: Config, words: tuple[Word, ...]) -> tuple[tuple[Word, ...], list[str]]:
    """Put the file's arguments before those of the command line; an argument given there replaces the file's.

    Where the file does not name its arguments one by one, those of the command line replace them all.
    """
    # A value that looks like a flag is one all the same, as nothing else can stand behind a name.
    value = [
        config.named and place % 2 == 1 and FLAG.match(text) is not None for place, text in enumerate(config.words)
    ]
    theirs = [Word("", values=(text,)) if odd else Word(text) for text, odd in zip(config.words, value, strict=True)]
    if not words:
        return tuple(theirs), []
    if not config.named:
        return words, ["arguments"] if theirs else []
    given = {label_of(word.text.partition("=")[0]) for word in words if word.text.startswith("-")}
    pairs = list(zip(theirs[::2], theirs[1::2], strict=True))
    kept = [word for pair in pairs if label_of(pair[0].text) not in given for word in pair]
    return (*kept, *words), [name.text for name, _ in pairs if label_of(name.text) in given]
