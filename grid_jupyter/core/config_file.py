"""A YAML file as entries that know their line; no Python object is ever made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

from grid_jupyter.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import yaml

_LARGEST = 256 * 1024
_DEEPEST = 20
_TAG = "tag:yaml.org,2002:"
_CORE_TAGS = frozenset(
    f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge", "value")
)


@dataclass(frozen=True)
class Entry:
    """One value of the file.

    Attributes:
        file: The file, as it was named.
        key: The path of keys that leads to it, such as ``compute.train.gpus``.
        node: What YAML made of it.
        line: Where its key stands, from 1.
    """

    file: str
    key: str
    node: yaml.Node
    line: int

    def fail(self, problem: str) -> NoReturn:
        """Raise a ``ConfigError`` that names the file, the line and the key."""
        raise ConfigError(f"{self.file}, line {self.line}: {self.key} {problem}".replace("\n", " "))

    def refuse(self, error: Exception) -> NoReturn:
        """Raise a ``ConfigError`` with a sentence that names what is wrong itself."""
        raise ConfigError(f"{self.file}, line {self.line}: {self.key}: {error}".replace("\n", " ")) from None

    @property
    def is_empty(self) -> bool:
        """Whether it is null: nothing, ``~`` or ``null``."""
        return self.node.tag == f"{_TAG}null"

    @property
    def is_list(self) -> bool:
        """Whether it is a YAML list."""
        return _kind(self.node) == "list"

    @property
    def is_mapping(self) -> bool:
        """Whether it is a YAML mapping."""
        return _kind(self.node) == "mapping"

    def text(self) -> str:
        """Return a single value as it is written in the file."""
        if _kind(self.node) != "value":
            self.fail("takes a single value, not a list or a mapping")
        text = str(self.node.value)
        if "\0" in text:
            self.fail("holds a zero byte, which no program takes")
        return text

    def switch(self) -> bool:
        """Return a true or false."""
        if self.node.tag != f"{_TAG}bool":
            self.fail("takes true or false")
        return self.text().lower() in {"true", "yes", "on"}

    def whole(self, least: int) -> str:
        """Return the digits of a whole number of ``least`` or more."""
        digits = self.text()
        if not re.fullmatch(r"[0-9]{1,18}", digits) or int(digits) < least:
            self.fail(f"takes a whole number, {least} or more; this is {_short(digits)}")
        return digits

    def choice(self, allowed: tuple[str, ...]) -> str:
        """Return one of the texts that are allowed, in lower case."""
        chosen = self.text().lower()
        if chosen not in allowed:
            self.fail(f"is {_short(chosen)}; choose {', '.join(allowed)}")
        return chosen

    def items(self) -> list[Entry]:
        """Return the elements of a list; their keys count from 0."""
        if not self.is_list:
            self.fail("takes a list")
        return [
            Entry(self.file, f"{self.key}[{place}]", node, node.start_mark.line + 1)
            for place, node in enumerate(self.node.value)
        ]

    def mapping(self) -> dict[str, Entry]:
        """Return the entries of a mapping by their last key, in order."""
        if not self.is_mapping:
            self.fail("takes a mapping: KEY: VALUE, one a line and indented")
        entries: dict[str, Entry] = {}
        for key, node in self.node.value:
            if _kind(key) != "value":
                self.fail("has a key that is a list or a mapping; write a name")
            path = f"{self.key}.{key.value}" if self.key else str(key.value)
            entry = Entry(self.file, path, node, key.start_mark.line + 1)
            if key.value in entries:
                entry.fail(f"is given twice, first in line {entries[key.value].line}; remove one")
            entries[key.value] = entry
        return entries

    def section(self, known: Iterable[str], elsewhere: Mapping[str, str] | None = None) -> dict[str, Entry]:
        """Return the entries that have a value; a key that is not ``known`` is refused with the nearest.

        Args:
            known: The keys of this section.
            elsewhere: Keys of other sections, with the whole path of each.
        """
        entries = self.mapping()
        for key in entries:
            if key not in set(known):
                path = (elsewhere or {}).get(key)
                advice = f"write it as {path}" if path else _advice(key, known)
                entries[key].fail(f"is no key of a grid configuration; {advice}")
        return {key: entry for key, entry in entries.items() if not entry.is_empty}


def _kind(node: yaml.Node) -> str:
    import yaml

    if isinstance(node, yaml.SequenceNode):
        return "list"
    return "mapping" if isinstance(node, yaml.MappingNode) else "value"


def read_file(path: Path) -> Entry:
    """Return the top of a YAML file.

    Raises:
        ConfigError: It cannot be read, is no YAML, or uses more of YAML than a configuration needs.
    """
    import yaml

    text = _read_text(path)
    try:
        _check_events(path, text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ConfigError(_told(path, text, error)) from None
    if node is None or _kind(node) != "mapping":
        line = node.start_mark.line + 1 if node else 1
        raise ConfigError(f"{path}, line {line}: not a mapping; start with the line compute:")
    return Entry(str(path), "", node, 1)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {reason}; name a YAML file after --config") from None
    if len(raw) > _LARGEST:
        raise ConfigError(f"{path}: over {_LARGEST // 1024} KB, which no grid configuration needs")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8 text; save the file as UTF-8") from None


def _check_events(path: Path, text: str) -> None:
    """Refuse what could grow without bound or name a type, before anything is built."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = f"{path}, line {event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ConfigError(f"{place}: anchors and aliases (& and *) are not read; write the value out")
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"} and tag not in _CORE_TAGS:
            raise ConfigError(f"{place}: the tag {_short(str(tag))} is not read; write a plain value")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ConfigError(f"{place}: nested more than {_DEEPEST} deep")


def _told(path: Path, text: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        position = getattr(error, "position", None)
        place = f"{path}, line {text.count(chr(10), 0, position) + 1}" if isinstance(position, int) else str(path)
        return f"{place}: not YAML: {getattr(error, 'reason', error)}"
    place = f"{path}, line {mark.line + 1}"
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        return f"{place}: a tab; YAML is indented with blanks, so write two blanks instead"
    return f"{place}: not YAML: {getattr(error, 'problem', None) or error}"


def _advice(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key[:50], list(known), 1)
    return f"did you mean {near[0]}" if near else f"choose {', '.join(known)}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}\N{HORIZONTAL ELLIPSIS}")


def require(entries: Mapping[str, Entry], key: str, place: Entry) -> Entry:
    """Return the entry of a key that must be there."""
    if key not in entries:
        name = f"{place.key}.{key}" if place.key else key
        Entry(place.file, name, place.node, place.line).fail(f"is missing; add the key {key}: to the file")
    return entries[key]
