"""``--config FILE``: the keys of a grid configuration, old and new, as flags and parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .actions import Actions
from .config_file import read_file, require
from .config_keys import PROVIDER, SETTINGS, TRAIN, Draft, check_datastore, read_section
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
        params: The script's arguments, each with the text of its value or sweep.
        environment: Variables of the script's environment.
        actions: Commands to run around the script.
        warnings: Sentences about what was read and left out.
    """

    flags: Mapping[str, object] = field(default_factory=dict)
    params: tuple[tuple[str, str], ...] = ()
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
    entries = top.section(("compute", "hyper_params"))
    compute = require(entries, "compute", top)
    train = require(compute.mapping(), "train", compute)
    parts = compute.section(("provider", "train"))
    if "provider" in parts:
        read_section(draft, parts["provider"], PROVIDER)
    if not train.is_empty:
        read_section(draft, train, TRAIN)
        check_datastore(draft, train)
    params = _read_hyper_params(draft, entries["hyper_params"]) if "hyper_params" in entries else ()
    return Config(draft.flags, params, draft.environment, Actions(**draft.actions), tuple(draft.warnings))


def _read_hyper_params(draft: Draft, entry: Entry) -> tuple[tuple[str, str], ...]:
    parts = entry.section(("settings", "params"))
    if "settings" in parts:
        read_section(draft, parts["settings"], SETTINGS)
    return read_params(parts["params"]) if "params" in parts else ()
