"""Asking before something that cannot be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError, UserError

if TYPE_CHECKING:
    from .command import Command
    from .plan import Surroundings


def confirm(command: Command, around: Surroundings, question: str) -> None:
    """Ask, unless the command has ``--yes``.

    Raises:
        CommandError: Nobody can be asked.
        UserError: The answer is no.
    """
    if command.options.get("yes"):
        return
    if around.ask is None:
        raise CommandError(f"{question} Nobody can be asked here; answer with --yes")
    around.tell("")
    if not around.ask(question):
        raise UserError("nothing was changed")
