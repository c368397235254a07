"""The settings file: TOML whose values know their line."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from grid_jupyter.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LARGEST = 64 * 1024
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")


@dataclass(frozen=True)
class SettingsFile:
    """What a settings file says.

    Attributes:
        path: The file; it need not exist.
        data: Its tables and values.
        lines: The line where each value stands, from 1, by the keys that lead to it.
    """

    path: Path
    data: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def place(self, *keys: str) -> str:
        """Return ``FILE:LINE`` of a value."""
        return f"{self.path}:{self._line(keys)}"

    def fail(self, keys: tuple[str, ...], problem: str) -> NoReturn:
        """Raise a ``ConfigError`` that names the file, the line and the key."""
        raise ConfigError(f"{self.path}, line {self._line(keys)}: {'.'.join(keys)} {problem}")

    def _line(self, keys: tuple[str, ...]) -> int:
        return next((line for known, line in self.lines.items() if known[: len(keys)] == keys), 1)


def settings_path() -> Path:
    """Return where the settings file is looked for: ``GRID_CONFIG``, else the platform's configuration folder."""
    if chosen := os.environ.get("GRID_CONFIG"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_config_dir("grid-jupyter", appauthor=False), "config.toml")


def read_settings_file() -> SettingsFile:
    """Return what the settings file says; nothing where there is none.

    Raises:
        ConfigError: It cannot be read, or is not TOML; or ``GRID_CONFIG`` names a file that is not there.
    """
    path = settings_path()
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        if os.environ.get("GRID_CONFIG"):
            raise ConfigError(f"GRID_CONFIG names {path}, which is not there; write it, or unset GRID_CONFIG") from None
        return SettingsFile(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {reason}; GRID_CONFIG can name another settings file") from None
    if len(raw) > _LARGEST:
        raise ConfigError(f"{path}: over {_LARGEST // 1024} KB, which no settings need")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8 text; save the file as UTF-8") from None
    return SettingsFile(path, _parse(path, text), _lines(text))


def _parse(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        line = int(found[1]) if found and found[1] else text.rstrip("\n").count("\n") + 1
        reason = _PLACE.sub("", str(error)).strip()
        raise ConfigError(
            f"{path}, line {line}: not TOML: {reason[:1].lower()}{reason[1:]}; "
            'write KEY = VALUE, with text in quotes, such as region = "eu-central-1"'
        ) from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deep, which no settings need") from None


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Find the line of each value, statement by statement: TOML's reader does not tell."""
    import tomllib

    lines: dict[tuple[str, ...], int] = {}
    header, statement = "", ""
    for number, line in enumerate(text.split("\n"), 1):
        statement = f"{statement}\n{line}" if statement else line
        is_header = statement.lstrip().startswith("[")
        try:
            parsed = tomllib.loads(statement if is_header else f"{header}\n{statement}")
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        header = statement if is_header else header
        first = number - statement.count("\n")
        for keys in _leaves(parsed):
            lines.setdefault(keys, first)
        statement = ""
    return lines


def _leaves(data: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in data.items():
        keys = (*above, key)
        if isinstance(value, dict) and value:
            yield from _leaves(value, keys)
        else:
            yield keys
