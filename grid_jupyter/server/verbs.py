"""The command's verbs, said for whoever asks over HTTP: what is refused is refused in the command's own sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid_jupyter.core.command import parse_command
from grid_jupyter.core.home import grid_home
from grid_jupyter.core.interpreter import terminal_interpreter
from grid_jupyter.core.plan import Surroundings
from grid_jupyter.core.verbs import answer
from grid_jupyter.core.words import Word
from grid_jupyter.errors import GridError

from .problems import UnansweredError

if TYPE_CHECKING:
    from grid_jupyter.core.reply import Reply


def act(words: list[str]) -> dict[str, Any]:
    """Do what a verb of the command does, and tell of it."""
    reply = say(words)
    return {**reply.data, "message": " ".join([reply.text, *reply.warnings])}


def say(words: list[str]) -> Reply:
    """Say a command line without its ``grid``.

    Raises:
        UnansweredError: It asks something first.
    """
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return False

    command = parse_command(list(map(Word, words)))
    assert command is not None  # noqa: S101  (the words begin with a verb)
    try:
        return answer(command, Surroundings(grid_home(), terminal_interpreter(), ask))
    except GridError:
        if asked:
            raise UnansweredError(dict.fromkeys(asked, "--yes")) from None
        raise
