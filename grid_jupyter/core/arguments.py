"""A script's words to its arguments, and one combination back to words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError, SweepError, UserError

from .language.syntax import Listing, Text, Value, closes, parse_value
from .words import Word, label_of, render

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FLAG = re.compile(r"-[^\W\d_]|--+\w")
# What argparse takes for a value although it starts with a dash.
# Unquoted lists are short; a bound keeps a faulty line of many words fast.
_HALVES = 100


@dataclass(frozen=True)
class Argument:
    """One argument of the script.

    Attributes:
        name: As it is passed, ``--lr``; None for a positional.
        equals: Passed as ``--lr=1``.
        value: None where the argument is a flag alone.
        label: Its column: ``lr``, ``lr_2`` for a second, ``arg1`` for a positional; empty for a bare ``--``.
    """

    name: str | None
    equals: bool
    value: Value | None
    label: str


@dataclass(frozen=True)
class Arguments:
    """What follows the script.

    Attributes:
        items: The arguments in their order.
        renamed: Names whose dashes became underscores, old and new.
    """

    items: tuple[Argument, ...]
    renamed: tuple[tuple[str, str], ...] = ()


def parse_arguments(words: Sequence[Word], *, sweep: bool = True, keep_dashes: Callable[[str], bool]) -> Arguments:
    """Read the words behind the script.

    Args:
        words: The words, quotes already gone.
        sweep: Whether lists and calls are sweeps; without, every value is text and every name stays.
        keep_dashes: Whether a name such as ``--data-dir`` stays as it is.

    Raises:
        SweepError: A value begins a sweep and does not go on as one; its flag is named.
        CommandError: Two names would become one.
    """
    reader = _Reader(words, sweep=sweep)
    items = reader.read()
    if not sweep:
        return Arguments(tuple(_labelled(items)))
    names = dict.fromkeys(item.name for item in items if item.name is not None)
    renamed = {name: underscored(name) for name in names if not keep_dashes(name) and underscored(name) != name}
    _refuse_meeting(list(names), renamed)
    return Arguments(
        tuple(_labelled([replace(item, name=renamed.get(item.name or "", item.name)) for item in items])),
        tuple(renamed.items()),
    )


@dataclass(frozen=True)
class Span:
    """The words of one argument, and what they mean.

    Attributes:
        name: As it was typed; None for a positional.
        label: Its column, were it alone.
        text: What was typed behind the name; None for a flag alone.
        item: The argument, unless it is faulty.
        fault: What is wrong with it.
    """

    words: Sequence[Word]
    name: str | None
    label: str
    text: str | None
    item: Argument | None
    fault: UserError | None = None


def read_spans(words: Sequence[Word], *, sweep: bool = True) -> list[Span]:
    """Read the words behind the script, argument by argument, and go on behind a fault."""
    reader = _Reader(words, sweep=sweep)
    spans = []
    while reader.position < len(words):
        first = reader.position
        item, fault = None, None
        try:
            item = reader.read_next()
        except UserError as error:
            fault = error
        spans.append(reader.span(first, item, fault))
    return spans


def underscored(name: str) -> str:
    """``--data-dir`` as ``--data_dir``; a name with a single dash in front stays."""
    return f"--{name[2:].replace('-', '_')}" if name.startswith("--") else name


def argv(arguments: Arguments, values: Sequence[str | None]) -> list[str]:
    """The words of one combination; ``values`` has one entry an argument, None for a flag alone."""
    words: list[str] = []
    for item, value in zip(arguments.items, values, strict=True):
        swept = not isinstance(item.value, Text)
        words += render(item.name, value, equals=item.equals, swept=swept)
    return words


@dataclass
class _Reader:
    """Reads words in turn; names the argument that a fault belongs to."""

    words: Sequence[Word]
    sweep: bool
    position: int = 0
    positionals: int = 0
    only_positionals: bool = False  # behind a bare "--"
    items: list[Argument] = field(default_factory=list)

    def read(self) -> list[Argument]:
        while self.position < len(self.words):
            self.items.append(self.read_next())
        return self.items

    def span(self, first: int, item: Argument | None, fault: UserError | None) -> Span:
        """The words that were read since ``first``, as one argument."""
        words = self.words[first : self.position]
        if item is not None and not item.label:
            return Span(words, None, "", None, item)
        head = words[0]
        if self.only_positionals or not self._is_flag(head):
            return Span(words, None, f"arg{self.positionals}", head.text, item, fault)
        name, equals, rest = head.text.partition("=")
        text = rest if equals else words[1].text if len(words) > 1 else None
        return Span(words, name, label_of(name), text, item, fault)

    def read_next(self) -> Argument:
        """Read one argument; behind a fault, the next call goes on with the next one."""
        word = self._take()
        if word.text == "--" and word.values is None and not self.only_positionals:
            self.only_positionals = True
            return Argument("--", equals=False, value=None, label="")
        if not self._is_flag(word):
            self.positionals += 1
            label = f"arg{self.positionals}"
            return Argument(None, equals=False, value=self._value(word, label), label=label)
        name, equals, rest = word.text.partition("=")
        if equals:
            value = self._value(replace(word, text=rest), name)
            return Argument(name, equals=True, value=value, label=label_of(name))
        return Argument(name, equals=False, value=self._following(name), label=label_of(name))

    def _take(self) -> Word:
        self.position += 1
        return self.words[self.position - 1]

    def _is_flag(self, word: Word) -> bool:
        return not self.only_positionals and FLAG.match(word.text) is not None

    def _following(self, name: str) -> Value | None:
        if self.position == len(self.words):
            return None
        following = self.words[self.position]
        if self._is_flag(following) or (following.text == "--" and following.values is None):
            return None
        return self._value(self._take(), name)

    def _value(self, word: Word, flag: str) -> Value:
        _refuse_unpassable(word, flag)
        if word.values is not None:
            return self._listing(word, flag)
        if word.literal or not self.sweep:
            return Text(word.text)
        try:
            return parse_value(word.text)
        except SweepError as error:
            problem = self._half_list(word.text) or error.problem
            raise SweepError(problem, error.text, error.position, flag) from None

    def _listing(self, word: Word, flag: str) -> Listing:
        if not self.sweep:
            raise CommandError(f"{flag}: a list makes several trials, and --strategy none makes one: pass one value")
        if not word.values:
            raise SweepError("the list is empty: give it at least one value", "[]", 0, flag)
        return Listing(word.values)

    def _half_list(self, text: str) -> str | None:
        """The advice to quote, where this word and the next ones make one list."""
        if closes(text):
            return None
        for word in self.words[self.position : self.position + _HALVES]:
            text = f"{text} {word.text}"
            if any(closer in word.text for closer in "])") and closes(text):
                return f'the list is split at its blanks: quote it, "{text}"'
        return None


def _refuse_unpassable(word: Word, flag: str) -> None:
    for text in (word.text, *(word.values or ())):
        if "\0" in text:
            problem = "a NUL character cannot be passed to a script: leave it out"
            raise SweepError(problem, text, text.index("\0"), flag)


def _refuse_meeting(names: list[str], renamed: dict[str, str]) -> None:
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(renamed.get(name, name), name)
        if other != name:
            raise CommandError(
                f"{other} and {name} both become {renamed.get(name, name)}: rename one, or add --keep_dashes"
            )


def _labelled(items: Sequence[Argument]) -> list[Argument]:
    """The items with a number behind a label that is taken; also by a positional's."""
    taken = {item.label for item in items if item.name is None}
    numbers: dict[str, int] = {}
    labelled = []
    for item in items:
        label = item.label
        while item.name is not None and label in taken:
            numbers[item.label] = numbers.get(item.label, 1) + 1
            label = f"{item.label}_{numbers[item.label]}"
        taken.add(label)
        labelled.append(replace(item, label=label))
    return labelled
