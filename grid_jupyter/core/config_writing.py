"""``--save_config FILE``: what was asked for as a configuration file that asks for the same."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import ConfigError

from .arguments import FLAG
from .flags import RUN_FLAGS, Kind
from .rendering import value_text, word_text
from .spec import RunSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import yaml

_NAME = re.compile(r"--?[A-Za-z_][A-Za-z0-9_.-]*")
_BREAKS = re.compile("[\r\x85\u2028\u2029]")
"""What YAML takes for the end of a line, and Python writes as it is."""

_PRIVATE = 0o600


def save_config(spec: RunSpec, path: Path) -> None:
    """Write the file; only its owner may read it where it holds variables, which may be secrets.

    Raises:
        ConfigError: There is another file of that name, or it cannot be written.
    """
    if is_saved(spec, path):
        return
    text = config_text(spec)
    mode = _PRIVATE if spec.environment else 0o666
    try:
        with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(text)
    except FileExistsError:
        raise _taken(path) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"--save_config {path}: {reason}; name a file that can be written") from None


def is_saved(spec: RunSpec, path: Path) -> bool:
    """Whether the file is there already and says the same.

    Raises:
        ConfigError: There is another file of that name.
    """
    try:
        if path.read_text(encoding="utf-8") == config_text(spec):
            return True
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        pass
    raise _taken(path)


def _taken(path: Path) -> ConfigError:
    return ConfigError(f"--save_config {path}: there is another file of that name; remove it, or name a new one")


def config_text(spec: RunSpec) -> str:
    """Return the file's content: all but the script, the run's name and how to show it."""
    tree: dict[str, Any] = {"compute": {"train": {}}}
    for flag in RUN_FLAGS:
        value = getattr(spec, flag.dest, None)
        if flag.key and not flag.hidden and value != RunSpec.__dataclass_fields__[flag.dest].default:
            _put(tree, flag.key, _written(flag.kind, flag.dest, value))
    train = tree["compute"]["train"]
    if spec.environment:
        train["environment"] = dict(spec.environment)
    if actions := {name: list(commands) for name, commands in asdict(spec.actions).items() if commands}:
        train["actions"] = actions
    tree["compute"]["train"] = train or None
    if words := [word_text(word) for word in spec.words]:
        key, value = ("params", _pairs(words)) if _are_pairs(words) else ("arguments", words)
        _put(tree, f"hyper_params.{key}", value)
    order = ("description", "mlflow", "compute", "limits", "hyper_params")
    return _dump({key: tree[key] for key in order if key in tree})


def _put(tree: dict[str, Any], key: str, value: object) -> None:
    *sections, last = key.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[last] = value


def _written(kind: Kind, dest: str, value: Any) -> object:  # noqa: ANN401  (each kind has its own)
    if kind is Kind.SWITCH:
        return dest != "no_auto_resume"
    if isinstance(value, tuple):
        return list(value)
    return value_text(kind, value)


def _are_pairs(words: list[str]) -> bool:
    """Whether the arguments are names with one value each, which reads best as a mapping."""
    names, values = words[::2], words[1::2]
    unique = len(names) == len(values) == len(set(names))
    return unique and all(map(_NAME.fullmatch, names)) and all(one and not FLAG.match(one) for one in values)


def _pairs(words: list[str]) -> Mapping[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


def _dump(tree: Mapping[str, Any]) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes numbers without quotes: their text is what counts when the file is read."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        tag = dumper.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
        number = tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
        style = '"' if _BREAKS.search(value) else "|" if "\n" in value else None
        return dumper.represent_scalar(tag if number else "tag:yaml.org,2002:str", value, style)

    Dumper.add_representer(str, text)
    Dumper.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))
    return yaml.dump(tree, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
