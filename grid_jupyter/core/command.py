"""A command line to what it asks for.

The words come from a shell, from ``%grid`` through the splitter, or from Python; from here on they mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from .cell import CellScript, read_cell
from .flags import Flag, Kind, Verb, find_flag, find_verb, first_verbs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .words import Word


_HELP = frozenset(("-h", "--help"))


@dataclass(frozen=True)
class Command:
    """One command line, read.

    Attributes:
        verb: The verb, never an alias.
        options: Flag values by the flag's ``dest``; only the flags that were given.
        operands: What the verb is about: run names, or nothing.
        script: The script of ``run``; ``None`` for other verbs and for a cell.
        words: The words after the script, untouched.
        help: Whether help was asked for, and nothing else is to be done.
    """

    verb: Verb
    options: Mapping[str, Any] = field(default_factory=dict)
    operands: tuple[str, ...] = ()
    script: str | None = None
    words: tuple[Word, ...] = ()
    help: bool = False

    @property
    def as_json(self) -> bool:
        """Whether the answer is for a program."""
        return self.options.get("format") == "json"


def parse_command(words: Sequence[Word], *, cell: str | None = None) -> Command | None:
    """Read a command line, without the leading ``grid``.

    Args:
        words: Its words.
        cell: The body of the ``%%grid`` cell that it heads, which is itself the script. Words that are no flag of
            Grid's are the script's then, wherever they stand.

    Returns:
        The command, or ``None`` where only the general help is asked for (``-h``, or nothing at all).

    Raises:
        CommandError: The verb or a flag is wrong.
    """
    if not words or words[0].text in {*_HELP, "help"}:
        return None
    verb, words = _verb(words)
    if cell is not None and verb.name not in {"run", "panel"}:
        raise CommandError(
            f"%%grid {verb.name}: only run and panel take a cell; write %grid {verb.name} on a line of its own"
        )
    if verb.verbs:
        return Command(verb, help=True)
    reader = _Reader(verb, words)
    if verb.name == "run":
        return reader.run() if cell is None else reader.cell(read_cell(cell))
    return reader.others()


def _verb(words: Sequence[Word]) -> tuple[Verb, Sequence[Word]]:
    """Take the verb off the words; the first word of some verbs where only their help is asked for."""
    name, rest = words[0].text, words[1:]
    verb = find_verb(name)
    if verb is None:
        raise CommandError(f"{name!r} is not a verb of grid; {_nearest(name, first_verbs())}")
    if not verb.verbs or not rest or rest[0].text in {*_HELP, "help"}:
        return verb, rest
    whole = verb.second(rest[0].text)
    if whole is None:
        raise CommandError(f"{rest[0].text!r} is not a verb of grid {name}; {_nearest(rest[0].text, verb.verbs)}")
    return whole, rest[1:]


def _nearest(word: str, verbs: Sequence[Verb]) -> str:
    names = [verb.name.split()[-1] for verb in verbs if not verb.alias_of]
    near = get_close_matches(word, names, 1)
    return f"did you mean {near[0]}" if near else f"the verbs are {', '.join(names)}"


class _Reader:
    """Reads flags off the front of the words."""

    def __init__(self, verb: Verb, words: Sequence[Word]) -> None:
        self.verb = verb
        self.words = list(words)
        self.options: dict[str, Any] = {}

    def run(self) -> Command:
        """``run [FLAGS] SCRIPT [WORDS]``: the first word that is no flag is the script."""
        while self.words and _is_flag(self.words[0].text):
            word = self.words.pop(0)
            if word.text in _HELP:
                return Command(self.verb, help=True)
            if word.text == "--":
                break
            self._take(self._known(word.text), word)
        script = self._text(self.words.pop(0), "SCRIPT") if self.words else None
        return Command(self.verb, self.options, script=script, words=tuple(self.words))

    def cell(self, script: CellScript) -> Command:
        """``run [FLAGS] [WORDS]`` over a cell: Grid's flags may stand among the script's words."""
        rest: list[Word] = []
        parted = script.reads_arguments or any(word.text == "--" for word in self.words)
        while self.words:
            word = self.words.pop(0)
            if word.text in _HELP:
                return Command(self.verb, help=True)
            if word.text == "--":
                rest += self.words
                break
            flag = find_flag(self.verb, word.text.partition("=")[0])
            if flag:
                if not parted and flag.dest in script.names:
                    raise CommandError(
                        f"{flag.name} is a flag of Grid's, and the cell sets {flag.dest} too; "
                        f"write -- before what is the cell's: %%grid run -- {flag.name} VALUE"
                    )
                self._take(flag, word)
            else:
                rest.append(word)
        return Command(self.verb, self.options, words=tuple(rest))

    def others(self) -> Command:
        """``VERB [FLAGS] OPERANDS`` in any order."""
        operands: list[str] = []
        while self.words:
            word = self.words.pop(0)
            if word.text in _HELP:
                return Command(self.verb, help=True)
            if word.text == "--":
                continue
            if _is_flag(word.text):
                self._take(self._known(word.text), word)
            else:
                operands.append(self._text(word, self.verb.operands))
        verb = self.verb
        if not verb.fewest <= len(operands) <= verb.most:
            wanted = verb.operands or "nothing after it"
            raise CommandError(f"grid {verb.name} takes {wanted}; got {' '.join(operands) or 'nothing'}")
        return Command(verb, self.options, operands=tuple(operands))

    def _known(self, text: str) -> Flag:
        spelling = text.partition("=")[0]
        if flag := find_flag(self.verb, spelling):
            return flag
        near = get_close_matches(spelling, [flag.name for flag in self.verb.flags if not flag.hidden], 1, 0.5)
        where = " before SCRIPT" if self.verb.name == "run" else ""
        advice = f"the nearest is {near[0]}" if near else f"grid {self.verb.name} -h lists them"
        raise CommandError(f"{spelling} is not a flag of grid {self.verb.name}{where}; {advice}")

    def _take(self, flag: Flag, word: Word) -> None:
        if flag.refused:
            raise CommandError(f"{flag.name}: {flag.refused}")
        _, equals, text = word.text.partition("=")
        if flag.kind is Kind.SWITCH:
            if equals:
                raise CommandError(f"{flag.name} takes no value; write {flag.name} alone")
            self._set(flag, value=True)
            return
        if equals and not word.values:
            value = text
        elif equals or not self.words:
            raise CommandError(f"{flag.name} needs a value: {flag.name} {flag.metavar}")
        else:
            value = self._text(self.words.pop(0), flag.name)
        self._set(flag, read_value(flag, value))

    def _set(self, flag: Flag, value: object) -> None:
        if flag.repeats:
            value = (*self.options.get(flag.dest, ()), value)
        elif flag.dest in self.options and self.options[flag.dest] != value:
            raise CommandError(f"{flag.name} is given twice, with different values; keep one")
        self.options[flag.dest] = value

    @staticmethod
    def _text(word: Word, place: str) -> str:
        if word.values is not None:
            raise CommandError(f"{place} takes one value, not a list; only the script's arguments are swept")
        return word.text


def _is_flag(text: str) -> bool:
    return text.startswith("-") and len(text) > 1


def read_value(flag: Flag, text: str) -> object:  # noqa: PLR0911  (one kind, one line)
    """Return a flag's text as the value that its kind stands for.

    Raises:
        CommandError: The text is not of that kind.
    """
    from . import units

    _check_length(flag, text)
    match flag.kind:
        case Kind.COUNT | Kind.WHOLE:
            return _whole(flag, text)
        case Kind.NUMBER:
            return _number(flag, text)
        case Kind.CHOICE:
            return _choice(flag, text)
        case Kind.NAME:
            return units.parse_run_name(flag.name, text)
        case Kind.MEMORY:
            return units.parse_memory(flag.name, text)
        case Kind.DURATION:
            return units.parse_duration(flag.name, text)
        case Kind.BUDGET:
            units.parse_budget(flag.name, text)
        case Kind.DATASTORE:
            units.parse_datastore(flag.name, text)
    return text


def _check_length(flag: Flag, text: str) -> None:
    if not text.strip() and flag.dest != "description":
        raise CommandError(f"{flag.name} is empty; give it a value or leave it out")
    if flag.limit and len(text) > flag.limit:
        raise CommandError(f"{flag.name} takes at most {flag.limit} characters; this has {len(text)}")


def _whole(flag: Flag, text: str) -> int:
    least = max(flag.minimum, 1 if flag.kind is Kind.COUNT else 0)
    if not text.lstrip("+-").isascii() or not text.lstrip("+-").isdigit() or len(text) > 18:
        raise CommandError(f"{flag.name} takes a whole number; got {text!r}")
    if int(text) < least:
        raise CommandError(f"{flag.name} takes a whole number, {least} or more; got {text}")
    return int(text)


def _number(flag: Flag, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise CommandError(f"{flag.name} takes a number; got {text!r}") from None
    if not 0 < number < float("inf"):
        raise CommandError(f"{flag.name} takes a number above 0; got {text}")
    return int(number) if number.is_integer() else number


def _choice(flag: Flag, text: str) -> str:
    if text.lower() in flag.choices:
        return text.lower()
    near = get_close_matches(text.lower(), flag.choices, 1)
    advice = f"did you mean {near[0]}" if near else f"choose {', '.join(flag.choices)}"
    raise CommandError(f"{flag.name}: {text!r} is not a choice; {advice}")
