"""What may stand at the end of a command that is being typed: verbs, flags, their values, runs, scripts."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grid_jupyter.errors import GridError

from .candidates import file_kinds, operand_values, option_values
from .cell import read_cell
from .flags import Flag, Kind, Verb, find_flag, find_verb, first_verbs
from .forms import described
from .jobs import CELL_SCRIPT
from .language.splitter import split_line
from .project import SCRIPT_KINDS, find_project
from .script import read_flags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from .script import ScriptFlag

_BEGUN = re.compile(r"""[^\s"']*$""")
_ELEMENT = re.compile(r"""(?:^|(?<=\s))(?:--?[\w-]+=)?\[[^]\[]*$""")
_MOST_FILES = 500


@dataclass(frozen=True)
class Candidate:
    """What may stand there, and a word about it: a machine's price, a run's state, a flag's help."""

    text: str
    about: str = ""


@dataclass(frozen=True)
class Completions:
    """What may stand in place of the word that is begun.

    Attributes:
        begun: The end of the text that a candidate replaces.
        candidates: What may stand there, in the order to show.
    """

    begun: str
    candidates: tuple[Candidate, ...] = ()


def complete(line: str, cwd: Path, cell: str | None = None) -> Completions:
    """Complete the text behind ``%grid``; nothing of it raises.

    Args:
        line: The text up to the cursor.
        cwd: The current directory, which names of scripts start from.
        cell: The cell that is the script, of ``%%grid run``.
    """
    element = _ELEMENT.search(line)
    if element:  # within a list of values: [adam, s
        begun = re.split(r"[\[,\s\"']", line)[-1]
        head = line[: element.start()] + element[0].partition("[")[0].rstrip("=")
    else:
        begun = _BEGUN.findall(line)[0]
        head = line[: len(line) - len(begun)]
    try:
        words = split_line(head).words
    except GridError:
        return Completions(begun)
    flag, equals, value = begun.partition("=")
    if equals and flag.startswith("-"):
        begun, words = value, (*words, flag)
    found: dict[str, Candidate] = {}
    for one in _candidates(list(words), begun, cwd, cell):
        if one.text.startswith(begun):
            found.setdefault(one.text, one)
    return Completions(begun, tuple(found.values()))


def _of(told: Mapping[str, str]) -> list[Candidate]:
    return [Candidate(text, about) for text, about in told.items()]


def _candidates(words: list[str], begun: str, cwd: Path, cell: str | None) -> Iterable[Candidate]:
    if not words:
        return [Candidate(verb.name, verb.help) for verb in first_verbs() if not verb.alias_of]
    verb, rest = find_verb(words[0]), words[1:]
    if verb and verb.verbs:
        if not rest:
            return [Candidate(whole.name.split()[-1], whole.help) for whole in verb.verbs]
        verb, rest = verb.second(rest[0]), rest[1:]
    if verb is None:
        return []
    return (_run if verb.name == "run" else _other)(verb, rest, begun, cwd, cell)


def _other(verb: Verb, rest: list[str], begun: str, cwd: Path, _: str | None) -> Iterable[Candidate]:
    own = _flags_or_values(verb, rest, begun, cwd)
    if own is not None:
        return own
    if "SOURCE" in verb.operands and any(not word.startswith("-") for word in rest):
        return _files(begun, cwd)
    return _files(begun, cwd, SCRIPT_KINDS) if "SCRIPT" in verb.operands else _operands(verb, rest, begun)


def _run(verb: Verb, rest: list[str], begun: str, cwd: Path, cell: str | None) -> Iterable[Candidate]:
    if cell is not None:
        # Grid's flags may stand among the cell's.
        own = _flags_or_values(verb, rest, begun, cwd)
        return [*(own or ()), *_script_words(cwd / CELL_SCRIPT, rest, begun, cwd, cell), *_settings(cell)]
    script, behind = _parted(verb, rest)
    if script is None:
        own = _flags_or_values(verb, rest, begun, cwd)
        return _files(begun, cwd, SCRIPT_KINDS) if own is None else own
    found = list(_script_words(cwd / os.path.expanduser(script), behind, begun, cwd, None))  # noqa: PTH111  (no error)
    return found if found or begun.startswith("-") else _files(begun, cwd)


def _parted(verb: Verb, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The script among the words behind ``run``, and what stands behind it."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return (rest[0], rest[1:]) if rest else (None, [])
        if not word.startswith("-") or word == "-":
            return word, rest
        flag = find_flag(verb, word)  # with = it holds its value
        if flag and flag.kind is not Kind.SWITCH and rest:
            rest.pop(0)
    return None, []


def _operands(verb: Verb, words: Sequence[str], begun: str) -> list[Candidate]:
    given = [word for word in words if not word.startswith("-")]
    if len(given) >= verb.most:
        return []
    if given and "[INDEX" in verb.operands:
        trials = operand_values(replace(verb, operands="RUN/INDEX"), f"{given[0]}/")
        return [Candidate(trial.rpartition("/")[2], state) for trial, state in trials.items()]
    return _of(operand_values(verb, begun))


def _flags_or_values(verb: Verb, words: Sequence[str], begun: str, cwd: Path) -> list[Candidate] | None:
    """The flags of a verb, or the values of the flag before; None where neither belongs."""
    before = find_flag(verb, words[-1]) if words else None
    if before and before.kind is not Kind.SWITCH:
        kinds = file_kinds(before)
        # The script of a line stands behind its flags, and is not typed yet.
        return _of(option_values(before, cwd)) if kinds is None else _files(begun, cwd, kinds)
    if not begun.startswith("-"):
        return None
    given = {flag.name for word in words if (flag := find_flag(verb, word.partition("=")[0])) and not flag.repeats}
    return [Candidate(flag.name, flag.help) for flag in verb.flags if _is_shown(flag) and flag.name not in given]


def _is_shown(flag: Flag) -> bool:
    return not (flag.hidden or flag.refused)


def _script_words(script: Path, words: Sequence[str], begun: str, cwd: Path, cell: str | None) -> Iterator[Candidate]:
    """The flags of a script, or the values of the flag before; subcommands where it has some."""
    try:
        root = find_project(cwd).root
    except GridError:
        root = cwd
    flags = read_flags(script, root, cell).flags
    command = _command(flags, words)
    # A flag of a group of commands may stand before the command's own.
    flags = tuple(flag for flag in flags if f"{command} ".startswith(f"{flag.command} ") or not flag.command)
    before = next((flag for flag in flags if words and words[-1] in flag.spellings), None)
    if before is not None and before.takes_value and not begun.startswith("-"):
        yield from _values(before)
    elif begun.startswith("-"):
        given = {spelling for flag in flags if not flag.multiple for spelling in flag.spellings if spelling in words}
        named = [flag for flag in flags if not flag.positional and given.isdisjoint(flag.spellings)]
        yield from (Candidate(flag.name, described(flag)) for flag in named)
        # Short ones, and those that say no, where nothing else begins so.
        others = [Candidate(alias, described(flag)) for flag in named for alias in flag.aliases]
        if not any(flag.name.startswith(begun) for flag in named) or begun.startswith("--no"):
            yield from others
    else:
        for flag in flags:
            if flag.positional and flag.command == command:
                yield from _values(flag)


def _settings(cell: str) -> list[Candidate]:
    """The settings of a cell that reads no arguments."""
    try:
        script = read_cell(cell)
    except GridError:
        return []
    if script.reads_arguments:
        return []
    return [Candidate(f"--{name}", type(one.value).__name__) for name, one in script.assignments.items()]


def _command(flags: Iterable[ScriptFlag], words: Sequence[str]) -> str:
    """The subcommand that the words have come to."""
    commands = {flag.command for flag in flags}
    commands |= {
        f"{flag.command} {choice}".strip() for flag in flags if flag.positional for choice in flag.choices or ()
    }
    known = {" ".join(parts[:length]) for parts in map(str.split, commands) for length in range(1, len(parts) + 1)}
    command = ""
    for word in words:
        if f"{command} {word}".strip() in known:
            command = f"{command} {word}".strip()
    return command


def _values(flag: ScriptFlag) -> Iterator[Candidate]:
    if flag.choices is not None:
        yield from (Candidate(shlex.quote(str(choice))) for choice in flag.choices if choice is not None)
    elif flag.type == "bool" and flag.takes_value:
        yield from (Candidate("True"), Candidate("False"))


def _files(begun: str, cwd: Path, kinds: Sequence[str] = ("",)) -> list[Candidate]:
    """The folders, and the files of some kinds, that begin so; hidden ones where a dot is typed."""
    folder, slash, name = begun.rpartition("/")
    place = cwd / os.path.expanduser(folder + slash)  # noqa: PTH111  (no error)
    try:
        with os.scandir(place) as entries:
            listed = sorted((entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(name))
    except (OSError, ValueError):
        return []
    found = [
        Candidate(f"{folder}{slash}{shlex.quote(entry)}{'/' if is_folder else ''}")
        for entry, is_folder in listed
        if (is_folder or entry.endswith(tuple(kinds)))
        and (name.startswith(".") or not entry.startswith((".", "__")))
    ]  # fmt: skip
    return found[:_MOST_FILES]
