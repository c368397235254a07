"""Grid's own flags of a panel, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.flags import RUN_FLAGS, Flag, Group, find_flag, find_verb
from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .panel import Panel

OPTIONS: tuple[Flag, ...] = tuple(
    flag for flag in RUN_FLAGS if flag.group is not Group.OUTPUT and not flag.hidden and "(always so)" not in flag.help
)
"""The flags of Grid's that a panel can set."""


class Options:
    """Grid's own flags of a panel, by their names without dashes."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def __getitem__(self, name: str) -> str | bool:
        """Return what a flag is set to; an empty text where it is left out."""
        return self._panel.option(self._flag(name).dest)

    def __setitem__(self, name: str, value: object) -> None:
        """Set a flag, as in ``grid_jupyter.run``; ``None`` leaves it out.

        Raises:
            CommandError: A panel has no such flag.
        """
        text = value if isinstance(value, bool) else "" if value is None else str(value)
        self._panel.set_option(self._flag(name).dest, text)

    def __delitem__(self, name: str) -> None:
        self._panel.set_option(self._flag(name).dest, "")

    def __iter__(self) -> Iterator[str]:
        """Yield the flags that are set."""
        return (flag.dest for flag in OPTIONS if self._panel.option(flag.dest))

    @staticmethod
    def _flag(name: str) -> Flag:
        verb = find_verb("run")
        flag = find_flag(verb, f"--{name.lstrip('-')}") if verb else None
        if flag is None or flag not in OPTIONS:
            raise CommandError(f"{name} is not a flag of a panel; it has {', '.join(flag.dest for flag in OPTIONS)}")
        return flag
