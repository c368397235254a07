"""``--config FILE``: the keys of a grid configuration, old and new, as flags and parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .actions import Actions
from .config_file import read_file, require
from .config_keys import ELSEWHERE, LIMITS, PROVIDER, SETTINGS, TOP, TRAIN, Draft, check_datastore, read_section
from .config_params import read_params

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .config_file import Entry


@dataclass(frozen=True)
class Config:
    """What a configuration file says.

    Attributes:
        flags: By name, without dashes: the text that a command line would give, or ``True`` for a switch.
        words: The script's arguments as the command line would have them.
        named: Whether these are pairs of a name and a value.
        environment: Variables of the script's environment.
        actions: Commands to run around the script.
        warnings: Sentences about what was read and left out.
    """

    flags: Mapping[str, object] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    named: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    actions: Actions = field(default_factory=Actions)
    warnings: tuple[str, ...] = ()


def load_config(path: Path) -> Config:
    """Return what the file says, with nothing resolved or merged.

    Raises:
        ConfigError: The file cannot be read or a key is wrong; it names the line.
    """
    draft = Draft()
    top = read_file(path)
    entries = top.section((*TOP, "compute", "limits", "hyper_params"), ELSEWHERE)
    for key in TOP.keys() & entries:
        TOP[key](draft, entries[key])
    if "limits" in entries:
        read_section(draft, entries["limits"], LIMITS)
    compute = require(entries, "compute", top)
    train = require(compute.mapping(), "train", compute)
    parts = compute.section(("provider", "train"))
    if "provider" in parts:
        read_section(draft, parts["provider"], PROVIDER)
    if not train.is_empty:
        read_section(draft, train, TRAIN)
        check_datastore(draft, train)
    words, named = _read_hyper_params(draft, entries["hyper_params"]) if "hyper_params" in entries else ((), True)
    return Config(draft.flags, words, named, draft.environment, Actions(**draft.actions), tuple(draft.warnings))


def _read_hyper_params(draft: Draft, entry: Entry) -> tuple[tuple[str, ...], bool]:
    parts = entry.section(("settings", "params", "arguments"))
    if "settings" in parts:
        read_section(draft, parts["settings"], SETTINGS)
    if "arguments" not in parts:
        return read_params(parts["params"]) if "params" in parts else (), True
    if "params" in parts:
        parts["arguments"].fail("stands beside params; write all arguments in one of them")
    return tuple(item.text() for item in parts["arguments"].items()), False
